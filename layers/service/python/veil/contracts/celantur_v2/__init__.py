"""Celantur's Cloud API v2: tasks (contracts/celantur.md part A)."""
