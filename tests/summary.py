"""One line at the end says which tests did not run, and why; hooks that tests/conftest.py hands to pytest."""

from collections import Counter

import pytest

SLOW = pytest.StashKey[int]()


def pytest_deselected(items):
    """Count the slow tests that the command leaves out."""
    slow = sum(item.get_closest_marker("slow") is not None for item in items)
    if slow:
        stash = items[0].config.stash
        stash[SLOW] = stash.get(SLOW, 0) + slow


def pytest_sessionfinish(session):
    """Tell the process that reports what this one, of several, left out."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["slow"] = session.config.stash.get(SLOW, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    """Take what one of several processes left out: each collects everything."""
    node.config.stash[SLOW] = getattr(node, "workeroutput", {}).get("slow", 0)


def pytest_terminal_summary(terminalreporter, config):
    """Write the line, unless everything ran."""
    reasons = [_reason(report) for report in terminalreporter.stats.get("skipped", [])]
    line = not_run(reasons, slow=config.stash.get(SLOW, 0))
    if line:
        terminalreporter.write_line(line)


def _reason(report):
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return told.removeprefix("Skipped: ")


def not_run(reasons, *, slow):
    """Return the line for the reason of each skipped test and the number of slow tests left out, or nothing."""
    parts = [f"{count} skipped: {reason}" for reason, count in Counter(reasons).most_common()]
    if slow:
        parts.append(f"{slow} slow: `make test-slow` runs them")
    return f"Not run: {'; '.join(parts)}." if parts else ""
