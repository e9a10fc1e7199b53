"""What the lane of GPU machines promises: no machine without work, no right that work does not need."""

import re
from email import message_from_string

import pytest

# AWS's list of accelerated machines with one GPU of at least 16 GB that the image's CUDA supports.
GPU_MACHINE = re.compile(r"g(4dn|5|6|6e)\.(\d*x)large")


def machines_first_words(template):
    told = template.one("EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    return told if isinstance(told, str) else template.words(told)


class TestGpuLane:
    @pytest.fixture
    def machines(self, template):
        return template.one("Batch::ComputeEnvironment")["ComputeResources"]

    @pytest.fixture
    def job(self, template):
        return template.one("Batch::JobDefinition")

    def test_it_costs_nothing_while_idle(self, machines, template):
        assert (machines["MinvCpus"], machines["Type"]) == (0, "SPOT")
        assert "DesiredvCpus" not in machines
        assert not template.of("EC2::NatGateway")

    def test_its_machines_exist_and_each_holds_one_job(self, machines, job):
        needs = {each["Type"]: int(each["Value"]) for each in job["ContainerProperties"]["ResourceRequirements"]}

        assert all(GPU_MACHINE.fullmatch(each) for each in machines["InstanceTypes"])
        assert machines["Ec2Configuration"] == [{"ImageType": "ECS_AL2023_NVIDIA"}]
        assert job["PlatformCapabilities"] == ["EC2"]
        assert needs == {"GPU": 1, "VCPU": 4, "MEMORY": 12 * 1024}
        assert machines["MaxvCpus"] >= needs["VCPU"]

    def test_what_changes_of_a_machine_reaches_the_next_one(self, template, machines):
        (template_id,) = template.of("EC2::LaunchTemplate")

        # `$Default`, which AWS takes where nothing stands, stays the first version for ever.
        assert machines["LaunchTemplate"]["Version"] == {"Fn::GetAtt": [template_id, "LatestVersionNumber"]}

    def test_a_worker_uses_every_processor_that_it_is_given(self, job):
        told = {each["Name"]: each["Value"] for each in job["ContainerProperties"]["Environment"]}
        needs = {each["Type"]: each["Value"] for each in job["ContainerProperties"]["ResourceRequirements"]}

        assert told["VEIL_THREADS"] == needs["VCPU"]

    def test_only_a_lost_machine_is_worth_the_same_job_again(self, job):
        assert job["RetryStrategy"] == {
            "Attempts": 3,
            "EvaluateOnExit": [
                {"Action": "RETRY", "OnStatusReason": "Host EC2*"},
                {"Action": "EXIT", "OnReason": "*"},
            ],
        }
        assert job["Timeout"]["AttemptDurationSeconds"] == 7200

    def test_its_rights_are_on_the_job_not_on_what_starts_it(self, job):
        container = job["ContainerProperties"]

        assert container["JobRoleArn"] != container["ExecutionRoleArn"]

    def test_its_machines_reach_aws_without_nat(self, template, machines):
        subnets = template.of("EC2::Subnet")
        gateways = {
            str(each["ServiceName"]).split("'")[-2].strip(".") for each in template.of("EC2::VPCEndpoint").values()
        }
        routes = [each for each in template.of("EC2::Route").values() if "GatewayId" in each]

        assert {each["Ref"] for each in machines["Subnets"]} == set(subnets)
        # Public subnets with a route out need no interface endpoints; private ones would need those of ECR,
        # ECS (agent, telemetry), logs, SQS and KMS.
        assert all(each["MapPublicIpOnLaunch"] for each in subnets.values())
        assert len(routes) == len(subnets)
        assert gateways == {"s3", "dynamodb"}

    def test_nobody_gets_in_and_machines_ask_for_tokens(self, template):
        group = template.one("EC2::SecurityGroup")
        options = template.one("EC2::LaunchTemplate")["LaunchTemplateData"]

        assert "SecurityGroupIngress" not in group
        assert not template.of("EC2::SecurityGroupIngress")
        assert {each["ToPort"] for each in group["SecurityGroupEgress"]} == {443}
        assert options["MetadataOptions"] == {"HttpPutResponseHopLimit": 1, "HttpTokens": "required"}
        assert all(each["Ebs"]["Encrypted"] for each in options["BlockDeviceMappings"])

    def test_the_metadata_of_a_machine_are_closed_to_the_workers_user_before_it_gets_work(
        self, template, job, repository
    ):
        """A job's container shares the machine's network: a limit of hops keeps nothing from it."""
        image = (repository / "functions/anonymizer/Dockerfile").read_text()
        message = message_from_string(machines_first_words(template))
        (script,) = (each.get_payload() for each in message.walk() if each.get_content_type() == "text/x-shellscript")
        rule, last_resort = script.splitlines()[1].split(" || ")

        user = job["ContainerProperties"]["User"]
        assert f"useradd --system --uid {user} " in image
        assert (
            rule.split()
            == (
                f"iptables --insert OUTPUT --destination 169.254.169.254 --match owner --uid-owner {user} --jump REJECT"
            ).split()
        )
        assert last_resort.startswith("shutdown")

    def test_a_machine_that_spot_takes_away_has_its_worker_stop_before(self, template):
        assert "echo ECS_ENABLE_SPOT_INSTANCE_DRAINING=true >> /etc/ecs/ecs.config" in machines_first_words(template)

    def test_a_job_that_never_gets_a_machine_ends(self, template):
        actions = template.one("Batch::JobQueue")["JobStateTimeLimitActions"]

        assert {each["State"] for each in actions} == {"RUNNABLE"}
        assert {each["MaxTimeSeconds"] for each in actions} == {3600}
        assert len(actions) == 3
