"""Media and secrets as files in folders."""
