"""Jobs of many files and of many clients, whatever happens to the node meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import numpy as np
import pytest

from tests.archives import make_zip
from tests.e2e.syntonym_client import SyntonymClient
from veil.adapters.clock import SystemClock
from veil.use_cases.api_keys import add_key

CLIENTS = 50
FILES = 30


@pytest.fixture
def picture(encode):
    """A small picture with nobody in it."""
    return encode(np.full((64, 64, 3), 127, np.uint8))


def add_credits(node, label, credits_granted):
    return add_key(label, keys=node.stores().api_keys, clock=SystemClock(), credits_granted=credits_granted)


@pytest.mark.slow
def test_fifty_clients_at_once_are_all_served_and_each_pays_its_own(node, picture, tmp_path):
    node.start()
    made = [add_credits(node, f"key {number}", 2) for number in range(CLIENTS)]
    clients = [SyntonymClient(f"{node.base_url}/v1", each.secret, tmp_path / each.key.key_id) for each in made]
    for client in clients:
        client.folder.mkdir()
        (client.folder / "a.jpg").write_bytes(picture)
        (client.folder / "b.zip").write_bytes(make_zip([("a.jpg", picture)]))
    names = ["b.zip" if number % 2 else "a.jpg" for number in range(CLIENTS)]

    with ThreadPoolExecutor(CLIENTS) as at_once:
        reports = list(at_once.map(lambda pair: pair[0].process(pair[1]), zip(clients, names, strict=True)))

    assert {report["job_status"] for report in reports} == {100}
    assert all((client.folder / "a_anon.jpg").stat().st_size > 100 for client in clients)
    assert {node.stores().ledger.balance(each.key.key_id) for each in made} == {1}


@pytest.mark.slow
@pytest.mark.parametrize("pause", [0.2, 0.8])
def test_a_node_killed_again_and_again_works_on_each_file_of_an_archive_once(pause, node, picture, tmp_path):
    (tmp_path / "many.zip").write_bytes(make_zip([(f"{number}.jpg", picture) for number in range(FILES)]))
    node.start()
    made = add_credits(node, "demo", 2 * FILES)

    def client():
        return SyntonymClient(f"{node.base_url}/v1", made.secret, tmp_path)

    session_uri, job_id = client().create_session("many.zip")
    client().upload(session_uri, "many.zip")
    for _ in range(2):
        sleep(pause)
        node.kill()
        node.start()
    client().approve(job_id)
    sleep(pause)
    node.kill()
    node.start()
    report = client().wait(job_id)

    assert (report["job_status"], report["has_errors"], report["job_total_credit_cost"]) == (100, False, FILES)
    assert sorted(task["input_file"] for task in report["tasks"]) == sorted(f"{number}.jpg" for number in range(FILES))
    assert len({task["output_file"] for task in report["tasks"]}) == FILES
    assert node.stores().ledger.balance(made.key.key_id) == FILES
    assert list((node.data / "uploads").iterdir()) == []
    assert list((node.data / "work/inspection").iterdir()) == []
