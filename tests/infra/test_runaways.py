"""What never stops is bounded by what the table says, and told by alarms that there are."""

import re
from dataclasses import fields

import pytest

from infra.config import DeployConfig
from infra.runaways import runaways, table

WORD = re.compile(r"`(\w+)`")


@pytest.fixture(scope="module")
def rows():
    return runaways(DeployConfig())


def test_the_operations_guide_shows_the_table(repository):
    assert table(DeployConfig()) in (repository / "docs/operations.md").read_text(encoding="utf-8")


def test_every_bound_that_is_a_setting_is_one(rows):
    settings = {each.name for each in fields(DeployConfig)}

    named = {word for row in rows for word in WORD.findall(row.bound)}

    assert named <= settings
    assert len(named) == 6


def test_every_alarm_that_is_named_is_in_the_template(rows, template):
    alarms = {name.removeprefix("Alarms") for name in template.of("CloudWatch::Alarm")}

    named = {word for row in rows for word in WORD.findall(row.told_by)}

    assert all(any(alarm.startswith(name) for alarm in alarms) for name in named)
    assert len(named) == 5


@pytest.mark.parametrize(
    ("setting", "beginning"),
    [
        ("express_concurrency", "Express lane"),
        ("gpu_max_vcpus", "GPU lane"),
        ("webhooks_at_once", "Webhooks"),
        ("uploads_at_once", "Uploads"),
        ("requests_per_second", "API"),
    ],
)
def test_half_the_setting_is_half_the_bill(setting, beginning):
    def bill(config):
        (row,) = [each for each in runaways(config) if each.what.startswith(beginning)]
        return row.usd

    default = getattr(DeployConfig(), setting)

    assert bill(DeployConfig(**{setting: default // 2})) == pytest.approx(bill(DeployConfig()) / 2)


def test_what_the_settings_bound_costs_at_most_250_dollars_a_day_without_machines(rows):
    bounded = [row.usd for row in rows if row.what.startswith(("Express", "Everything", "Webhooks", "Uploads", "API"))]

    assert len(bounded) == 5
    assert sum(bounded) < 250
