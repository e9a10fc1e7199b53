"""From the bytes that came to the bytes that may leave, with the evidence."""
