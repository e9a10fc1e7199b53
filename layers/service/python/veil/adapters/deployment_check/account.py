"""What the account says of itself: quotas, alarms, who is told, what nobody could handle."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from veil.adapters.aws.deployment import Deployment, DeploymentError
from veil.adapters.deployment_check.checklist import Checklist, NotCheckedError, StepFailedError


class Quota(NamedTuple):
    """A quota as Service Quotas names it."""

    service: str
    code: str
    about: str


EXECUTIONS = Quota("lambda", "L-B99A9384", "Lambda executions at once")
GPU_SPOT = Quota("ec2", "L-3819A6DF", "vCPUs of G instances on Spot")
GPU_ON_DEMAND = Quota("ec2", "L-DB2E81BA", "vCPUs of G instances on demand")
# Requests to the API need some besides the queues.
FOR_REQUESTS = 10
# What SNS says instead of an ARN.
_PENDING = "PendingConfirmation"


class Account:
    """Asks AWS with the operator's credentials; what it does not answer is not checked."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._clients = deployment.stores.clients
        self._outputs = deployment.outputs

    def executions(self) -> str:
        """Compare the quota of Lambda with what the queues may take."""
        return self._require(EXECUTIONS, int(self._told("QueueExecutions")) + FOR_REQUESTS)

    def gpus(self) -> str:
        """Compare the quota of G instances with what the GPU lane may take."""
        wanted = int(self._told("GpuVcpus"))
        if not wanted:
            raise NotCheckedError("there is no GPU lane")
        return self._require(GPU_SPOT if self._told("GpuMarket") == "spot" else GPU_ON_DEMAND, wanted)

    def alarms(self) -> str:
        """See that there are alarms and that none rings."""
        pages = self._clients.cloudwatch.get_paginator("describe_alarms").paginate(
            ActionPrefix=self._outputs["AlarmTopic"]
        )
        alarms = [each for page in pages for each in page["MetricAlarms"]]
        if not alarms:
            raise StepFailedError("No alarm goes to the stack's topic")
        if ringing := [each["AlarmName"] for each in alarms if each["StateValue"] == "ALARM"]:
            raise StepFailedError(f"These ring: {', '.join(ringing)}")
        return f"{len(alarms)} alarms, none rings"

    def receivers(self) -> str:
        """See that an alarm would reach somebody."""
        pages = self._clients.sns.get_paginator("list_subscriptions_by_topic").paginate(
            TopicArn=self._outputs["AlarmTopic"]
        )
        arns = [each["SubscriptionArn"] for page in pages for each in page["Subscriptions"]]
        if not arns:
            raise StepFailedError("An alarm reaches nobody; set alarm_email and deploy again")
        if pending := arns.count(_PENDING):
            raise StepFailedError(f"AWS's mail is not confirmed yet by {pending} of {len(arns)}")
        return f"{len(arns)}, all confirmed"

    def dead_letters(self) -> str:
        """See that nothing waits that nobody could handle."""
        waiting = [f"{count} in {arn.rpartition(':')[2]}" for arn, count in self._deployment.dead_letters() if count]
        if waiting:
            raise StepFailedError(f"{', '.join(waiting)}; `veil cloud redrive` offers them again")
        return "none"

    def _require(self, quota: Quota, wanted: int) -> str:
        asked = {"ServiceCode": quota.service, "QuotaCode": quota.code}
        value = int(self._clients.service_quotas.get_service_quota(**asked)["Quota"]["Value"])
        if value < wanted:
            raise StepFailedError(f"{quota.about}: {value}, and the settings may take {wanted}; ask for {quota.code}")
        return f"{quota.about}: {value}, of which the settings may take {wanted}"

    def _told(self, output: str) -> str:
        if output not in self._outputs:
            raise NotCheckedError(f"the stack does not tell {output}: deploy it anew")
        return self._outputs[output]


def check_account(checklist: Checklist, url: str, *, stack: str, region: str | None) -> None:
    """Check the account, if the stack of this name serves the address."""
    found: list[Account] = []

    def find() -> str:
        found.append(_account(url, stack, region))
        return f"stack {stack}"

    def answer(ask: Callable[[Account], str]) -> str:
        with _unanswered():
            return ask(found[0])

    checklist.take("account", find)
    for name, ask in _STEPS.items():
        checklist.take(name, partial(answer, ask), needs=["account"])


def _account(url: str, stack: str, region: str | None) -> Account:
    if region is None:
        raise NotCheckedError("say where the stack is with --region")
    with _unanswered():
        deployment = Deployment.open(stack, region)
    if (address := deployment.outputs.get("ApiUrl", "").rstrip("/")) != url:
        raise NotCheckedError(f"stack {stack} answers at {address}")
    return Account(deployment)


@contextmanager
def _unanswered() -> Iterator[None]:
    """Take what AWS does not answer, or not to us, for not checked."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise NotCheckedError("this needs the AWS SDK: pip install 'veil[aws]'") from None
    try:
        yield
    except (BotoCoreError, ClientError, DeploymentError) as error:
        raise NotCheckedError(str(error)) from error


_STEPS: dict[str, Callable[[Account], str]] = {
    "quota of executions": Account.executions,
    "quota of GPUs": Account.gpus,
    "alarms": Account.alarms,
    "receivers of alarms": Account.receivers,
    "dead letters": Account.dead_letters,
}
