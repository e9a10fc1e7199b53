"""Files are taken from the shared folder and nowhere else; results are put there whole."""

import os
from datetime import UTC, datetime

import pytest

from veil.adapters.folders.jobs_folder import SharedJobsFolder
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.upload_sessions import FolderUploadSessions
from veil.contracts.syntonym.output_names import output_names
from veil.domain.errors import JobFileError
from veil.domain.job import Job
from veil.domain.media import Artifact, MediaType
from veil.domain.origin import Origin
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task
from veil.domain.task_status import TaskStatus

NOW = datetime(2026, 11, 28, tzinfo=UTC)
POLICY = Policy(face=ClassRule(hide=True))
PREFIX = "/syntonym/jobs"


@pytest.fixture
def root(tmp_path):
    """The shared folder, and beside it what belongs to nobody else."""
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    root = tmp_path / "jobs"
    (root / "day one").mkdir(parents=True)
    (root / "day one" / "a.jpg").write_bytes(b"a photo")
    return root


@pytest.fixture
def media(tmp_path):
    return FolderMediaStore(tmp_path / "media", urls=None)


@pytest.fixture
def folder(root, tmp_path, media):
    return SharedJobsFolder(root, FolderUploadSessions(tmp_path / "uploads", media), media, names=output_names)


def job_of(source):
    told = {"job_id": "j", "owner": "ana", "key_id": "k", "model": "blur", "file_name": "a.jpg"}
    return Job(**told, source=source, policy=POLICY, created_at=NOW, updated_at=NOW)


def test_a_file_is_copied_so_that_nobody_changes_what_is_worked_on(folder, root, tmp_path, media):
    job = job_of(f"{PREFIX}/day one/a.jpg")

    committed = folder.take(job)
    (root / "day one" / "a.jpg").write_bytes(b"another")

    taken = job.uploaded(committed, NOW).job
    assert FolderUploadSessions(tmp_path / "uploads", media).head(taken) == b"a photo"


@pytest.mark.parametrize(
    "path",
    [
        f"{PREFIX}/missing.jpg",
        f"{PREFIX}/day one",
        f"{PREFIX}/",
        PREFIX,
        f"{PREFIX}/../secret.jpg",
        f"{PREFIX}/day one/../../secret.jpg",
        "/etc/passwd",
        "day one/a.jpg",
        "",
        f"{PREFIX}/a\x00.jpg",
        f"{PREFIX}/{'a' * 300}.jpg",
        f"{PREFIX}/link.jpg",
        f"{PREFIX}/links/a.jpg",
        f"{PREFIX}/out/secret.jpg",
        f"{PREFIX}/pipe.jpg",
        f"{PREFIX}/hard.jpg",
    ],
)
def test_what_is_no_file_below_the_folder_is_refused(path, folder, root):
    (root / "link.jpg").symlink_to(root / "day one" / "a.jpg")
    (root / "links").symlink_to(root / "day one")
    (root / "out").symlink_to(root.parent)
    os.mkfifo(root / "pipe.jpg")
    (root / "hard.jpg").hardlink_to(root.parent / "secret.jpg")

    with pytest.raises(JobFileError, match="There is no file"):
        folder.require(path)
    with pytest.raises(JobFileError, match="There is no file"):
        folder.take(job_of(path))


@pytest.fixture
def results_of(media, tmp_path):
    """Makes a task that is done, with its result stored."""

    def build(content):
        made = tmp_path / "made.jpg"
        made.write_bytes(content)
        told = {"owner": "ana", "task_id": 7, "policy": POLICY, "created_at": NOW, "updated_at": NOW, "runs": 1}
        done = {"status": TaskStatus.DONE, "media_type": MediaType.JPEG, "artifacts": (Artifact.ANONYMIZED,)}
        task = Task(**told, **done, origin=Origin(name="a.jpg"))
        media.put(task.key_of(Artifact.ANONYMIZED), made, media_type="image/jpeg")
        return task

    return build


def test_results_lie_in_a_folder_of_the_jobs_id_and_go_with_it(folder, root, media, results_of):
    task = results_of(b"anonymized")

    folder.keep(job_of("a.jpg"), [task])
    folder.keep(job_of("a.jpg"), [task])

    assert {each.name: each.read_bytes() for each in (root / "j").iterdir()} == {"a_anon.jpg": b"anonymized"}
    folder.discard("j")
    folder.discard("j")
    assert not (root / "j").exists()
    assert (root / "day one" / "a.jpg").exists()


def test_results_are_put_nowhere_else_by_a_link(folder, root, results_of):
    (root / "j").symlink_to(root.parent)

    with pytest.raises(OSError, match="j"):
        folder.keep(job_of("a.jpg"), [results_of(b"anonymized")])
    with pytest.raises(OSError, match="symbolic link"):
        folder.discard("j")

    assert not (root.parent / "a_anon.jpg").exists()
