"""Remembers, in a file beside the results, what was anonymized and how."""

import hashlib
import json
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter

from veil.domain.media import Artifact
from veil.domain.policy import Policy
from veil.use_cases.anonymize_files import FileJob

FILE_NAME = ".veil-manifest.jsonl"
_POLICY = TypeAdapter(Policy)


class Manifest:
    """One line of JSON for each file done. A file counts as done only under the very same policy.

    A changed source, a changed policy, other models or a missing result make the file due again: what
    was skipped by mistake would stay visible.
    """

    def __init__(self, folder: Path, *, models: str) -> None:
        """Read the manifest of a folder of results, which need not exist yet.

        Args:
            folder: Where the results go.
            models: Names what the detectors are, so that better ones make every file due again.
        """
        self._file = folder / FILE_NAME
        self._models = models
        self._lock = Lock()
        self._lines = set(self._file.read_text(encoding="utf-8").splitlines()) if self._file.exists() else set()

    def knows(self, job: FileJob, policy: Policy) -> bool:
        """Say whether this very file was done under this very policy and its results are still there."""
        wanted = [target for artifact, target in job.targets.items() if artifact is not Artifact.REPORT]
        return all(target.exists() for target in wanted) and self._line(job, policy) in self._lines

    def remember(self, job: FileJob, policy: Policy) -> None:
        """Remember that it was."""
        line = self._line(job, policy)
        with self._lock:
            self._lines.add(line)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    def _line(self, job: FileJob, policy: Policy) -> str:
        seen = job.source.stat()
        policy_sha256 = hashlib.sha256(_POLICY.dump_json(policy) + self._models.encode()).hexdigest()
        entry = {
            "source": str(job.source.resolve()),
            "size_bytes": seen.st_size,
            "modified_ns": seen.st_mtime_ns,
            "policy_sha256": policy_sha256,
        }
        return json.dumps(entry, sort_keys=True)
