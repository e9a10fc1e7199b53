"""Who gets in, by which paths."""

from veil.adapters.deployment_check.checklist import StepFailedError
from veil.adapters.deployment_check.deployed_api import DeployedApi
from veil.adapters.deployment_check.http_client import Answer

SOME_ORIGIN = "https://example.com"
_SIGNED_IN_PATHS = ("/v2/task", "/v1/list")


class ApiAccess:
    """What is seen of the API before any photo is sent."""

    def __init__(self, api: DeployedApi, username: str, password: str) -> None:
        self._api = api
        self._credentials = (username, password)

    def sign_in(self) -> str:
        """Sign in; every later step uses the token."""
        return self._sign_in_at("/v2/signin")

    def sign_in_with_slash(self) -> str:
        """Sign in as clients do that write a slash at the end of every path."""
        return self._sign_in_at("/v2/signin/")

    def refusals(self) -> str:
        """Be refused with a wrong password and without a token."""
        username, password = self._credentials
        told = {"username": username, "password": f"{password}-and-more"}
        self._api.expect(401, "POST", "/v2/signin", told=told, signed_in=False)
        for path in _SIGNED_IN_PATHS:
            self._api.expect(401, "GET", path, signed_in=False)
        return "a wrong password and a missing token are refused with 401"

    def paths(self) -> str:
        """Reach one path of each function that answers."""
        return self._reach("")

    def paths_with_slash(self) -> str:
        """Reach the same paths with a slash at the end."""
        return self._reach("/")

    def preflight(self) -> str:
        """Ask as a browser does before it calls from another origin."""
        for path in _SIGNED_IN_PATHS:
            preflight(self._api, path)
        return "browsers may call"

    def _sign_in_at(self, path: str) -> str:
        self._api.sign_in(path, *self._credentials)
        return "a token was given"

    def _reach(self, end: str) -> str:
        for path in _SIGNED_IN_PATHS:
            self._api.expect(200, "GET", path + end)
        self._api.expect(200, "GET", f"/v1/status{end}", signed_in=False)
        return ", ".join(path + end for path in (*_SIGNED_IN_PATHS, "/v1/status"))


def preflight(api: DeployedApi, path: str) -> str:
    """Return the origin that is allowed to call the path."""
    asked = {"Origin": SOME_ORIGIN, "Access-Control-Request-Method": "POST"}
    return allowed_origin(api.expect(204, "OPTIONS", path, headers=asked, signed_in=False), f"The preflight of {path}")


def allowed_origin(answer: Answer, what: str) -> str:
    """Return the origin that a preflight's answer allows.

    Raises:
        StepFailedError: It allows none.
    """
    origin = answer.headers.get("Access-Control-Allow-Origin")
    if not origin:
        raise StepFailedError(f"{what} allows no origin")
    return str(origin)
