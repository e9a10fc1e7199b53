"""What an operator of a node sees and relies on."""

import json
import socket
import subprocess
from contextlib import suppress

import pytest
import requests
from requests.adapters import HTTPAdapter


@pytest.fixture(scope="module")
def client(running):
    return running.ana()


def test_before_it_is_ready_status_says_so_and_what_comes_is_worked_on_later(node, portrait):
    client = node.start(until_ready=False).client()

    early = client.call("GET", "/v1/status")
    ended = node.ana().anonymize(portrait)
    late = client.call("GET", "/v1/status")

    assert (early.status_code, ended["task_status"], late.status_code) == (500, "done", 200)
    assert "ready" in early.json()["error"]
    assert late.json() == {"status": "ready"}


def test_a_refused_upload_leaves_no_file(running, client):
    task = client.create()

    assert client.upload(task, b"not a picture").status_code == 200

    assert client.ended(task["task_id"])["failure_cause"] == "CONTENT_TYPE_ERROR"
    folder = running.data / "media" / task["customer_id"] / str(task["task_id"])
    assert not folder.exists()
    assert not [each for each in (running.data / "media" / "~incoming").rglob("*") if each.is_file()]


def test_a_deleted_task_leaves_no_file(running, client, portrait):
    ended = client.anonymize(portrait)
    customer = client.call("GET", f"/v2/task/{ended['task_id']}").json()["customer_id"]

    client.call("DELETE", f"/v2/task/{ended['task_id']}")

    assert not (running.data / "media" / customer / str(ended["task_id"])).exists()


def test_every_log_line_is_json_and_requests_and_tasks_can_be_followed(running, client, portrait, eventually):
    answer = client.request_task()
    task = answer.json()
    client.upload(task, portrait)
    client.ended(task["task_id"])

    told = {"status": "done", "task_id": task["task_id"]}
    eventually(lambda: [each for each in running.log("a task ended") if told.items() <= each.items()])
    records = [json.loads(line) for line in running.log_lines()]
    of_task = [record["message"] for record in records if record.get("task_id") == task["task_id"]]
    request = next(record for record in records if record.get("request_id") == answer.headers["X-Request-Id"])
    assert {"level", "timestamp", "service", "message"} <= set.intersection(*map(set, records))
    assert (request["method"], request["route"], request["status"]) == ("POST", "/v2/task", 200)
    assert {"request", "a task ended"} <= set(of_task)
    assert running.error_file.read_text() == ""


def test_the_log_tells_no_secrets(running, client, portrait):
    task = client.create(webhook="http://127.0.0.1:9/hook?key=webhook-secret")
    client.upload(task, portrait)
    client.picture(client.ended(task["task_id"])["anonymized_url"])
    client.call("GET", "/v2/task", params={"page_token": "query-secret"})
    client.call("GET", f"/v2/task/{client.token}/status")

    log = "\n".join(running.log_lines())
    assert client.secrets
    assert not [secret for secret in client.secrets if secret in log]
    assert "webhook-secret" not in log
    assert "query-secret" not in log
    assert "signature=" not in log


def test_what_is_no_http_is_refused_and_logged_like_everything_else(running, eventually):
    with socket.create_connection(("127.0.0.1", running.port), timeout=60) as sock:
        sock.sendall(b"\x16\x03\x01 this is no request\r\n\r\n")
        answer = sock.recv(1000)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert eventually(lambda: running.log("Invalid HTTP request received."))[-1]["level"] == "WARNING"
    assert running.error_file.read_text() == ""


def test_metrics_count_what_happened(client, portrait):
    label = {"method": "POST", "route": "/v2/task", "status": "200"}
    before = client.metric("veil_http_requests_total", **label)

    client.anonymize(portrait)

    assert client.metric("veil_http_requests_total", **label) == before + 1
    assert client.metric("veil_http_request_seconds_count", route="/media/{key}", method="PUT") >= 1
    assert client.metric("veil_tasks", status="done") >= 1
    assert client.metric("veil_sign_ins_total", outcome="accepted") >= 1
    assert client.metric("veil_worker_deaths_total") == 0


def test_no_caller_can_make_the_metrics_grow(client):
    before = len(client.call("GET", "/metrics").text)

    for number in range(50):
        client.call(f"M{number}", "/v2/task" * (number % 9 + 1))
        client.call("GET", f"/v1/v2/{number}/task" * (number % 7 + 1))

    assert len(client.call("GET", "/metrics").text) - before < 10_000


def test_the_account_of_the_environment_gets_the_password_of_the_environment(node):
    name, password = "Ana@Example.org", "another password"
    node.data.mkdir()
    node.add_account(name, "the old password")
    node.environment |= {"VEIL_USER": name.upper(), "VEIL_PASSWORD": password}

    client = node.start(until_ready=False).client()

    assert client.sign_in(name, "the old password").status_code == 401
    assert client.sign_in(name, password).status_code == 200


def test_a_removed_accounts_token_opens_nothing_any_more(running, portrait):
    running.add_account("leaver@example.org", "leaves tomorrow")
    client = running.client(("leaver@example.org", "leaves tomorrow"))
    assert client.call("GET", "/v2/task").status_code == 200

    assert running.run_command("users", "remove", "leaver@example.org").returncode == 0

    assert client.call("GET", "/v2/task").status_code == 401
    assert client.sign_in("leaver@example.org", "leaves tomorrow").status_code == 401


def test_who_guesses_passwords_has_to_wait_and_nobody_else(running):
    class FromAddress(HTTPAdapter):
        def init_poolmanager(self, *arguments, **options):
            super().init_poolmanager(*arguments, source_address=("127.0.0.9", 0), **options)

    def guess(session, number):
        body = {"username": f"victim-{number}@example.org", "password": "a guess"}
        return session.post(f"{running.base_url}/v2/signin", json=body)

    with requests.Session() as session:
        session.mount("http://", FromAddress())
        answers = [guess(session, number) for number in range(25)]

    assert [answer.status_code for answer in answers] == [401] * 20 + [429] * 5
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert running.ana().token


def test_a_second_service_on_the_same_folder_is_refused(running):
    second = subprocess.run(
        [*running.VEIL, "serve", "--data", running.data, "--port", "0"], capture_output=True, text=True
    )

    assert second.returncode == 2
    assert "Another service runs on" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_in_use_is_refused(node, running):
    node.port = running.port

    refused = subprocess.run(node.command(), capture_output=True, text=True)

    assert refused.returncode == 2
    assert f"Cannot listen on 127.0.0.1:{running.port}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_slow_client_cannot_hold_up_the_stop(node):
    client = node.start().ana()
    task = client.create()
    head = f"PUT {task['upload_url'].removeprefix(client.base_url)} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"

    answer = b""
    with socket.create_connection(("127.0.0.1", node.port)) as sock:
        sock.sendall(head.encode() + b"\xff")
        code = node.stop()
        with suppress(ConnectionResetError):
            answer += sock.recv(1000)

    assert code == 0
    assert b" 408 " not in answer  # it was broken off at once, not waited for until it had been silent for too long
