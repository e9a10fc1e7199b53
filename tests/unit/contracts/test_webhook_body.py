"""Receivers are told in the words of the contract that the task came in by."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from veil.contracts.webhook_body import webhook_body
from veil.domain.causes import FailureCause
from veil.domain.media import Artifact, MediaType
from veil.domain.origin import Api, Origin
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task, TaskStatus
from veil.http.file_id import file_id_of

API = "https://veil.example"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE_ID = file_id_of(7)
BASE = f"{API}/v1/file/{FILE_ID}"
RESULTS = (Artifact.ANONYMIZED, Artifact.BINARY_MASK, Artifact.INSTANCE_MASK, Artifact.METADATA, Artifact.REPORT)


@pytest.fixture
def done():
    """Builds a task of an API that is done."""

    def build(api, *, artifacts=RESULTS, **fields):
        policy = Policy(face=ClassRule(hide=True))
        origin = Origin(api=api, name="a.jpg")
        task = Task.create(owner="ana", task_id=7, policy=policy, webhook="x", now=NOW, origin=origin).task
        return replace(
            task, **{"status": TaskStatus.DONE, "media_type": MediaType.JPEG, "artifacts": artifacts} | fields
        )

    return build


def told(task):
    return json.loads(webhook_body(task, "https://signed.example", api_url=API))


def test_v1_tells_every_field_of_the_vendors_sample(done):
    assert told(done(Api.V1)) == {
        "customer_id": "ana",
        "file_id": FILE_ID,
        "file_status": "done",
        "original_link": f"{BASE}/original",
        "anonymized_link": f"{BASE}/anonymized",
        "binary_mask_link": f"{BASE}/binary-mask",
        "instance_mask_link": f"{BASE}/instance-mask",
        "metadata_link": f"{BASE}/metadata",
    }


def test_the_container_tells_what_its_task_tells(done):
    assert told(done(Api.CONTAINER)) == {
        "id": FILE_ID,
        "name": "a.jpg",
        "status": "done",
        "anonymised_url": f"{BASE}/anonymised",
        "binary_mask_url": f"{BASE}/binary-mask",
        "instance_mask_url": f"{BASE}/instance-mask",
        "metadata_url": f"{BASE}/metadata",
    }


def test_a_link_to_what_was_not_made_is_null(done):
    body = told(done(Api.V1, artifacts=(Artifact.BINARY_MASK, Artifact.METADATA)))

    assert (body["anonymized_link"], body["instance_mask_link"]) == (None, None)
    assert body["binary_mask_link"] == f"{BASE}/binary-mask"


@pytest.mark.parametrize(("api", "key"), [(Api.V1, "file_status"), (Api.CONTAINER, "status")])
def test_a_failure_is_told_with_its_cause(done, api, key):
    body = told(done(api, status=TaskStatus.FAILED, artifacts=(), failure_cause=FailureCause.IMAGE_DEFECT))

    assert (body[key], body["failure_cause"]) == ("failed", "IMAGE_DEFECT")


@pytest.mark.parametrize("api", list(Api))
def test_a_failure_is_told_with_what_exactly_was_wrong_unless_that_is_the_operators_affair(done, api):
    failed = done(api, status=TaskStatus.FAILED, artifacts=(), failure_reason="the JPEG is truncated")

    told_of = {
        cause: told(replace(failed, failure_cause=cause)).get("failure_reason")
        for cause in (FailureCause.IMAGE_DEFECT, FailureCause.MODEL_UNAVAILABLE)
    }

    assert told_of == {FailureCause.IMAGE_DEFECT: "the JPEG is truncated", FailureCause.MODEL_UNAVAILABLE: None}


@pytest.mark.parametrize("api", [Api.V1, Api.CONTAINER])
def test_a_task_deleted_since_has_no_links(done, api):
    body = told(done(api).deleted(NOW).task)

    assert not [value for value in body.values() if str(value).startswith(API)]
