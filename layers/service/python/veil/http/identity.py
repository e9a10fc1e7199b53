"""Who is asking."""

from collections.abc import Callable

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

from veil.http.errors import NOT_SIGNED_IN, HttpError

OwnerOf = Callable[[BaseProxyEvent], str | None]
"""Returns the verified account of a request, or None."""


def signed_in_owner(event: BaseProxyEvent) -> str | None:
    """Return the account that was verified before the event reached us, or None where none was.

    API Gateway's Cognito authorizer and the node both put it at requestContext.authorizer.claims.sub;
    neither lets a caller write there.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    owner = (authorizer.get("claims") or {}).get("sub")
    return str(owner) if owner else None


def required_owner(event: BaseProxyEvent, owner_of: OwnerOf) -> str:
    """Return the verified account of a request.

    Raises:
        HttpError: There is none.
    """
    owner = owner_of(event)
    if owner is None:
        raise HttpError(401, NOT_SIGNED_IN)
    return owner
