"""Worker processes share one database without stepping on each other."""

from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.domain.media import MediaType, Upload

PROCESSES = 4
TASKS = 60


def go(workers):
    """Let all workers start at the same moment; return the task ids that each one says."""
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = [worker.communicate()[0].split() for worker in workers]
    assert {worker.returncode for worker in workers} == {0}
    return [[int(task_id) for task_id in answer] for answer in answers]


def test_no_task_is_claimed_twice(folder, database, create, start, clock):
    store = SqliteTaskStore(database)
    for task_id in range(TASKS):
        created = create(task_id)
        store.add(created)
        store.save(created.task.uploaded(Upload(1, "", b"", ""), MediaType.JPEG, clock.now()))

    claimed = go([start("claim_all.py", folder, f"w{number}") for number in range(PROCESSES)])

    assert sorted(task_id for each in claimed for task_id in each) == list(range(TASKS))
    for number, mine in enumerate(claimed):
        assert {store.get("ana", task_id).lease.worker for task_id in mine} <= {f"w{number}"}
