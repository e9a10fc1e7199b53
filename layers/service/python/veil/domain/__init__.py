"""What a task is and what it promises. No I/O, no SDK."""
