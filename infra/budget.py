"""A letter when a month gets dearer than expected: what no alarm on queues and errors would tell."""

from aws_cdk import aws_budgets as budgets
from constructs import Construct

# Per cent of the budget, and of what: what is spent already, or what AWS expects of the whole month.
NOTICES = ((80, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED"))


class Budget(Construct):
    """A monthly budget over all costs of the account: by stack AWS counts only where a tag was activated for that."""

    def __init__(self, scope: Construct, id_: str, *, name: str, usd: int, email: str) -> None:
        super().__init__(scope, id_)
        told = [budgets.CfnBudget.SubscriberProperty(address=email, subscription_type="EMAIL")]
        budgets.CfnBudget(
            self,
            "Month",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=f"{name}-month",
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        comparison_operator="GREATER_THAN",
                        notification_type=kind,
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=told,
                )
                for percent, kind in NOTICES
            ],
        )
