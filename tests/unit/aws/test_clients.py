"""AWS clients: late, once, and for the region they were made for."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from moto import mock_aws

from veil.adapters.aws.clients import AwsClients

KINDS = ("batch", "cognito", "dynamodb", "s3", "sqs")


@pytest.fixture
def fresh_clients():
    with mock_aws():
        yield AwsClients("eu-west-1")


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_is_of_the_region_and_says_who_asks(fresh_clients, kind):
    client = getattr(fresh_clients, kind)

    assert client.meta.region_name == "eu-west-1"
    assert client.meta.config.user_agent_extra == "veil"


def test_what_s3_signs_is_signed_by_sigv4_whatever_the_sdks_default(fresh_clients):
    assert fresh_clients.s3.meta.config.signature_version == "s3v4"


def test_threads_that_ask_at_once_get_the_same_client(fresh_clients):
    with ThreadPoolExecutor(8) as threads:
        made = {id(client) for client in threads.map(lambda _: fresh_clients.sqs, range(16))}

    assert len(made) == 1


def test_another_endpoint_is_taken_from_the_environment(fresh_clients, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")

    assert fresh_clients.dynamodb.meta.endpoint_url == "http://127.0.0.1:4566"
