"""A database, as the adapters get it."""

import pytest

from veil.adapters.sqlite.database import Database


@pytest.fixture
def database(folder):
    with Database(folder) as database:
        yield database
