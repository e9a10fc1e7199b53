"""The four classes, and what may be said of each, by every API: how hard to look, from which score, how coarse."""

import json
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

CLASSES = ("face", "license_plate", "person", "vehicle")
SIDE = 512  # the portrait's
ALL = dict.fromkeys(CLASSES, True)


@dataclass(frozen=True)
class Result:
    """What became of a picture."""

    report: dict
    metadata: dict
    picture: Any
    instance_mask: Any

    @property
    def classes(self):
        return {each["type_label"] for each in self.metadata["detections"]}


@dataclass(frozen=True)
class Apis:
    """The ways a picture may be sent and its results fetched."""

    client: Any
    eventually: Any

    def send(self, api, picture, parameters):
        """Return the answer to whatever the parameters go with."""
        if api == "v2":
            return self.client.call("POST", "/v2/task", data=json.dumps({"anonymization_method": "blur"} | parameters))
        body = {"files": {"fileobject": ("a.png", picture, "image/png")}} if api == "form" else {"data": picture}
        return self.client.call("POST", "/v1/file", params=parameters, **body)

    def anonymize(self, api, picture, **parameters):
        answer = self.send(api, picture, parameters)
        assert answer.status_code == 200, answer.text
        if api == "v2":
            ended = self.client.upload(answer.json(), picture).ok and self.client.ended(answer.json()["task_id"])
            links = [ended["anonymized_url"], ended["instance_mask_url"]]
        else:
            file_id = answer.json().get("file_id") or answer.json()["id"]
            links = [f"/v1/file/{file_id}/{what}" for what in ("anonymized", "instance-mask")]
            status = f"/v1/file/{file_id}/status"
            self.eventually(lambda: self.client.call("GET", status).json()["file_status"] == "done")
        # Every API's tasks are v2's tasks, too; the newest comes first.
        (task,) = self.client.call("GET", "/v2/task", params={"limit": 1}).json()["items"]
        papers = [
            self.client.call("GET", f"/v2/task/{task['task_id']}/{what}").json() for what in ("report", "metadata")
        ]
        return Result(*papers, *map(self._pixels, links))

    def _pixels(self, link):
        is_ours = link.startswith("/")
        headers = {"Authorization": self.client.token} if is_ours else {}
        answer = requests.get(self.client.base_url * is_ours + link, headers=headers, timeout=60)
        return np.asarray(Image.open(BytesIO(answer.content))).astype(int)


@pytest.fixture(scope="module")
def apis(ana, eventually):
    return Apis(ana, eventually)


@pytest.fixture(scope="module")
def all_four(astronaut, shared_media, encode):
    """A PNG with a person and her face to the left, and vehicles, one with a plate, to the right."""
    street = np.asarray(Image.open(shared_media / "photos" / "parkpow_demo.jpg").convert("RGB"))[:, :384]
    return encode(np.hstack([astronaut, np.pad(street, ((0, SIDE - len(street)), (0, 0), (0, 0)))]), "PNG")


every_api = pytest.mark.parametrize("api", ["v2", "raw", "form"])


@pytest.mark.parametrize(
    ("api", "profile"),
    [("v2", "fast"), ("v2", "balanced"), ("v2", "thorough"), ("raw", "fast"), ("form", "fast")],
)
def test_a_task_is_looked_at_as_hard_as_it_asks_for(apis, portrait, api, profile):
    done = apis.anonymize(api, portrait, face=True, profile=profile)

    assert done.report["profile"] == profile
    assert done.classes == {"face"}


@every_api
def test_a_profile_that_there_is_not_is_refused(apis, portrait, api):
    answer = apis.send(api, portrait, {"face": True, "profile": "hasty"})

    could_not = "Could not create task." if api == "v2" else "Could not take the file."
    told = f"{could_not} profile parameter received an unexpected value."
    assert (answer.status_code, answer.json()) == (400, {"status_code": 400, "error": told})


@pytest.fixture(scope="module")
def plain(apis, all_four):
    """All four classes, as they are hidden without a word about how."""
    return apis.anonymize("v2", all_four, anonymization_method="pixelate", **ALL, license_plate_threshold=0.3)


@pytest.mark.parametrize("seen", [("face", "person"), ("license_plate", "vehicle")], ids="-".join)
@every_api
def test_each_class_has_a_threshold_and_a_kernel_size_of_its_own(apis, all_four, plain, api, seen):
    method = "anonymization_method" if api == "v2" else "method"
    least = {f"{each}_threshold": 0.3 if each in seen else 1 for each in CLASSES}
    coarse = {f"kernel_size_{each}": size for each, size in zip(CLASSES, (0.9, 0.9, 31, 21), strict=True)}

    done = apis.anonymize(api, all_four, **{method: "pixelate"}, **ALL, **least, **coarse)

    changed = np.abs(plain.picture - done.picture).max(axis=2) > 0
    assert plain.classes == {*CLASSES}
    assert done.classes == {*seen}
    for each in done.metadata["detections"]:
        assert changed[done.instance_mask[..., 2] & each["color"][2] > 0].mean() > 0.5


def test_persons_and_vehicles_are_hidden_by_their_outlines(apis, all_four):
    asked = {"person": True, "vehicle": True}

    outlined = apis.anonymize("v2", all_four, **asked)
    boxed = apis.anonymize("v2", all_four, **asked, bbox=True)

    assert outlined.report["outlined"] >= 2
    for each in outlined.metadata["detections"]:
        _, number, code = each["color"]
        x1, y1, x2, y2 = each["bbox"]
        inside = [mask[y1:y2, x1:x2] for mask in (outlined.instance_mask, boxed.instance_mask)]
        share, whole = ((mask[..., 2] & code > 0).mean() for mask in inside)
        assert number
        assert whole == 1
        assert share > 0.3
    assert outlined.instance_mask.any(axis=2).sum() < 0.95 * boxed.instance_mask.any(axis=2).sum()
