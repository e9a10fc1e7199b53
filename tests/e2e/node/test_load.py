"""Many callers, slow callers and large files leave each other alone."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from time import sleep
from urllib.parse import urlsplit

import pytest
from argon2 import PasswordHasher

from veil.adapters.clock import SystemClock
from veil.adapters.folders.secrets import Purpose
from veil.adapters.sqlite.accounts import SqliteAccounts
from veil.domain.media import DOWNLOAD_URL_LIFE, Artifact, MediaType, result_key
from veil.node.stores import NodeStores

CALLERS = 40
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def running(new_node):
    """A node of this module's own: after sixty wrong guesses from here nobody else could sign in."""
    node = new_node().start()
    yield node
    node.close()


@pytest.fixture(scope="module")
def client(running):
    return running.ana()


def test_forty_callers_at_once_never_see_each_others_data(running):
    tokens = _tokens_of_new_accounts(running, CALLERS)
    together = Barrier(CALLERS)

    def call(token):
        client = running.client()
        client.token = token
        together.wait()
        mine, seen = [], set()
        for _ in range(4):
            created = client.create()
            mine.append(created["task_id"])
            shown = client.call("GET", f"/v2/task/{mine[-1]}").json()
            listed = client.call("GET", "/v2/task").json()["items"]
            seen.update(each["customer_id"] for each in (created, shown, *listed))
            assert [each["task_id"] for each in listed] == mine[::-1]
        return seen

    with ThreadPoolExecutor(CALLERS) as threads:
        seen = list(threads.map(call, tokens.values()))

    assert seen == [{owner} for owner in tokens]


def _tokens_of_new_accounts(node, number):
    """Return access tokens by owner. With a hash that costs nothing: forty real ones would take ten seconds."""
    stores = node.stores()
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    key = stores.secret.key_for(Purpose.ACCESS_TOKENS)
    accounts = SqliteAccounts(stores.database, key, SystemClock(), hasher=quick)
    names = [f"caller-{each}@example.org" for each in range(number)]
    added = [accounts.add(name, "forty callers at once") for name in names]
    return {each.owner: accounts.sign_in(each.username, "forty callers at once").access_token for each in added}


def test_slow_clients_delay_nobody(client, portrait):
    slow = [_dripping(client.create()["upload_url"], body=True) for _ in range(20)]
    slow += [_dripping(client.create()["upload_url"], body=False) for _ in range(20)]

    ended = client.anonymize(portrait)
    still_slow = sum(map(_is_open, slow))

    for sock in slow:
        sock.close()
    assert ended["task_status"] == "done"
    assert still_slow > 0


def _dripping(upload_url, *, body):
    """Return a connection on which a client has sent a little and will send more, some time."""
    url = urlsplit(upload_url)
    head = f"PUT {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
    sock = socket.create_connection((url.hostname, url.port))
    sock.sendall(head.encode() + (b"\r\n\xff\xd8\xff" if body else b"X-Slow: "))
    return sock


def _is_open(sock):
    """Return whether the node has neither answered nor closed the connection."""
    sock.setblocking(False)
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False
    else:
        return False
    finally:
        sock.setblocking(True)


def test_sign_ins_that_take_their_time_delay_nobody(running, client):
    def guess(number):
        return running.client().sign_in(f"guess-{number}@example.org", "whatever it is").status_code

    with ThreadPoolExecutor(60) as threads:
        guesses = [threads.submit(guess, number) for number in range(60)]
        sleep(0.2)
        assert client.call("GET", "/v2/task").status_code == 200
        unanswered = sum(not each.done() for each in guesses)
        answers = {each.result() for each in guesses}

    assert answers <= {401, 429}
    assert unanswered > 5


def test_large_files_never_lie_in_the_servers_memory(running, client, tmp_path):
    file = tmp_path / "large.jpeg"
    file.write_bytes(b"\xff\xd8\xff" + bytes(95 * MEGABYTE))
    task = client.create()
    client.call("GET", "/v2/task")
    before = _peak_bytes(running, reset=True)

    with file.open("rb") as data:
        assert client.upload(task, data).status_code == 200
    uploading = _peak_bytes(running)
    client.ended(task["task_id"])
    downloaded = _downloaded_bytes(running, client, file)
    downloading = _peak_bytes(running)

    assert downloaded == file.stat().st_size
    assert uploading - before < 16 * MEGABYTE
    assert downloading - before < 16 * MEGABYTE


def _peak_bytes(node, *, reset=False):
    """Return the most memory that the server process had at a time since the last reset."""
    folder = Path(f"/proc/{node.process.pid}")
    if reset:
        (folder / "clear_refs").write_text("5")
    line = next(line for line in (folder / "status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def _downloaded_bytes(node, client, file):
    """Put the file in the place of a result, download it and return how many bytes came."""
    media = NodeStores.open(node.data, base_url=node.base_url).media
    key = result_key("large", 1, 1, Artifact.ANONYMIZED, MediaType.JPEG)
    media.put(key, file, media_type=MediaType.JPEG)
    answer = client.download(media.download_url(key, life=DOWNLOAD_URL_LIFE), stream=True)
    return sum(map(len, answer.iter_content(MEGABYTE)))
