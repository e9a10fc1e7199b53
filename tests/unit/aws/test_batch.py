"""Batch jobs, and the tasks that are named in them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from veil.adapters.aws.batch import MAX_TASKS, TASKS_VARIABLE, BatchLane, dump_refs, load_refs
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
        yield BatchLane(session_clients, queue=queue["jobQueueArn"], definition=definition["jobDefinitionArn"])


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
