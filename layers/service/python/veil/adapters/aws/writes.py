"""What a transaction on the table is made of: items to put, and numbers to add to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from veil.adapters.aws.table import Item, Key, number, primary_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef


@dataclass(frozen=True, slots=True)
class Put:
    """One item to write.

    Attributes:
        condition: What must hold of the item that is there now, or None.
        values: The values that the condition names.
    """

    item: Item
    condition: str | None = None
    values: Item | None = None

    def request(self, table: str) -> "TransactWriteItemTypeDef":
        """Return the write in DynamoDB's words."""
        request: Any = {"TableName": table, "Item": self.item}
        if self.condition is not None:
            request["ConditionExpression"] = self.condition
        if self.values is not None:
            request["ExpressionAttributeValues"] = self.values
        return {"Put": request}


@dataclass(frozen=True, slots=True)
class Addition:
    """A number to add to an attribute of an item, which must be there and stay at least 0."""

    key: Key
    attribute: str
    amount: int

    def request(self, table: str) -> "TransactWriteItemTypeDef":
        """Return the write in DynamoDB's words."""
        return {
            "Update": {
                "TableName": table,
                "Key": primary_key(self.key),
                "UpdateExpression": f"ADD {self.attribute} :amount",
                "ConditionExpression": f"{self.attribute} >= :least",
                "ExpressionAttributeValues": {":amount": number(self.amount), ":least": number(max(0, -self.amount))},
            }
        }
