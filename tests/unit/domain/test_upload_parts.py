"""Which parts make a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.domain.upload_parts import (
    PART_BYTES,
    ArrivedPart,
    NamedPart,
    PartsRefusedError,
    missing_numbers,
    part_count,
    require_whole,
)

SIZES = st.integers(1, 9 * PART_BYTES)


def parts_of(size_bytes):
    """The parts of a file that has arrived as a whole."""
    places = range(0, size_bytes, PART_BYTES)
    return [
        ArrivedPart(number, min(PART_BYTES, size_bytes - place), f"etag {number}")
        for number, place in enumerate(places, 1)
    ]


def named(parts):
    return [NamedPart(part.number, part.etag) for part in parts]


@given(SIZES)
def test_the_parts_of_a_file_are_as_many_as_are_said_and_make_all_of_it(size_bytes):
    parts = parts_of(size_bytes)

    assert part_count(size_bytes) == len(parts)
    assert sum(part.size_bytes for part in require_whole(parts, named(parts), size_bytes)) == size_bytes
    assert missing_numbers(parts, size_bytes) == []


@given(SIZES, st.data())
def test_a_part_that_did_not_arrive_is_missing_and_refused_by_its_number(size_bytes, data):
    parts = parts_of(size_bytes)
    lost = data.draw(st.sampled_from(parts))
    arrived = [part for part in parts if part != lost]

    assert missing_numbers(arrived, size_bytes) == [lost.number]
    with pytest.raises(PartsRefusedError, match=f"Part {lost.number} has not arrived"):
        require_whole(arrived, named(parts), size_bytes)


@given(SIZES, st.data())
def test_a_part_of_another_size_is_missing_and_refused_by_its_number(size_bytes, data):
    parts = parts_of(size_bytes)
    wrong = data.draw(st.sampled_from(parts))
    arrived = [part._replace(size_bytes=part.size_bytes + (part == wrong)) for part in parts]

    assert missing_numbers(arrived, size_bytes) == [wrong.number]
    with pytest.raises(PartsRefusedError, match=f"Part {wrong.number} has {wrong.size_bytes + 1} bytes"):
        require_whole(arrived, named(parts), size_bytes)


def test_a_part_with_another_etag_is_refused():
    parts = parts_of(3 * PART_BYTES)
    other = [NamedPart(part.number, part.etag.upper() if part.number == 2 else part.etag) for part in parts]

    with pytest.raises(PartsRefusedError, match="Part 2 arrived with another ETag"):
        require_whole(parts, other, 3 * PART_BYTES)


@pytest.mark.parametrize("numbers", [(), (1, 2), (1, 2, 2), (1, 3, 2), (1, 2, 3, 4), (0, 1, 2)])
def test_each_part_is_to_be_named_once_and_in_order(numbers):
    parts = parts_of(3 * PART_BYTES)

    with pytest.raises(PartsRefusedError, match="has the parts 1 to 3; name each once, in order"):
        require_whole(parts, [NamedPart(number, f"etag {number}") for number in numbers], 3 * PART_BYTES)
