"""The one place that says what every zipped function is like."""

from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import REPOSITORY
from infra.service_layer import RUNTIME, ServiceLayer


class PythonFunction(lambda_.Function):
    """functions/<folder> on the service layer, traced by the service itself, with logs that end."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        folder: str,
        layer: ServiceLayer,
        architecture: lambda_.Architecture,
        log_days: logs.RetentionDays,
        environment: Mapping[str, str],
        timeout: Duration,
        memory_mb: int = 512,
        recursive_loop: lambda_.RecursiveLoop | None = None,
    ) -> None:
        log_group = new_log_group(scope, f"{id_}Logs", log_days)
        super().__init__(
            scope,
            id_,
            role=new_role(scope, f"{id_}Role", log_group),
            runtime=RUNTIME,
            architecture=architecture,
            code=lambda_.Code.from_asset(
                str(REPOSITORY / "functions" / folder), exclude=["__init__.py", "**/__pycache__"]
            ),
            handler="handler.lambda_handler",
            layers=[layer],
            environment={**observability(scope, folder), **environment},
            timeout=timeout,
            memory_size=memory_mb,
            tracing=lambda_.Tracing.ACTIVE,
            log_group=log_group,
            recursive_loop=recursive_loop,
        )


def metrics_namespace(scope: Construct) -> str:
    """Return where a stack's own metrics are, apart from those of another stack in the account."""
    return f"Veil/{Stack.of(scope).stack_name}"


def observability(scope: Construct, service: str) -> dict[str, str]:
    """Return what Powertools' logger and metrics are told."""
    return {
        "POWERTOOLS_SERVICE_NAME": service,
        "POWERTOOLS_METRICS_NAMESPACE": metrics_namespace(scope),
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def new_role(scope: Construct, id_: str, log_group: logs.LogGroup) -> iam.Role:
    """Return a role that may write to one log group; AWS's managed one may write to all of them."""
    role = iam.Role(scope, id_, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    log_group.grant_write(role)
    return role


def new_log_group(scope: Construct, id_: str, days: logs.RetentionDays) -> logs.LogGroup:
    """Return a log group that goes with the stack."""
    return logs.LogGroup(scope, id_, retention=days, removal_policy=RemovalPolicy.DESTROY)
