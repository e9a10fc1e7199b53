from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from veil.cli.summary import MOST_ROWS, summary
from veil.domain.media import Artifact
from veil.use_cases.anonymize_files import FileJob, FileOutcome, FileResult


@pytest.fixture
def shown():
    """What a person sees of the summary of some results."""

    def show(results, *, width=100):
        console = Console(width=width, markup=False, highlight=False, file=StringIO())
        for each in summary(results, 3.21):
            console.print(each)
        return console.file.getvalue()

    return show


def result(name, outcome=FileOutcome.DONE, **fields):
    job = FileJob(Path(name), {Artifact.ANONYMIZED: Path("out") / name})
    return FileResult(job, outcome, **fields)


def test_few_files_have_a_row_each(shown):
    results = [
        result("a.jpg", hidden=2, seconds=0.71),
        result("b.jpg", FileOutcome.SKIPPED),
        result("c.jpg", FileOutcome.FAILED, reason="IMAGE_DEFECT: cut off", seconds=0.2),
    ]

    lines = [line.strip() for line in shown(results).splitlines() if line.strip()]

    assert lines[0].split() == ["File", "Result", "Hidden", "Seconds", "Why"]
    assert [line.split() for line in lines[2:5]] == [
        ["a.jpg", "done", "2", "0.7"],
        ["b.jpg", "skipped"],
        ["c.jpg", "failed", "IMAGE_DEFECT:", "cut", "off"],
    ]
    assert lines[5] == "1 done, 1 skipped, 1 failed; 2 hidden in 3.2 s"


def test_of_many_files_the_table_shows_those_that_failed(shown):
    results = [result(f"{number}.jpg", hidden=1) for number in range(3000)]
    results[1234] = result("1234.jpg", FileOutcome.FAILED, reason="IMAGE_DEFECT: cut off")

    text = shown(results)

    assert "1234.jpg   failed" in text
    assert len(text.splitlines()) < 10
    assert text.splitlines()[-1] == "2999 done, 0 skipped, 1 failed; 2999 hidden in 3.2 s"


def test_of_many_files_those_left_out_are_named_and_remarks_counted(shown):
    results = [result(f"{number}.jpg", reason="no position to keep") for number in range(MOST_ROWS)]
    results.append(result("notes.txt", FileOutcome.LEFT_OUT, reason="no picture and no video"))

    lines = shown(results).splitlines()

    assert "notes.txt   left out" in "\n".join(lines)
    assert lines[-2:] == [
        "20 of the others: no position to keep",
        "20 done, 0 skipped, 0 failed, 1 left out; 0 hidden in 3.2 s",
    ]


def test_of_many_files_without_a_failure_the_counts_say_it_all(shown):
    results = [result(f"{number}.jpg") for number in range(MOST_ROWS + 1)]

    assert shown(results) == f"{MOST_ROWS + 1} done, 0 skipped, 0 failed; 0 hidden in 3.2 s\n"


def test_a_long_name_is_never_cut(shown):
    name = "holiday/" * 12 + "photo.jpg"

    lines = shown([result(name, FileOutcome.FAILED, reason="IMAGE_DEFECT: cut off")], width=100).splitlines()

    assert "".join(line.split()[0] for line in lines[3:-2]) == name
