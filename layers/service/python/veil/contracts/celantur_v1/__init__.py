"""Celantur's Cloud API v1: raw uploads and numbered files (contracts/celantur.md part B)."""
