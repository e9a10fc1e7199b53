"""One SQLite file for threads and processes, that survives being killed."""

import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from veil.adapters.sqlite.database import FILE_NAME, Database, DatabaseTooNewError, DatabaseUnusableError
from veil.adapters.sqlite.deliveries import DUE_IN_TURN, SqliteDeliveryStore
from veil.adapters.sqlite.schema import MIGRATIONS
from veil.adapters.sqlite.tasks import COUNT, LIST, UNFINISHED_TASKS, SqliteTaskStore, list_values
from veil.domain.deliveries import Delivery
from veil.domain.errors import StoreBusyError, StoreFullError
from veil.domain.task import TaskStatus
from veil.ports.stores import TaskQuery

KILLS = 3


def setting(database, name):
    return database.read(f"PRAGMA {name}", {})[0][0]


def plan(database, sql, values):
    return " / ".join(row["detail"] for row in database.read(f"EXPLAIN QUERY PLAN {sql}", values))


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(database):
    assert setting(database, "journal_mode") == "wal"
    assert setting(database, "synchronous") == 2


def test_every_thread_has_the_same_settings(database):
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(setting, database, "synchronous").result() == 2
        assert thread.submit(setting, database, "foreign_keys").result() == 1


@pytest.fixture
def careless_builds(monkeypatch):
    """SQLite as it is built where nobody asked for deleted content to be overwritten."""
    connect = sqlite3.connect

    def connect_carelessly(*arguments, **options):
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA secure_delete = OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_carelessly)


@pytest.mark.usefixtures("careless_builds")
def test_what_was_deleted_can_be_read_from_no_file_after_a_checkpoint(tmp_path):
    url, now = "https://customer.example/secret", datetime(2026, 3, 1, tzinfo=UTC)
    with Database(tmp_path) as database:
        told = Delivery(delivery_id="evt_1_4", owner="ana", task_id=1, url=url, first_due_at=now, due_at=now)
        SqliteDeliveryStore(database).add(told)
        with database.writing() as connection:
            connection.execute("DELETE FROM deliveries")
        assert holding(url, tmp_path) == [f"{FILE_NAME}-wal"]

        database.checkpoint()

        assert holding(url, tmp_path) == []


def test_a_checkpoint_waits_for_nobody(tmp_path):
    with Database(tmp_path) as database, database.writing() as connection:
        connection.execute("DELETE FROM deliveries")

        database.checkpoint()


def holding(text, folder):
    return [each.name for each in folder.iterdir() if text.encode() in each.read_bytes()]


def test_threads_that_end_leave_no_connection_behind(database):
    def use_in_a_thread_that_ends():
        with ThreadPoolExecutor(1) as thread:
            thread.submit(setting, database, "synchronous").result()
        links = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        return sum(FILE_NAME in str(link.readlink()) for link in links)

    after_one = use_in_a_thread_that_ends()

    assert [use_in_a_thread_that_ends() for _ in range(4)] == [after_one] * 4


def test_closing_ends_the_connections_of_all_threads(database):
    with ThreadPoolExecutor(1) as thread:
        thread.submit(setting, database, "synchronous").result()

        database.close()

        assert thread.submit(setting, database, "synchronous").result() == 2


def test_only_this_user_can_read_the_files(folder, create):
    with Database(folder) as database:
        SqliteTaskStore(database).add(create())

        files = list(folder.iterdir())
        assert len(files) == 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_opening_again_finds_everything(folder, create):
    created = create()
    with Database(folder) as database:
        SqliteTaskStore(database).add(created)

    with Database(folder) as database:
        assert SqliteTaskStore(database).get("ana", 1) == created.task
        assert setting(database, "user_version") == len(MIGRATIONS)


def test_a_file_of_a_newer_version_is_refused_and_left_alone(folder):
    Database(folder).close()
    newer = sqlite3.connect(folder / FILE_NAME)
    newer.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    newer.close()

    with pytest.raises(DatabaseTooNewError, match="newer version of Veil"):
        Database(folder)

    again = sqlite3.connect(folder / FILE_NAME)
    assert again.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)
    again.close()


def test_a_file_that_is_no_database_is_named_and_left_alone(folder):
    Database(folder).close()
    (folder / FILE_NAME).write_bytes(b"no database" * 900)

    with pytest.raises(DatabaseUnusableError, match=rf"{FILE_NAME} cannot be used: file is not a database"):
        Database(folder)

    assert (folder / FILE_NAME).read_bytes() == b"no database" * 900


def test_a_step_is_made_once_and_on_top_of_the_steps_before(folder, monkeypatch, create):
    with Database(folder) as database:
        SqliteTaskStore(database).add(create())

    step = ("ALTER TABLE tasks ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'",)
    monkeypatch.setattr("veil.adapters.sqlite.database.MIGRATIONS", (*MIGRATIONS, step))
    Database(folder).close()

    with Database(folder) as database:
        assert database.read("SELECT colour FROM tasks", {})[0]["colour"] == "red"


def test_a_step_that_fails_leaves_the_file_as_it_was(folder, monkeypatch):
    Database(folder).close()

    steps = (*MIGRATIONS, ("CREATE TABLE half (a)", "no SQL at all"))
    monkeypatch.setattr("veil.adapters.sqlite.database.MIGRATIONS", steps)
    with pytest.raises(DatabaseUnusableError, match="syntax error"):
        Database(folder)

    monkeypatch.undo()
    with Database(folder) as database:
        assert database.read("SELECT name FROM sqlite_master WHERE name = 'half'", {}) == []


def test_an_exception_takes_back_what_the_block_wrote(database):
    def write_and_break():
        with database.writing() as connection:
            connection.execute("INSERT INTO turns VALUES ('ana', 1)")
            raise KeyError

    with pytest.raises(KeyError):
        write_and_break()

    assert database.read("SELECT * FROM turns", {}) == []


def test_a_full_disk_is_told_by_its_name_and_nothing_is_written(database, create):
    store = SqliteTaskStore(database)
    store.add(create(1))
    pages = setting(database, "page_count")
    setting(database, f"max_page_count = {pages}")

    def fill():
        for task_id in range(2, 100):
            store.add(create(task_id))

    with pytest.raises(StoreFullError):
        fill()

    setting(database, f"max_page_count = {pages + 10}")
    store.add(create(100))
    assert store.get("ana", 100) is not None


def test_a_file_that_another_process_writes_to_for_too_long_is_told_by_its_name_and_can_be_read(
    database, create, monkeypatch, folder
):
    monkeypatch.setattr("veil.adapters.sqlite.database.BUSY_TIMEOUT_SECONDS", 0.05)
    store = SqliteTaskStore(database)

    def add(task_id):
        # The time is of a connection, and each thread has one of its own.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(store.add, create(task_id)).result()

    add(1)
    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError, match=r"held veil\.sqlite for too long"):
            add(2)
        assert store.get("ana", 1) is not None

    add(2)
    assert store.get("ana", 2) is not None


def test_a_file_that_another_process_keeps_to_itself_is_told_by_its_name(folder, monkeypatch):
    monkeypatch.setattr("veil.adapters.sqlite.database.BUSY_TIMEOUT_SECONDS", 0.05)
    Database(folder).close()

    with closing(sqlite3.connect(folder / FILE_NAME, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusyError):
            Database(folder)


def test_listing_reads_no_other_owners_tasks_and_sorts_nothing(database):
    found = plan(database, LIST, list_values("ana", TaskQuery(before=5)))

    assert "SEARCH tasks USING INDEX tasks_of_owner (owner=? AND task_id<?)" in found
    assert "TEMP B-TREE" not in found


def test_resuming_reads_unfinished_tasks_only(database):
    found = plan(database, UNFINISHED_TASKS, {"after": 0, "statuses": "[]"})

    assert "USING INDEX tasks_unfinished (task_id>?)" in found
    assert "TEMP B-TREE" not in found


def test_turns_of_due_calls_are_counted_without_sorting_them(database):
    found = plan(database, DUE_IN_TURN, {"now": 0, "limit": 1, "per_owner": 1})

    assert "SCAN deliveries USING INDEX deliveries_in_turn" in found


def test_counting_all_of_an_owners_tasks_reads_no_task(database):
    assert "SEARCH task_counts" in (found := plan(database, COUNT, list_values("ana", TaskQuery())))
    assert "tasks_" not in found


def test_processes_that_open_a_new_folder_at_once_agree(folder, start):
    openers = [start("open_first.py", folder) for _ in range(4)]
    for each in openers:
        each.stdout.readline()

    for each in openers:
        each.stdin.write("go\n")
        each.stdin.flush()
    answers = [each.communicate()[0] for each in openers]

    assert {each.returncode for each in openers} == {0}
    assert len(set(answers)) == 1


@pytest.mark.parametrize("kill", range(KILLS))
def test_what_was_acknowledged_survives_kill_9(folder, start, kill):
    writer = start("save_forever.py", folder)
    acknowledged = [writer.stdout.readline() for _ in range(40 + 17 * kill)]
    writer.kill()
    acknowledged += writer.communicate()[0].splitlines(keepends=True)

    with Database(folder) as database:
        store = SqliteTaskStore(database)
        # The last line may have been cut; every whole one was acknowledged.
        for task_id, version in (line.split() for line in acknowledged if line.endswith("\n")):
            assert store.get("ana", int(task_id)).version >= int(version)


def test_after_kill_9_every_end_has_its_event_and_no_event_is_ahead_of_its_state(folder, start):
    writer = start("save_forever.py", folder)
    for _ in range(50):
        writer.stdout.readline()
    writer.kill()
    writer.communicate()

    with Database(folder) as database:
        store = SqliteTaskStore(database)
        told = [event.event_id for event in store.pending(100_000)]
        done = store.list("ana", TaskQuery(limit=100_000, statuses=frozenset({TaskStatus.DONE}))).tasks

    assert sorted(told) == sorted(f"evt_{task.task_id}_{task.version}" for task in done)


def test_after_kill_9_the_counts_are_those_of_the_tasks(folder, start):
    writer = start("save_forever.py", folder)
    for _ in range(50):
        writer.stdout.readline()
    writer.kill()
    writer.communicate()

    with Database(folder) as database:
        counted = database.read("SELECT owner, status, number FROM task_counts WHERE number <> 0", {})
        found = database.read("SELECT owner, status, count(*) FROM tasks GROUP BY owner, status", {})

    assert sorted(map(tuple, counted)) == sorted(map(tuple, found))
