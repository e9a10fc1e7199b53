"""Small things that clients and browsers stumble over."""

import re

import pytest


def test_a_browser_may_upload_and_read_the_answers(ana):
    origin = {"Origin": "https://maps.example.org"}
    task = ana.create()
    preflight = {
        **origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type,x-anything",
    }

    allowed = ana.call("OPTIONS", task["upload_url"], headers=preflight)
    refused = ana.call("PUT", task["upload_url"] + "0", headers=origin, data=b"x")

    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "*"
    assert "PUT" in allowed.headers["Access-Control-Allow-Methods"]
    assert "content-type" in allowed.headers["Access-Control-Allow-Headers"]
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/v2/task", "/v2/signin/", "/v2/task/1/status"])
def test_a_browser_may_call_the_api(ana, path):
    origin = {"Origin": "https://maps.example.org"}
    preflight = {
        **origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }

    allowed = ana.call("OPTIONS", path, headers=preflight)
    answer = ana.call("GET", path, headers={**origin, "Authorization": ana.token})

    assert allowed.status_code in {200, 204}
    assert "authorization" in allowed.headers["Access-Control-Allow-Headers"].lower()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/v2/task", "/v2/task/", "/v1/status", "/v1/status/", "/docs/", "/v2/task/1/"])
def test_a_slash_at_the_end_never_redirects(ana, path):
    answer = ana.call("GET", path)

    assert answer.status_code in {200, 400}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//v2/task", 404),
        ("/v2//task", 404),
        ("/v2/task//status", 400),
        ("/v2/task/%31", 400),
        ("/v2/task/%C2%B2", 400),
        ("/v2/task/%3Fx%23y", 404),
        ("/v2/task/" + "9" * 5000, 400),
        ("/media/", 403),
        ("/favicon.ico", 404),
    ],
)
def test_odd_paths_get_an_answer_in_the_usual_shape(ana, path, status):
    answer = ana.call("GET", path)

    assert (answer.status_code, answer.json()["status_code"]) == (status, status)


def test_every_answer_has_an_id_of_its_own_and_does_not_say_what_serves(ana):
    answers = [ana.call("GET", path) for path in ("/v1/status", "/v2/task", "/nothing", "/media/x")]
    answers.append(ana.call("OPTIONS", "/v2/task", headers={"Origin": "x", "Access-Control-Request-Method": "GET"}))

    ids = [answer.headers["X-Request-Id"] for answer in answers]
    assert len(set(ids)) == len(answers)
    assert not any("Server" in answer.headers for answer in answers)


def test_head_is_answered_like_get_without_a_body(ana):
    head = ana.call("HEAD", "/v1/status")

    assert (head.status_code, head.content) == (200, b"")


def test_a_method_that_is_not_allowed_is_told_which_are(ana):
    answer = ana.call("PATCH", "/v2/task")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_address_alone_leads_people_to_the_reference(ana):
    answer = ana.call("GET", "/", headers={})

    assert (answer.status_code, answer.headers["Location"]) == (307, "docs")


def test_the_reference_works_offline(ana):
    page = ana.call("GET", "/docs", headers={})
    document = ana.call("GET", "/openapi.json", headers={}).json()

    loaded = re.findall(r"""<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)\s*=\s*["']([^"']*)""", page.text)
    assert page.headers["Content-Type"].startswith("text/html")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'sha256-")
    assert not [address for address in loaded if address.startswith(("http", "//"))]
    assert document["openapi"].startswith("3.1")
    assert "/v2/task/{task_id}/status" in document["paths"]
