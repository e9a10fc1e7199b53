"""Takes one credit of the key `k` after the other, and tells of each, until it is killed."""

import sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from veil.adapters.sqlite.credits import SqliteLedger
from veil.adapters.sqlite.database import Database
from veil.domain.credits import CreditEntry, EntryKind

ledger = SqliteLedger(Database(Path(sys.argv[1])))
for number in count():
    now = datetime.now(UTC)
    ledger.enter(CreditEntry(entry_id=str(number), key_id="k", kind=EntryKind.RESERVED, amount=-1, entered_at=now))
    sys.stdout.write(f"{number}\n")
