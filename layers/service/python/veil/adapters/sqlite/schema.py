"""The tables of the node's database, as the steps that made them.

A step is never changed once released: a new one is added at the end. `user_version` counts the steps
a file has seen. Times are whole microseconds since the epoch, UTC. Columns exist for what is asked
for; everything else is in `record`.
"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE tasks (
            task_id INTEGER PRIMARY KEY,
            owner TEXT NOT NULL,
            status TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            version INTEGER NOT NULL,
            record TEXT NOT NULL
        ) STRICT""",
        # Holds all that `list` filters by, so that rows are read only for tasks that are returned.
        "CREATE INDEX tasks_of_owner ON tasks (owner, task_id, status, created_at)",
        "CREATE INDEX tasks_unfinished ON tasks (task_id) WHERE status IN ('new', 'queued', 'processing')",
        """CREATE TABLE events (
            sequence INTEGER PRIMARY KEY,
            event_id TEXT NOT NULL UNIQUE,
            task_id INTEGER NOT NULL REFERENCES tasks,
            record TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE deliveries (
            delivery_id TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            due_at INTEGER NOT NULL,
            first_due_at INTEGER NOT NULL,
            record TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX deliveries_pending ON deliveries (due_at) WHERE state = 'pending'",
        "CREATE INDEX deliveries_dead ON deliveries (first_due_at) WHERE state = 'dead'",
        """CREATE TABLE offers (
            task_id INTEGER PRIMARY KEY,
            owner TEXT NOT NULL,
            visible_at INTEGER NOT NULL,
            receipt TEXT
        ) STRICT""",
        "CREATE INDEX offers_visible ON offers (visible_at, task_id)",
        """CREATE TABLE accounts (
            owner TEXT PRIMARY KEY,
            username TEXT NOT NULL,
            username_key TEXT NOT NULL UNIQUE,
            password_hash TEXT NOT NULL,
            token_generation INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT""",
    ),
    (
        "ALTER TABLE deliveries ADD COLUMN owner TEXT AS (record ->> '$.owner') VIRTUAL",
        "CREATE INDEX deliveries_in_turn ON deliveries (owner, due_at) WHERE state = 'pending'",
    ),
)
