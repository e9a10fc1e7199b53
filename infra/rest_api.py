"""The public door: it leads each path to its function, and lets nobody pass without a token where one is asked for."""

import json
from collections.abc import Mapping

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.config import DeployConfig
from infra.gateway_answers import answer_in_our_words
from infra.python_function import new_log_group
from infra.routes import ROUTES

STAGE = "api"
# Clients send the access token, which API Gateway takes only where a method asks for one of its scopes.
ACCESS_TOKEN_SCOPE = "aws.cognito.signin.user.admin"  # noqa: S105  # a scope's name, no password
# API Gateway's own limit: whoever calls has its answer, or an error in our words, by then.
INTEGRATION_TIMEOUT = Duration.seconds(29)


class RestApi(Construct):
    """A regional REST API before the functions, which `routes.py` names by their folders."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        functions: Mapping[str, lambda_.IFunction],
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
            # All: v1's clients send pictures as a form's type or none at all (docs/decisions/0012).
            binary_media_types=["*/*"],
            # An account has one such role for all its APIs: taking it away, even with a stack whose creation failed,
            # would silence the others.
            cloud_watch_role=True,
            cloud_watch_role_removal_policy=RemovalPolicy.RETAIN,
            default_cors_preflight_options=_preflight(config.cors_origins),
            deploy_options=_stage(self, config, log_days),
            domain_name=_own_domain(self, config),
        )
        self.base_url = f"https://{config.domain_name}" if config.domain_name else _address(self.gateway)
        answer_in_our_words(self.gateway, config.cors_origins)
        self._open_doors(functions, users)
        _answer_preflights_as_text(self.gateway)

    def _open_doors(self, functions: Mapping[str, lambda_.IFunction], users: cognito.IUserPool) -> None:
        signed_in = apigateway.MethodOptions(
            authorizer=apigateway.CognitoUserPoolsAuthorizer(self, "SignedIn", cognito_user_pools=[users]),
            authorization_type=apigateway.AuthorizationType.COGNITO,
            authorization_scopes=[ACCESS_TOKEN_SCOPE],
        )
        anybody = apigateway.MethodOptions(authorization_type=apigateway.AuthorizationType.NONE)
        for route in ROUTES:
            resource = self.gateway.root.resource_for_path(route.path)
            options = anybody if route.is_open else signed_in
            resource.add_method(route.method, _integration(functions[route.function]), **options._values)


def _address(gateway: apigateway.RestApi) -> str:
    """Return where the stage is reached, without a slash at its end."""
    stack = Stack.of(gateway)
    return f"https://{gateway.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}/{STAGE}"


def _integration(function: lambda_.IFunction) -> apigateway.LambdaIntegration:
    return apigateway.LambdaIntegration(function, proxy=True, timeout=INTEGRATION_TIMEOUT, allow_test_invoke=False)


def _answer_preflights_as_text(gateway: apigateway.RestApi) -> None:
    """Let API Gateway read preflights as text: as binary ones, which all requests are here, it fails to."""
    for each in gateway.node.find_all():
        if isinstance(each, apigateway.CfnMethod) and each.http_method == "OPTIONS":
            each.add_property_override("Integration.ContentHandling", "CONVERT_TO_TEXT")


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
        # Alarms and dashboard look at the API as a whole; metrics of each method cost 0.30 USD a month apiece.
        metrics_enabled=False,
        tracing_enabled=True,
        logging_level=apigateway.MethodLoggingLevel.ERROR,
        # Whole requests and answers: tokens, passwords and signed URLs would be among them.
        data_trace_enabled=False,
        access_log_destination=apigateway.LogGroupLogDestination(new_log_group(scope, "AccessLog", log_days)),
        access_log_format=_access_log(),
    )


def _access_log() -> apigateway.AccessLogFormat:
    """Return who did what with which outcome; the field list has nothing that holds a token."""
    field = apigateway.AccessLogField
    fields = {
        "requestId": field.context_request_id(),
        "time": field.context_request_time(),
        "ip": field.context_identity_source_ip(),
        # `identity.user` is empty for callers with a token, and `resourcePath` names a path's template only.
        "user": field.context_authorizer_claims("sub"),
        "method": field.context_http_method(),
        "path": field.context_path(),
        "protocol": field.context_protocol(),
        "status": field.context_status(),
        "responseLength": field.context_response_length(),
    }
    return apigateway.AccessLogFormat.custom(json.dumps(fields))


def _own_domain(scope: Construct, config: DeployConfig) -> apigateway.DomainNameOptions | None:
    if not config.domain_name:
        return None
    return apigateway.DomainNameOptions(
        domain_name=config.domain_name,
        certificate=acm.Certificate.from_certificate_arn(scope, "Certificate", config.certificate_arn),
        endpoint_type=apigateway.EndpointType.REGIONAL,
        security_policy=apigateway.SecurityPolicy.TLS_1_2,
    )
