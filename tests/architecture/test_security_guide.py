"""The threat list names the tests that hold it: each of them is there."""

import re

NAMED_FILE = re.compile(r"`((?:tests|infra|requirements)/[\w./*-]+)`")
NAMED_TEST = re.compile(r"`(test_\w+)`")


def test_every_test_and_file_that_the_security_guide_names_exists(repository):
    guide = (repository / "docs/security.md").read_text(encoding="utf-8")
    sources = "".join(each.read_text(encoding="utf-8") for each in (repository / "tests").rglob("test_*.py"))

    files, tests = set(NAMED_FILE.findall(guide)), set(NAMED_TEST.findall(guide))

    assert len(files) > 10
    assert len(tests) > 10
    assert {each for each in files if not list(repository.glob(each))} == set()
    assert {each for each in tests if f"def {each}(" not in sources} == set()


def test_every_threat_names_what_holds_it(repository):
    guide = (repository / "docs/security.md").read_text(encoding="utf-8")
    threats = guide.partition("## Threats")[2].partition("\n## ")[0]

    rows = [line for line in threats.splitlines() if line.startswith("| ") and "---" not in line][1:]

    assert len(rows) > 8
    assert [row for row in rows if not (NAMED_FILE.search(row) or NAMED_TEST.search(row))] == []
