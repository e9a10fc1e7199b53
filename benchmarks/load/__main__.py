"""`python -m benchmarks.load`: print the tables of docs/operations.md."""

from benchmarks.load.report import tables

print(tables())
