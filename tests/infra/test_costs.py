"""The calculation of costs counts what the template has, and the idle stack stays cheap."""

import re

import pytest

from infra import costs, prices


def test_an_idle_month_costs_less_than_five_dollars_without_the_firewall():
    assert costs.total(costs.idle_month()) < 5


def test_no_nat_and_no_endpoints_save_more_than_the_whole_idle_stack_costs():
    assert costs.private_network_month() > costs.total(costs.idle_month())


def test_the_calculation_counts_what_the_template_has(template):
    alarms = template.of("CloudWatch::Alarm")
    of_gpu_lane = {name for name, each in alarms.items() if re.search("gpu|on_worker_exit", name + str(each))}

    assert len(of_gpu_lane) == costs.GPU_ALARM_METRICS
    assert len(alarms) == costs.ALARM_METRICS + costs.GPU_ALARM_METRICS
    assert not any("Metrics" in each for each in alarms.values())
    assert len(template.of("Lambda::EventSourceMapping")) == costs.QUEUES_POLLED + costs.GPU_QUEUES_POLLED
    assert len(template.of("Pipes::Pipe")) == 1
    assert len(template.one("WAFv2::WebACL")["Rules"]) == costs.WAF_RULES
    assert len(template.of("CloudWatch::Dashboard")) == 1
    assert not template.of("EC2::NatGateway")
    assert all(each["VpcEndpointType"] == "Gateway" for each in template.of("EC2::VPCEndpoint").values())


def test_the_operations_guide_shows_the_calculation_and_its_prices(repository):
    guide = (repository / "docs/operations.md").read_text(encoding="utf-8")

    assert costs.tables() in guide
    assert prices.table() in guide


def test_the_readme_tells_what_an_idle_month_costs(repository):
    alone = costs.total(costs.idle_month())
    guarded = alone + costs.total(costs.firewall_month())

    told = f"about {alone:.1f} USD in a month without traffic, {guarded:.1f} with the firewall"
    assert told in " ".join((repository / "README.md").read_text(encoding="utf-8").split())


def test_nearly_every_price_says_where_it_was_read():
    remembered = {each.what for each in prices.PRICES if not each.source}

    assert remembered == {"EventBridge, events of the bucket", "EBS gp3"}


def test_a_price_is_one_of_its_many():
    assert prices.LAMBDA_REQUEST.each == pytest.approx(0.2e-6)
    assert prices.S3_PUT.each == pytest.approx(5e-6)


def test_a_thousand_images_cost_more_on_machines_that_wait():
    def cost(seconds):
        return costs.total(costs.thousand_images(costs.Work(), gpu=True, machine_seconds=seconds))

    assert cost(None) == cost(costs.Work().gpu_seconds)
    assert cost(60) - cost(0) == pytest.approx(1000 / 60 * costs.gpu_hour(spot=True))
