"""The one DynamoDB table: its keys, its index, and the few ways it is read and written.

What lies where is told in docs/decisions/0006-dynamodb-single-table.md.
"""

import heapq
import random
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from zlib import crc32

from veil.adapters.aws.clients import AwsClients
from veil.domain.errors import StoreError
from veil.ports.clock import Clock

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        QueryOutputTypeDef,
        TransactWriteItemTypeDef,
    )

PARTITION_KEY = "pk"
SORT_KEY = "sk"
SHELVES = "shelves"
"""The sparse index, keys only: items that wait for something, in the order of their `place`."""
LISTED = "listed"
"""The index, and its partition key, that counts what an owner's numbered lists show: small entries, little to read."""
SHELF = "shelf"
PLACE = "place"
EXPIRES = "expires_at"
"""The TTL attribute. DynamoDB removes items hours late, so readers skip what has expired."""

# One key of an index takes 1,000 writes a second; eight leave a hundredfold room above 10,000 images
# a minute and still cost only eight queries to read.
SHARDS = 8
PORTION = 100
"""The most items that one BatchGetItem returns."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAUSES_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4)
_REFUSED = "ConditionalCheckFailed"
_CONFLICT = "TransactionConflict"
_PASSING = frozenset({_CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"})

Item = Mapping[str, "AttributeValueTypeDef"]


class Key(NamedTuple):
    """The primary key of an item."""

    partition: str
    sort: str


class Write(Protocol):
    """One part of a transaction."""

    def request(self, table: str) -> "TransactWriteItemTypeDef":
        """Return the write in DynamoDB's words."""


class WriteRefusedError(StoreError):
    """A condition did not hold, or others would not stop changing the same items. Nothing was written.

    Attributes:
        places: Which of the writes had a condition that did not hold, from 0.
    """

    def __init__(self, message: str, places: Collection[int] = ()) -> None:
        super().__init__(message)
        self.places = frozenset(places)


class Table:
    """Reads and writes whole items, always the newest, and never what has expired."""

    def __init__(self, clients: AwsClients, name: str, clock: Clock) -> None:
        self._clients = clients
        self._name = name
        self._clock = clock

    def write(self, *writes: Write) -> None:
        """Do all writes or none.

        A transaction even for one item: the SDK sends one token with every repetition, so an answer that
        got lost does not turn a write that happened into one that was refused.

        Raises:
            WriteRefusedError: A condition did not hold.
        """
        for pause in _PAUSES_SECONDS:
            if self._transact(writes, passing=_PASSING):
                return
            # Transactions that meet are all cancelled; evenly spread pauses let one of them pass.
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311  # no secret depends on it
        if not self._transact(writes, passing={_CONFLICT}):
            raise WriteRefusedError("Others keep changing the same items.")

    def get(self, key: Key) -> Item | None:
        """Return the item, or None."""
        answer = self._clients.dynamodb.get_item(TableName=self._name, Key=primary_key(key), ConsistentRead=True)
        item = answer.get("Item")
        return item if item and not self._is_expired(item) else None

    def get_many(self, keys: Sequence[Key]) -> Sequence[Item]:
        """Return the items of at most `PORTION` keys that exist, in the order of the keys."""
        found: dict[Key, Item] = {}
        wanted: Any = {self._name: {"Keys": [primary_key(key) for key in keys], "ConsistentRead": True}} if keys else {}
        while wanted:
            answer = self._clients.dynamodb.batch_get_item(RequestItems=wanted)
            found.update((key_of(item), item) for item in answer["Responses"].get(self._name, ()))
            wanted = answer["UnprocessedKeys"]
            if wanted:
                time.sleep(_PAUSES_SECONDS[0])
        items = (found.get(key) for key in keys)
        return [item for item in items if item is not None and not self._is_expired(item)]

    def query(self, **request: Any) -> "QueryOutputTypeDef":
        """Return one answer of a query, consistent unless it asks an index, that leaves out what has expired.

        The request may have a `FilterExpression` of its own.
        """
        alive = f"(attribute_not_exists({EXPIRES}) OR {EXPIRES} > :now)"
        conditions = [alive, *filter(None, [request.pop("FilterExpression", None)])]
        values = request.pop("ExpressionAttributeValues") | {":now": number(_seconds(self._clock.now()))}
        whole: QueryInputTypeDef = {
            "TableName": self._name,
            "ConsistentRead": "IndexName" not in request,
            "FilterExpression": " AND ".join(conditions),
            "ExpressionAttributeValues": values,
            **request,  # type: ignore[typeddict-item]  # the callers' parameters are typed by the SDK only as a whole
        }
        return self._clients.dynamodb.query(**whole)

    def pages(self, **request: Any) -> "Iterator[QueryOutputTypeDef]":
        """Yield all answers of a query, each from where the one before ended."""
        start: dict[str, Any] = {}
        while True:
            answer = self.query(**request, **start)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def partition(self, name: str, beginning: str) -> Iterator[Item]:
        """Yield the items of a partition whose sort key begins so, in its order."""
        request = {
            "KeyConditionExpression": f"{PARTITION_KEY} = :partition AND begins_with({SORT_KEY}, :beginning)",
            "ExpressionAttributeValues": {":partition": text(name), ":beginning": text(beginning)},
        }
        return (item for answer in self.pages(**request) for item in answer["Items"])

    def on_shelf(self, shelf: str, *, until: int | None = None) -> Iterator[Key]:
        """Yield the keys of items on a shelf, lowest place first, up to the place `until` and including it.

        The index lags behind the table by moments: read the items and look whether they still belong here.
        """
        places = heapq.merge(*(self._on_shard(f"{shelf}#{shard}", until) for shard in range(SHARDS)))
        return (key for _, key in places)

    def _on_shard(self, shard: str, until: int | None) -> Iterator[tuple[int, Key]]:
        request: Any = {
            "TableName": self._name,
            "IndexName": SHELVES,
            "KeyConditionExpression": f"{SHELF} = :shelf" + (f" AND {PLACE} <= :until" if until is not None else ""),
            "ExpressionAttributeValues": {":shelf": text(shard)}
            | ({":until": number(until)} if until is not None else {}),
            "Limit": PORTION,
        }
        while True:
            answer = self._clients.dynamodb.query(**request)
            for item in answer["Items"]:
                yield int(item[PLACE]["N"]), key_of(item)
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _transact(self, writes: Iterable[Write], *, passing: Collection[str]) -> bool:
        """Try once to write; return False where trying again makes sense."""
        client = self._clients.dynamodb
        try:
            client.transact_write_items(TransactItems=[each.request(self._name) for each in writes])
        except client.exceptions.TransactionCanceledException as error:
            reasons = [str(each.get("Code")) for each in error.response.get("CancellationReasons", ())]
            codes = set(reasons) - {"None"}
            if _REFUSED in codes:
                places = [place for place, code in enumerate(reasons) if code == _REFUSED]
                raise WriteRefusedError("The item is not in the expected state.", places) from error
            if not codes or not codes <= set(passing):
                raise
            return False
        return True

    def _is_expired(self, item: Item) -> bool:
        return EXPIRES in item and int(item[EXPIRES]["N"]) <= _seconds(self._clock.now())


def item_of(key: Key, **attributes: "AttributeValueTypeDef") -> Item:
    """Return an item with its key."""
    return {**primary_key(key), **attributes}


def key_of(item: Item) -> Key:
    """Return the primary key of an item."""
    return Key(item[PARTITION_KEY]["S"], item[SORT_KEY]["S"])


def text(value: str) -> "AttributeValueTypeDef":
    """Return a string as an attribute."""
    return {"S": value}


def number(value: int) -> "AttributeValueTypeDef":
    """Return a whole number as an attribute."""
    return {"N": str(value)}


def expiry(moment: datetime) -> "AttributeValueTypeDef":
    """Return the value of `EXPIRES` for a moment."""
    return number(_seconds(moment))


def shelved(shelf: str, name: str, place: int) -> Item:
    """Return the attributes that put an item on a shelf. All items of a `name` share one shard."""
    return {SHELF: text(f"{shelf}#{crc32(name.encode()) % SHARDS}"), PLACE: number(place)}


def microseconds(moment: datetime) -> int:
    """Return the moment, which has a zone, as microseconds since the epoch."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def portions(keys: Iterator[Key]) -> Iterator[Sequence[Key]]:
    """Yield the keys in lists as long as `get_many` takes them."""
    while portion := list(islice(keys, PORTION)):
        yield portion


def primary_key(key: Key) -> dict[str, "AttributeValueTypeDef"]:
    """Return the attributes that are an item's primary key."""
    return {PARTITION_KEY: text(key.partition), SORT_KEY: text(key.sort)}


def _seconds(moment: datetime) -> int:
    return microseconds(moment) // 1_000_000
