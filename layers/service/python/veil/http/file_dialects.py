"""What `POST /v1/file` takes, in the words of the cloud's v1 and of the container (contracts/celantur.md B.1, C.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from veil.domain.origin import Api
from veil.domain.policy import Look
from veil.http.kinds import Choice, Text
from veil.http.parameter_table import METHOD, PARAMETERS, Parameter

HEADER_NAME = "web_auth_header_name"
HEADER_VALUE = "web_auth_header_value"
NAME = "name"

_METHOD = Parameter(
    name="method",
    kind=Choice((Look.BLUR, Look.PIXELATE, Look.BLACKEN, Look.DETECT)),
    field="look",
    effect="What a hidden region looks like, made from the pixels outside it only. `detect` hides nothing: it "
    "makes masks and metadata, and no anonymized image.",
)
_NAME = Parameter(
    name=NAME, kind=Text({}), effect="The file's name, told back in answers and in the metadata; nothing else."
)
_WEBHOOK_HEADER = (
    Parameter(
        name=HEADER_NAME,
        kind=Text({}),
        effect="Name of a header that is sent along with the webhook call; may be a header of the request instead.",
    ),
    Parameter(
        name=HEADER_VALUE, kind=Text({"format": "password"}), effect="Its value. Never shown again, never logged."
    ),
)


def _of_task(parameter: Parameter) -> Parameter:
    # Thresholds are the container's, though not v2's.
    return replace(parameter, is_ours=parameter.is_ours and parameter.field != "threshold")


_SHARED = (_METHOD, *(_of_task(each) for each in PARAMETERS if each.name != METHOD))

V1_PARAMETERS: tuple[Parameter, ...] = (*_SHARED, _NAME)
CONTAINER_PARAMETERS: tuple[Parameter, ...] = (*_SHARED, *_WEBHOOK_HEADER)
FILE_PARAMETERS: tuple[Parameter, ...] = (*V1_PARAMETERS, *_WEBHOOK_HEADER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one API reads a query.

    Attributes:
        is_lenient: Passes over unknown parameters, as the container's clients rely on, takes `quality=0` for
            a quality that is not given, which they send, and hides every class where none is named.
    """

    api: Api
    parameters: Mapping[str, Parameter]
    is_lenient: bool


def _dialect(api: Api, parameters: Sequence[Parameter], *, is_lenient: bool) -> Dialect:
    return Dialect(api=api, parameters={each.name: each for each in parameters}, is_lenient=is_lenient)


V1 = _dialect(Api.V1, V1_PARAMETERS, is_lenient=False)
CONTAINER = _dialect(Api.CONTAINER, CONTAINER_PARAMETERS, is_lenient=True)
