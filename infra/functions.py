"""The zipped functions: each folder with its time, its memory and what it is told."""

from collections.abc import Mapping
from functools import partial

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import DeployConfig
from infra.python_function import PythonFunction
from infra.service_layer import ServiceLayer

# A whole vCPU's worth of memory is 1,769 MB. Importing is what the time of a cold start goes to.
API_MEMORY_MB = 1024
API_TIMEOUT = Duration.seconds(20)
EVENT_TIMEOUT = Duration.seconds(60)


class Functions(Construct):
    """Every process that starts and ends with one event."""

    def __init__(
        self, scope: Construct, id_: str, *, config: DeployConfig, log_days: logs.RetentionDays, lost: sqs.IQueue
    ) -> None:
        super().__init__(scope, id_)
        architecture = _architecture(config)
        layer = ServiceLayer(self, "Layer", architecture=architecture)
        self._new = partial(PythonFunction, self, layer=layer, architecture=architecture, log_days=log_days)
        self._lost = lost

    def api(self, id_: str, folder: str, environment: Mapping[str, str]) -> PythonFunction:
        """Return a function that somebody waits for."""
        return self._new(id_, folder=folder, environment=environment, timeout=API_TIMEOUT, memory_mb=API_MEMORY_MB)

    def on_messages(
        self, id_: str, folder: str, environment: Mapping[str, str], *, feeds_itself: bool = False
    ) -> PythonFunction:
        """Return a function that works off a queue, which keeps what the function cannot handle.

        One that `feeds_itself` sends messages to its own queue, and has an end of its own for that.
        """
        # Lambda takes the seventeenth run of such a chain for a mistake, and its message for a dead letter.
        loop = lambda_.RecursiveLoop.ALLOW if feeds_itself else None
        return self._new(id_, folder=folder, environment=environment, timeout=EVENT_TIMEOUT, recursive_loop=loop)

    def on_event(
        self, id_: str, folder: str, environment: Mapping[str, str], timeout: Duration = EVENT_TIMEOUT
    ) -> PythonFunction:
        """Return a function that a rule calls directly."""
        function = self._new(id_, folder=folder, environment=environment, timeout=timeout)
        # What fails after Lambda's own repetitions must not vanish.
        function.configure_async_invoke(on_failure=destinations.SqsDestination(self._lost), retry_attempts=2)
        return function


def _architecture(config: DeployConfig) -> lambda_.Architecture:
    return {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}[config.architecture]
