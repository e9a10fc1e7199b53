"""The functions as Lambda starts them: told by the environment, with AWS as moto emulates it."""

import importlib
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from types import SimpleNamespace

import pytest
from botocore.loaders import JSONFileLoader

from tests.aws_emulator import (  # noqa: F401  # pytest finds fixtures by name
    REGION,
    app_client,
    bucket,
    clients,
    queue_url,
    session_clients,
    table,
    user_pool,
)
from veil.adapters.aws.stores import AwsStores
from veil.domain.media import original_key
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task
from veil.settings import StoreSettings

OWNER = "3b1f7c1e-0000-4000-8000-000000000001"
JPEG = b"\xff\xd8\xff\xc0\x00\x11\x08\x02\x00\x02\x00 not a whole picture, but begun like one of 512 x 512"


class RealTime:
    def now(self):
        return datetime.now(UTC)


@pytest.fixture
def clock():
    return RealTime()


@pytest.fixture(scope="session", autouse=True)
def _services_are_described_once():
    """Every function makes clients of its own; what the SDK reads for them are megabytes of JSON."""
    read = cache(JSONFileLoader().load_file)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", lambda self, path: read(path))
        yield


@pytest.fixture
def queues(clients):  # noqa: F811  # the fixture above
    """URLs of the queues by name."""
    return {
        name: clients.sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("express", "batch", "calls", "steps")
    }


@pytest.fixture
def environment(monkeypatch, table, bucket, queues):  # noqa: F811  # the fixtures above
    """What the template tells the functions."""
    told = {
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "POWERTOOLS_METRICS_NAMESPACE": "Veil",
        "POWERTOOLS_SERVICE_NAME": "test",
        "VEIL_TABLE": "veil",
        "VEIL_BUCKET": bucket,
        "VEIL_RETENTION_DAYS": "30",
        "VEIL_EXPRESS_QUEUE": queues["express"],
        "VEIL_BATCH_QUEUE": queues["batch"],
        "VEIL_WAKE_UP_QUEUE": queues["calls"],
        "VEIL_STEPS_QUEUE": queues["steps"],
        "VEIL_EXPRESS_MAX_ROOM": "1000000",
        "VEIL_EXPRESS_MAX_BYTES": "1000",
        "VEIL_UPLOAD_LIMIT_BYTES": "5000",
        "VEIL_CLASSES": "face,license_plate",
        "VEIL_API_URL": "https://veil.example.org",
        "VEIL_URL_SIGNER": "eu-central-1:pool,veil-urls,arn:aws:iam::123456789012:role/signs-urls",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return told


@pytest.fixture
def stores(environment):
    return AwsStores.open(StoreSettings.from_env(environment))


@pytest.fixture
def start(environment):
    """Start a function as Lambda does, afresh, and return how to hand it an event."""

    def start(folder):
        # Reloaded, because logger and metrics read the environment when the module is loaded.
        module = importlib.reload(importlib.import_module(f"functions.{folder}.handler"))
        context = SimpleNamespace(
            function_name=folder,
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:{REGION}:123456789012:function:{folder}",
            aws_request_id="52fdfc07-2182-454f-963f-5f0f9a621d72",
            get_remaining_time_in_millis=lambda: 60_000,
        )
        return lambda event: module.lambda_handler(event, context)

    return start


@pytest.fixture
def new_task(stores, clock):
    """Save a task as it was made some time ago, and return it."""

    def save(webhook=None, ago=timedelta(), **options):
        now = clock.now() - ago
        task_id = int(now.timestamp() * 1_000_000)
        policy = Policy(face=ClassRule(hide=True))
        created = Task.create(owner=OWNER, task_id=task_id, policy=policy, webhook=webhook, now=now, **options)
        stores.tasks.add(created)
        return created.task

    return save


@pytest.fixture
def uploaded(stores, clients, environment):  # noqa: F811  # the fixture above
    """Put bytes where a task's upload goes, and return the message that tells of it."""

    def put(task, content=JPEG, declared="image/jpeg"):
        key = original_key(task.owner, task.task_id)
        name = environment["VEIL_BUCKET"]
        made = clients.s3.put_object(Bucket=name, Key=key, Body=content, ContentType=declared)
        landed = {"key": key, "size": len(content), "version-id": made["VersionId"]}
        detail = {"bucket": {"name": name}, "object": landed}
        return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}

    return put


@pytest.fixture
def sqs_event():
    """Return messages as Lambda hands them to a function."""

    def event(*bodies):
        records = [
            {
                "messageId": f"message-{place}",
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:queue",
                "awsRegion": REGION,
            }
            for place, body in enumerate(bodies)
        ]
        return {"Records": records}

    return event


@pytest.fixture
def waiting(clients, queues):  # noqa: F811  # the fixture above
    """Return what lies in a queue."""

    def messages(name):
        answer = clients.sqs.receive_message(QueueUrl=queues[name], MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [each["Body"] for each in answer.get("Messages", ())]

    return messages


@pytest.fixture
def long_ago(clock):
    return clock.now() - timedelta(days=2)
