"""What the use cases need from the outside world, and nothing more."""
