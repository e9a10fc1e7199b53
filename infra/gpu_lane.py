"""The GPU lane: large images and bulk on machines that exist only while there is work."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Duration, Size
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.gpu_machine import machine_role, machine_template
from infra.network import Network
from infra.python_function import new_log_group, observability
from infra.queues import RetriedQueue

# The image's own (functions/anonymizer/Dockerfile): the machine's metadata is closed to it by its number.
WORKER_USER = "10001"
VCPUS = 4
# The smallest machine has 16 GiB; its agent and system take their share.
MEMORY = Size.gibibytes(12)
JOB_TIMEOUT = Duration.hours(2)
# Batch looks for machines this long before on_worker_exit hears that there are none.
NO_MACHINE_SECONDS = 3600


class GpuLane(Construct):
    """A queue of tasks, and a Batch queue with the job that works a list of them on one GPU."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        image: Mapping[str, Any],
        instance_types: Sequence[str],
        max_vcpus: int,
        spot: bool,
        log_days: logs.RetentionDays,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id_)
        self.work = RetriedQueue(self, "Work", visibility=Duration.minutes(6), tries=5)
        self.network = Network(self, "Network", log_days=log_days)
        asset = ecr_assets.DockerImageAsset(self, "Image", **image)
        log_group = new_log_group(self, "Logs", log_days)
        machine = machine_template(self, "Machine", worker_user=WORKER_USER)
        machines = batch.ManagedEc2EcsComputeEnvironment(
            self,
            "Machines",
            vpc=self.network.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            security_groups=[self.network.closed],
            instance_types=[ec2.InstanceType(each) for each in instance_types],
            use_optimal_instance_classes=False,
            images=[batch.EcsMachineImage(image_type=batch.EcsMachineImageType.ECS_AL2023_NVIDIA)],
            launch_template=machine,
            instance_role=machine_role(self, "MachineRole", image=asset, log=log_group),
            spot=spot,
            allocation_strategy=_strategy(spot),
            minv_cpus=0,
            maxv_cpus=max_vcpus,
        )
        _follow_versions(machines, machine)
        self.queue = batch.JobQueue(self, "Queue", job_state_time_limit_actions=_impatience())
        self.queue.add_compute_environment(machines, 1)
        self.job_role = iam.Role(self, "JobRole", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        self.job = _job(self, asset, self.job_role, log_group, environment)
        self.job.node.add_dependency(self.job_role, self.job.container.execution_role)


def _strategy(spot: bool) -> batch.AllocationStrategy:
    best = batch.AllocationStrategy
    return best.SPOT_PRICE_CAPACITY_OPTIMIZED if spot else best.BEST_FIT_PROGRESSIVE


def _follow_versions(machines: batch.ManagedEc2EcsComputeEnvironment, machine: ec2.LaunchTemplate) -> None:
    """Name the template's newest version: without one, what changes later would never reach a machine."""
    bare = machines.node.default_child
    if not isinstance(bare, batch.CfnComputeEnvironment):
        raise TypeError("a compute environment's default child is its CloudFormation resource")
    bare.add_property_override("ComputeResources.LaunchTemplate.Version", machine.latest_version_number)


def _impatience() -> list[batch.JobStateTimeLimitAction]:
    """Return the end of hopeless waits: a job for which there is never a machine fails, and its tasks move on.

    These are the reasons that CDK knows; of those that Batch knows only some may end a job at all, so alarms also look
    at how long tasks wait.
    """
    reasons = batch.JobStateTimeLimitActionsReason
    return [
        batch.JobStateTimeLimitAction(
            action=batch.JobStateTimeLimitActionsAction.CANCEL,
            max_time=Duration.seconds(NO_MACHINE_SECONDS),
            reason=reason,
            state=batch.JobStateTimeLimitActionsState.RUNNABLE,
        )
        for reason in (
            reasons.INSUFFICIENT_INSTANCE_CAPACITY,
            reasons.COMPUTE_ENVIRONMENT_MAX_RESOURCE,
            reasons.JOB_RESOURCE_REQUIREMENT,
        )
    ]


def _job(
    scope: Construct,
    image: ecr_assets.DockerImageAsset,
    role: iam.Role,
    log_group: logs.LogGroup,
    environment: Mapping[str, str],
) -> batch.EcsJobDefinition:
    return batch.EcsJobDefinition(
        scope,
        "Job",
        container=batch.EcsEc2ContainerDefinition(
            scope,
            "Worker",
            image=ecs.ContainerImage.from_docker_image_asset(image),
            user=WORKER_USER,
            cpu=VCPUS,
            gpu=1,
            memory=MEMORY,
            job_role=role,
            environment={**observability(scope, "anonymizer"), **environment, "VEIL_THREADS": str(VCPUS)},
            logging=ecs.LogDriver.aws_logs(stream_prefix="worker", log_group=log_group),
        ),
        timeout=JOB_TIMEOUT,
        retry_attempts=3,
        # Only a lost machine is worth the same job again; whatever the worker itself died of, on_worker_exit
        # looks at task by task.
        retry_strategies=[
            batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.SPOT_INSTANCE_RECLAIMED),
            batch.RetryStrategy.of(batch.Action.EXIT, batch.Reason.custom(on_reason="*")),
        ],
    )
