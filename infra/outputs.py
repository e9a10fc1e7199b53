"""What `cdk deploy` tells at its end."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack

from infra.alarms import Alarms
from infra.config import DeployConfig
from infra.identity import Identity
from infra.queues import RetriedQueue
from infra.rest_api import RestApi
from infra.storage import Storage
from infra.task_events import TaskEvents


def output_addresses(
    stack: Stack,
    *,
    api: RestApi,
    identity: Identity,
    storage: Storage,
    table_name: str,
    events: TaskEvents,
    alarms: Alarms,
    queues: Mapping[str, RetriedQueue],
    config: DeployConfig,
) -> None:
    """Name what operators need to know of the stack, and what `veil cloud` needs (veil.adapters.aws.deployment)."""
    told = {
        "ApiUrl": api.base_url,
        "UserPool": identity.users.user_pool_id,
        "AppClient": identity.client.user_pool_client_id,
        "Bucket": storage.bucket.bucket_name,
        "Table": table_name,
        "EventBus": events.bus.event_bus_name,
        "AlarmTopic": alarms.topic.topic_arn,
        "EventArchive": events.archive.archive_name,
        "WebhookQueue": queues["webhooks"].queue.queue_url,
        "DeadLetterQueues": ",".join(each.dead_letters.queue.queue_arn for each in queues.values()),
        "RetentionDays": str(config.retention_days),
        **_asked_of_quotas(config),
    }
    if api.gateway.domain_name is not None:
        told["DomainTarget"] = api.gateway.domain_name.domain_name_alias_domain_name
    for name, value in told.items():
        CfnOutput(stack, name, value=value)


def _asked_of_quotas(config: DeployConfig) -> Mapping[str, str]:
    """Return what the settings may take of the account's quotas (`veil cloud check` compares)."""
    return {
        # Uploads and jobs are worked off by as many each.
        "QueueExecutions": str(config.express_concurrency + 2 * config.uploads_at_once + config.webhooks_at_once),
        "GpuVcpus": str(config.gpu_max_vcpus if config.gpu_lane else 0),
        "GpuMarket": "spot" if config.gpu_spot else "on demand",
    }
