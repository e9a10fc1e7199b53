"""A URL opens one file for one method until it expires."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.adapters.clock import SystemClock
from veil.adapters.folders.signed_urls import SignedUrls, UrlRefusal, UrlRefusedError

KEY = "ana/7/1/anonymized.jpeg"
HOUR = timedelta(hours=1)


@pytest.fixture
def urls(clock):
    return SignedUrls("http://127.0.0.1:8080/", b"k" * 32, clock)


def request_of(url, **changed):
    """Return the path and query of a request to the URL, with some query fields changed."""
    parts = urlsplit(url)
    return parts.path, dict(parse_qsl(parts.query)) | changed


def refusal_of(urls, *request):
    with pytest.raises(UrlRefusedError) as caught:
        urls.verify(*request)
    return caught.value.refusal


def test_a_url_is_absolute_and_under_the_base(urls):
    assert urls.sign("PUT", KEY, life=HOUR).startswith(f"http://127.0.0.1:8080/media/{KEY}?expires=")


def test_a_signed_url_opens_its_key(urls):
    path, query = request_of(urls.sign("PUT", KEY, life=HOUR))

    assert urls.verify("PUT", path, query) == KEY


def test_a_url_works_until_the_second_it_expires(urls, clock):
    path, query = request_of(urls.sign("GET", KEY, life=HOUR))

    clock.advance(HOUR - timedelta(seconds=1))
    assert urls.verify("GET", path, query) == KEY

    clock.advance(timedelta(seconds=1))
    assert refusal_of(urls, "GET", path, query) is UrlRefusal.EXPIRED


def test_a_url_is_for_one_method(urls):
    path, query = request_of(urls.sign("GET", KEY, life=HOUR))

    for method in ("PUT", "HEAD", "DELETE", "get", ""):
        assert refusal_of(urls, method, path, query) is UrlRefusal.WRONG


def test_a_url_is_for_one_key(urls):
    _, query = request_of(urls.sign("GET", KEY, life=HOUR))

    for path in ("/media/ana/8/original", f"/media/{KEY}/", "/media/", "", f"/media//{KEY}", "/v2/task"):
        assert refusal_of(urls, "GET", path, query) is UrlRefusal.WRONG


def test_a_life_cannot_be_prolonged(urls, clock):
    later = str(int((clock.now() + 2 * HOUR).timestamp()))

    path, query = request_of(urls.sign("GET", KEY, life=HOUR), expires=later)

    assert refusal_of(urls, "GET", path, query) is UrlRefusal.WRONG


def test_an_expired_url_that_was_tampered_with_is_not_told_that_it_expired(urls, clock):
    path, query = request_of(urls.sign("GET", KEY, life=HOUR), signature="0" * 64)

    clock.advance(2 * HOUR)

    assert refusal_of(urls, "GET", path, query) is UrlRefusal.WRONG


def test_another_installations_url_is_wrong(urls, clock):
    path, query = request_of(SignedUrls("http://127.0.0.1:8080", b"x" * 32, clock).sign("GET", KEY, life=HOUR))

    assert refusal_of(urls, "GET", path, query) is UrlRefusal.WRONG


@pytest.mark.parametrize("missing", ["expires", "signature"])
def test_a_url_without_one_of_its_fields_is_wrong(urls, missing):
    path, query = request_of(urls.sign("GET", KEY, life=HOUR))
    del query[missing]

    assert refusal_of(urls, "GET", path, query) is UrlRefusal.WRONG


@given(st.text(), st.text(), st.dictionaries(st.sampled_from(["expires", "signature", "x"]), st.text()))
def test_whatever_is_sent_is_refused_and_breaks_nothing(method, path, query):
    urls = SignedUrls("http://127.0.0.1", b"k" * 32, SystemClock())

    assert refusal_of(urls, method, path, query) is UrlRefusal.WRONG
