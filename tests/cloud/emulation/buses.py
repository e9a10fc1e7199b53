"""EventBridge: what is put on a bus goes to the targets of the rules that match."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

from tests.cloud.emulation.patterns import matches
from tests.cloud.emulation.runtime import InvocationError
from tests.cloud.emulation.template import ACCOUNT, REGION

DEFAULT_BUS = "default"
_log = logging.getLogger(__name__)


class Buses:
    """All buses, with the template's rules on them."""

    def __init__(self, template, functions, rights, clients):
        self._template = template
        self._functions = {each.arn: each for each in functions}
        self._rights = rights
        self._clients = clients
        self._rules = {name: template.resolve(each) for name, each in template.of("Events::Rule").items()}
        self._put = []
        self._deaf = set()
        self._pool = ThreadPoolExecutor(4)

    def close(self):
        self._pool.shutdown(cancel_futures=True)

    def put(self, source, detail_type, detail, *, bus=DEFAULT_BUS):
        """Put an event on a bus. Functions run after this has returned."""
        event = {
            "version": "0",
            "id": str(uuid4()),
            "source": source,
            "detail-type": detail_type,
            "account": ACCOUNT,
            "region": REGION,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "resources": [],
            "detail": detail,
        }
        self._put.append((datetime.now(UTC), bus, event))
        if bus not in self._deaf:
            self._spread(event, bus)

    @contextmanager
    def deaf(self, bus):
        """Let no rule hear what is put on a bus as long as a `with` lasts; its archive keeps it."""
        self._deaf.add(bus)
        try:
            yield
        finally:
            self._deaf.discard(bus)

    def has_put(self, kind, task_id):
        """Say whether an event of a task was put on any bus."""
        return any(kind in text and str(task_id) in text for text in (str(event) for _, _, event in list(self._put)))

    def replay(self, archive, begin, end, *, name):
        """Put what an archive, whose references are resolved, has kept of a time on its bus again."""
        bus = self._template.named(archive["SourceArn"])
        for at, put_on, event in list(self._put):
            if put_on == bus and begin <= at <= end and matches(archive["EventPattern"], event):
                self._spread(event | {"replay-name": name}, bus)

    def _spread(self, event, bus):
        for name, rule in self._rules.items():
            on_this_bus = rule.get("EventBusName", DEFAULT_BUS) == bus
            if on_this_bus and "EventPattern" in rule and matches(rule["EventPattern"], event):
                self._hand_over(name, rule, event)

    def tick(self):
        """Let the time of every scheduled rule come."""
        for name, rule in self._rules.items():
            if "ScheduleExpression" in rule:
                self._hand_over(name, rule, {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})

    def _hand_over(self, name, rule, event):
        source = self._template.resolve({"Fn::GetAtt": [name, "Arn"]})
        for target in rule["Targets"]:
            if target["Arn"] in self._functions:
                self._to_function(source, target, event)
            else:
                self._to_queue(source, target, event)

    def _to_queue(self, source, target, event):
        if self._rights.may_send(source, target["Arn"]):
            self._send(target["Arn"], event)
        else:
            self._lose(source, target, event)

    def _to_function(self, source, target, event):
        function = self._functions[target["Arn"]]
        if self._rights.may_invoke("events.amazonaws.com", source, function.arn):
            self._pool.submit(self._run, function, event)
        else:
            self._lose(source, target, event)

    def _lose(self, source, target, event):
        dead_letters = target.get("DeadLetterConfig", {}).get("Arn")
        _log.warning("%s may not hand over to %s", source, target["Arn"])
        if dead_letters and self._rights.may_send(source, dead_letters):
            self._send(dead_letters, event)

    def _run(self, function, event):
        """Invoke as Lambda does without anybody waiting: again if it fails, then to where failures go."""
        settings = self._async_settings(function)
        for _ in range(settings["MaximumRetryAttempts"] + 1):
            try:
                function.invoke(event)
            except InvocationError as error:
                _log.warning("%s", error)
            else:
                return
        self._send(settings["DestinationConfig"]["OnFailure"]["Destination"], {"requestPayload": event})

    def _async_settings(self, function):
        (settings,) = (
            each
            for each in map(self._template.resolve, self._template.of("Lambda::EventInvokeConfig").values())
            if each["FunctionName"] == function.launch.name
        )
        return settings

    def _send(self, queue, event):
        url = self._template.resolve({"Ref": queue.rpartition(":")[2]})
        self._clients("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(event))
