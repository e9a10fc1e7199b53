"""What a node answers itself, beside the routes of the contracts."""
