"""What only operators ask of AWS and moto cannot do: replays of events, dead letters that go back, quotas, refusals."""

import json
import re
from datetime import datetime

from tests.cloud.emulation.errors import AwsRefusalError


class Operators:
    """Answers the calls of the operator that are known here."""

    def __init__(self, template, buses, clients):
        self._buses = buses
        self._sqs = clients("sqs")
        self.quotas = {"L-B99A9384": 1000.0, "L-3819A6DF": 64.0, "L-DB2E81BA": 64.0}
        self._sources = {}
        for name, each in template.of("SQS::Queue").items():
            if "RedrivePolicy" in each:
                dead_letters = template.resolve(each["RedrivePolicy"])["deadLetterTargetArn"]
                self._sources[dead_letters] = template.resolve({"Ref": name})
        self._archives = {name: template.resolve(each) for name, each in template.of("Events::Archive").items()}
        self._pools = {template.resolve({"Ref": name}): each for name, each in template.of("Cognito::UserPool").items()}
        self._arn = {template.resolve({"Fn::GetAtt": [name, "Arn"]}): name for name in self._archives}

    def answer(self, request):
        """Return the answer to a call, or None where moto has one."""
        action = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        known = _ANSWERS.get(action)
        return known and known(self, json.loads(request.body))

    def _describe_archive(self, asked):
        (arn,) = (arn for arn, name in self._arn.items() if name == asked["ArchiveName"])
        return {"ArchiveArn": arn, "EventSourceArn": self._archives[asked["ArchiveName"]]["SourceArn"]}

    def _start_replay(self, asked):
        archive = self._archives[self._arn[asked["EventSourceArn"]]]
        if asked["Destination"]["Arn"] != archive["SourceArn"]:
            raise ValueError("EventBridge replays events on their own bus only.")
        times = (datetime.fromtimestamp(asked[key]).astimezone() for key in ("EventStartTime", "EventEndTime"))
        self._buses.replay(archive, *times, name=asked["ReplayName"])
        return {"ReplayArn": asked["ReplayName"], "State": "STARTING"}

    def _quota(self, asked):
        return {"Quota": {**asked, "Value": self.quotas[asked["QuotaCode"]]}}

    def _create_user(self, asked):
        """Refuse what Cognito refuses, and leave the rest to moto, which knows no such rule."""
        aliases = self._pools[asked["UserPoolId"]].get("AliasAttributes", ())
        if "email" in aliases and _EMAIL.fullmatch(asked["Username"]):
            raise AwsRefusalError(
                "InvalidParameterException",
                "Username cannot be of email format, since user pool is configured for email alias.",
            )

    def _move_messages(self, asked):
        """Move all dead letters of a queue. SQS refuses queues that are the dead letters of no queue."""
        source = self._sources[asked["SourceArn"]]
        dead = self._sqs.get_queue_url(QueueName=asked["SourceArn"].rpartition(":")[2])["QueueUrl"]
        while found := self._sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10).get("Messages"):
            for each in found:
                self._sqs.send_message(QueueUrl=source, MessageBody=each["Body"])
                self._sqs.delete_message(QueueUrl=dead, ReceiptHandle=each["ReceiptHandle"])
        return {"TaskHandle": re.sub(r"\W", "-", asked["SourceArn"])}


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ANSWERS = {
    "AdminCreateUser": Operators._create_user,
    "GetServiceQuota": Operators._quota,
    "DescribeArchive": Operators._describe_archive,
    "StartReplay": Operators._start_replay,
    "StartMessageMoveTask": Operators._move_messages,
}
