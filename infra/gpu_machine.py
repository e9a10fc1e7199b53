"""What every machine of the GPU lane is like, and what it may do: little, as whoever takes over a job may do the same.

A job's container shares the machine's network, so the machine's metadata, where its role's credentials are, is not kept
from it by a limit of hops (docs/decisions/0030).
"""

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

DISK_GIB = 60
METADATA = "169.254.169.254"

# Of the actions of AWS's managed policy for such machines, those that an agent of a cluster that exists asks for.
_OF_CLUSTER = (
    "RegisterContainerInstance",
    "DeregisterContainerInstance",
    "SubmitAttachmentStateChanges",
    "SubmitContainerStateChange",
    "SubmitTaskStateChange",
)
_OF_MACHINE = ("Poll", "StartTelemetrySession", "UpdateContainerInstancesState")


def machine_role(scope: Construct, id_: str, *, image: ecr_assets.DockerImageAsset, log: logs.LogGroup) -> iam.Role:
    """Return a role by which a machine joins a cluster of ECS, fetches one image and writes one log."""
    role = iam.Role(scope, id_, assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
    # Batch makes the cluster, under a name that nobody knows before.
    _allow_ecs(role, _OF_CLUSTER, "cluster")
    _allow_ecs(role, _OF_MACHINE, "container-instance")
    role.add_to_policy(iam.PolicyStatement(actions=["ecs:DiscoverPollEndpoint"], resources=["*"]))
    image.repository.grant_pull(role)
    log.grant_write(role)
    return role


def _allow_ecs(role: iam.Role, actions: tuple[str, ...], kind: str) -> None:
    arn = Stack.of(role).format_arn(
        service="ecs", resource=kind, resource_name="*", arn_format=ArnFormat.SLASH_RESOURCE_NAME
    )
    role.add_to_policy(iam.PolicyStatement(actions=[f"ecs:{each}" for each in actions], resources=[arn]))


def machine_template(scope: Construct, id_: str, *, worker_user: str) -> ec2.LaunchTemplate:
    """Return an encrypted disk that holds the image, and a machine whose metadata is closed to the workers' user."""
    return ec2.LaunchTemplate(
        scope,
        id_,
        require_imdsv2=True,
        http_put_response_hop_limit=1,
        user_data=_first_words(worker_user),
        block_devices=[
            ec2.BlockDevice(
                device_name="/dev/xvda",
                volume=ec2.BlockDeviceVolume.ebs(DISK_GIB, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3),
            )
        ],
    )


def _first_words(user: str) -> ec2.UserData:
    """Return what a machine does first: close its metadata, or end itself before ECS gives it any work.

    Then it has ECS stop its containers when Spot takes it away: a worker gives its task back in these two minutes.
    """
    rule = f"iptables --insert OUTPUT --destination {METADATA} --match owner --uid-owner {user} --jump REJECT"
    drain = "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config"
    script = f"#!/bin/bash\n{rule} || shutdown --poweroff now\n{drain}\n"
    # Batch adds parts of its own, and takes no other kind.
    parts = ec2.MultipartUserData()
    parts.add_part(ec2.MultipartBody.from_raw_body(content_type='text/x-shellscript; charset="us-ascii"', body=script))
    return parts
