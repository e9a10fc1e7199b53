"""Telling customers what happened: signing, address guard, delivery policy."""
