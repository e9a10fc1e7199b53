"""The whole service on one page."""

from collections.abc import Mapping, Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

WIDTH = 12


class Dashboard(Construct):
    """Traffic, latency, waiting work, failures."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        gateway: apigateway.RestApi,
        queues: Mapping[str, sqs.IQueue],
        functions: Mapping[str, lambda_.IFunction],
    ) -> None:
        super().__init__(scope, id_)
        board = cloudwatch.Dashboard(self, "Board")
        board.add_widgets(
            _graph("Requests", [gateway.metric_count(), gateway.metric_client_error(), gateway.metric_server_error()]),
            _graph("Latency (ms)", [gateway.metric_latency(statistic=each) for each in ("p50", "p95", "p99")]),
        )
        board.add_widgets(
            _graph(
                "Oldest message (s)",
                [_named(q.metric_approximate_age_of_oldest_message(), n) for n, q in queues.items()],
            ),
            _graph(
                "Messages", [_named(q.metric_approximate_number_of_messages_visible(), n) for n, q in queues.items()]
            ),
        )
        board.add_widgets(
            _graph("Function errors", [_named(f.metric_errors(), n) for n, f in functions.items()]),
            _graph(
                "Function duration (ms)", [_named(f.metric_duration(statistic="p95"), n) for n, f in functions.items()]
            ),
        )


def _named(metric: cloudwatch.Metric, name: str) -> cloudwatch.Metric:
    return metric.with_(label=name)


def _graph(title: str, metrics: Sequence[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=WIDTH, left=list(metrics))
