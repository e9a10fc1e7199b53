"""What an operator's Prometheus reads at `/metrics`."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from veil.adapters.sqlite.backlog import Backlog


class NodeMetrics:
    """The node's own registry: request counters, and the backlog as the database has it."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, backlog: Callable[[], Backlog]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_BacklogCollector(backlog))
        self.requests = Counter(
            "veil_http_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self.request_seconds = Histogram(
            "veil_http_request_seconds", "Time to answer.", ["method", "route"], registry=self._registry
        )
        self.sign_ins = Counter("veil_sign_ins", "Sign-in attempts.", ["outcome"], registry=self._registry)
        self.worker_deaths = Counter("veil_worker_deaths", "Workers that died.", registry=self._registry)

    def exposition(self) -> str:
        """Return all metrics in the text format of `media_type`."""
        return generate_latest(self._registry).decode()


class _BacklogCollector(Collector):
    def __init__(self, backlog: Callable[[], Backlog]) -> None:
        self._backlog = backlog

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Name nothing in advance: registering must not read the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the backlog as gauges."""
        backlog = self._backlog()
        yield _by_label("veil_tasks", "Tasks by status.", "status", backlog.tasks)
        yield _by_label("veil_webhook_deliveries", "Webhook deliveries by state.", "state", backlog.deliveries)
        yield GaugeMetricFamily("veil_outbox_events", "Events not passed on yet.", backlog.events)
        yield GaugeMetricFamily(
            "veil_oldest_queued_seconds", "Longest wait for a worker.", backlog.oldest_queued_seconds
        )


def _by_label(name: str, text: str, label: str, numbers: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, number in numbers.items():
        family.add_metric([value], number)
    return family
