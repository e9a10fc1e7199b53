"""POST /v2/task/{id}/render: a finished task is drawn again, as a new one. Veil's own."""

import pytest

from veil.domain.drawing_again import findings_key_of
from veil.domain.media import Artifact, original_key
from veil.domain.policy import AnonymizationMethod, ObjectClass
from veil.domain.rendering import AddedObject, Changes, Rendering
from veil.domain.task import TaskStatus

FACE, PLATE = ObjectClass.FACE, ObjectClass.LICENSE_PLATE
ADDED = {"type_label": "face", "bbox": [1, 2.5, 30, 40]}


@pytest.fixture
def done(api, tmp_path):
    """A finished task with its upload."""
    created = api.create(quality=80, margin=0.2)
    upload = tmp_path / "upload"
    upload.write_bytes(b"a photo")
    api.media.put(original_key("ana", created["task_id"]), upload, media_type="image/jpeg")
    api.finish(created, tmp_path)
    return created


def render(api, task, body, **options):
    return api.post(f"/v2/task/{task['task_id']}/render", body, **options)


def test_the_new_task_is_queued_and_tells_what_it_is_drawn_from(api, done):
    answer = render(api, done, {"anonymization-method": "pixelate"})

    assert answer.status == 200
    assert answer.json["task_id"] > done["task_id"]
    assert answer.json["task_status"] == "queued"
    assert answer.json["rendered_from"] == done["task_id"]
    assert done["rendered_from"] is None
    assert api.queue.take().ref.task_id == answer.json["task_id"]


def test_what_is_not_given_stays_but_the_webhook(api, tmp_path):
    created = api.create(quality=80, margin=0.2, license_plate=True, webhook="https://hooks.example.org/")
    api.media.put(original_key("ana", created["task_id"]), _empty(tmp_path), media_type="")
    api.finish(created, tmp_path)

    answer = render(api, created, {"face": False, "margin": 0.4, "quality": None})

    changed = {key: value for key, value in answer.json.items() if value != created[key]} if answer.status == 200 else 0
    own = {"task_id", "task_status", "webhook", "webhook_status", "created_at", "updated_at", "rendered_from"}
    assert {key: value for key, value in changed.items() if key not in own} == {"face": False, "margin": 0.4}
    assert answer.json["webhook"] is None


def test_the_task_works_on_the_files_of_the_first(api, done):
    asked = {"without": [3], "add": [ADDED, {**ADDED, "first_frame": 2, "last_frame": 5}]}

    first, task = (api.tasks.get("ana", each["task_id"]) for each in (done, render(api, done, asked).json))

    box = (1.0, 2.5, 30.0, 40.0)
    changes = Changes((3,), (AddedObject(FACE, box), AddedObject(FACE, box, 2, 5)))
    assert task.rendering == Rendering(first.task_id, first.task_id, findings_key_of(first), changes)
    assert task.upload_key == original_key("ana", done["task_id"])
    assert (task.status, task.policy.method) == (TaskStatus.QUEUED, AnonymizationMethod.BLUR)


def test_what_was_drawn_again_can_be_drawn_again_from_its_own_findings(api, done, tmp_path):
    second = render(api, done, {"anonymization_method": "blacken"}).json
    api.finish(second, tmp_path)

    third = api.tasks.get("ana", render(api, second, {"bbox": True}).json["task_id"])

    assert (third.rendering.upload_of, third.rendering.found_by) == (done["task_id"], second["task_id"])
    assert third.policy.method is AnonymizationMethod.BLACKEN


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "Please add a JSON body."),
        ({"nose": True}, "nose parameter caused an error. This parameter does not exist."),
        ({"profile": "fast"}, "profile parameter caused an error. This parameter does not exist."),
        ({"face-threshold": 0.1}, "face-threshold parameter caused an error. This parameter does not exist."),
        ({"format": "whole"}, "format parameter caused an error. This parameter does not exist."),
        ({"without": 3}, "without parameter received an unexpected value."),
        ({"without": [-1]}, "without parameter received an unexpected value."),
        ({"without": [0.5]}, "without parameter received an unexpected value."),
        ({"add": [7]}, "add parameter value caused an error. What is added is"),
        ({"add": [{**ADDED, "bbox": [1, 2, 3]}]}, "add parameter value caused an error. What is added is"),
        ({"add": [{**ADDED, "bbox": "1234"}]}, "add parameter value caused an error. What is added is"),
        ({"add": [{**ADDED, "type_label": "nose"}]}, "add parameter value caused an error. What is added is"),
        ({"add": [{**ADDED, "colour": 1}]}, "add parameter value caused an error. What is added is"),
        ({"add": [{**ADDED, "bbox": [3, 2, 1, 4]}]}, "A box needs a positive size"),
        ({"add": [{**ADDED, "first_frame": 3, "last_frame": 2}]}, "A box needs a positive size"),
        ({"add": [ADDED] * 1001}, "add parameter received an unexpected value."),
        ({"license_plate": True}, "license_plate parameter value caused an error. Nobody looked for it;"),
        ({"add": [{**ADDED, "type_label": "license_plate"}]}, "license_plate is not hidden; set it to true as well."),
        ({"person": True, "add": [{**ADDED, "type_label": "person"}]}, "No installed model finds this class: person."),
        ({"face": False}, "Choose at least one of face, license_plate, person and vehicle."),
        ({"webhook": "https://10.0.0.1/"}, "webhook parameter value caused an error."),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_name(api, done, body, error):
    answer = render(api, done, body)

    assert answer.status == 400
    assert answer.error.startswith("Could not draw the task again. ")
    assert error in answer.error


def test_a_class_that_nobody_looked_for_may_be_hidden_where_it_is_added(api, done):
    asked = {"license_plate": True, "add": [{**ADDED, "type_label": "license_plate"}]}

    assert render(api, done, asked).json["license_plate"] is True


@pytest.mark.parametrize("gone", ["upload", "findings"])
def test_what_is_gone_cannot_be_drawn_again(api, done, gone):
    task = api.tasks.get("ana", done["task_id"])
    api.media.discard(task.upload_key if gone == "upload" else task.key_of(Artifact.FINDINGS))

    answer = render(api, done, {})

    assert (answer.status, answer.error) == (
        409,
        f"Task {done['task_id']} cannot be drawn again: its {gone} is gone.",
    )


def test_a_task_that_is_not_done_cannot_be_drawn_again(api):
    created = api.create()

    answer = render(api, created, {})

    assert answer.status == 409
    assert "is new and has no findings" in answer.error


def test_another_owners_task_is_no_task_and_a_deleted_one_is_deleted(api, done):
    assert render(api, done, {}, owner="ben").error.startswith("Task ID not found.")

    api.call("DELETE", f"/v2/task/{done['task_id']}")

    assert render(api, done, {}).status == 404


def _empty(folder):
    file = folder / "empty"
    file.write_bytes(b"")
    return file
