"""What a request says of its caller."""

import pytest

from veil.node.endpoints.routes import bearer


@pytest.mark.parametrize(
    ("header", "token"),
    [("abc", "abc"), ("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("", ""), ("Bearer", "Bearer"), ("a b", "a b")],
)
def test_a_token_is_taken_bare_or_after_bearer(header, token):
    assert bearer(header) == token
