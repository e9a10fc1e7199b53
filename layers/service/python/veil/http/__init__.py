"""Route tables, one module per API, on Powertools' resolver."""
