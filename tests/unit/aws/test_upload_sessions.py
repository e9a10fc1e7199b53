"""Uploads in blocks, in S3: the list says what the file is, whatever came when."""

import io
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from veil.adapters.aws.locks import Locks
from veil.adapters.aws.upload_sessions import S3UploadSessions, _JoinedBlocks
from veil.domain.job import Job
from veil.domain.policy import ClassRule, Policy
from veil.domain.upload_blocks import BlockRefusedError, upload_name

KEY = "ana/1/original"
LIMIT = 100


@pytest.fixture
def sessions(clients, bucket, media):
    return S3UploadSessions(clients, bucket, media, limit_bytes=LIMIT)


@pytest.fixture
def job_with(clock):
    """Builds a job that took a list of blocks."""

    def build(committed):
        told = {"owner": "ana", "key_id": "k", "policy": Policy(face=ClassRule(hide=True)), "model": "blur"}
        times = {"created_at": clock.now(), "updated_at": clock.now()}
        return Job(job_id="j", file_name="a.jpg", committed=committed, **told, **times)

    return build


def test_the_file_is_the_blocks_in_the_order_of_the_list(sessions, media, job_with, tmp_path):
    for block_id, content in (("b", b"2"), ("a", b"sent in error"), ("c", b"never named"), ("a", b"1")):
        sessions.put_block("j", block_id, content)

    committed = sessions.commit_blocks("j", ["a", "b", "a"])
    collected = sessions.collect(job_with(committed), KEY)

    assert committed == upload_name(["a", "b", "a"])
    assert media.fetch(KEY, tmp_path).read_bytes() == b"121"
    assert collected == media.landed_upload(KEY)
    assert collected.version


def test_a_block_that_comes_after_the_commit_changes_nothing(sessions, media, job_with, tmp_path):
    sessions.put_block("j", "a", b"meant")
    committed = sessions.commit_blocks("j", ["a"])
    sessions.put_block("j", "a", b"late")

    sessions.collect(job_with(committed), KEY)

    assert media.fetch(KEY, tmp_path).read_bytes() == b"meant"


def test_collecting_again_leaves_the_file_as_it_is(sessions, job_with):
    committed = sessions.commit_whole("j", b"small")
    first = sessions.collect(job_with(committed), KEY)
    sessions.discard("j")

    assert sessions.collect(job_with(committed), KEY) == first


def test_no_block_makes_an_empty_file_and_a_lost_list_none(sessions, job_with):
    empty = sessions.collect(job_with(sessions.commit_blocks("j", [])), KEY)

    assert (empty.size_bytes, empty.head) == (0, b"")
    assert sessions.collect(job_with("lost"), "ana/2/original") is None


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda sessions: sessions.put_block("j", "longer", b""), "InvalidBlobOrBlock"),
        (lambda sessions: sessions.put_block("j", "c", bytes(2 * LIMIT)), "RequestBodyTooLarge"),
        (lambda sessions: sessions.commit_blocks("j", ["a", "x"]), "InvalidBlockList"),
        (lambda sessions: sessions.commit_blocks("j", ["a"] * 30), "RequestBodyTooLarge"),
        (lambda sessions: sessions.commit_whole("j", bytes(LIMIT + 1)), "RequestBodyTooLarge"),
    ],
)
def test_what_is_not_taken_is_called_by_azures_names(act, code, sessions):
    sessions.put_block("j", "a", b"four")

    with pytest.raises(BlockRefusedError) as refused:
        act(sessions)

    assert refused.value.code == code


def test_one_job_has_no_part_in_anothers_blocks_and_is_forgotten_alone(sessions, clients, bucket):
    sessions.put_block("j", "a", b"1")
    sessions.put_block("jj", "a", b"2")

    sessions.discard("j")

    left = clients.s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [each["Key"].split("/")[1] for each in left] == ["jj"]
    with pytest.raises(BlockRefusedError):
        sessions.commit_blocks("j", ["a"])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=20)), st.lists(st.integers(1, 30)))
def test_joined_contents_are_read_as_a_file_of_them_would_be(contents, sizes):
    joined, file = _JoinedBlocks(iter(contents)), io.BytesIO(b"".join(contents))

    assert [joined.read(size) for size in sizes] == [file.read(size) for size in sizes]
    assert joined.read() == file.read()


def test_a_lock_is_held_by_one_and_free_after_its_holder_left_or_died(table, clock):
    locks = Locks(table, clock, life=timedelta(minutes=6))

    with locks.tried("job j") as first, locks.tried("job j") as second, locks.tried("job k") as other:
        assert (first, second, other) == (True, False, True)
        clock.advance(timedelta(minutes=6))
        with locks.tried("job j") as inherited:
            assert inherited
    with locks.tried("job j") as again:
        assert again
