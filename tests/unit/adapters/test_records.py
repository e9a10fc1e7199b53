"""What is written down is read again."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError

from veil.adapters.records import DELIVERIES, EVENTS, TASKS
from veil.domain.deliveries import Delivery
from veil.domain.events import TaskEvent
from veil.domain.policy import AnonymizationMethod, ClassRule, Policy, Tiling, Zone
from veil.domain.task import Lease, Task

ZONES_OF_TIME = st.just(UTC) | st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=ZONES_OF_TIME)
# JSON bodies are decoded before they get here, so half a surrogate pair cannot.
TEXT = st.text(st.characters(codec="utf-8"))
COUNTS = st.integers(0, 2**62)


def numbers(low, high):
    return st.floats(low, high) | st.integers(low, high)


RULES = st.builds(
    ClassRule,
    hide=st.booleans(),
    threshold=st.none() | numbers(0, 1),
    kernel_size=numbers(0, 10_000),
    gradient_start=numbers(0, 10),
    gradient_stop=numbers(0, 10),
)
ZONES = st.builds(
    lambda x, y, width, height: Zone(x, y, x + width, y + height),
    *(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(1, 99), st.integers(1, 99)),
)
TILINGS = st.builds(
    Tiling,
    *(st.integers(1, 64), st.integers(1, 64), st.integers(0, 999), st.integers(0, 999)),
    width=st.none() | st.integers(1, 99_999),
    height=st.none() | st.integers(1, 99_999),
)
POLICIES = st.builds(
    Policy,
    face=RULES,
    license_plate=RULES,
    person=st.just(ClassRule(hide=True)),
    vehicle=RULES,
    margin=numbers(0, 5),
    ignore_zones=st.lists(ZONES, max_size=3).map(tuple),
    tiling=st.none() | TILINGS,
    quality=st.integers(0, 100),
    compress_level=st.integers(0, 9),
    mask_scale=numbers(0, 100),
    keep_gps=st.booleans(),
)
TASK = st.builds(
    Task,
    owner=TEXT,
    task_id=COUNTS,
    policy=POLICIES,
    created_at=MOMENTS,
    updated_at=MOMENTS,
    webhook=st.none() | TEXT,
    original_sha256=st.none() | TEXT,
    size_bytes=st.none() | COUNTS,
    lease=st.none() | st.builds(Lease, TEXT, MOMENTS),
    attempts=COUNTS,
    runs=COUNTS,
    version=COUNTS,
)
EVENT = st.builds(TaskEvent, event_id=TEXT, owner=TEXT, task_id=COUNTS, occurred_at=MOMENTS, webhook=st.none() | TEXT)
DELIVERY = st.builds(
    Delivery,
    delivery_id=TEXT,
    owner=TEXT,
    task_id=COUNTS,
    url=TEXT,
    first_due_at=MOMENTS,
    due_at=MOMENTS,
    attempts=COUNTS,
    last_error=st.none() | TEXT,
)

OLD_TASK = {
    "owner": "ana",
    "task_id": 1,
    "policy": {"face": {"hide": True}},
    "created_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:00:00.000001Z",
}


@given(TASK)
def test_a_task_is_read_as_it_was_written(task):
    assert TASKS.load(TASKS.dump(task)) == task


@given(EVENT)
def test_an_event_is_read_as_it_was_written(event):
    assert EVENTS.load(EVENTS.dump(event)) == event


@given(DELIVERY)
def test_a_delivery_is_read_as_it_was_written(delivery):
    assert DELIVERIES.load(DELIVERIES.dump(delivery)) == delivery


@given(TASK)
def test_moments_keep_their_zone(task):
    again = TASKS.load(TASKS.dump(task))

    assert again.created_at.utcoffset() == task.created_at.utcoffset()


def test_enumerations_are_enumerations_again():
    task = TASKS.load(json.dumps(OLD_TASK | {"media_type": "image/png", "artifacts": ["report", "metadata"]}))

    assert [type(each).__name__ for each in (task.status, task.media_type, task.policy.method, *task.artifacts)] == [
        "TaskStatus",
        "MediaType",
        "AnonymizationMethod",
        "Artifact",
        "Artifact",
    ]


def test_fields_that_an_old_record_lacks_take_their_defaults():
    moment = datetime(2026, 11, 21, 9, tzinfo=UTC)

    task = TASKS.load(json.dumps(OLD_TASK))

    assert task == Task(
        owner="ana",
        task_id=1,
        policy=Policy(face=ClassRule(hide=True)),
        created_at=moment,
        updated_at=moment + timedelta(microseconds=1),
    )


def test_what_the_method_was_called_before_is_read():
    spelled = '{"hide": true, "look": "detect"}'
    older = OLD_TASK | {"policy": {"face": {"hide": True}, "look": "pixelate"}, "webhook": spelled}

    task = TASKS.load(json.dumps(older))

    assert task.policy.method is AnonymizationMethod.PIXELATE
    assert task.webhook == spelled


def test_a_task_keeps_its_policy_when_a_default_changes():
    written = json.loads(TASKS.dump(TASKS.load(json.dumps(OLD_TASK))))

    assert written["policy"]["compress_level"] == 5
    assert written["policy"]["vehicle"]["kernel_size"] == 61


@pytest.mark.parametrize("damage", [{"task_id": "1"}, {"status": "lost"}, {"created_at": 5}, {"policy": None}])
def test_a_damaged_record_is_refused(damage):
    with pytest.raises(ValidationError):
        TASKS.load(json.dumps(OLD_TASK | damage))
