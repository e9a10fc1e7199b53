"""Syntonym's public API 0.6 (contracts/syntonym.md): jobs that are uploaded, approved and paid with a key's credits."""
