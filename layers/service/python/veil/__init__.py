"""Anonymize media: the service without pixels."""
