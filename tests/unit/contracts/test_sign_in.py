"""POST /v2/signin (contracts/celantur.md A.2)."""

import pytest

from veil.http.sign_in import too_many_attempts

RIGHT = {"username": "ana@example.org", "password": "correct horse"}


@pytest.mark.parametrize("path", ["/v2/signin", "/v2/signin/"])
@pytest.mark.parametrize("kind", [None, "application/json"])
def test_the_tokens_come_at_the_top_and_nested_at_once(api, path, kind):
    answer = api.post(path, RIGHT, owner=None, headers={"Content-Type": kind} if kind else {})

    five = {
        "AccessToken": "access",
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
        "RefreshToken": "refresh",
        "IdToken": "identity",
    }
    assert answer.status == 200
    assert answer.json == {**five, "ChallengeParameters": {}, "AuthenticationResult": five}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("wrong", [{"username": "bob@example.org"}, {"password": "battery staple"}])
def test_a_wrong_name_and_a_wrong_password_get_one_text(api, wrong):
    answer = api.post("/v2/signin", RIGHT | wrong, owner=None)

    assert (answer.status, answer.error) == (401, "Could not sign in. The user name or the password is wrong.")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "Please add a JSON body."),
        ("{", "Request body is not correct. It is not valid JSON: line 1, column 2."),
        ("[1]", "Request body is not correct. It must be a JSON object."),
        (
            r'{"username": "\ud800", "password": "x"}',
            "Request body is not correct. It contains half of a surrogate pair.",
        ),
        ('{"username": "ana"}', "Request body is not correct. password is required."),
        ('{"password": "x"}', "Request body is not correct. username is required."),
        ('{"username": 7, "password": "x"}', "username parameter received an unexpected value."),
        ('{"username": "ana", "password": ""}', "password parameter received an unexpected value."),
        ('{"username": "ana", "password": null}', "password parameter received an unexpected value."),
    ],
)
def test_a_body_without_credentials_is_refused(api, body, error):
    answer = api.post("/v2/signin", body, owner=None)

    assert (answer.status, answer.error) == (400, f"Could not sign in. {error}")


def test_a_body_that_is_no_text_is_refused(api):
    answer = api.post("/v2/signin", b"\xff", owner=None, is_base64=True)

    assert (answer.status, answer.error) == (
        400,
        "Could not sign in. Request body is not correct. It is not UTF-8 text.",
    )


def test_too_many_attempts_say_when_to_come_back():
    refused = too_many_attempts(30)

    assert (refused.status_code, refused.headers) == (429, {"Retry-After": "30"})
    assert refused.text == "Could not sign in. Too many attempts. Please try again later."
