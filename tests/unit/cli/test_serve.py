"""What `veil serve` takes for the address that clients reach."""

import pytest

from veil.cli.errors import CommandError
from veil.cli.serve import checked_public_url


@pytest.mark.parametrize(
    "text", ["https://veil.example", "http://10.0.0.7:8080", "http://[::1]:80", "https://a.b/veil"]
)
def test_an_address_with_a_host_is_taken_without_its_last_slash(text):
    assert checked_public_url(f"{text}/") == checked_public_url(text) == text


@pytest.mark.parametrize(
    "text", ["veil.example", "veil.example:80", "https://", "https:///x", "ftp://a", "http://[", "http://a?b"]
)
def test_what_names_no_host_is_refused(text):
    with pytest.raises(CommandError, match="--public-url"):
        checked_public_url(text)
