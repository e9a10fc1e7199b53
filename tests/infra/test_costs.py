"""The calculation of costs counts what the template has, and the idle stack stays cheap."""

from infra import costs


def test_an_idle_month_costs_less_than_five_dollars_without_the_firewall():
    assert costs.total(costs.idle_month()) < 5


def test_no_nat_and_no_endpoints_save_more_than_the_whole_idle_stack_costs():
    assert costs.private_network_month() > costs.total(costs.idle_month())


def test_the_calculation_counts_what_the_template_has(template):
    alarms = template.of("CloudWatch::Alarm").values()

    assert sum(len(each.get("Metrics", [None])) for each in alarms) == costs.ALARM_METRICS
    assert len(template.of("Lambda::EventSourceMapping")) == costs.QUEUES_POLLED
    assert len(template.one("WAFv2::WebACL")["Rules"]) == costs.WAF_RULES
    assert len(template.of("CloudWatch::Dashboard")) == 1
    assert not template.of("EC2::NatGateway")
    assert all(each["VpcEndpointType"] == "Gateway" for each in template.of("EC2::VPCEndpoint").values())


def test_the_operations_guide_shows_the_calculation(repository):
    assert costs.tables() in (repository / "docs/operations.md").read_text(encoding="utf-8")
