"""Remembers, in a file beside the results, what was anonymized and how."""

import errno
import hashlib
import json
from pathlib import Path
from threading import Lock

from veil.adapters.records import POLICIES
from veil.domain.policy import Policy
from veil.use_cases.anonymize_files import FileJob

FILE_NAME = ".veil-manifest.jsonl"


class Manifests:
    """A manifest in each folder of results: a line of JSON for each picture made or begun, the last one counts.

    A changed source, a changed policy, another maker or a missing result make the file due again: what
    was skipped by mistake would stay visible. Threads share it.
    """

    def __init__(self, *, made_by: str) -> None:
        """Remember nothing yet.

        Args:
            made_by: Names models and program, so that better ones make every file due again.
        """
        self._made_by = made_by
        self._lock = Lock()
        self._read: dict[Path, dict[str, str]] = {}

    def fingerprint(self, job: FileJob, policy: Policy) -> str:
        """Return what tells this very file under this very policy from every other."""
        seen = job.source.stat()
        source = f"{job.source.resolve()}\n{seen.st_size}\n{seen.st_mtime_ns}\n{self._made_by}\n"
        wanted = _written(policy)
        return hashlib.sha256(f"{source}{wanted}".encode("utf-8", "surrogateescape")).hexdigest()

    def knows(self, job: FileJob, fingerprint: str) -> bool:
        """Say whether this was the last thing done for these targets, and they are all still there."""
        if not all(target.exists() for target in job.targets.values()):
            return False
        with self._lock:
            return self._lines(job.picture.parent).get(job.picture.name) == fingerprint

    def claim(self, job: FileJob) -> None:
        """Remember that the targets are results, whatever becomes of the work.

        Raises:
            FileExistsError: One of them is there already and never was a result.
        """
        with self._lock:
            claimed = job.picture.name in self._lines(job.picture.parent)
        for target in job.targets.values():
            if target.exists() and not claimed:
                raise FileExistsError(errno.EEXIST, "This file is not a result of veil; it is left alone", str(target))
        if not claimed:
            self.remember(job, "")

    def remember(self, job: FileJob, fingerprint: str) -> None:
        """Remember that it was done."""
        folder, name = job.picture.parent, job.picture.name
        with self._lock:
            lines = self._lines(folder)
            # The line feed comes first: the line before may have been cut off by a crash.
            with (folder / FILE_NAME).open("a", encoding="utf-8") as file:
                file.write("\n" + json.dumps([name, fingerprint]))
            lines[name] = fingerprint

    def _lines(self, folder: Path) -> dict[str, str]:
        if folder not in self._read:
            file = folder / FILE_NAME
            text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
            self._read[folder] = dict(entry for line in text.splitlines() if (entry := _entry(line)))
        return self._read[folder]


def _written(policy: Policy) -> str:
    """Return the policy as text: read once, for 91 and 91.0 are the same size."""
    return POLICIES.dump(POLICIES.load(POLICIES.dump(policy)))


def _entry(line: str) -> tuple[str, str] | None:
    """Return picture name and fingerprint; None for a damaged line, whose file is then due again."""
    try:
        name, fingerprint = json.loads(line)
    except (ValueError, TypeError):
        return None
    return str(name), str(fingerprint)
