"""The node's one SQLite file, shared by threads and by processes."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock, local
from types import TracebackType
from uuid import uuid4
from weakref import WeakSet

from veil.adapters.folders.durable_files import make_private_folders, place_once, sync_file
from veil.adapters.sqlite.schema import MIGRATIONS
from veil.domain.errors import StoreBusyError, StoreFullError, VeilError

FILE_NAME = "veil.sqlite"
# A write takes milliseconds; half a minute outlasts a stalled disk and still ends a deadlock.
BUSY_TIMEOUT_SECONDS = 30
INTEGER_MAX = 2**63 - 1
"""The largest number that a column holds."""

# The lower byte of what SQLite reports; the rest tells where it happened (sqlite.org/rescode.html).
_PRIMARY_CODE = 0xFF
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DatabaseTooNewError(VeilError):
    """The file was written by a newer version of Veil, which this one would damage."""


class DatabaseUnusableError(VeilError):
    """The file is no database, is damaged, or cannot be read or written."""


class _ThreadConnection:
    """A thread's connection, closed when the thread ends: servers start and end threads all day.

    The connection alone would wait for the garbage collector, because it refers to itself.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """Opens `veil.sqlite` inside a folder, and brings it to this version's schema.

    Each thread gets a connection of its own. A process must not inherit an open database by fork
    (SQLite forbids it): every process opens its own.
    """

    def __init__(self, folder: Path) -> None:
        """Create or open the file.

        Raises:
            DatabaseTooNewError: A newer version of Veil wrote it.
            DatabaseUnusableError: Nothing can be read from it or written to it.
        """
        self._file = folder / FILE_NAME
        if not self._file.exists():
            _create(self._file)
        self._threads = local()
        self._opened: WeakSet[_ThreadConnection] = WeakSet()
        self._lock = Lock()
        try:
            self._migrate()
        except sqlite3.Error as error:
            raise DatabaseUnusableError(f"{self._file} cannot be used: {error}.") from error

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self, sql: str, values: Mapping[str, object]) -> list[sqlite3.Row]:
        """Return all rows of a query.

        Raises:
            StoreBusyError: Somebody else holds the file for themselves.
        """
        with _named_errors():
            return self._connection().execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Do everything inside the block or, after an exception, nothing.

        When the block is left, what it wrote survives a power cut. Do not nest.

        Raises:
            StoreFullError: The disk has no room for it.
            StoreBusyError: Somebody else has held the file for `BUSY_TIMEOUT_SECONDS`.
        """
        with _named_errors():
            yield from self._transaction(self._connection())

    @staticmethod
    def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        # IMMEDIATE: a transaction that reads first and writes later cannot wait for another writer.
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def checkpoint(self) -> None:
        """Empty the journal, in which what was deleted can be read until then; do nothing while others use it."""
        # With a connection of its own, which does not wait: there is always a next time.
        with _named_errors(), closing(sqlite3.connect(self._file, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connections of all threads. Nobody may be using them."""
        with self._lock:
            for each in self._opened:
                each.connection.close()
            self._opened.clear()
            self._threads = local()

    def _connection(self) -> sqlite3.Connection:
        mine: _ThreadConnection | None = getattr(self._threads, "mine", None)
        if mine is None:
            mine = self._threads.mine = _ThreadConnection(self._open())
            with self._lock:
                self._opened.add(mine)
        return mine.connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,  # the module's own BEGIN would not be IMMEDIATE
            check_same_thread=False,  # only `close` touches a connection of another thread
        )
        connection.row_factory = sqlite3.Row
        # FULL syncs the journal at every commit. With NORMAL a power cut could take back an upload that
        # was answered with 200. A task needs four commits and its webhook two more: little beside the work on
        # pixels.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Deleted records are overwritten, or they could be read from the file for ever. Only some builds do it unasked.
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _migrate(self) -> None:
        with self.writing() as connection:
            (seen,) = connection.execute("PRAGMA user_version").fetchone()
            if seen > len(MIGRATIONS):
                raise DatabaseTooNewError(
                    f"{self._file} was written by a newer version of Veil (schema {seen}, this one knows up to"
                    f" {len(MIGRATIONS)}). Start that version again, or restore a backup."
                )
            for statement in (each for step in MIGRATIONS[seen:] for each in step):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        # What the module itself finds wrong has no code.
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        if code == sqlite3.SQLITE_FULL:
            raise StoreFullError("The disk is full.") from error
        if code == sqlite3.SQLITE_BUSY:
            raise StoreBusyError(f"Another process has held {FILE_NAME} for too long.") from error
        raise


def _create(file: Path) -> None:
    """Make an empty database in WAL mode, which the file itself remembers.

    Under another name, because SQLite does not wait for a lock when two processes switch to WAL at once.
    """
    make_private_folders(file.parent)
    draft = file.with_name(f"{file.name}.{uuid4().hex}")
    # SQLite gives its journal files the mode of the database, so this makes all of them private.
    draft.touch(mode=0o600)
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    sync_file(draft)
    place_once(draft, file)


def microseconds(moment: datetime) -> int:
    """Return the moment, which has a zone, as a column holds it."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds_since_epoch: int) -> datetime:
    """Return what `microseconds` was given, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds_since_epoch)
