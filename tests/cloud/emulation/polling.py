"""What reads by itself: event sources that work queues off, and pipes that read the table's stream."""

import json
import logging
from threading import Event, Thread

from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.sqs.models import sqs_backends

from tests.cloud.emulation.patterns import matches
from tests.cloud.emulation.runtime import InvocationError
from tests.cloud.emulation.template import ACCOUNT, REGION

AT_ONCE = 2
"""Messages of one source that are worked on at a time, where the template allows more: this machine is small."""
_LOOK_SECONDS = 1
"""Seconds after which a poller that nobody woke looks by itself: for messages whose delay is over."""
_log = logging.getLogger(__name__)


class Poller:
    """Threads that do the same thing whenever they are woken, from their start until they are stopped.

    Looking twenty times a second instead would keep the machine from what is looked for.
    """

    def __init__(self, step, threads=1):
        self._step = step
        self._stopped = Event()
        self._woken = [Event() for _ in range(threads)]
        self._threads = [Thread(target=self._run, args=[woken], daemon=True) for woken in self._woken]

    def start(self):
        for thread in self._threads:
            thread.start()

    def wake(self):
        for woken in self._woken:
            woken.set()

    def stop(self):
        self._stopped.set()
        self.wake()

    def join(self):
        for thread in self._threads:
            thread.join(10)

    def _run(self, woken):
        while not self._stopped.is_set():
            woken.clear()
            if not self._step():
                woken.wait(_LOOK_SECONDS)


def queue_source(properties, queue_url, function, *, rights, clients, hidden):
    """Return a poller for an event source mapping whose references are resolved.

    A message that was not handled stays hidden as long as its queue says; it is noted in `hidden`. Only what moto has a
    visible message in is asked: a request for each look costs more than all that is looked for.
    """
    arn, sqs = properties["EventSourceArn"], clients("sqs")
    role = function.launch.environment["AWS_ACCESS_KEY_ID"]
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        if not rights.allows(role, action, arn):
            raise PermissionError(f"{function.launch.name} may not {action} of {arn}")

    queue = sqs_backends[ACCOUNT][REGION].get_queue(arn.rpartition(":")[2])

    def step():
        if not queue.messages:
            return False
        received = sqs.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=min(properties["BatchSize"], 10), AttributeNames=["All"]
        ).get("Messages", [])
        if not received:
            return False
        failed = _failed(function, received, arn)
        for message in received:
            receipt = {"QueueUrl": queue_url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in failed:
                hidden.append(receipt)
            else:
                sqs.delete_message(**receipt)
        return True

    return Poller(step, min(properties["ScalingConfig"]["MaximumConcurrency"], AT_ONCE))


def _failed(function, messages, arn):
    """Hand the messages to the function; return the ids of those that it did not handle."""
    try:
        answer = function.invoke({"Records": [_record(each, arn) for each in messages]})
    except InvocationError as error:
        _log.warning("%s", error)
        return {each["MessageId"] for each in messages}
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


def _record(message, arn):
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": arn.split(":")[3],
    }


class Pipe:
    """Reads the stream and puts on the bus what its filter lets through."""

    def __init__(self, properties, template, buses, rights, stream):
        self._bus = template.named(properties["Target"])
        self._told = properties["TargetParameters"]["EventBridgeEventBusParameters"]
        filters = properties["SourceParameters"]["FilterCriteria"]["Filters"]
        self._patterns = [json.loads(each["Pattern"]) for each in filters]
        self._buses = buses
        self._check(rights, template.named(properties["RoleArn"]), properties)
        self._table = properties["Source"].split("/")[1]
        self._stream = stream
        self._read = 0

    def step(self):
        records = self._stream(self._table, self._read)
        self._read += len(records)
        for record in records:
            self.pass_on(json.loads(dynamo_json_dump(record)))
        return bool(records)

    def pass_on(self, record):
        if any(matches(pattern, record) for pattern in self._patterns):
            self._buses.put(self._told["Source"], self._told["DetailType"], record, bus=self._bus)

    def _check(self, rights, role, properties):
        for action, resource in (("dynamodb:GetRecords", "Source"), ("events:PutEvents", "Target")):
            if not rights.allows(role, action, properties[resource]):
                raise PermissionError(f"a pipe may not {action}")
