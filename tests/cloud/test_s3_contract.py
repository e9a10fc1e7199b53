"""What moto never checks: which URLs S3 refuses, checksums, and what an API destination is sent.

Runs on LocalStack 4.14 in host mode, which needs neither Docker nor a licence; docs/checks.md has the
command that makes its environment. VEIL_LOCALSTACK names its Python.
"""

import hashlib
import http.server
import json
import os
import socket
import subprocess
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from tests.e2e.client import wait_until
from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.media import S3MediaStore

pytestmark = pytest.mark.slow

REGION, BUCKET, KEY = "eu-central-1", "veil-media", "ana/7/original"
HOUR = timedelta(hours=1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def localstack(tmp_path_factory):
    python = os.environ.get("VEIL_LOCALSTACK", "")
    if not Path(python).is_file():
        pytest.skip("VEIL_LOCALSTACK names no Python with LocalStack 4.14 (docs/checks.md)")
    folder, port = tmp_path_factory.mktemp("localstack"), free_port()
    told = {
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DNS_ADDRESS": "0",
        # LocalStack skips what this is all about unless it is told not to.
        "S3_SKIP_SIGNATURE_VALIDATION": "0",
        "FILESYSTEM_ROOT": str(folder),
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([python, "-m", "localstack.runtime.main"], env=told, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _answers(url) or process.poll() is not None, seconds=120, what="LocalStack's start")
        assert process.poll() is None, (folder / "log").read_text()
        yield url
    finally:
        # It ignores SIGTERM.
        process.kill()
        process.wait()


def _answers(url):
    try:
        return requests.get(f"{url}/_localstack/health", timeout=2).ok
    except requests.ConnectionError:
        return False


@pytest.fixture(scope="module")
def clients(localstack):
    with pytest.MonkeyPatch.context() as patch:
        keys = {"AWS_ENDPOINT_URL": localstack, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        for name, value in keys.items():
            patch.setenv(name, value)
        clients = AwsClients(REGION)
        assert clients.sqs, "a client takes its credentials when it is made, and tests have none"
        clients.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        clients.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield clients


@pytest.fixture(scope="module")
def media(clients):
    return S3MediaStore(clients, BUCKET)


def put(url, content=b"picture", **headers):
    return requests.put(url, data=content, headers=headers, timeout=60).status_code


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "image/jpeg"}, {"Content-Type": "text/plain"}])
def test_an_upload_url_takes_any_type(media, headers):
    assert put(media.upload_url(KEY, life=HOUR), **headers) == 200
    assert media.landed_upload(KEY).declared_type == headers.get("Content-Type", "")


def test_a_url_that_was_tampered_with_opens_nothing(media):
    url = media.upload_url(KEY, life=HOUR)

    assert put(url.replace("X-Amz-Signature=", "X-Amz-Signature=0")) == 403
    assert put(url.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200")) == 403
    assert put(url.replace("ana/7", "ben/7")) == 403


def test_a_url_opens_nothing_after_its_time(media):
    upload, download = (sign(KEY, life=timedelta(seconds=1)) for sign in (media.upload_url, media.download_url))
    sleep(2.5)

    assert put(upload) == 403
    assert requests.get(download, timeout=60).status_code == 403


def test_a_url_for_reading_writes_nothing_and_one_for_writing_reads_nothing(media):
    put(media.upload_url(KEY, life=HOUR))

    assert put(media.download_url(KEY, life=HOUR)) == 403
    assert requests.get(media.upload_url(KEY, life=HOUR), timeout=60).status_code == 403
    assert requests.get(media.download_url(KEY, life=HOUR), timeout=60).content == b"picture"


def test_what_was_accepted_stays_what_it_was_and_what_came_later_can_go(media, tmp_path):
    put(media.upload_url(KEY, life=HOUR), b"first")
    accepted = media.landed_upload(KEY)
    put(media.upload_url(KEY, life=HOUR), b"second!")

    assert media.fetch(KEY, tmp_path, version=accepted.version).read_bytes() == b"first"
    media.discard_version(KEY, media.landed_upload(KEY).version)
    assert media.landed_upload(KEY) == accepted


def test_an_upload_whose_checksum_does_not_fit_is_refused(clients):
    wrong = b64encode(hashlib.sha256(b"another").digest()).decode()

    with pytest.raises(ClientError, match=r"BadDigest|InvalidRequest"):
        clients.s3.put_object(Bucket=BUCKET, Key="checked", Body=b"picture", ChecksumSHA256=wrong)


def test_dead_letters_are_moved_back_by_sqs_itself(clients):
    sqs = clients.sqs
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    live = sqs.create_queue(QueueName="live", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "0"})
    live = live["QueueUrl"]
    sqs.send_message(QueueUrl=live, MessageBody="a task")
    wait_until(lambda: not sqs.receive_message(QueueUrl=live).get("Messages") and _count(sqs, dead), what="its death")

    sqs.start_message_move_task(SourceArn=arn)

    wait_until(lambda: _count(sqs, live) == 1 and not _count(sqs, dead), what="its return")


def _count(sqs, url):
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


def test_a_customers_own_rule_can_send_events_to_an_address_with_a_key(localstack):
    heard = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append((dict(self.headers), json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        _send_events_to(f"http://127.0.0.1:{server.server_port}/hook", localstack)
        headers, event = wait_until(lambda: heard and heard[0], what="the call")
    finally:
        server.shutdown()
        server.server_close()

    assert event["detail"] == {"task_id": 7}
    assert headers["X-Key"] == "secret"


def _send_events_to(address, localstack):
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
    events = session.client("events", endpoint_url=localstack)
    key = {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}}
    connection = events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=key)["ConnectionArn"]
    destination = events.create_api_destination(
        Name="d", ConnectionArn=connection, InvocationEndpoint=address, HttpMethod="POST"
    )["ApiDestinationArn"]
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["veil"]}))
    role = "arn:aws:iam::000000000000:role/r"
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": destination, "RoleArn": role}])
    events.put_events(Entries=[{"Source": "veil", "DetailType": "task-event", "Detail": '{"task_id": 7}'}])


@pytest.mark.parametrize(("origin", "allowed"), [("https://app.example.com", True), ("https://other.example", False)])
def test_browsers_of_the_chosen_origins_alone_may_upload(media, clients, origin, allowed):
    rule = {
        "AllowedMethods": ["GET", "PUT"],
        "AllowedOrigins": ["https://app.example.com"],
        "AllowedHeaders": ["content-type"],
    }
    clients.s3.put_bucket_cors(Bucket=BUCKET, CORSConfiguration={"CORSRules": [rule]})
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "content-type",
    }

    answer = requests.options(media.upload_url(KEY, life=HOUR), headers=asked, timeout=60)

    assert (answer.status_code == 200) is allowed
    assert ("Access-Control-Allow-Origin" in answer.headers) is allowed
