"""The node's database: one SQLite file."""
