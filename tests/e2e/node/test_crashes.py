"""Whatever is killed, whenever: every upload ends once, and tells of it once."""

import signal
from collections import defaultdict
from random import Random
from time import sleep

import pytest

from tests import clips

ROUNDS = 2


def test_a_service_killed_again_and_again_loses_nothing_and_tells_everything_once(node, receiver, photos, eventually):
    chance, tasks = Random(11), []

    for _ in range(ROUNDS):
        client = node.start().ana()
        tasks += [client.submit(picture, webhook=receiver.url) for picture in photos]
        sleep(chance.uniform(0, 1.0))
        node.kill()
    client = node.start().ana()
    ended = [client.ended(task_id) for task_id in tasks]
    for task_id in tasks:
        eventually(lambda: client.status(task_id)["webhook_status"] == "sent")  # noqa: B023  # called at once

    told = defaultdict(set)
    for _, headers, _ in receiver.calls:
        told[headers["webhook-id"].split("_")[1]].add(headers["webhook-id"])
    finished = defaultdict(set)
    for record in node.log("event"):
        if record["event"] == "task.done":
            finished[record["task_id"]].add(record["event_id"])
    assert [each["task_status"] for each in ended] == ["done"] * len(tasks)
    assert all(client.picture(each["anonymized_url"]).width >= 512 for each in ended)
    assert set(map(len, told.values())) == set(map(len, finished.values())) == {1}
    assert told.keys() == set(map(str, tasks))
    # The kills hit what they should: some work was interrupted and begun again.
    assert sum(record["tasks"] for record in node.log("resumed")) > 0


@pytest.fixture(scope="module")
def two_workers(new_node):
    node = new_node("--workers", "2").start()
    yield node
    node.close()


def test_a_killed_worker_costs_nobody_a_task(two_workers, photos, eventually):
    client = two_workers.ana()
    task = client.create()
    client.upload(task, photos[0])
    eventually(lambda: client.status(task["task_id"])["task_status"] == "processing")

    dead = two_workers.kill_worker_of(task)
    other = client.anonymize(photos[1])
    ended = client.ended(task["task_id"])

    assert other["task_status"] == ended["task_status"] == "done"
    assert dead in [record["worker"] for record in eventually(lambda: two_workers.log("a worker died"))]
    eventually(lambda: len(two_workers.log("a worker is ready")) == 3)
    assert client.metric("veil_worker_deaths_total") == 1


@pytest.fixture(scope="module")
def long_ride(tmp_path_factory):
    """A video of four segments."""
    path, times = tmp_path_factory.mktemp("ride") / "ride.mp4", [1750 * number for number in range(48)]
    return clips.make_clip(path, frames=48, times=times, options={"g": "12", "sc_threshold": "0"})


def kept_of(node, task):
    """What the node keeps of a task, and what its workers have in hand of any."""
    folder, hands = node.data / "media" / task["customer_id"] / str(task["task_id"]), node.data / "work"
    return {each.name.partition("~")[2] or each.name for each in folder.iterdir()}, list(hands.glob("*/*"))


def test_a_killed_worker_costs_a_video_one_segment_at_most(two_workers, long_ride, eventually):
    client = two_workers.ana()
    task = client.create()
    client.upload(task, long_ride.read_bytes(), headers={"Content-Type": "video/mp4"})
    folder = two_workers.data / "media" / task["customer_id"] / str(task["task_id"]) / "segments"

    def kept():
        return {each.name.partition("~")[2]: each.name for each in folder.glob("*~*")}

    eventually(kept)
    two_workers.kill_worker_of(task)
    before = kept()
    seen = {}
    while client.status(task["task_id"])["task_status"] in {"queued", "processing"}:
        seen |= kept()
        sleep(0.1)

    assert client.status(task["task_id"])["task_status"] == "done"
    # Nobody looked again at what was seen before.
    assert before.items() <= seen.items()
    # The second run's results are published, and of the first one nothing stays.
    eventually(lambda: kept_of(two_workers, task) == ({"original", "2"}, []))


@pytest.mark.slow
def test_an_idle_worker_looks_at_a_video_that_another_has(two_workers, long_ride, eventually):
    client, helped = two_workers.ana(), len(two_workers.log("helped with a video"))
    task = client.create()
    client.upload(task, long_ride.read_bytes(), headers={"Content-Type": "video/mp4"})
    eventually(lambda: client.status(task["task_id"])["task_status"] == "processing")

    two_workers.signal_worker_of(task, signal.SIGSTOP)
    told = eventually(lambda: two_workers.log("helped with a video")[helped:])
    kept = list((two_workers.data / "media" / task["customer_id"] / str(task["task_id"]) / "segments").glob("*~*"))
    two_workers.signal_worker_of(task, signal.SIGCONT)

    assert [record["task_id"] for record in told] == [task["task_id"]]
    # All but the one that the worker was looking at when it was stopped.
    assert len(kept) >= 3
    assert client.ended(task["task_id"])["task_status"] == "done"


def test_a_cancelled_video_is_worked_on_no_more_and_leaves_nothing(two_workers, long_ride, eventually):
    client = two_workers.ana()
    task = client.create()
    client.upload(task, long_ride.read_bytes(), headers={"Content-Type": "video/mp4"})
    eventually(lambda: client.status(task["task_id"])["task_status"] == "processing")

    answer = client.call("POST", f"/v2/task/{task['task_id']}/cancel")

    assert (answer.status_code, answer.json()["failure_cause"]) == (200, "CANCELLED")
    eventually(lambda: kept_of(two_workers, task) == ({"original"}, []))
    assert client.status(task["task_id"])["task_status"] == "failed"


def test_nothing_of_a_deleted_task_stays_where_a_killed_worker_had_it(two_workers, large_portrait, eventually):
    client = two_workers.ana()
    task = client.create()
    picture = large_portrait[:2] + b"\xff\xfe\x00\x06once" + large_portrait[2:]  # a comment: no other task has it
    client.upload(task, picture)
    eventually(lambda: client.status(task["task_id"])["task_status"] == "processing")
    two_workers.kill_worker_of(task)
    assert client.ended(task["task_id"])["task_status"] == "done"

    client.call("DELETE", f"/v2/task/{task['task_id']}")

    def copies():
        files = [each for each in two_workers.data.rglob("*") if each.is_file()]
        return [each for each in files if each.read_bytes() == picture]

    eventually(lambda: not copies())


def test_a_task_that_kills_its_worker_three_times_fails(two_workers, large_portrait, eventually):
    client = two_workers.ana()
    task = client.create()
    client.upload(task, large_portrait)
    killed = set()

    def is_with_another_worker():
        now = two_workers.stores().tasks.get(task["customer_id"], task["task_id"])
        return now.lease is not None and now.lease.worker not in killed

    for _ in range(3):
        eventually(is_with_another_worker)
        killed.add(two_workers.kill_worker_of(task))
    ended = client.ended(task["task_id"])

    assert (ended["task_status"], ended["failure_cause"]) == ("failed", "INTERNAL_ERROR")


def test_a_stopped_service_ends_with_code_0_and_finishes_its_task_later_if_not_now(node, photos):
    client = node.start().ana()
    tasks = [client.submit(picture) for picture in photos]

    code = node.stop()
    client = node.start().ana()

    assert code == 0
    assert node.log("stopped")
    assert [client.ended(task_id)["task_status"] for task_id in tasks] == ["done"] * 3
    assert not node.log("a worker died")
