"""Who is asking."""

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent


def signed_in_owner(event: BaseProxyEvent) -> str | None:
    """Return the account that was verified before the event reached us, or None where none was.

    API Gateway's Cognito authorizer and the node both put it at requestContext.authorizer.claims.sub;
    neither lets a caller write there.
    """
    authorizer = event["requestContext"].get("authorizer") or {}
    owner = (authorizer.get("claims") or {}).get("sub")
    return str(owner) if owner else None
