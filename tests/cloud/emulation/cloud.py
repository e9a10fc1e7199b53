"""The deployment: everything that the template says, running on this machine.

Resources, routes, authorizers, triggers, variables and rights are the template's; handlers run from
their asset folders under AWS's runtime client. What is not as at AWS: data lies in moto; Python and
packages are this environment's (the template's Python 3.13 and its layer's dependencies are built for
another processor); a stage of the Dockerfile stands for its image, and the GPU is missing; sources
poll without batching windows and with two readers at most; functions get 100 s at least; no conditions
of policies, no KMS, WAF, throttling, VPC or quotas. `pytest -m slow tests/cloud` runs what takes longer,
the scenarios too.
"""

import functools
from collections import deque
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock
from types import SimpleNamespace

import boto3
from botocore.config import Config

from tests.cloud.emulation.buses import Buses
from tests.cloud.emulation.endpoint import OPERATOR, Endpoint
from tests.cloud.emulation.gateway import Gateway
from tests.cloud.emulation.jobs import Jobs
from tests.cloud.emulation.launches import Launches
from tests.cloud.emulation.operators import Operators
from tests.cloud.emulation.polling import Pipe, Poller, queue_source
from tests.cloud.emulation.resources import create_resources, described_stack
from tests.cloud.emulation.rights import Rights
from tests.cloud.emulation.runtime import Function
from tests.cloud.emulation.sessions import Sessions
from tests.cloud.emulation.sign_ins import SignIns
from tests.cloud.emulation.template import REGION
from veil.adapters.aws.table import Table
from veil.adapters.aws.tasks import DynamoTaskStore
from veil.adapters.clock import SystemClock


@dataclass(frozen=True)
class Outside:
    """The one host of the internet that functions reach, and the certificate authority that they trust."""

    host: str
    port: int
    authority: str


class Cloud:
    """A running deployment of a synthesized template."""

    def __init__(self, template, folder, *, models, outside):
        self.template = template
        self._clients_lock = Lock()
        self._hidden = deque()
        with ExitStack() as parts:
            self.endpoint = parts.enter_context(closing(Endpoint()))
            create_resources(template, self.clients)
            self.endpoint.rights = self.rights = Rights(template)
            self._prepare_functions(parts, Launches(template, folder, self._world(models, outside)))
            self.endpoint.submit_job = self.jobs.submit
            self.endpoint.operators = Operators(template, self.buses, self.clients)
            self.endpoint.sign_ins = SignIns(template)
            self.endpoint.sessions = Sessions(template)
            self.endpoint.object_created = self.object_created
            self.gateway = parts.enter_context(
                closing(Gateway(template, self.functions.values(), self.rights, self._keys_url()))
            )
            self._tell_address()
            self.endpoint.stack = described_stack(template, url=self.url)
            self._let_poll()
            self._parts = parts.pop_all()

    @property
    def url(self):
        return self.gateway.url

    def close(self):
        for poller in self._pollers:
            poller.stop()
        for function in self.functions.values():
            function.close()
        for poller in self._pollers:
            poller.join()
        self._parts.close()

    def _prepare_functions(self, parts, launches):
        found = self.template.of("Lambda::Function").items()
        self.functions = {_service(each): Function(launches.function(name, each)) for name, each in found}
        self.buses = Buses(self.template, self.functions.values(), self.rights, self.clients)
        self.jobs = Jobs(self.template, launches.job, self.buses.put)
        for part in (self.buses, *self.functions.values(), self.jobs):
            parts.callback(part.close)

    def _tell_address(self):
        """Let functions that hand out URLs of the API know where it is here; they start when they are first needed."""
        for function in self.functions.values():
            if "VEIL_API_URL" in function.launch.environment:
                function.launch.environment["VEIL_API_URL"] = self.url

    def _let_poll(self):
        """Start everything that reads by itself, once it is clear that all of it may."""
        self._pipes = [self._pipe(each) for each in self.template.of("Pipes::Pipe").values()]
        pollers = [Poller(pipe.step) for pipe in self._pipes]
        pollers += [self._source(each) for each in self.template.of("Lambda::EventSourceMapping").values()]
        for poller in pollers:
            poller.start()
        self._pollers = pollers
        self.endpoint.changed = self._wake

    def _wake(self):
        for poller in self._pollers:
            poller.wake()

    def clients(self, service):
        """Return the operator's client of a service."""
        with self._clients_lock:
            return _client(service, self.endpoint.url)

    def add_user(self, name, password):
        pool, cognito = self.one("Cognito::UserPool"), self.clients("cognito-idp")
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password, Permanent=True)

    def one(self, kind):
        """Return the name of the only resource of a type."""
        (logical_id,) = self.template.of(kind)
        return self.template.resolve({"Ref": logical_id})

    def queue(self, beginning):
        """Return the URL of the only queue whose logical id begins so."""
        (logical_id,) = (each for each in self.template.of("SQS::Queue") if each.startswith(beginning))
        return self.template.resolve({"Ref": logical_id})

    def messages(self, beginning):
        """Return how many messages a queue has, visible or not."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        answer = self.clients("sqs").get_queue_attributes(QueueUrl=self.queue(beginning), AttributeNames=["All"])
        return sum(int(answer["Attributes"][name]) for name in names)

    def alarms(self):
        """Return the logical ids of the alarms that messages in queues have set off."""
        return {name for name, each in self.template.of("CloudWatch::Alarm").items() if self._rings(each)}

    def object_created(self, bucket, key):
        """Tell EventBridge of an object, if the bucket says so."""
        properties = self.template.resources[self.template.named(bucket)]["Properties"]
        if not properties["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"]:
            return
        found = self.clients("s3").head_object(Bucket=bucket, Key=key)
        described = {"key": key, "size": found["ContentLength"], "etag": found["ETag"].strip('"')}
        if "VersionId" in found:
            described["version-id"] = found["VersionId"]
        detail = {"version": "0", "bucket": {"name": bucket}, "object": described, "reason": "PutObject"}
        self.buses.put("aws.s3", "Object Created", detail)

    def expire(self, key):
        """Let DynamoDB delete an item whose time is over, and the stream tell so."""
        self.clients("dynamodb").delete_item(TableName=self.one("DynamoDB::Table"), Key=key)
        principal = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        for pipe in self._pipes:
            pipe.pass_on({"eventName": "REMOVE", "userIdentity": principal, "dynamodb": {"Keys": key}})

    def let_messages_return(self):
        """Let the time pass that messages which were not handled are hidden for, and leases run out with it."""
        table = Table(SimpleNamespace(dynamodb=self.clients("dynamodb")), self.one("DynamoDB::Table"), SystemClock())
        store = DynamoTaskStore(table, retention=timedelta(days=30))
        while self._hidden:
            message = self._hidden.popleft()
            asked = self.clients("sqs").get_queue_attributes(
                QueueUrl=message["QueueUrl"], AttributeNames=["VisibilityTimeout"]
            )
            _age_leases(store, timedelta(seconds=int(asked["Attributes"]["VisibilityTimeout"])))
            self.clients("sqs").change_message_visibility(**message, VisibilityTimeout=0)

    def versions(self, key):
        """Return the MD5 sums of an object's versions in the media bucket, the newest first."""
        listed = self.clients("s3").list_object_versions(Bucket=self.one("S3::Bucket"), Prefix=key)
        return [each["ETag"].strip('"') for each in listed.get("Versions", [])]

    def objects(self):
        """Return the keys of all objects in the media bucket."""
        listed = self.clients("s3").list_objects_v2(Bucket=self.one("S3::Bucket"))
        return [each["Key"] for each in listed.get("Contents", [])]

    def _rings(self, alarm):
        if alarm.get("MetricName") != "ApproximateNumberOfMessagesVisible":
            return False
        ((_, name),) = [each.values() for each in self.template.resolve(alarm["Dimensions"])]
        url = self.template.resolve({"Ref": name.rpartition(":")[2]})
        told = self.clients("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return int(told["ApproximateNumberOfMessages"]) > alarm["Threshold"]

    def _world(self, models, outside):
        return {
            "AWS_ENDPOINT_URL": self.endpoint.url,
            "OUTSIDE_HOST": outside.host,
            "OUTSIDE_PORT": str(outside.port),
            "SSL_CERT_FILE": outside.authority,
            # Where the image has its models.
            "VEIL_MODELS": str(models),
        }

    def _keys_url(self):
        return f"{self.endpoint.url}/{self.one('Cognito::UserPool')}/.well-known/jwks.json"

    def _pipe(self, properties):
        return Pipe(self.template.resolve(properties), self.template, self.buses, self.rights, self.endpoint.stream)

    def _source(self, properties):
        resolved = self.template.resolve(properties)
        function = next(each for each in self.functions.values() if each.launch.name == resolved["FunctionName"])
        queue = self.template.resolve({"Ref": self.template.named(resolved["EventSourceArn"])})
        return queue_source(resolved, queue, function, rights=self.rights, clients=self.clients, hidden=self._hidden)


def _age_leases(store, time):
    for task in store.unfinished():
        if task.lease is not None:
            lease = replace(task.lease, until=task.lease.until - time)
            store.update(replace(task, lease=lease, version=task.version + 1))


def _service(properties):
    return properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]


@functools.cache
def _session():
    return boto3.Session(aws_access_key_id=OPERATOR, aws_secret_access_key="-", region_name=REGION)


@functools.cache
def _client(service, url):
    return _session().client(service, endpoint_url=url, config=Config(max_pool_connections=50))
