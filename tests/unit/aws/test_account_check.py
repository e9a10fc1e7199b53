"""What `veil cloud check` reads from an account that the emulated cloud is not."""

import pytest

from veil.adapters.aws.deployment import Deployment
from veil.adapters.aws.stores import AwsStores
from veil.adapters.deployment_check.account import Account
from veil.adapters.deployment_check.checklist import NotCheckedError, StepFailedError
from veil.settings import StoreSettings


@pytest.fixture
def account(clients):
    """Builds a look at a stack with these outputs."""

    def build(**outputs):
        settings = StoreSettings(aws_region="eu-central-1", table="veil", bucket="veil", retention_days=30)
        topic = clients.sns.create_topic(Name="alarms")["TopicArn"]
        return Account(Deployment(AwsStores.open(settings, clients), {"AlarmTopic": topic, **outputs}))

    return build


def test_a_stack_of_an_older_version_does_not_tell_what_it_needs(account):
    with pytest.raises(NotCheckedError, match="does not tell QueueExecutions: deploy it anew"):
        account().executions()


def test_without_a_gpu_lane_its_quota_does_not_matter(account):
    with pytest.raises(NotCheckedError, match="there is no GPU lane"):
        account(GpuVcpus="0", GpuMarket="spot").gpus()


@pytest.mark.parametrize(("market", "code"), [("spot", "L-3819A6DF"), ("on demand", "L-DB2E81BA")])
def test_machines_on_spot_and_on_demand_have_quotas_of_their_own(account, clients, answer_instead, market, code):
    answer_instead(clients.service_quotas, "GetServiceQuota", {"Quota": {"Value": 0.0}}, times=1)

    with pytest.raises(StepFailedError, match=f"0, and the settings may take 16; ask for {code}"):
        account(GpuVcpus="16", GpuMarket=market).gpus()


def test_an_address_that_has_not_confirmed_is_told(account, clients, answer_instead):
    subscriptions = [{"SubscriptionArn": "PendingConfirmation"}, {"SubscriptionArn": "arn:aws:sns:x"}]
    answer_instead(clients.sns, "ListSubscriptionsByTopic", {"Subscriptions": subscriptions}, times=1)

    with pytest.raises(StepFailedError, match="not confirmed yet by 1 of 2"):
        account().receivers()


def test_alarms_that_reach_nobody_are_told(account):
    with pytest.raises(StepFailedError, match="An alarm reaches nobody"):
        account().receivers()


def test_a_stack_without_alarms_is_told(account):
    with pytest.raises(StepFailedError, match="No alarm goes to the stack's topic"):
        account().alarms()
