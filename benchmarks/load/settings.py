"""What a deployment can be told, and what suits a load."""

from dataclasses import dataclass
from math import ceil

from infra.config import DeployConfig
from infra.costs import API_REQUESTS, Work

_DEFAULTS = DeployConfig()
VCPUS_PER_MACHINE = 4
SPARE = 1.25
# A lane that empties twice as fast as usual makes good a burst of 5 minutes within 40.
CATCH_UP = 2
# Half of an account's usual 1,000 executions: the other functions share them.
MOST_EXPRESS = 500
# What one event source may call at once.
MOST_CALLS = 1000
# What infra/config.py takes.
MOST_REQUESTS = 10_000
MOST_FIREWALL = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings that matter under load. Defaults are those of a deployment.

    Attributes:
        express: Whether images take the express lane (`express_max_megapixels` above 0) or the GPU lane.
    """

    express: bool = True
    express_concurrency: int = _DEFAULTS.express_concurrency
    gpu_max_vcpus: int = _DEFAULTS.gpu_max_vcpus
    requests_per_second: int = _DEFAULTS.requests_per_second
    waf_requests_per_5_minutes: int = _DEFAULTS.waf_requests_per_5_minutes
    uploads_at_once: int = _DEFAULTS.uploads_at_once
    webhooks_at_once: int = _DEFAULTS.webhooks_at_once

    @property
    def machines(self) -> int:
        """How many GPU machines there may be."""
        return self.gpu_max_vcpus // VCPUS_PER_MACHINE


def recommended(per_second: float, burst_per_second: float, work: Work, *, tasks_on_gpu: bool = False) -> Settings:
    """Return settings for a load.

    What refuses callers (API, firewall) and what costs nothing while idle (functions) is sized for the burst;
    GPU machines, before which tasks may wait, for the usual load and for catching up.

    Args:
        per_second: Tasks, usually.
        burst_per_second: Tasks at the worst time.
        work: What a task takes.
        tasks_on_gpu: Whether the tasks are nothing for the express lane anyway.
    """
    default = Settings()
    express = not tasks_on_gpu and per_second * work.express_seconds * CATCH_UP <= MOST_EXPRESS
    machines = 0 if express else ceil(per_second * work.gpu_seconds * CATCH_UP)
    requests = burst_per_second * API_REQUESTS * SPARE
    images = burst_per_second * work.express_seconds * SPARE if express else 0
    uploads, webhooks = (burst_per_second * each * SPARE for each in (work.upload_seconds, work.webhook_seconds))
    return Settings(
        express=express,
        express_concurrency=_between(default.express_concurrency, images, MOST_EXPRESS),
        gpu_max_vcpus=max(default.gpu_max_vcpus, machines * VCPUS_PER_MACHINE),
        requests_per_second=_between(default.requests_per_second, requests, MOST_REQUESTS),
        waf_requests_per_5_minutes=_between(default.waf_requests_per_5_minutes, requests * 300, MOST_FIREWALL),
        uploads_at_once=_between(default.uploads_at_once, uploads, MOST_CALLS),
        webhooks_at_once=_between(default.webhooks_at_once, webhooks, MOST_CALLS),
    )


def _between(least: int, needed: float, most: int) -> int:
    """Return what is needed, rounded up to two digits, within its bounds."""
    unit: int = 10 ** max(0, len(str(ceil(needed))) - 2)
    return min(most, max(least, ceil(needed / unit) * unit))
