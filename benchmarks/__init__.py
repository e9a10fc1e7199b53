"""How fast and how small: measured against floors and a peer in the same run."""
