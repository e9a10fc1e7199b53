"""How a task was asked for: names and headers that a client chose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.domain.errors import PolicyError
from veil.domain.origin import Origin, WebhookHeader, file_name


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("my photo (1).JPG", "my photo (1).JPG"),
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\ana\a.png", "a.png"),
        (".htaccess", "htaccess"),
        ("a\x00b\nc.jpg", "abc.jpg"),
        ("straße.jpg", "straße.jpg"),
        ("..", None),
        ("dir/", None),
        ("", None),
    ],
)
def test_a_name_keeps_what_any_folder_takes(given_name, kept):
    assert file_name(given_name) == kept


@given(st.text())
def test_every_name_can_be_a_files(tmp_path_factory, text):
    name = file_name(text)

    if name is not None:
        file = tmp_path_factory.getbasetemp() / name
        file.touch()
        assert file.parent == tmp_path_factory.getbasetemp()
        file.unlink()


def test_a_headers_value_is_in_no_representation():
    header = WebhookHeader("X-Key", "s3cret")

    assert "s3cret" not in f"{header!r} {Origin(webhook_header=header)!r}"


@pytest.mark.parametrize("name", ["Host", "CONTENT-LENGTH", "webhook-signature", "User-Agent", "", "a b", "a:b", "é"])
def test_a_header_that_the_call_has_already_or_that_is_none_is_refused(name):
    with pytest.raises(PolicyError):
        WebhookHeader(name, "value")


@pytest.mark.parametrize("value", ["", " a", "a ", "a\r\nHost: b", "a\0", "é", "x" * 4097])
def test_a_value_that_is_not_plain_is_refused(value):
    with pytest.raises(PolicyError):
        WebhookHeader("X-Key", value)
