"""A node as a stand-in for the container: nobody signs in, uploads may wait, and nobody waits for another."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

# What the vendor's own clients send (contracts/celantur.md C.2).
SYNC_QUERY = (
    "face=True&license_plate=False&person=False&vehicle=False&method=blur&format=whole&bbox=False&debug=False"
    "&score=False&ignores=[]&quality=0&save_mask=&watermark=False"
)


def send(node, picture, query="face=True", **headers):
    files = {"fileobject": ("a.jpg", picture, "image/jpg")}
    return requests.post(f"{node.base_url}/v1/file?{query}", files=files, headers=headers, timeout=60)


def get(node, path, **options):
    return requests.get(f"{node.base_url}/v1/{path}", timeout=60, **options)


def test_the_vendors_synchronous_client_runs_unchanged(container, portrait):
    sent = send(container, portrait, SYNC_QUERY)

    assert 200 <= sent.status_code < 400
    anonymised = get(container, f"file/{sent.json()['id']}/anonymised")
    assert anonymised.content.startswith(b"\xff\xd8\xff")
    assert anonymised.url.startswith(container.base_url)
    assert anonymised.history == []


def test_the_vendors_asynchronous_client_runs_unchanged(container, portrait, eventually):
    task = send(container, portrait, **{"x-is-async": "1"}).json()["id"]

    eventually(lambda: get(container, f"task/{task}").json()["status"] in {"done", "failed", "deleted"})

    assert get(container, f"file/{task}/anonymised").status_code == 200
    assert requests.delete(f"{container.base_url}/v1/task/{task}", timeout=60).status_code == 200


def test_a_mask_is_fetched_in_the_size_that_is_asked_for(container, portrait, astronaut):
    task = send(container, portrait).json()["id"]

    sizes = {}
    for scale in ("100", "50", "0"):
        mask = get(container, f"file/{task}/instance-mask?mask-scale={scale}")
        assert mask.headers["Content-Type"] == "image/png"
        sizes[scale] = int.from_bytes(mask.content[16:20])

    assert sizes == {"100": 512, "50": 256, "0": 1}


def test_the_webhook_gets_the_callers_own_header_and_the_log_does_not(container, portrait, receiver, eventually):
    query = f"face=True&webhook={receiver.url}&web-auth-header-name=X-Api-Key&web-auth-header-value=s3cret-value"

    task = send(container, portrait, query, **{"x-is-async": "true"}).json()["id"]
    eventually(lambda: receiver.calls)

    ((_, headers, body),) = receiver.calls
    assert headers["X-Api-Key"] == "s3cret-value"
    assert f'"id":"{task}"' in body
    assert f'"anonymised_url":"{container.base_url}/v1/file/{task}/anonymised"' in body
    assert "s3cret-value" not in container.log_file.read_text()


def test_a_v1_webhook_has_the_links_of_the_vendors_sample(container, portrait, receiver, eventually):
    url = f"{container.base_url}/v1/file?face=True&webhook={receiver.url}"
    file_id = requests.post(url, data=portrait, timeout=60).json()["file_id"]

    eventually(lambda: receiver.calls)

    ((_, _, body),) = receiver.calls
    told = requests.models.complexjson.loads(body)
    links = {f"{name}_link" for name in ("original", "anonymized", "binary_mask", "instance_mask", "metadata")}
    assert told.keys() == {"customer_id", "file_id", "file_status", *links}
    assert (told["file_id"], told["file_status"]) == (file_id, "done")
    assert all(requests.get(told[link], timeout=60).status_code == 200 for link in links)


def test_whoever_waits_for_a_picture_keeps_nobody_waiting(container, large_portrait, portrait):
    with ThreadPoolExecutor(8) as at_once:
        waiting = [
            at_once.submit(send, container, large_portrait),
            *(at_once.submit(send, container, portrait) for _ in range(7)),
        ]
        time.sleep(0.5)
        assert get(container, "task/list").status_code == 200
        assert get(container, "status").status_code == 200
        unanswered = sum(not each.done() for each in waiting)
        ended = [each.result().json() for each in waiting]

    assert unanswered > 0
    assert {each["status"] for each in ended} == {"done"}
    assert len({each["id"] for each in ended}) == 8


def test_an_upload_beyond_the_limit_is_cut_off_however_it_is_announced(container):
    endless = (b"\xff\xd8\xff" + bytes(500_000) for _ in range(20))

    raw = requests.post(f"{container.base_url}/v1/file?face=True", data=endless, timeout=60)
    form = send(container, bytes(4_000_000))

    assert (raw.status_code, form.status_code) == (413, 413)


def test_a_client_that_goes_away_while_sending_leaves_nothing(container, portrait, eventually):
    before = get(container, "task/list").json()
    with socket.create_connection(("127.0.0.1", container.port)) as connection:
        connection.sendall(b"POST /v1/file?face=True HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        connection.sendall(portrait[:1000])

    incoming = container.data / "media" / "~incoming"
    eventually(lambda: not [each for each in incoming.rglob("*") if each.is_file()])
    assert get(container, "task/list").json() == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Origin": "https://elsewhere.example"}, 403), ({"Host": "elsewhere.example"}, 421), ({"Origin": "null"}, 403)],
)
def test_a_web_page_from_elsewhere_reaches_nothing(container, headers, status):
    assert get(container, "task/list", headers=headers).status_code == status
    assert requests.delete(f"{container.base_url}/v1/task/list", headers=headers, timeout=60).status_code == status


@pytest.fixture(scope="module")
def on_every_address(new_node):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = ("--host", "0.0.0.0", "--public-url", f"http://veil.example:{port}")
    node = new_node("--auth", "none", "--wait-seconds", "0", *address)
    node.port = port
    yield node.start()
    node.close()


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example:8080", ""])
def test_a_name_of_a_pages_own_that_leads_to_a_node_on_every_address_reaches_nothing(on_every_address, host):
    read = get(on_every_address, "task/list", headers={"Host": host})
    deleted = requests.delete(f"{on_every_address.base_url}/v1/task/list", headers={"Host": host}, timeout=30)

    assert (read.status_code, deleted.status_code) == (421, 421)
    assert "--public-url" in read.json()["error"]


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]:8080", "localhost", "veil.example"])
def test_addresses_and_the_public_urls_host_reach_it(on_every_address, host):
    assert get(on_every_address, "task/list", headers={"Host": host}).status_code == 200


def test_the_nodes_own_page_may_call(container):
    assert get(container, "task/list", headers={"Origin": container.base_url}).status_code == 200


def test_it_says_that_nobody_is_asked_who_they_are(container):
    (said,) = container.log("no sign-in: whoever reaches this address may read and delete everything")

    assert (said["host"], said["reachable_from"]) == ("127.0.0.1", "this machine")


def test_clients_that_sign_in_all_the_same_are_let_in(container, portrait):
    client = container.client()
    client.token = client.sign_in("anybody", "anything").json()["AccessToken"]

    assert client.anonymize(portrait)["task_status"] == "done"


def test_a_wait_that_is_too_long_ends_with_where_to_ask(on_every_address, large_portrait):
    sent = send(on_every_address, large_portrait)

    (task,) = get(on_every_address, "task/list").json()
    assert sent.status_code == 504
    assert f"GET /v1/task/{task['id']}" in sent.json()["error"]


def test_everything_goes_at_once(container, portrait):
    send(container, portrait, **{"x-is-async": "1"})

    gone = requests.delete(f"{container.base_url}/v1/task/list", timeout=60)

    assert gone.json()["deleted"] >= 1
    assert get(container, "task/list").json() == []
