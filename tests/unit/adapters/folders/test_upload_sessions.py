from datetime import UTC, datetime

import pytest

from veil.adapters.folders.upload_sessions import FolderUploadSessions
from veil.domain.errors import StaleJobError
from veil.domain.job import Job
from veil.domain.policy import ClassRule, Policy

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path):
    return FolderUploadSessions(tmp_path / "uploads", media=None)


@pytest.fixture
def committed(sessions):
    """Makes a job whose upload has these blocks."""

    def build(*blocks):
        for number, content in enumerate(blocks):
            incoming = sessions.begin("j")
            incoming.write(content)
            sessions.put_block("j", f"{number:04}", incoming)
        if not blocks:
            sessions.begin("j").discard()
        told = {"job_id": "j", "owner": "ana", "key_id": "k", "model": "blur", "file_name": "a.zip"}
        names = [f"{number:04}" for number in range(len(blocks))]
        job = Job(**told, policy=Policy(face=ClassRule(hide=True)), created_at=NOW, updated_at=NOW)
        return job.uploaded(sessions.commit_blocks("j", names), NOW).job

    return build


@pytest.mark.parametrize("blocks", [(), (b"abc",), (b"a", b"", b"bc"), (bytes(200), bytes(range(200)), b"x" * 900)])
def test_the_blocks_are_one_file_and_its_head(blocks, sessions, committed, tmp_path):
    job, whole = committed(*blocks), b"".join(blocks)

    assert sessions.head(job) == whole[:256]
    assert sessions.fetch(job, tmp_path).read_bytes() == whole


def test_what_was_discarded_is_gone(sessions, committed, tmp_path):
    job = committed(b"abc")

    sessions.discard("j")

    assert sessions.head(job) == b""
    with pytest.raises(FileNotFoundError):
        sessions.fetch(job, tmp_path)


@pytest.mark.parametrize(
    "keep",
    [
        lambda sessions, incoming: sessions.put_block("j", "0001", incoming),
        lambda sessions, incoming: sessions.commit_whole("j", incoming),
    ],
)
def test_what_arrives_while_everything_is_discarded_is_refused_and_gone(keep, sessions, committed, tmp_path):
    committed(b"abc")
    incoming = sessions.begin("j")
    incoming.write(b"late")

    sessions.discard("j")

    with pytest.raises(StaleJobError):
        keep(sessions, incoming)
    incoming.discard()
    assert list((tmp_path / "uploads").iterdir()) == []
