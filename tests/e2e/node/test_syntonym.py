"""Syntonym's sample client against a node: another address and another key, nothing else."""

import zipfile
from io import BytesIO

import pytest
import requests
from PIL import Image

from tests.archives import make_zip
from tests.clips import make_ride
from tests.e2e.syntonym_client import SyntonymClient
from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key


def balance(plain, client):
    stores = plain.stores()
    return {key.key_id: stores.ledger.balance(key.key_id) for key in stores.api_keys.list()}[
        stores.jobs.get(client).key_id
    ]


def test_a_photo_becomes_an_anonymized_photo_beside_the_original(plain, client, portrait, tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(portrait)

    report = client(10).process("holiday.jpg")

    made = Image.open(BytesIO((tmp_path / "holiday_anon.jpg").read_bytes()))
    assert (tmp_path / "holiday.jpg").read_bytes() == portrait
    assert made.size == (512, 512)
    assert made.tobytes() != Image.open(BytesIO(portrait)).tobytes()
    assert (report["job_status"], report["job_total_credit_cost"], report["has_errors"]) == (100, 1, False)
    assert balance(plain, report["job_id"]) == 9


def test_a_video_arrives_in_blocks_and_costs_its_seconds(plain, client, astronaut, tmp_path):
    make_ride(tmp_path / "ride.mp4", astronaut, frames=11)
    blocks = client(10)
    blocks.block_bytes = 5000

    report = blocks.process("ride.mp4")

    assert report["job_total_credit_cost"] == 2
    assert [task["output_file"] for task in report["tasks"]] == ["ride_anon.mp4"]
    assert (tmp_path / "ride_anon.mp4").stat().st_size > 1000
    assert balance(plain, report["job_id"]) == 8


def test_a_zip_of_a_photo_and_a_video_becomes_both(plain, client, portrait, astronaut, tmp_path):
    make_ride(tmp_path / "ride.mp4", astronaut, frames=11)
    files = [("holiday.jpg", portrait), ("ride.mp4", (tmp_path / "ride.mp4").read_bytes()), ("notes.txt", b"text")]
    (tmp_path / "both.zip").write_bytes(make_zip(files))

    caller = client(10)
    report = caller.process("both.zip")

    assert (report["job_status"], report["job_total_credit_cost"], report["has_errors"]) == (100, 3, True)
    told = {task["input_file"]: task for task in report["tasks"]}
    assert {name: told[name]["output_file"] for name, _ in files[:2]} == {
        "holiday.jpg": "holiday_anon.jpg",
        "ride.mp4": "ride_anon.mp4",
    }
    assert (told["notes.txt"]["task_status"], told["notes.txt"]["download_link"]) == (200, None)
    assert Image.open(BytesIO((tmp_path / "holiday_anon.jpg").read_bytes())).size == (512, 512)
    assert (tmp_path / "ride_anon.mp4").stat().st_size > 1000
    assert balance(plain, report["job_id"]) == 7
    answer = requests.get(f"{caller.api_url}/job_archive/{report['job_id']}", headers=caller.headers)
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: (tmp_path / name).read_bytes() for name in ("holiday_anon.jpg", "ride_anon.mp4")
        }


@pytest.mark.parametrize("content", [b"", b"no picture at all", b"\x00\x00\x00\x18ftypmp42 and then nothing"])
def test_what_is_no_picture_fails_with_a_reason_and_costs_nothing(content, plain, client, tmp_path):
    (tmp_path / "test_image").write_bytes(content)

    report = client(5).process("test_image")

    assert report["job_status"] == 200
    assert report["job_status_description"]
    assert balance(plain, report["job_id"]) == 5


def test_an_approval_that_comes_too_early_is_put_off_without_a_location(client, portrait, tmp_path):
    (tmp_path / "a.jpg").write_bytes(portrait)
    early = client(1)
    _, job_id = early.create_session("a.jpg")

    answer = requests.post(f"{early.api_url}/approve_job/{job_id}", headers=early.headers)

    assert (answer.status_code, "Location" in answer.headers) == (302, False)
    assert requests.get(f"{early.api_url}/get_job_result/{job_id}", headers=early.headers).json()["job_status"] == 0


def awaiting(client, name, eventually):
    """Upload a file and return the id of its job once that awaits approval."""
    session_uri, job_id = client.create_session(name)
    client.upload(session_uri, name)
    url = f"{client.api_url}/job_result/{job_id}"
    waits = "awaiting approval"
    eventually(lambda: requests.get(url, headers=client.headers).json()["job_status_description"] == waits)
    return job_id


def test_without_enough_credits_nothing_starts_until_there_are(plain, client, portrait, tmp_path, eventually):
    (tmp_path / "a.jpg").write_bytes(portrait)
    poor = client(0)
    job_id = awaiting(poor, "a.jpg", eventually)
    approve = f"{poor.api_url}/approve_job/{job_id}"

    refused = [requests.post(approve, headers=poor.headers).status_code for _ in range(2)]
    key_id = plain.stores().jobs.get(job_id).key_id
    label = next(key.label for key in plain.stores().api_keys.list() if key.key_id == key_id)
    assert plain.run_command("keys", "credit", label, 1).returncode == 0
    accepted = [requests.post(approve, headers=poor.headers).status_code for _ in range(2)]

    assert (refused, accepted) == ([402, 402], [200, 202])
    assert poor.wait(job_id)["job_status"] == 100
    assert balance(plain, job_id) == 0


def test_a_cancelled_job_costs_nothing_and_never_starts(plain, client, portrait, tmp_path, eventually):
    (tmp_path / "a.jpg").write_bytes(portrait)
    fickle = client(3)
    job_id = awaiting(fickle, "a.jpg", eventually)

    cancel = f"{fickle.api_url}/cancel_job/{job_id}"
    answers = [requests.post(cancel, headers=fickle.headers).status_code for _ in range(2)]
    report = fickle.wait(job_id)

    assert answers == [200, 400]
    assert (report["job_status"], report["cancelled"]) == (200, True)
    assert requests.post(f"{fickle.api_url}/approve_job/{job_id}", headers=fickle.headers).status_code == 202
    assert balance(plain, job_id) == 3


def test_one_keys_job_looks_like_no_job_to_another(client, portrait, tmp_path):
    (tmp_path / "a.jpg").write_bytes(portrait)
    mine, other = client(1), client(1)
    _, job_id = mine.create_session("a.jpg")

    assert requests.get(f"{mine.api_url}/job_archive/{job_id}", headers=mine.headers).status_code == 400
    for method, path in (
        ("GET", "job_result"),
        ("GET", "job_archive"),
        ("POST", "approve_job"),
        ("POST", "cancel_job"),
    ):
        answer = requests.request(method, f"{other.api_url}/{path}/{job_id}", headers=other.headers)
        assert answer.status_code == 404


@pytest.mark.parametrize("key", [None, "", "00000000-0000-4000-8000-000000000000"])
def test_without_a_key_everything_is_401(key, plain):
    headers = {} if key is None else {"access_token": key}
    api_url = f"{plain.base_url}/v1"

    answers = [
        requests.post(f"{api_url}/create_upload_session", headers=headers, json={"file_name": "a.jpg"}),
        requests.post(f"{api_url}/start_upload", headers=headers, json={"file_name": "a.jpg"}),
        requests.put(f"{api_url}/direct_upload/a.jpg?model=blur", headers=headers, data=b"x"),
        requests.post(f"{api_url}/approve_job/x", headers=headers),
        requests.get(f"{api_url}/job_result/x", headers=headers),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert all(answer.json()["detail"] for answer in answers)


def test_a_node_killed_in_the_middle_finishes_its_jobs_and_charges_once(node, portrait, tmp_path):
    names = [f"{number}.jpg" for number in range(3)]
    for name in names:
        (tmp_path / name).write_bytes(portrait)
    node.start()
    made = add_key("demo", keys=node.stores().api_keys, clock=SystemClock(), credits_granted=10)
    client = SyntonymClient(f"{node.base_url}/v1", made.secret, tmp_path)
    sessions = [client.create_session(name) for name in names]
    client.upload(sessions[0][0], names[0])
    client.approve(sessions[0][1])
    client.upload(sessions[1][0], names[1])

    node.kill()
    node.start()
    client.upload(sessions[2][0], names[2])
    for _, job_id in sessions:
        client.approve(job_id)
    reports = [client.wait(job_id) for _, job_id in sessions]

    entries = node.stores().ledger.entries(made.key.key_id)
    assert [report["job_status"] for report in reports] == [100, 100, 100]
    assert sorted(entry.kind for entry in entries) == ["granted", *["reserved"] * 3, *["settled"] * 3]
    assert node.stores().ledger.balance(made.key.key_id) == sum(entry.amount for entry in entries) == 7


def test_a_callback_is_told_of_the_upload_and_of_the_results(running, receiver, portrait, tmp_path, eventually):
    (tmp_path / "a.jpg").write_bytes(portrait)
    made = add_key("called back", keys=running.stores().api_keys, clock=SystemClock(), credits_granted=1)
    caller = SyntonymClient(f"{running.base_url}/v1", made.secret, tmp_path)
    session_uri, job_id = caller.create_session("a.jpg")
    notify = f"{caller.api_url}/notify_on_job_status"
    asked = {"job_id": job_id, "callback_url": receiver.url}

    answers = [
        requests.post(notify, headers=caller.headers, params=asked),
        requests.post(notify, headers=caller.headers, json=asked),
    ]
    caller.upload(session_uri, "a.jpg")
    eventually(lambda: len(receiver.calls) == 1)
    caller.approve(job_id)
    eventually(lambda: len(receiver.calls) == 2)

    secret = running.run_command("webhooks", "secret", "called back", "--key").stdout.strip()
    awaiting, done = receiver.bodies(secret)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert (awaiting["job_id"], awaiting["job_status"], awaiting["is_approved"]) == (job_id, 0, False)
    assert (done["job_id"], done["job_status"]) == (job_id, 100)
    assert requests.get(done["tasks"][0]["download_link"]).status_code == 200
    assert requests.post(notify, headers=caller.headers, json=asked).status_code == 400


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"job_id": "4ad27ed2-60eb-4a5c-9ea0-5f7cbb0d6b52"}, 404),
        ({"job_id": None}, 422),
        ({"callback_url": 5}, 422),
        ({"callback_url": "https://169.254.169.254/latest"}, 400),
        ({"callback_url": "ftp://your.example/"}, 400),
    ],
)
def test_a_callback_is_registered_for_ones_own_job_and_an_address_that_is_called(
    changed, status, client, portrait, tmp_path
):
    (tmp_path / "a.jpg").write_bytes(portrait)
    caller = client(1)
    asked = {"job_id": caller.create_session("a.jpg")[1], "callback_url": "https://your.example/hook", **changed}

    answer = requests.post(f"{caller.api_url}/notify_on_job_status", headers=caller.headers, json=asked)

    assert answer.status_code == status
    assert answer.json()["detail"]
