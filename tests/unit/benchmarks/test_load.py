"""What the load model says of limits, settings and money."""

from dataclasses import replace

import pytest

from benchmarks.load import report
from benchmarks.load.limits import Kind, limits
from benchmarks.load.loads import LOADS, Load, arrivals
from benchmarks.load.scenarios import outcome
from benchmarks.load.settings import Settings, recommended
from infra.config import DeployConfig
from infra.costs import Work

RATES = (1 / 60, 1, 10, 100, 1000)


def suited(load):
    return recommended(load.per_second, load.per_second * 10, load.work, tasks_on_gpu=load.is_video)


@pytest.mark.parametrize("express", [True, False])
def test_a_limit_is_full_at_the_rate_at_which_it_bends(express):
    found = list(limits(Settings(express=express), Work()))

    assert found
    for limit in found:
        assert limit.used(limit.tasks_per_minute / 60) == pytest.approx(1)
        assert limit.used(1.0) == limit.task / limit.holds


def test_the_first_to_bend_comes_first():
    rates = [each.tasks_per_minute for each in limits(Settings(), Work())]

    assert rates == sorted(rates)


def test_every_quota_has_a_source():
    found = limits(Settings(), Work())

    assert [each.name for each in found if each.kind in {Kind.QUOTA, Kind.FIXED} and not each.source] == []


class TestRecommendedSettings:
    @pytest.mark.parametrize("load", LOADS, ids=lambda load: load.name)
    def test_the_stack_takes_them(self, load):
        settings = suited(load)

        taken = DeployConfig.from_context(
            {
                name: str(getattr(settings, name))
                for name in (
                    "express_concurrency",
                    "gpu_max_vcpus",
                    "requests_per_second",
                    "waf_requests_per_5_minutes",
                    "uploads_at_once",
                    "webhooks_at_once",
                )
            }
        )

        assert taken.gpu_max_vcpus == settings.gpu_max_vcpus

    @pytest.mark.parametrize("load", LOADS, ids=lambda load: load.name)
    def test_the_usual_load_fits_with_room_to_spare(self, load):
        settings = suited(load)

        movable = [each for each in limits(settings, load.work) if each.kind in {Kind.SETTING, Kind.CODE}]

        assert max(each.used(load.per_second) for each in movable) <= 0.8

    def test_a_larger_load_never_gets_less(self):
        found = [recommended(rate, 10 * rate, Work(), tasks_on_gpu=True) for rate in RATES]

        for name in ("gpu_max_vcpus", "requests_per_second", "waf_requests_per_5_minutes", "webhooks_at_once"):
            asked = [getattr(each, name) for each in found]
            assert asked == sorted(asked)

    def test_a_small_load_needs_none_but_the_defaults(self):
        assert suited(LOADS[0]) == Settings()


class TestOutcomes:
    def test_they_are_the_same_each_time(self):
        load = LOADS[1]

        assert outcome(load, Settings()) == outcome(load, Settings())
        assert (arrivals(load)["burst"] == arrivals(load)["burst"]).all()

    def test_twice_the_images_cost_twice_as_much(self):
        once, twice = (outcome(replace(LOADS[1], per_minute=rate), Settings()) for rate in (50, 100))

        assert twice.usd_per_month == pytest.approx(2 * once.usd_per_month)

    def test_machines_that_are_busy_cost_less_for_each_image(self):
        costs = [
            outcome(load, recommended(load.per_second, load.per_second, load.work, tasks_on_gpu=True)).usd_per_unit
            for load in (Load(name="few", per_minute=1), Load(name="many", per_minute=1000))
        ]

        assert costs[0] > 5 * costs[1]

    def test_an_image_in_peace_takes_its_own_time(self):
        calm = outcome(LOADS[0], Settings()).delays["steady"]
        work = Work()

        assert calm.median == pytest.approx(work.upload_seconds + work.express_seconds + work.webhook_seconds, abs=0.01)

    def test_more_images_never_wait_shorter(self):
        waits = [
            outcome(Load(name="x", per_minute=rate), Settings()).delays["burst"].p95 for rate in (10, 50, 100, 200)
        ]

        assert waits == sorted(waits)

    def test_a_lane_that_is_too_small_does_not_keep_up(self):
        assert not outcome(Load(name="x", per_minute=400), Settings()).keeps_up
        assert outcome(Load(name="x", per_minute=300), Settings()).keeps_up


def test_the_operations_guide_shows_what_the_model_says(repository):
    assert report.tables() in (repository / "docs/operations.md").read_text(encoding="utf-8")
