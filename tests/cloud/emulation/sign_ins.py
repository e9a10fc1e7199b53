"""Which ways to sign in the template's app clients allow, which moto does not look at."""

import json

from tests.cloud.emulation.errors import AwsRefusalError

_ACTIONS = {"InitiateAuth", "AdminInitiateAuth"}


class SignIns:
    """The app clients, each with the flows that it allows."""

    def __init__(self, template):
        self._allowed = {
            template.resolve({"Ref": name}): each["ExplicitAuthFlows"]
            for name, each in template.of("Cognito::UserPoolClient").items()
        }

    def check(self, request):
        """Refuse a flow that the client does not allow, as Cognito does.

        Raises:
            AwsRefusalError: It does not.
        """
        if request.headers.get("X-Amz-Target", "").rpartition(".")[2] not in _ACTIONS:
            return
        asked = json.loads(request.body)
        if f"ALLOW_{asked['AuthFlow']}" not in self._allowed[asked["ClientId"]]:
            raise AwsRefusalError("InvalidParameterException", f"{asked['AuthFlow']} flow not enabled for this client")
