"""Batch jobs, and the tasks that are named in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from veil.adapters.aws.batch import LOOKERS_VARIABLE, MAX_TASKS, SHARE, TASKS_VARIABLE, BatchLane, dump_refs, load_refs
from veil.ports.queue import TaskRef

SUB = "0f3c1a2b-4d5e-4f60-8a7b-9c0d1e2f3a4b"
refs = st.builds(TaskRef, st.uuids().map(str), st.integers(min_value=0, max_value=2**63 - 1))


@pytest.fixture
def lane(session_clients):
    with mock_aws(config={"batch": {"use_docker": False}}):
        batch = session_clients.batch
        environment = batch.create_compute_environment(
            computeEnvironmentName="gpu", type="UNMANAGED", state="ENABLED", serviceRole=role()
        )
        queue = batch.create_job_queue(
            jobQueueName="gpu",
            state="ENABLED",
            priority=1,
            computeEnvironmentOrder=[{"order": 1, "computeEnvironment": environment["computeEnvironmentArn"]}],
        )
        definition = batch.register_job_definition(
            jobDefinitionName="anonymizer",
            type="container",
            containerProperties={"image": "veil", "vcpus": 1, "memory": 1024},
        )
        yield BatchLane(
            session_clients, queue=queue["jobQueueArn"], definition=definition["jobDefinitionArn"], most_workers=4
        )


def role():
    import boto3

    trust = '{"Version": "2012-10-17", "Statement": []}'
    made = boto3.client("iam", region_name="eu-central-1").create_role(RoleName="batch", AssumeRolePolicyDocument=trust)
    return made["Role"]["Arn"]


def test_a_job_names_its_tasks(lane, session_clients):
    wanted = [TaskRef(SUB, 1_795_251_600_000_000 + number) for number in range(3)]

    job_id = lane.submit(wanted)

    (job,) = session_clients.batch.describe_jobs(jobs=[job_id])["jobs"]
    told = {each["name"]: each["value"] for each in job["container"]["environment"]}
    assert load_refs(told[TASKS_VARIABLE]) == tuple(wanted)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}", job["jobName"])
    assert SUB not in job["jobName"]


@given(st.lists(refs, min_size=1, max_size=MAX_TASKS))
def test_every_list_that_fits_a_job_is_read_back(listed):
    assert load_refs(dump_refs(listed)) == tuple(listed)


@pytest.mark.parametrize(
    "listed", [[], [TaskRef(SUB, 1)] * (MAX_TASKS + 1), [TaskRef("o" * 1000, 1)] * 8], ids=["none", "many", "long"]
)
def test_a_list_that_fits_no_job_is_refused(lane, listed):
    with pytest.raises(ValueError, match="A job takes 1 to 50 tasks"):
        lane.submit(listed)


@pytest.fixture
def submitted(lane, session_clients, monkeypatch):
    """What jobs a video of so many pixels becomes, as they were asked for."""
    jobs, submit_job = [], session_clients.batch.submit_job

    def noted(**asked):
        answer = submit_job(**asked)
        jobs.append((answer["jobId"], asked))
        return answer

    def submit(pixels, *, is_looked_at=True):
        monkeypatch.setattr(session_clients.batch, "submit_job", noted)
        jobs.clear()
        lane.submit_video(TaskRef(SUB, 7), pixels, is_looked_at=is_looked_at)
        return jobs

    return submit


def told_of(asked):
    return {each["name"]: each["value"] for each in asked["containerOverrides"]["environment"]}


def test_a_long_video_that_is_only_drawn_again_has_no_array(submitted):
    ((_, asked),) = submitted(10**18, is_looked_at=False)

    assert "arrayProperties" not in asked


@pytest.mark.parametrize(("pixels", "hours"), [(1, 2), (3_000_000 * 3600 * 5, 5), (10**18, 7 * 24)])
def test_a_video_has_time_by_its_length(submitted, pixels, hours):
    _, asked = submitted(pixels)[-1]

    assert asked["timeout"] == {"attemptDurationSeconds": hours * 3600}


@pytest.mark.parametrize("pixels", [0, SHARE, 2 * SHARE - 1])
def test_a_short_video_is_one_job(submitted, pixels):
    ((_, asked),) = submitted(pixels)

    assert load_refs(told_of(asked)[TASKS_VARIABLE]) == (TaskRef(SUB, 7),)
    assert "arrayProperties" not in asked


@pytest.mark.parametrize(("pixels", "children"), [(2 * SHARE, 2), (3 * SHARE + 1, 3), (100 * SHARE, 4)])
def test_a_long_video_is_looked_at_by_an_array_before_the_job_that_writes_it(submitted, pixels, children):
    (looking, array), (_, last) = submitted(pixels)

    assert array["arrayProperties"] == {"size": children}
    assert told_of(array)[LOOKERS_VARIABLE] == str(children)
    assert last["dependsOn"] == [{"jobId": looking}]
    assert LOOKERS_VARIABLE not in told_of(last)
    assert told_of(last)[TASKS_VARIABLE] == told_of(array)[TASKS_VARIABLE]
