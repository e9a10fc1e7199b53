"""The loads that the model is asked about, and how they arrive."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from benchmarks.load.queueing import Curve
from infra.costs import Work

SEED = 20261121
HOUR = 3600
BURST_FACTOR = 10
BURST = slice(600, 900)
NIGHT_HOURS = 8
CLIP_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Tasks that arrive.

    Attributes:
        per_minute: Tasks, usually.
        tasks_per_unit: Tasks of one image or one hour of video.
        work: What one task takes.
        is_video: Whether the tasks are clips, which nothing but a GPU works on.
    """

    name: str
    per_minute: float
    tasks_per_unit: float = 1
    work: Work = field(default_factory=Work)
    is_video: bool = False

    @property
    def per_second(self) -> float:
        """Tasks, usually."""
        return self.per_minute / 60


def _video(hours_a_day: float) -> Load:
    clips = HOUR / CLIP_SECONDS
    return Load(
        name=f"{hours_a_day:,.0f} h of video a day",
        per_minute=hours_a_day * clips / 24 / 60,
        tasks_per_unit=clips,
        work=Work(gpu_seconds=Work().gpu_hours_video_hour * CLIP_SECONDS),
        is_video=True,
    )


LOADS = (
    Load(name="1 image a minute", per_minute=1),
    Load(name="100 images a minute", per_minute=100),
    Load(name="10,000 images a minute", per_minute=10_000),
    _video(1000),
)


def arrivals(load: Load) -> Mapping[str, Curve]:
    """Return the tasks of each second in three patterns, by chance but always the same.

    Two hours of the usual load; the same with ten times as much for five minutes; a day's load within eight hours.
    """
    usual = np.full(2 * HOUR, load.per_second)
    burst = usual.copy()
    burst[BURST] *= BURST_FACTOR
    night = np.full(NIGHT_HOURS * HOUR, load.per_second * 24 / NIGHT_HOURS)
    return {
        name: np.random.default_rng(SEED).poisson(rate).astype(float)
        for name, rate in (("steady", usual), ("burst", burst), ("night", night))
    }
