"""URLs are signed by a session that has longer to live than they have."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from veil.adapters.aws.media import S3MediaStore
from veil.adapters.aws.url_signer import SESSION, SPARE, UrlSigner
from veil.domain.media import DOWNLOAD_URL_LIFE

SIGNER = UrlSigner.told(("eu-central-1:pool", "veil-urls", "arn:aws:iam::123456789012:role/signs-urls"))


class Sts:
    """Answers with sessions of these lives, one after the other, and keeps what was asked."""

    def __init__(self):
        self.lives = [SESSION, SESSION]
        self.asked = []

    def assume_role_with_web_identity(self, **asked):
        end = datetime.now(UTC) + self.lives[len(self.asked)]
        self.asked.append(asked)
        keys = {"AccessKeyId": f"SESSION{len(self.asked)}", "SecretAccessKey": "secret", "SessionToken": "token"}
        return {"Credentials": keys | {"Expiration": end}}


@pytest.fixture
def sessions(clients, monkeypatch):
    sts = Sts()
    monkeypatch.setattr(type(clients), "sts", sts)
    return sts


@pytest.fixture
def sign(clients, sessions, monkeypatch):
    monkeypatch.setattr(clients, "_signing", {})
    media = S3MediaStore(clients, "veil-media", SIGNER)

    def key_of(kind="download_url"):
        query = parse_qs(urlsplit(getattr(media, kind)("ana/7/original", life=DOWNLOAD_URL_LIFE)).query)
        return query["X-Amz-Credential"][0].partition("/")[0]

    return key_of


def test_one_session_signs_all_urls_for_hours(sign, sessions):
    assert {sign("upload_url"), sign(), sign()} == {"SESSION1"}

    (asked,) = sessions.asked
    assert asked["RoleArn"] == SIGNER.role
    assert asked["DurationSeconds"] == 12 * 3600


def test_a_session_that_would_end_before_a_url_is_renewed_first(sign, sessions):
    sessions.lives = [DOWNLOAD_URL_LIFE + SPARE - timedelta(seconds=1), SESSION]

    assert sign() == "SESSION2"


def test_without_a_signer_a_process_signs_by_itself(clients, bucket):
    url = S3MediaStore(clients, bucket).download_url("ana/7/original", life=DOWNLOAD_URL_LIFE)

    assert "SESSION" not in url
