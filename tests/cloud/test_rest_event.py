"""An HTTP request becomes the event API Gateway would send, and an answer becomes HTTP."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from tests.cloud.emulation.rest_event import PlainAnswer, PlainRequest, plain_answer, rest_event


def event_of(*, body=b"", owner=None, query=(), headers=()):
    return rest_event(PlainRequest("POST", "/v2/task", headers, query, body, "203.0.113.1", "r1"), owner=owner)


@given(st.binary())
def test_the_body_arrives_as_it_was_sent(body):
    event = event_of(body=body)

    sent = event["body"] or ""
    assert (base64.b64decode(sent) if event["isBase64Encoded"] else sent.encode()) == body


def test_the_owner_stands_where_an_authorizer_puts_it_and_cannot_be_sent():
    forged = event_of(headers=[("requestcontext", "ana"), ("sub", "ana")])

    assert event_of(owner="ana")["requestContext"]["authorizer"] == {"claims": {"sub": "ana"}}
    assert forged["requestContext"]["authorizer"] == {}


def test_repeated_fields_keep_all_their_values():
    event = event_of(query=[("task_status", "done"), ("task_status", "failed")])

    assert event["multiValueQueryStringParameters"] == {"task_status": ["done", "failed"]}
    assert event["queryStringParameters"] == {"task_status": "failed"}


def test_an_answers_headers_of_both_kinds_and_its_bytes_are_kept():
    answer = plain_answer(
        {
            "statusCode": 200,
            "headers": {"A": "1"},
            "multiValueHeaders": {"B": ["2", "3"]},
            "body": base64.b64encode(b"\xff").decode(),
            "isBase64Encoded": True,
        }
    )

    assert answer == PlainAnswer(200, [("A", "1"), ("B", "2"), ("B", "3")], b"\xff")
