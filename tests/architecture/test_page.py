"""The architecture page says what the code is."""

import re

import pytest

from docs.draw_architecture import END, START, drawing, needed

ROOTS = ("layers/service/python/veil", "layers/vision/python/veil_vision")
ROW = re.compile(r"^\| [^|]+ \| [^|]+ \| `(?P<file>[^`]+\.py)` \| `(?P<word>\w+)` \|$", re.MULTILINE)


@pytest.fixture
def page(repository):
    return (repository / "docs" / "architecture.md").read_text()


def test_the_picture_is_what_the_code_draws(page):
    """`make picture` draws it again."""
    assert page.split(START)[1].split(END)[0] == drawing()


def test_an_arrow_that_follows_from_others_is_left_out():
    assert needed({("a", "b"), ("b", "c"), ("a", "c")}) == {("a", "b"), ("b", "c")}


def test_every_sentence_names_a_file_and_a_word_in_it(page, repository):
    rows = [match.groupdict() for match in ROW.finditer(page)]

    assert len(rows) == 14
    for row in rows:
        (file,) = [found for root in ROOTS if (found := repository / root / row["file"]).is_file()]
        assert re.search(rf"\b{row['word']}\b", file.read_text()), row


def test_every_room_is_described(page, repository):
    rooms = {
        f"{root.name}.{each.name}"
        for name in ROOTS
        for root in [repository / name]
        for each in root.iterdir()
        if each.is_dir()
    }
    rooms = {room for room in rooms if "__pycache__" not in room}

    described = set(re.findall(r"`([\w.]+)`", page))
    missing = {room for room in rooms if not {room, room.partition(".")[2]} & described}

    assert missing == set()
