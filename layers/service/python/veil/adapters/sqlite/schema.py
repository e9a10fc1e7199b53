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
    (
        # The tasks table is the queue. `place` orders the queued tasks of one owner.
        "ALTER TABLE tasks ADD COLUMN place INTEGER",
        "UPDATE tasks SET place = task_id WHERE status = 'queued'",
        "DROP TABLE offers",
        "CREATE INDEX tasks_queued ON tasks (owner, place) WHERE status = 'queued'",
        "DROP INDEX tasks_unfinished",
        "CREATE INDEX tasks_unfinished ON tasks (task_id, status) WHERE status IN ('new', 'queued', 'processing')",
        # How many tasks an owner has in each status. Triggers keep it, so whatever changes a task changes it too.
        """CREATE TABLE task_counts (
            owner TEXT NOT NULL,
            status TEXT NOT NULL,
            number INTEGER NOT NULL,
            PRIMARY KEY (owner, status)
        ) STRICT, WITHOUT ROWID""",
        "INSERT INTO task_counts SELECT owner, status, count(*) FROM tasks GROUP BY owner, status",
        "CREATE INDEX task_counts_queued ON task_counts (owner) WHERE status = 'queued' AND number > 0",
        """CREATE TRIGGER task_added AFTER INSERT ON tasks BEGIN
            INSERT INTO task_counts VALUES (new.owner, new.status, 1)
            ON CONFLICT (owner, status) DO UPDATE SET number = number + 1;
        END""",
        """CREATE TRIGGER task_moved AFTER UPDATE OF status ON tasks WHEN old.status <> new.status BEGIN
            UPDATE task_counts SET number = number - 1 WHERE owner = old.owner AND status = old.status;
            INSERT INTO task_counts VALUES (new.owner, new.status, 1)
            ON CONFLICT (owner, status) DO UPDATE SET number = number + 1;
        END""",
        """CREATE TRIGGER task_removed AFTER DELETE ON tasks BEGIN
            UPDATE task_counts SET number = number - 1 WHERE owner = old.owner AND status = old.status;
        END""",
        # Numbered, not timed: the owner with the smallest turn has waited longest for one.
        """CREATE TABLE turns (
            owner TEXT PRIMARY KEY,
            turn INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID""",
        "CREATE INDEX turns_newest ON turns (turn)",
        """CREATE TRIGGER turn_taken AFTER UPDATE OF status ON tasks
        WHEN old.status = 'queued' AND new.status = 'processing' BEGIN
            INSERT INTO turns VALUES (new.owner, (SELECT coalesce(max(turn), 0) + 1 FROM turns))
            ON CONFLICT (owner) DO UPDATE SET turn = excluded.turn;
        END""",
    ),
    (
        # When a task ended, by whatever it ended: what retention counts from.
        "ALTER TABLE tasks ADD COLUMN ended_at INTEGER",
        """UPDATE tasks SET ended_at = 1000000 * CAST(strftime('%s', record ->> '$.updated_at') AS INTEGER)
        WHERE status NOT IN ('new', 'queued', 'processing')""",
        "CREATE INDEX tasks_ended ON tasks (ended_at) WHERE ended_at IS NOT NULL",
        "CREATE INDEX events_of_task ON events (task_id)",
        "CREATE INDEX deliveries_over ON deliveries (due_at) WHERE state <> 'pending'",
    ),
    (
        """CREATE TABLE api_keys (
            key_id TEXT PRIMARY KEY,
            fingerprint TEXT NOT NULL UNIQUE,
            label TEXT NOT NULL UNIQUE,
            record TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE credit_entries (
            sequence INTEGER PRIMARY KEY,
            entry_id TEXT NOT NULL UNIQUE,
            key_id TEXT NOT NULL REFERENCES api_keys,
            amount INTEGER NOT NULL,
            record TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX credit_entries_of_key ON credit_entries (key_id, sequence)",
        # Triggers keep the balance, so whatever adds an entry changes it too, and nothing makes it negative.
        """CREATE TABLE credit_balances (
            key_id TEXT PRIMARY KEY REFERENCES api_keys,
            balance INTEGER NOT NULL CHECK (balance >= 0)
        ) STRICT, WITHOUT ROWID""",
        """CREATE TRIGGER api_key_added AFTER INSERT ON api_keys BEGIN
            INSERT INTO credit_balances VALUES (new.key_id, 0);
        END""",
        """CREATE TRIGGER credits_entered AFTER INSERT ON credit_entries BEGIN
            UPDATE credit_balances SET balance = balance + new.amount WHERE key_id = new.key_id;
        END""",
        """CREATE TRIGGER credit_entries_stay BEFORE UPDATE ON credit_entries BEGIN
            SELECT RAISE(ABORT, 'entries are never changed');
        END""",
        """CREATE TRIGGER credit_entries_last BEFORE DELETE ON credit_entries BEGIN
            SELECT RAISE(ABORT, 'entries are never removed');
        END""",
    ),
    (
        """CREATE TABLE jobs (
            job_id TEXT PRIMARY KEY,
            key_id TEXT NOT NULL REFERENCES api_keys,
            status TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            version INTEGER NOT NULL,
            record TEXT NOT NULL
        ) STRICT""",
        """CREATE INDEX jobs_open ON jobs (created_at)
        WHERE status IN ('new', 'uploaded', 'awaiting_approval', 'approved')""",
        "CREATE INDEX jobs_ended ON jobs (updated_at)",
        "ALTER TABLE tasks ADD COLUMN job TEXT AS (record ->> '$.origin.job') VIRTUAL",
        "CREATE INDEX tasks_of_job ON tasks (job) WHERE job IS NOT NULL",
    ),
    (
        """CREATE INDEX jobs_open_of_key ON jobs (key_id)
        WHERE status IN ('new', 'uploaded', 'awaiting_approval', 'approved')""",
    ),
)
