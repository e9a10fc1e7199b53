"""The gate: what must hold of a result before it may leave."""
