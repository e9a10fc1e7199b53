"""One load on one deployment: what bends, how long tasks wait, what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.load.limits import BATCH_WINDOW_SECONDS, TASKS_PER_JOB, Limit, limits
from benchmarks.load.loads import BURST_FACTOR, Load, arrivals
from benchmarks.load.queueing import Curve, Run, Stage, run
from benchmarks.load.settings import Settings
from infra import costs

# docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
CALLS_AT_FIRST = 5
CALLS_MORE_A_MINUTE = 300
# Assumed.
COLD_START_SECONDS = 5
WARM_SECONDS = 300
MACHINE_START_SECONDS = 300
MACHINES_MORE_A_MINUTE = 60
MACHINE_IDLE_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Delay:
    """From the upload to the webhook, in seconds: the stages' quantiles added up, so never too little."""

    median: float
    p95: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model says of a load on a deployment."""

    load: Load
    settings: Settings
    limits: tuple[Limit, ...]
    delays: Mapping[str, Delay]
    machine_seconds: float

    def used(self, limit: Limit, *, burst: bool = False) -> float:
        """Return the share of a limit that the load takes."""
        return limit.used(self.load.per_second * (BURST_FACTOR if burst else 1))

    @property
    def keeps_up(self) -> bool:
        """Whether the queues end, at the usual load."""
        return all(self.used(each) < 1 for each in self.limits if each.waits)

    @property
    def bill(self) -> Sequence[costs.Line]:
        """The positions of a thousand images or of one hour of video."""
        if self.load.is_video:
            return costs.video_hour(
                self.load.work, machine_hours=self.machine_seconds * self.load.tasks_per_unit / 3600
            )
        return costs.thousand_images(
            self.load.work, gpu=not self.settings.express, machine_seconds=self.machine_seconds
        )

    @property
    def usd_per_unit(self) -> float:
        """What one image or one hour of video costs."""
        return costs.total(self.bill) / (1 if self.load.is_video else 1000)

    @property
    def usd_per_month(self) -> float:
        """What the load costs in a month of 730 hours, beside what an idle stack costs."""
        units = self.load.per_minute / self.load.tasks_per_unit * 60 * costs.MONTH_HOURS
        return units * self.usd_per_unit


def outcome(load: Load, settings: Settings) -> Outcome:
    """Run the load in all patterns."""
    runs = {pattern: _stages(load, settings, curve) for pattern, curve in arrivals(load).items()}
    lane = runs["steady"][1]
    return Outcome(
        load,
        settings,
        tuple(limits(settings, load.work)),
        {pattern: _delay(*stages) for pattern, stages in runs.items()},
        0.0 if settings.express else lane.server_seconds / max(lane.started[-1], 1),
    )


def _stages(load: Load, settings: Settings, curve: Curve) -> tuple[Run, Run, Run]:
    work = load.work
    uploads = run(curve, _calls(work.upload_seconds, settings.uploads_at_once))
    lane = run(
        uploads.done, _calls(work.express_seconds, settings.express_concurrency) if settings.express else
        _machines(load, settings),
    )  # fmt: skip
    return uploads, lane, run(lane.done, _calls(work.webhook_seconds, settings.webhooks_at_once))


def _calls(seconds: float, at_once: int) -> Stage:
    return Stage(
        seconds=seconds,
        most=at_once,
        at_once=min(CALLS_AT_FIRST, at_once),
        grows_per_minute=CALLS_MORE_A_MINUTE,
        boot_seconds=COLD_START_SECONDS,
        lingers_seconds=WARM_SECONDS,
    )


def _machines(load: Load, settings: Settings) -> Stage:
    return Stage(
        seconds=load.work.gpu_seconds,
        most=settings.machines,
        grows_per_minute=MACHINES_MORE_A_MINUTE,
        boot_seconds=MACHINE_START_SECONDS,
        lingers_seconds=MACHINE_IDLE_SECONDS,
        tasks_per_server=1 if load.is_video else TASKS_PER_JOB,
        collects_seconds=min(BATCH_WINDOW_SECONDS, TASKS_PER_JOB / load.per_second),
    )


def _delay(*runs: Run) -> Delay:
    return Delay(sum(each.delay(0.5) for each in runs), sum(each.delay(0.95) for each in runs))
