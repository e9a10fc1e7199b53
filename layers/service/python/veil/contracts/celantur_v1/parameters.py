"""What the query of a raw upload may have (contracts/celantur.md B.1)."""

from veil.http.parameter_table import Parameter
from veil.http.parameter_types import Text
from veil.http.query_parameters import QUERY_PARAMETERS, Dialect

NAME = "name"
V1_PARAMETERS: tuple[Parameter, ...] = (
    *QUERY_PARAMETERS,
    Parameter(
        name=NAME, kind=Text({}), effect="The file's name, told back in answers and in the metadata; nothing else."
    ),
)
V1 = Dialect(V1_PARAMETERS)
