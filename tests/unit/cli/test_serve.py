"""What `veil serve` takes for the address that clients reach."""

from io import StringIO

import pytest
from rich.console import Console

from veil.cli.errors import CommandError
from veil.cli.serve import _announce, checked_proxies, checked_public_url


@pytest.mark.parametrize(
    "text", ["https://veil.example", "http://10.0.0.7:8080", "http://[::1]:80", "https://a.b/veil"]
)
def test_an_address_with_a_host_is_taken_without_its_last_slash(text):
    assert checked_public_url(f"{text}/") == checked_public_url(text) == text


@pytest.mark.parametrize(
    "text", ["veil.example", "veil.example:80", "https://", "https:///x", "ftp://a", "http://[", "http://a?b"]
)
def test_what_names_no_host_is_refused(text):
    with pytest.raises(CommandError, match="--public-url"):
        checked_public_url(text)


def test_a_default_model_that_is_not_installed_stops_the_start(veil):
    answer = veil("serve", "--models", "typo", "--data", "data")

    assert answer.code == 2
    assert "looks with centerface" in answer.err
    assert "veil models pull --models typo" in answer.err


def test_hardware_that_no_model_can_run_on_stops_the_start(veil, models):
    answer = veil("serve", "--models", models, "--data", "data", "--device", "cuda")

    assert answer.code == 2
    assert answer.err == (
        "error: This installation of ONNX Runtime has no CUDAExecutionProvider, so models cannot run on cuda\n"
    )


def test_proxies_are_named_by_address_and_network():
    assert checked_proxies("127.0.0.1, ::1,10.0.0.0/24") == ("127.0.0.1", "::1", "10.0.0.0/24")
    assert checked_proxies("") == ()


@pytest.mark.parametrize("text", ["*", "proxy.lan", "10.0.0.1/24", "127.0.0.1:80"])
def test_a_proxy_that_is_no_address_is_refused(text):
    with pytest.raises(CommandError, match="--trusted-proxies"):
        checked_proxies(f"127.0.0.1,{text}")


def test_a_webhook_network_that_is_none_stops_the_start(veil):
    answer = veil("serve", "--profile", "fast", "--data", "data", "--webhook-networks", "10.0.0.0/8,0.0.0.0/0")

    assert answer.code == 2
    assert "0.0.0.0/0 is not within a private network" in answer.err


@pytest.mark.parametrize(("lacks_accounts", "says_so"), [(True, True), (False, False)])
def test_a_person_at_a_terminal_is_told_where_to_go(monkeypatch, lacks_accounts, says_so):
    console = Console(file=StringIO(), force_terminal=True, width=200)
    monkeypatch.setattr("veil.cli.serve.err", console)

    _announce("http://127.0.0.1:8080", lacks_accounts=lacks_accounts)

    said = console.file.getvalue()
    assert "http://127.0.0.1:8080/docs" in said
    assert ("veil users add" in said) == says_so


def test_a_log_collector_gets_no_words_between_its_json(monkeypatch):
    console = Console(file=StringIO(), force_terminal=False)
    monkeypatch.setattr("veil.cli.serve.err", console)

    _announce("http://127.0.0.1:8080", lacks_accounts=True)

    assert console.file.getvalue() == ""
