"""What the gateway makes of paths before any function sees them."""

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.cloud.conftest import ANA
from tests.cloud.emulation.template import REGION


def test_a_path_that_leads_nowhere_says_so_with_a_token_and_without(ana, cloud, new_client):
    stranger = new_client(cloud)
    stranger.token = None

    for client in (ana, stranger):
        answer = client.call("GET", "/v3/nothing")
        assert (answer.status_code, answer.json()["status_code"]) == (404, 404)


@pytest.mark.parametrize("reads_slashes", [False, True])
def test_everybody_signs_in_with_a_slash_at_the_end_whichever_way_the_gateway_reads_it(
    cloud, new_client, monkeypatch, reads_slashes
):
    client = new_client(cloud)
    monkeypatch.setattr(cloud.gateway, "reads_slashes", reads_slashes)
    told = {"username": ANA[0], "password": ANA[1]}

    answers = [client.call("POST", path, json=told) for path in ("/v2/signin/", "/v1/signin/", "/v2/signin")]

    assert [each.status_code for each in answers] == [200, 200, 200]


def test_nobody_signs_in_past_the_api_by_the_client_that_every_token_names(cloud):
    anybody = boto3.client(
        "cognito-idp", REGION, endpoint_url=cloud.endpoint.url, config=Config(signature_version=UNSIGNED)
    )
    told = dict(zip(("USERNAME", "PASSWORD"), ANA, strict=True))

    with pytest.raises(anybody.exceptions.InvalidParameterException, match="not enabled"):
        anybody.initiate_auth(
            ClientId=cloud.one("Cognito::UserPoolClient"), AuthFlow="USER_PASSWORD_AUTH", AuthParameters=told
        )
