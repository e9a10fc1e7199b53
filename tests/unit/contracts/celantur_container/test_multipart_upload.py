"""The file in a form, however the form arrives."""

from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.filepost import encode_multipart_formdata

from veil.contracts.celantur_container.multipart_upload import FormFile
from veil.http.errors import HttpError

FORM = "multipart/form-data; boundary=here"


def read(content_type, chunks):
    taken = []
    reader = FormFile(content_type, taken.append)
    for chunk in chunks:
        reader.write(chunk)
    reader.end()
    return reader, b"".join(taken)


def form(content, *, name="photo.jpg", content_type="image/jpg", extra=()):
    fields = [*extra, ("fileobject", (name, content, content_type))]
    return encode_multipart_formdata(fields, boundary="here")[0]


def pieces(body, cuts):
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[start:end] for start, end in pairwise(edges)]


@given(content=st.binary(max_size=300), cuts=st.lists(st.integers(0, 10_000), max_size=20))
def test_the_file_of_a_form_arrives_whole_wherever_the_form_is_cut(content, cuts):
    body = form(content, extra=[("note", "unused")])

    reader, taken = read(FORM, pieces(body, cuts))

    assert taken == content
    assert (reader.name, reader.content_type) == ("photo.jpg", "image/jpg")


@given(body=st.binary(max_size=300))
def test_no_body_breaks_the_reader_of_forms(body):
    with suppress(HttpError):
        read(FORM, [body])


def test_a_form_that_breaks_off_is_refused():
    body = form(b"a photo")

    for end in range(len(body) - 3):
        with pytest.raises(HttpError):
            read(FORM, [body[:end]])


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary"]
)
def test_a_form_without_a_boundary_is_refused(content_type):
    with pytest.raises(HttpError):
        read(content_type, [])


def test_the_bytes_of_other_parts_go_nowhere():
    _, taken = read(FORM, [form(b"photo", extra=[("other", ("x.jpg", b"secret", "image/jpeg"))])])

    assert taken == b"photo"


def test_endless_headers_are_refused_before_they_are_kept():
    start = b"--here\r\nContent-Disposition: form-data; "

    with pytest.raises(HttpError):
        read(FORM, [start, *[b"x" * 1024] * 100])


def test_countless_parts_are_refused():
    body, _ = encode_multipart_formdata([("note", "x")] * 200, boundary="here")

    with pytest.raises(HttpError):
        read(FORM, [body])
