"""A photo's and a video's way through a deployment, by v2 and by v1, and the end of everything that was made."""

import time
from collections.abc import Mapping

from veil.adapters.deployment_check.access import SOME_ORIGIN, allowed_origin, preflight
from veil.adapters.deployment_check.checklist import NotCheckedError, StepFailedError
from veil.adapters.deployment_check.deployed_api import DeployedApi, expected
from veil.adapters.deployment_check.http_client import Answer, send
from veil.adapters.deployment_check.picture import draw_picture, require_hidden_plate
from veil.adapters.deployment_check.video import draw_video, require_hidden_plates
from veil.http.file_id import task_id_of

LOOK_EVERY_SECONDS = 0.5
_REDIRECT = 307
_PNG = b"\x89PNG"
_GONE = (403, 404)


class Uploads:
    """What is made, in the order of the methods. A webhook is called if one is given."""

    def __init__(self, api: DeployedApi, *, webhook: str | None, patience_seconds: float) -> None:
        self._api = api
        self._webhook = webhook
        self._patience = patience_seconds
        self._picture = draw_picture()
        self._made: list[str] = []
        self._path = ""
        self._upload_url = ""
        self._result_url = ""

    def create(self) -> str:
        """Create a task."""
        self._path, self._upload_url = self._created({"webhook": self._webhook} if self._webhook else {})
        return self._path

    def upload_preflight(self) -> str:
        """Ask as a browser does before it uploads, from an origin that may call the API."""
        origin = preflight(self._api, "/v2/task")
        asked = {
            "Origin": SOME_ORIGIN if origin == "*" else origin,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "content-type",
        }
        what = "The preflight of the upload URL"
        allowed_origin(expected(200, send("OPTIONS", self._upload_url, headers=asked), what), what)
        return "browsers may upload"

    def upload(self) -> str:
        """Send the picture to the bucket."""
        sent = {"Content-Type": "image/jpeg"}
        expected(200, send("PUT", self._upload_url, headers=sent, body=self._picture), "The upload")
        return f"{len(self._picture):,} bytes"

    def finish(self) -> str:
        """Wait until the work is done."""
        begun = time.monotonic()
        self._require_done(f"{self._path}/status", "task_status")
        return f"done after {time.monotonic() - begun:.1f} s"

    def download(self) -> str:
        """Fetch the results and look at them."""
        task = self._api.expect(200, "GET", self._path)
        self._result_url = task.text("anonymized_url")
        require_hidden_plate(self._picture, _fetched("The result", self._result_url))
        for name in ("binary_mask_url", "instance_mask_url"):
            if not _fetched(name, task.text(name)).startswith(_PNG):
                raise StepFailedError(f"{name} leads to no PNG")
        self._api.expect(200, "GET", f"{self._path}/metadata").text("detections")
        return "the plate is hidden; masks and metadata are there"

    def send_by_v1(self) -> str:
        """Send the picture as v1's clients do, and get the same bytes back."""
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        query = "license_plate=True&face=False"
        file = self._api.expect(200, "POST", f"/v1/file?{query}", body=self._picture, headers=sent)
        path = f"/v1/file/{file.text('file_id')}"
        self._made.append(_task_of(file.text("file_id")))
        if self._of_v1(f"{path}/original") != self._picture:
            raise StepFailedError("The original comes back with other bytes than were sent")
        self._require_done(f"{path}/status", "file_status")
        require_hidden_plate(self._picture, self._of_v1(f"{path}/anonymized"))
        return "the same bytes came back, and the plate is hidden"

    def send_video(self) -> str:
        """Send a clip and look at every frame that comes back."""
        clip = draw_video()
        path, upload_url = self._created({})
        expected(200, send("PUT", upload_url, headers={"Content-Type": "video/mp4"}, body=clip), "The upload")
        self._require_done(f"{path}/status", "task_status")
        url = self._api.expect(200, "GET", path).text("anonymized_url")
        require_hidden_plates(clip, _fetched("The result", url))
        return "the plate is hidden in every frame"

    def call_webhook(self) -> str:
        """Wait until the receiver has confirmed."""
        if not self._webhook:
            raise NotCheckedError("no --webhook was given")
        if self._ended(f"{self._path}/status", "webhook_status", {"sent", "failed"}).text("webhook_status") == "failed":
            raise StepFailedError("The receiver refused the call")
        return "the receiver confirmed"

    def clean_up(self) -> str:
        """Delete everything that was made, and see that the result is gone."""
        if not self._made:
            raise NotCheckedError("nothing was made")
        for task_id in self._made:
            self._api.expect(200, "DELETE", f"/v2/task/{task_id}")
        if self._result_url and send("GET", self._result_url, headers={}).status not in _GONE:
            raise StepFailedError("The result of a deleted task can still be downloaded")
        return f"deleted: {len(self._made)}"

    def _created(self, told: Mapping[str, str]) -> tuple[str, str]:
        """Create a task that hides plates; return its path and where its file goes."""
        wanted = {"anonymization_method": "blur", "license_plate": True}
        task = self._api.expect(200, "POST", "/v2/task", told=wanted | dict(told))
        self._made.append(task.text("task_id"))
        return f"/v2/task/{task.text('task_id')}", task.text("upload_url")

    def _require_done(self, path: str, key: str) -> None:
        ended = self._ended(path, key, {"done", "failed"})
        if ended.text(key) == "failed":
            raise StepFailedError(f"It failed: {ended.text('failure_cause')}")

    def _ended(self, path: str, key: str, ends: set[str]) -> Answer:
        """Return the first answer whose value is one of the ends."""
        last = time.monotonic() + self._patience
        while True:
            now = self._api.expect(200, "GET", path)
            if now.text(key) in ends:
                return now
            if time.monotonic() > last:
                raise StepFailedError(f"{key} is still '{now.text(key)}' after {self._patience:g} s")
            time.sleep(LOOK_EVERY_SECONDS)

    def _of_v1(self, path: str) -> bytes:
        """Return a file of v1, which the cloud keeps elsewhere."""
        answer = self._api.call("GET", path)
        if answer.status == _REDIRECT:
            return _fetched(f"What GET {path} leads to", str(answer.headers["Location"]))
        return expected(200, answer, f"GET {path}").body


def _fetched(what: str, url: str) -> bytes:
    return expected(200, send("GET", url, headers={}), what).body


def _task_of(file_id: str) -> str:
    task_id = task_id_of(file_id)
    if task_id is None:
        raise StepFailedError(f"{file_id} is no file id")
    return str(task_id)
