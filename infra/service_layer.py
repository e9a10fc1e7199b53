"""What the zipped functions share: the service and its dependencies, compiled (docs/decisions/0010)."""

from aws_cdk import Annotations
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.layer_folder import SOURCE, is_fresh, layer_folder

RUNTIME = lambda_.Runtime.PYTHON_3_13
NOT_BUILT = "The layer is not built, or older than its sources. Run `make layer` before you deploy."


class ServiceLayer(lambda_.LayerVersion):
    """The folder that `make layer` filled; where it did not, the bare sources and an error on deployment.

    So that synthesis needs neither a network nor pip, and half a layer is never deployed.
    """

    def __init__(self, scope: Construct, id_: str, *, architecture: lambda_.Architecture) -> None:
        built = layer_folder(architecture.name)
        is_built = is_fresh(built)
        super().__init__(
            scope,
            id_,
            code=lambda_.Code.from_asset(
                str(built if is_built else SOURCE), exclude=["digest"] if is_built else ["**/__pycache__"]
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[architecture],
            description="Veil's service and its dependencies",
        )
        if not is_built:
            Annotations.of(self).add_error(NOT_BUILT)
