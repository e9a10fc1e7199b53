"""The deployment: everything that the template says, running on this machine."""

import functools
from dataclasses import dataclass
from threading import Lock

import boto3
from botocore.config import Config

from tests.cloud.emulation.buses import Buses
from tests.cloud.emulation.endpoint import OPERATOR, Endpoint
from tests.cloud.emulation.gateway import Gateway
from tests.cloud.emulation.jobs import Jobs
from tests.cloud.emulation.launches import Launches
from tests.cloud.emulation.polling import Pipe, Poller, queue_source
from tests.cloud.emulation.resources import create_resources
from tests.cloud.emulation.rights import Rights
from tests.cloud.emulation.runtime import Function
from tests.cloud.emulation.template import REGION


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
        self.endpoint = Endpoint()
        self._clients_lock = Lock()
        create_resources(template, self.clients)
        self.endpoint.rights = self.rights = Rights(template)
        launches = Launches(template, folder, self._world(models, outside))
        found = template.of("Lambda::Function").items()
        self.functions = {_service(each): Function(launches.function(name, each)) for name, each in found}
        self.buses = Buses(template, self.functions.values(), self.rights, self.clients)
        self.jobs = Jobs(template, launches.job, self.buses.put)
        self.endpoint.submit_job = self.jobs.submit
        self.endpoint.object_created = self.object_created
        self.gateway = Gateway(template, self.functions.values(), self.rights, self._keys_url())
        self.url = self.gateway.url
        self._pipes = [self._pipe(each) for each in template.of("Pipes::Pipe").values()]
        self._pollers = [Poller(pipe.step) for pipe in self._pipes]
        self._pollers += [self._source(each) for each in template.of("Lambda::EventSourceMapping").values()]

    def close(self):
        for poller in self._pollers:
            poller.stop()
        for part in (self.gateway, self.jobs, *self.functions.values(), self.buses):
            part.close()
        for poller in self._pollers:
            poller.join()
        self.endpoint.close()

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

    def object_created(self, bucket, key):
        """Tell EventBridge of an object, if the bucket says so."""
        properties = self.template.resources[self.template.named(bucket)]["Properties"]
        if not properties["NotificationConfiguration"]["EventBridgeConfiguration"]["EventBridgeEnabled"]:
            return
        found = self.clients("s3").head_object(Bucket=bucket, Key=key)
        described = {"key": key, "size": found["ContentLength"], "etag": found["ETag"].strip('"')}
        detail = {"version": "0", "bucket": {"name": bucket}, "object": described, "reason": "PutObject"}
        self.buses.put("aws.s3", "Object Created", detail)

    def expire(self, key):
        """Let DynamoDB delete an item whose time is over, and the stream tell so."""
        self.clients("dynamodb").delete_item(TableName=self.one("DynamoDB::Table"), Key=key)
        principal = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
        for pipe in self._pipes:
            pipe.pass_on({"eventName": "REMOVE", "userIdentity": principal, "dynamodb": {"Keys": key}})

    def objects(self):
        """Return the keys of all objects in the media bucket."""
        listed = self.clients("s3").list_objects_v2(Bucket=self.one("S3::Bucket"))
        return [each["Key"] for each in listed.get("Contents", [])]

    def _world(self, models, outside):
        return {
            "AWS_ENDPOINT_URL": self.endpoint.url,
            "OUTSIDE_HOST": outside.host,
            "OUTSIDE_PORT": str(outside.port),
            "SSL_CERT_FILE": outside.authority,
            # Where the image has its models.
            "VEIL_MODELS": str(models),
            "VEIL_MODELS_DIR": str(models),
        }

    def _keys_url(self):
        return f"{self.endpoint.url}/{self.one('Cognito::UserPool')}/.well-known/jwks.json"

    def _pipe(self, properties):
        return Pipe(self.template.resolve(properties), self.template, self.buses, self.rights, self.clients)

    def _source(self, properties):
        resolved = self.template.resolve(properties)
        function = next(each for each in self.functions.values() if each.launch.name == resolved["FunctionName"])
        queue = self.template.resolve({"Ref": self.template.named(resolved["EventSourceArn"])})
        return queue_source(resolved, queue, function, self.rights, self.clients)


def _service(properties):
    return properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]


@functools.cache
def _client(service, url):
    session = boto3.Session(aws_access_key_id=OPERATOR, aws_secret_access_key="-", region_name=REGION)
    return session.client(service, endpoint_url=url, config=Config(max_pool_connections=50))
