"""Credentials that end: those of STS at a time that they name, and a function's own after nobody knows how long.

The access key says whose they are and when they end, and the secret follows from it (signatures.py).
"""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from tests.cloud.emulation.errors import AwsRefusalError
from tests.cloud.emulation.signatures import secret_of
from tests.cloud.emulation.template import REGION

_FEDERATION = "cognito-identity.amazonaws.com"
_LIVES = "~"
_ANSWER = """\
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey>
<SessionToken>session</SessionToken><Expiration>{end:%Y-%m-%dT%H:%M:%SZ}</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""

OWN_LIFE = timedelta(minutes=15)
"""What is left here of a function's own credentials whenever it signs: AWS promises nothing."""


def role_of(access_key):
    """Return the role whose credentials they are."""
    return access_key.partition(_LIVES)[0]


def end_of(access_key, signed_at):
    """Return when the credentials end that signed at a time."""
    end = access_key.partition(_LIVES)[2]
    return datetime.fromtimestamp(int(end), UTC) if end else signed_at + OWN_LIFE


class Sessions:
    """The template's identity pools, and the roles that whoever they vouch for may assume."""

    def __init__(self, template):
        self._pools = {template.resolve({"Ref": name}): each for name, each in _some(template, "Cognito::IdentityPool")}
        self._roles = {
            template.resolve({"Fn::GetAtt": [name, "Arn"]}): (name, template.resolve(each))
            for name, each in _some(template, "IAM::Role")
        }

    def token(self, request):
        """Vouch for somebody whom a function names, under the name that the pool takes such words by."""
        asked = json.loads(request.body)
        pool = self._pools[asked["IdentityPoolId"]]
        if set(asked["Logins"]) != {pool["DeveloperProviderName"]} or not pool["AllowClassicFlow"]:
            raise AwsRefusalError("NotAuthorizedException", "Not a login of this pool.")
        return {"IdentityId": f"{REGION}:somebody", "Token": asked["IdentityPoolId"]}

    def assume(self, request):
        """Return the answer to AssumeRoleWithWebIdentity, which needs no credentials."""
        asked = {key: value for key, (value,) in parse_qs(request.body.decode()).items()}
        name, role = self._roles[asked["RoleArn"]]
        seconds = int(asked["DurationSeconds"])
        trusted = [_trusted_pool(each) for each in role["AssumeRolePolicyDocument"]["Statement"]]
        if asked["WebIdentityToken"] not in trusted:
            raise AwsRefusalError("AccessDenied", "The role trusts another pool.")
        if seconds > role.get("MaxSessionDuration", 3600):
            raise AwsRefusalError("ValidationError", "The role may be assumed for less.")
        end = datetime.now(UTC) + timedelta(seconds=seconds)
        key = f"{name}{_LIVES}{int(end.timestamp())}"
        return _ANSWER.format(key=key, secret=secret_of(key), end=end)


def is_assumption(request):
    """Say whether a request wants credentials for a web identity."""
    return request.body.startswith(b"Action=AssumeRoleWithWebIdentity&")


def _some(template, kind):
    return template.of(kind).items()


def _trusted_pool(statement):
    if statement["Principal"] != {"Federated": _FEDERATION}:
        return None
    return statement["Condition"]["StringEquals"][f"{_FEDERATION}:aud"]
