"""Syntonym's sample client against the deployed cloud: another address and another key, nothing else."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from itertools import count
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
import requests
from PIL import Image

from tests.clips import make_ride
from tests.e2e.client import wait_until
from tests.e2e.syntonym_client import CONFIG, SyntonymClient
from veil.adapters.aws.api_keys import DynamoApiKeys
from veil.adapters.aws.credits import DynamoLedger
from veil.adapters.aws.jobs import DynamoJobStore
from veil.adapters.aws.table import Table
from veil.adapters.clock import SystemClock
from veil.domain.job import JobChange
from veil.use_cases.api_keys import add_key, disable_key

_NUMBERS = count()


@pytest.fixture
def table(cloud):
    return Table(SimpleNamespace(dynamodb=cloud.clients("dynamodb")), cloud.one("DynamoDB::Table"), SystemClock())


@pytest.fixture
def new_client(cloud, table, tmp_path):
    """Builds a client with a key of its own and says what is left of its credits: `client, balance = new_client(5)`."""

    def build(granted):
        label = f"client {next(_NUMBERS)}"
        made = add_key(label, keys=DynamoApiKeys(table), clock=SystemClock(), credits_granted=granted)
        client = SyntonymClient(f"{cloud.url}/v1", made.secret, tmp_path)
        client.label = label
        return client, lambda: DynamoLedger(table).balance(made.key.key_id)

    return build


def test_a_photo_arrives_in_blocks_and_becomes_an_anonymized_photo_beside_the_original(
    new_client, portrait, tmp_path, cloud
):
    (tmp_path / "holiday.jpg").write_bytes(portrait)
    client, balance = new_client(10)
    client.block_bytes = 20_000

    report = client.process("holiday.jpg")

    made = Image.open(BytesIO((tmp_path / "holiday_anon.jpg").read_bytes()))
    assert (tmp_path / "holiday.jpg").read_bytes() == portrait
    assert made.tobytes() != Image.open(BytesIO(portrait)).tobytes()
    assert (report["job_status"], report["job_total_credit_cost"], report["has_errors"]) == (100, 1, False)
    assert balance() == 9
    bucket = cloud.one("S3::Bucket")
    assert "Versions" not in cloud.clients("s3").list_object_versions(Bucket=bucket, Prefix="upload_sessions/")
    assert not cloud.endpoint.denials


@pytest.mark.slow
def test_a_video_costs_its_seconds(new_client, astronaut, tmp_path):
    make_ride(tmp_path / "ride.mp4", astronaut, frames=11)
    client, balance = new_client(10)

    report = client.process("ride.mp4")

    assert report["job_total_credit_cost"] == 2
    assert (tmp_path / "ride_anon.mp4").stat().st_size > 1000
    assert balance() == 8


@pytest.mark.slow
def test_a_zip_costs_the_files_that_have_a_result(new_client, portrait, tmp_path):
    with ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.writestr("me.jpg", portrait)
        archive.writestr("notes.txt", "no picture at all")
    client, balance = new_client(5)

    report = client.process("both.zip")

    assert (report["job_status"], report["has_errors"], balance()) == (100, True, 4)
    assert [bool(task["download_link"]) for task in report["tasks"]] == [True, False]
    assert (tmp_path / "me_anon.jpg").stat().st_size > 1000


def test_what_is_no_picture_fails_with_a_reason_and_costs_nothing(new_client, tmp_path):
    (tmp_path / "test_image").write_bytes(b"no picture at all")
    client, balance = new_client(5)

    report = client.process("test_image")

    assert (report["job_status"], balance()) == (200, 5)
    assert report["job_status_description"]


def test_a_small_file_is_sent_at_once_by_way_of_a_redirect(new_client, portrait):
    client, balance = new_client(2)
    query = "&".join(f"{name}={value}" for name, value in CONFIG.items())
    headers = {**client.headers, "x-ms-blob-type": "BlockBlob"}

    url = f"{client.api_url}/direct_upload/me.jpg?model=blur&{query}"
    answer = requests.put(url, headers=headers, data=portrait)
    job_id = answer.headers["job_id"]
    client.approve(job_id)

    assert [each.status_code for each in answer.history] == [307]
    assert answer.status_code == 201
    assert client.wait(job_id)["tasks"][0]["output_file"] == "me_anon.jpg"
    assert balance() == 1


def test_a_callback_is_told_when_the_job_awaits_approval_and_when_it_is_done(
    new_client, portrait, tmp_path, receiver, eventually
):
    (tmp_path / "a.jpg").write_bytes(portrait)
    client, _ = new_client(1)
    uri, job_id = client.create_session("a.jpg")
    told = {"job_id": job_id, "callback_url": "https://hooks.example.org/jobs"}
    assert requests.post(f"{client.api_url}/notify_on_job_status", headers=client.headers, json=told).ok

    def bodies():
        return [body for path, _, body in receiver.calls if path == "/jobs"]

    client.upload(uri, "a.jpg")
    # A call tells what the job is by then: it has to come before somebody approves.
    (first,) = eventually(bodies, what="the first call")
    client.approve(job_id)
    client.wait(job_id)
    _, last = eventually(lambda: (found := bodies())[1:] and found, what="the second call")

    assert b'"job_status":0' in first
    assert b'"job_status":100' in last


def put(uri, query="", data=b"", **headers):
    answer = requests.put(f"{uri}{query}", data=data, headers=headers)
    return answer.status_code, answer.headers.get("x-ms-error-code")


def test_blocks_follow_the_list_whatever_came_when_and_urls_are_good_for_their_own_job(new_client, portrait, tmp_path):
    (tmp_path / "a.jpg").write_bytes(portrait)
    client, _ = new_client(1)
    (uri, job_id), (_, other) = client.create_session("a.jpg"), client.create_session("a.jpg")
    half = len(portrait) // 2
    listed = "<BlockList><Latest>-A==</Latest><Latest>_A==</Latest></BlockList>"

    assert put(uri.replace(job_id, other), "&comp=block&blockid=AA==") == (403, "AuthenticationFailed")
    assert put(uri, "&comp=block&blockid=_A==", portrait[half:]) == (201, None)
    assert put(uri, "&comp=block&blockid=-A==", b"sent in error") == (201, None)
    assert put(uri, "&comp=block&blockid=-A==", portrait[:half]) == (201, None)
    assert put(uri, "&comp=block&blockid=longer==", b"") == (400, "InvalidBlobOrBlock")
    assert put(uri, "&comp=blocklist", "<BlockList><Latest>none</Latest></BlockList>") == (400, "InvalidBlockList")
    assert put(uri, "&comp=blocklist", listed) == (201, None)
    assert put(uri, "&comp=blocklist", listed) == (201, None)
    assert put(uri, "&comp=block&blockid=-A==", b"late") == (409, "BlobAlreadyExists")
    client.approve(job_id)
    assert client.wait(job_id)["job_status"] == 100


def test_a_key_opens_its_own_jobs_only_and_none_once_it_is_disabled(new_client, portrait, tmp_path, table):
    (tmp_path / "a.jpg").write_bytes(portrait)
    (mine, _), (other, _) = new_client(1), new_client(1)
    _, job_id = mine.create_session("a.jpg")

    def status(client):
        return requests.get(f"{client.api_url}/job_result/{job_id}", headers=client.headers).status_code

    assert (status(mine), status(other)) == (200, 404)
    assert requests.get(f"{mine.api_url}/job_result/{job_id}").status_code == 401
    disable_key(mine.label, keys=DynamoApiKeys(table), clock=SystemClock())
    assert status(mine) == 401


def test_the_recovery_looks_after_a_job_whose_event_got_lost(cloud, new_client, table, portrait, tmp_path):
    (tmp_path / "a.jpg").write_bytes(portrait)
    client, _ = new_client(1)
    uri, job_id = client.create_session("a.jpg")

    with cloud.buses.deaf(cloud.one("Events::EventBus")):
        client.upload(uri, "a.jpg")
        wait_until(lambda: cloud.buses.has_put("job.uploaded", job_id), what="the event")
    jobs = DynamoJobStore(table, retention=timedelta(days=30))
    job = jobs.get(job_id)
    jobs.save(JobChange(replace(job, updated_at=job.updated_at - timedelta(hours=1), version=job.version + 1)))
    cloud.buses.tick()
    client.approve(job_id)

    assert client.wait(job_id)["job_status"] == 100
