"""A smoke test of a deployment, from outside: what a customer does, once, and what the account says of itself."""
