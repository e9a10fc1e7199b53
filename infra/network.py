"""Where the GPU machines stand: public subnets behind a closed door (docs/decisions/0009)."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct


class Network(Construct):
    """Two public subnets without NAT; S3 and DynamoDB by gateway endpoints; nobody gets in."""

    def __init__(self, scope: Construct, id_: str, *, log_days: logs.RetentionDays) -> None:
        super().__init__(scope, id_)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Workers", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=20)
            ],
            # It would take a custom resource with a function of its own; nothing here uses that group.
            restrict_default_security_group=False,
        )
        for service in ("S3", "DYNAMODB"):
            self.vpc.add_gateway_endpoint(service.title(), service=getattr(ec2.GatewayVpcEndpointAwsService, service))
        self.closed = ec2.SecurityGroup(
            self, "Closed", vpc=self.vpc, description="Nobody gets in", allow_all_outbound=False
        )
        self.closed.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS and nothing else, over TLS")
        self._log_flows(log_days)

    def _log_flows(self, log_days: logs.RetentionDays) -> None:
        group = logs.LogGroup(self, "Flows", retention=log_days, removal_policy=RemovalPolicy.DESTROY)
        role = iam.Role(self, "FlowLogRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"))
        flow_log = self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        flow_log.node.add_dependency(role)
