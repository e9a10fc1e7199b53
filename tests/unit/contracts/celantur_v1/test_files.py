"""GET /v1/file/{id}/...: how files stand and what there is to download (contracts/celantur.md B.2)."""

from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from veil.contracts.celantur_v1.routes import file_routes
from veil.domain.causes import FailureCause
from veil.domain.principal import Principal
from veil.http.request import Request
from veil.http.response import Response

RESULTS = ["anonymized", "anonymised", "binary-mask", "instance-mask", "metadata"]


@pytest.fixture
def sent(api):
    """The id of an uploaded file."""
    return api.send().json["file_id"]


@pytest.fixture
def done(api, sent, tmp_path):
    """The id of a file that is done."""
    api.finish_file(sent, tmp_path)
    return sent


def test_the_status_has_the_keys_of_the_vendors_sample(api, done):
    assert api.get(f"/v1/file/{done}/status").json == {"file_id": done, "file_status": "done", "delete_time": None}


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("anonymized", "1/anonymized.jpeg"),
        ("anonymised", "1/anonymized.jpeg"),
        ("binary-mask", "1/binary_mask.png"),
        ("instance-mask", "1/instance_mask.png"),
        ("original", "original"),
    ],
)
def test_a_picture_is_where_a_fresh_signed_url_says(api, done, path, file):
    answer = api.get(f"/v1/file/{done}/{path}")

    assert answer.status == 307
    assert answer.headers["Location"].startswith(f"memory:///ana/{api.task_of(done).task_id}/{file}?")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_metadata_is_answered_as_json(api, done):
    answer = api.get(f"/v1/file/{done}/metadata/")

    assert (answer.status, answer.json) == (200, {"id": "x", "detections": []})


@pytest.mark.parametrize("path", RESULTS)
def test_before_the_end_there_is_no_result_yet(api, sent, path):
    answer = api.get(f"/v1/file/{sent}/{path}")

    assert answer.status == 409
    assert "is queued, not done" in answer.error


@pytest.mark.parametrize("path", RESULTS)
def test_a_failed_file_says_why_it_has_no_result(api, sent, path):
    task = api.task_of(sent)
    api.fail({"customer_id": "ana", "task_id": task.task_id}, FailureCause.IMAGE_DEFECT)

    answer = api.get(f"/v1/file/{sent}/{path}")

    assert answer.status == 409
    assert answer.error.endswith("failed: IMAGE_DEFECT.")
    assert api.get(f"/v1/file/{sent}/status").json["failure_cause"] == "IMAGE_DEFECT"
    assert api.get(f"/v1/file/{sent}/original").status == 307


@pytest.mark.parametrize("path", [*RESULTS, "original"])
def test_a_deleted_file_has_nothing_but_a_status_with_its_time(api, done, path):
    api.call("DELETE", f"/v2/task/{api.task_of(done).task_id}")

    status = api.get(f"/v1/file/{done}/status").json
    assert (status["file_status"], status["delete_time"]) == ("deleted", "21/11/2026, 09:00:00")
    assert api.get(f"/v1/file/{done}/{path}").status == 404


@pytest.mark.parametrize("path", ["status", *RESULTS, "original", "video/anonymised"])
@pytest.mark.parametrize("owner", ["ana", "ben"])
def test_anothers_file_looks_like_no_file(api, done, path, owner):
    file_id = done if owner == "ben" else str(uuid4())

    answer = api.get(f"/v1/file/{file_id}/{path}", owner=owner)

    assert (answer.status, answer.error) == (404, f"File ID not found. There is no file with ID {file_id}.")


@pytest.mark.parametrize("file_id", ["x", "1693295888421318", "00000000-0000-8000-8000-000000000000", "%00"])
def test_what_is_no_file_id_names_no_file(api, done, file_id):
    assert api.get(f"/v1/file/{file_id}/status").status == 404


def test_nothing_is_told_without_a_token(api, done):
    assert api.get(f"/v1/file/{done}/status", owner=None).status == 401


def test_a_task_of_v2_is_a_file_of_v1(api, tmp_path):
    api.finish(api.create(), tmp_path)

    (listed,) = api.get("/v1/list").json["items"]

    assert api.get(f"/v1/file/{listed['file_id']}/anonymized").status == 307


@pytest.mark.parametrize(
    ("query", "scale"),
    [("?mask-scale=50", 50), ("?mask_scale=12.5", 12.5), ("?mask-scale=0", 0), ("", None), ("?mask-scale=100", None)],
)
def test_a_mask_is_scaled_by_whoever_delivers_it(files, query, scale):
    asked = Request(
        method="GET",
        path="/v1/file/x/instance-mask",
        query=parse_qs(query.removeprefix("?")),
        principal=Principal("ana"),
    )

    assert files(asked) == ("instance_mask.png", scale)


@pytest.fixture
def files(api, done):
    """Asks for a mask of a file where files are delivered on the spot, and returns which one is and in what size."""
    delivered = []

    def deliver(key, mask_scale):
        delivered.append((key.rpartition("/")[2], mask_scale))
        return Response(200)

    (route,) = (each for each in file_routes(api.files, deliver) if each.path.endswith("/instance-mask"))

    def ask(request):
        route.handler(request, file_id=done)
        return delivered.pop()

    return ask


@pytest.mark.parametrize("query", ["", "?mask-scale=100", "?mask-scale="])
def test_a_mask_of_its_own_size_is_where_a_signed_url_says(api, done, query):
    assert api.get(f"/v1/file/{done}/binary-mask{query}").status == 307


@pytest.mark.parametrize("scale", ["101", "-1", "half", "true", "NaN", "1&mask-scale=2"])
def test_a_scale_that_cannot_be_is_refused(api, done, scale):
    assert api.get(f"/v1/file/{done}/binary-mask?mask-scale={scale}").status == 400


def test_behind_a_redirect_nobody_scales_masks_and_that_is_said(api, done):
    answer = api.get(f"/v1/file/{done}/binary-mask?mask-scale=50")

    assert answer.status == 400
    assert "when the file is sent" in answer.error
