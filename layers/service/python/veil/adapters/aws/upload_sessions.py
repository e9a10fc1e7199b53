"""Uploads that arrive in blocks, in S3: each block an object below a prefix of its job's.

What a commit names is an object as well, a list of blocks with the versions that they had, under a name that is a
checksum of the ids; the job says which list is its upload. So a commit is quick however large the file is.
"""

import hashlib
import json
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.media import S3MediaStore, is_missing
from veil.domain.job import Job
from veil.domain.media import SIGNATURE_LENGTH, Upload
from veil.domain.upload_blocks import LARGEST_UPLOAD_BYTES, block_name, list_of, require_all, require_room

PREFIX = "upload_sessions/"
"""Where blocks are; a rule of the bucket's forgets what is older than a session lives."""
AT_ONCE = 8
"""Blocks that are fetched side by side."""


class Block(NamedTuple):
    """A block as it was when its list was made."""

    name: str
    version: str


class S3UploadSessions:
    """Blocks in the media bucket."""

    def __init__(
        self, clients: AwsClients, bucket: str, media: S3MediaStore, *, limit_bytes: int = LARGEST_UPLOAD_BYTES
    ) -> None:
        self._clients = clients
        self._bucket = bucket
        self._media = media
        self._limit_bytes = limit_bytes

    def put_block(self, job_id: str, block_id: str, content: bytes) -> None:
        """Keep a block, in place of an earlier one with the same id.

        Raises:
            BlockRefusedError: Ids of one upload have one length, and all blocks together have a limit.
        """
        name = block_name(block_id)
        require_room(_sizes(self._kept(job_id)), name, len(content), limit_bytes=self._limit_bytes)
        self._put(job_id, name, content)

    def commit_blocks(self, job_id: str, block_ids: Sequence[str]) -> str:
        """Make the blocks in this order one upload and return its name, which the job takes.

        Raises:
            BlockRefusedError: A block is not there, or together they are more than are taken.
        """
        names, kept = [block_name(each) for each in block_ids], self._kept(job_id)
        require_all(_sizes(kept), names, limit_bytes=self._limit_bytes)
        return self._write_list(job_id, [Block(name, kept[name][1]) for name in names])

    def commit_whole(self, job_id: str, content: bytes) -> str:
        """Make what arrived in one request the upload and return its name, which the job takes.

        Raises:
            BlockRefusedError: It is larger than what is taken.
        """
        name = f"whole-{hashlib.sha256(content).hexdigest()}"
        require_all({name: len(content)}, [name], limit_bytes=self._limit_bytes)
        return self._write_list(job_id, [Block(name, self._put(job_id, name, content))])

    def head(self, job: Job) -> bytes:
        """Return the first bytes of what the job took as its upload, b"" where it is gone."""
        with suppress(FileNotFoundError), closing(self._contents(job.job_id, self._list(job), at_once=1)) as contents:
            return _JoinedBlocks(contents).read(SIGNATURE_LENGTH)
        return b""

    def fetch(self, job: Job, into: Path) -> Path:
        """Return a local copy of what the job took as its upload inside the folder `into`.

        Raises:
            FileNotFoundError: It is gone.
        """
        copy = into / "upload"
        with copy.open("wb") as file, closing(self._contents(job.job_id, self._list(job))) as contents:
            file.writelines(contents)
        return copy

    def collect(self, job: Job, key: str) -> Upload | None:
        """Keep what the job took as its upload under the media key and tell of it; None where it is gone."""
        landed = self._media.landed_upload(key)
        if landed is not None:
            return landed
        with suppress(FileNotFoundError), closing(self._contents(job.job_id, self._list(job))) as contents:
            joined: Any = _JoinedBlocks(contents)  # the SDK asks for `read` alone, its types for more
            self._clients.s3.upload_fileobj(joined, self._bucket, key)
        return self._media.landed_upload(key)

    def job_ids(self) -> Sequence[str]:
        """Return none: what no job needs any more goes by a rule of the bucket's."""
        return ()

    def discard(self, job_id: str) -> None:
        """Forget every block of the job."""
        self._media.delete(_folder(job_id))

    def _kept(self, job_id: str) -> Mapping[str, tuple[int, str]]:
        """Return size and version of each block."""
        folder = _folder(job_id)
        pages = self._clients.s3.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=folder)
        listed = chain.from_iterable(page.get("Versions", ()) for page in pages)
        newest = {
            each["Key"].removeprefix(folder): (each["Size"], each["VersionId"]) for each in listed if each["IsLatest"]
        }
        return {name: kept for name, kept in newest.items() if name[0].isdigit()}

    def _put(self, job_id: str, name: str, content: bytes) -> str:
        put = self._clients.s3.put_object(Bucket=self._bucket, Key=f"{_folder(job_id)}{name}", Body=content)
        return put["VersionId"]

    def _write_list(self, job_id: str, blocks: Sequence[Block]) -> str:
        committed = list_of([block.name for block in blocks]).name
        self._put(job_id, f"list-{committed}", json.dumps(blocks).encode())
        return committed

    def _list(self, job: Job) -> Sequence[Block]:
        found = self._get(f"{_folder(job.job_id)}list-{job.committed}")
        return [Block(*each) for each in json.loads(found)]

    def _contents(self, job_id: str, blocks: Iterable[Block], *, at_once: int = AT_ONCE) -> Generator[bytes]:
        """Yield the contents of blocks in their order; some are fetched side by side.

        Raises:
            FileNotFoundError: A block is gone.
        """
        with ThreadPoolExecutor(at_once) as pool:
            coming: deque[Future[bytes]] = deque()
            for block in blocks:
                coming.append(pool.submit(self._get, f"{_folder(job_id)}{block.name}", block.version))
                if len(coming) == at_once:
                    yield coming.popleft().result()
            while coming:
                yield coming.popleft().result()

    def _get(self, key: str, version: str | None = None) -> bytes:
        client = self._clients.s3
        which: Any = {"VersionId": version} if version else {}
        try:
            return client.get_object(Bucket=self._bucket, Key=key, **which)["Body"].read()
        except client.exceptions.ClientError as error:
            if is_missing(error):
                raise FileNotFoundError(key) from error
            raise


class _JoinedBlocks:
    """Contents one after the other, as a file that can be read once."""

    def __init__(self, contents: Iterator[bytes]) -> None:
        self._contents = contents
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, fewer than asked for at the end only; all that are left for a negative size."""
        wanted = size if size >= 0 else sys.maxsize
        pieces, have = [self._rest], len(self._rest)
        while have < wanted and (content := next(self._contents, None)) is not None:
            pieces.append(content)
            have += len(content)
        joined = b"".join(pieces)
        self._rest = joined[wanted:]
        return joined[:wanted]


def _folder(job_id: str) -> str:
    return f"{PREFIX}{job_id}/"


def _sizes(kept: Mapping[str, tuple[int, str]]) -> dict[str, int]:
    return {name: size for name, (size, _) in kept.items()}
