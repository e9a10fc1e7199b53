"""What is refused before it reaches the API."""

from typing import Any

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

# Rules that would refuse what the contracts allow: long bodies and queries (ignore zones), webhook URLs in them,
# v1's pictures, whose tags are XML, and clients that do not say what they are. All are judged by our own code, which
# knows the contracts.
COUNTED_ONLY = (
    "NoUserAgent_HEADER",
    "SizeRestrictions_BODY",
    "SizeRestrictions_QUERYSTRING",
    "GenericRFI_BODY",
    "GenericRFI_QUERYARGUMENTS",
    "GenericLFI_BODY",
    "CrossSiteScripting_BODY",
)


class Firewall(Construct):
    """AWS's managed rules, and a limit per address, in front of one stage."""

    def __init__(self, scope: Construct, id_: str, *, stage_arn: str, requests_per_5_minutes: int) -> None:
        super().__init__(scope, id_)
        self.acl = waf.CfnWebACL(
            self,
            "Acl",
            scope="REGIONAL",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible("whole-acl"),
            rules=[
                _limit(requests_per_5_minutes, priority=0),
                _managed("AWSManagedRulesAmazonIpReputationList", priority=1),
                _managed("AWSManagedRulesKnownBadInputsRuleSet", priority=2),
                _managed("AWSManagedRulesCommonRuleSet", priority=3, counted=COUNTED_ONLY),
            ],
        )
        waf.CfnWebACLAssociation(self, "InFront", resource_arn=stage_arn, web_acl_arn=self.acl.attr_arn)


def _visible(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    # Samples would show headers, tokens among them.
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )


def _limit(requests: int, *, priority: int) -> waf.CfnWebACL.RuleProperty:
    return waf.CfnWebACL.RuleProperty(
        name="limit-per-address",
        priority=priority,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        statement=waf.CfnWebACL.StatementProperty(
            rate_based_statement=waf.CfnWebACL.RateBasedStatementProperty(
                aggregate_key_type="IP", limit=requests, evaluation_window_sec=300
            )
        ),
        visibility_config=_visible("limit-per-address"),
    )


def _managed(name: str, *, priority: int, counted: tuple[str, ...] = ()) -> waf.CfnWebACL.RuleProperty:
    group: dict[str, Any] = {"vendor_name": "AWS", "name": name}
    if counted:
        group["rule_action_overrides"] = [
            waf.CfnWebACL.RuleActionOverrideProperty(
                name=each, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
            )
            for each in counted
        ]
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(
            managed_rule_group_statement=waf.CfnWebACL.ManagedRuleGroupStatementProperty(**group)
        ),
        visibility_config=_visible(name),
    )
