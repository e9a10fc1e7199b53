"""The public door: which path leads to which function, and who may pass."""

from typing import NamedTuple

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import DeployConfig
from infra.gateway_answers import answer_in_our_words
from infra.python_function import new_log_group

STAGE = "api"
# Clients send the access token, which API Gateway takes only where a method asks for one of its scopes.
ACCESS_TOKEN_SCOPE = "aws.cognito.signin.user.admin"  # noqa: S105  # a scope's name, no password
# API Gateway's own limit: whoever calls has its answer, or an error in our words, by then.
INTEGRATION_TIMEOUT = Duration.seconds(29)


class Doors(NamedTuple):
    """The functions behind the API."""

    tasks: lambda_.IFunction
    sign_in: lambda_.IFunction


class RestApi(Construct):
    """A regional REST API: tasks for signed-in users, sign-in and status for everybody.

    A REST API leads `/v2/task/` to the resource `/v2/task`, without a redirect (docs/decisions/0008).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        doors: Doors,
        users: cognito.IUserPool,
        config: DeployConfig,
        log_days: logs.RetentionDays,
    ) -> None:
        super().__init__(scope, id_)
        self.gateway = apigateway.RestApi(
            self,
            "Gateway",
            rest_api_name=config.name,
            endpoint_types=[apigateway.EndpointType.REGIONAL],
            binary_media_types=["image/jpeg", "image/png", "application/octet-stream"],
            cloud_watch_role=True,
            default_cors_preflight_options=_preflight(config.cors_origins),
            deploy_options=_stage(self, config, log_days),
            domain_name=_own_domain(self, config),
        )
        self.base_url = f"https://{config.domain_name}" if config.domain_name else _address(self.gateway)
        answer_in_our_words(self.gateway, config.cors_origins)
        self._open_doors(doors, users)

    def _open_doors(self, doors: Doors, users: cognito.IUserPool) -> None:
        signed_in = apigateway.MethodOptions(
            authorizer=apigateway.CognitoUserPoolsAuthorizer(self, "SignedIn", cognito_user_pools=[users]),
            authorization_type=apigateway.AuthorizationType.COGNITO,
            authorization_scopes=[ACCESS_TOKEN_SCOPE],
        )
        anybody = apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.NONE)
        tasks, sign_in = _integration(doors.tasks), _integration(doors.sign_in)
        v2 = self.gateway.root.add_resource("v2")
        task = v2.add_resource("task")
        for resource in (task, task.add_resource("{proxy+}")):
            resource.add_method("ANY", tasks, **signed_in._values)
        v2.add_resource("signin").add_method("POST", sign_in, **anybody._values)
        self.gateway.root.resource_for_path("/v1/status").add_method("GET", tasks, **anybody._values)


def _address(gateway: apigateway.RestApi) -> str:
    """Return where the stage is reached, without a slash at its end."""
    stack = Stack.of(gateway)
    return f"https://{gateway.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}/{STAGE}"


def _integration(function: lambda_.IFunction) -> apigateway.LambdaIntegration:
    return apigateway.LambdaIntegration(function, proxy=True, timeout=INTEGRATION_TIMEOUT, allow_test_invoke=False)


def _preflight(origins: tuple[str, ...]) -> apigateway.CorsOptions:
    return apigateway.CorsOptions(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "DELETE", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type"],
        max_age=Duration.hours(1),
    )


def _stage(scope: Construct, config: DeployConfig, log_days: logs.RetentionDays) -> apigateway.StageOptions:
    return apigateway.StageOptions(
        stage_name=STAGE,
        throttling_rate_limit=config.requests_per_second,
        throttling_burst_limit=config.request_burst,
        metrics_enabled=True,
        tracing_enabled=True,
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        # Whole requests and answers: tokens, passwords and signed URLs would be among them.
        data_trace_enabled=False,
        access_log_destination=apigateway.LogGroupLogDestination(new_log_group(scope, "AccessLog", log_days)),
        access_log_format=_access_log(),
    )


def _access_log() -> apigateway.AccessLogFormat:
    """Return who did what with which outcome; the field list has nothing that holds a token."""
    return apigateway.AccessLogFormat.json_with_standard_fields(
        caller=False,
        http_method=True,
        ip=True,
        protocol=True,
        request_time=True,
        resource_path=True,
        response_length=True,
        status=True,
        user=True,
    )


def _own_domain(scope: Construct, config: DeployConfig) -> apigateway.DomainNameOptions | None:
    if not config.domain_name:
        return None
    return apigateway.DomainNameOptions(
        domain_name=config.domain_name,
        certificate=acm.Certificate.from_certificate_arn(scope, "Certificate", config.certificate_arn),
        endpoint_type=apigateway.EndpointType.REGIONAL,
        security_policy=apigateway.SecurityPolicy.TLS_1_2,
    )
