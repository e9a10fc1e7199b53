"""The whole service on one machine: SQLite, folders, processes and an HTTP server."""
