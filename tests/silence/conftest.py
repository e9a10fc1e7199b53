"""What the tests of silence share."""

from tests.watching import watch  # noqa: F401  # a fixture
