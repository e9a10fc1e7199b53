"""Whoever knows the password gets a token, and only the token opens anything."""

import json

import pytest


def test_tokens_come_in_both_shapes(new_client, service):
    answer = new_client().sign_in(*service.ana)

    tokens = answer.json()
    assert answer.status_code == 200
    assert tokens["AccessToken"] == tokens["AuthenticationResult"]["AccessToken"]
    assert int(tokens["ExpiresIn"]) == tokens["AuthenticationResult"]["ExpiresIn"] == 3600
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(new_client, service):
    client = new_client()

    wrong = client.sign_in(service.ana[0], "not the password")
    unknown = client.sign_in("nobody@example.org", "not the password")

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


@pytest.mark.parametrize("path", ["/v2/signin", "/v2/signin/"])
@pytest.mark.parametrize("kind", [{}, {"Content-Type": "text/plain;charset=UTF-8"}])
def test_sign_in_needs_neither_a_content_type_nor_a_certain_slash(new_client, service, path, kind):
    body = json.dumps(dict(zip(("username", "password"), service.ana, strict=True)))

    answer = new_client().call("POST", path, headers=kind, data=body)

    assert answer.status_code == 200


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
def test_the_token_is_taken_bare_and_after_bearer(ana, prefix):
    answer = ana.call("GET", "/v2/task", headers={"Authorization": prefix + ana.token})

    assert answer.status_code == 200


@pytest.mark.parametrize("header", [{}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "x.y.z"}])
@pytest.mark.parametrize("path", ["/v2/task", "/v2/task/1", "/v2/task/1/status", "/v2/task/1/metadata"])
def test_without_a_valid_token_nothing_opens(ana, header, path):
    answer = ana.call("GET", path, headers=header)

    assert answer.status_code == 401
    assert answer.json()["status_code"] == 401


def test_an_identity_token_is_no_access_token(new_client, service):
    identity = new_client().sign_in(*service.ana).json()["IdToken"]

    answer = new_client().call("GET", "/v2/task", headers={"Authorization": identity})

    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"username": "x"}', b"\xff\xfe", b"[" * 60_000])
def test_a_body_that_is_no_credentials_is_refused_as_such(new_client, body):
    answer = new_client().call("POST", "/v2/signin", headers={}, data=body)

    assert answer.status_code == 400
    assert answer.json()["error"].startswith("Could not sign in.")


def test_other_methods_are_told_which_one_to_use(new_client):
    answer = new_client().call("GET", "/v2/signin")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["status_code"] == 405
