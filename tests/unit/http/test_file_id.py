"""A file's UUID and its task's number are two names of one thing."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from veil.http.file_id import file_id_of, task_id_of

NUMBERS = st.integers(0, 2**62 - 1)


@given(NUMBERS)
def test_a_number_comes_back_from_its_uuid_in_either_case(number):
    file_id = file_id_of(number)

    assert task_id_of(file_id) == task_id_of(file_id.upper()) == number


@given(NUMBERS)
def test_a_file_id_is_a_uuid_of_version_8(number):
    assert (UUID(file_id_of(number)).version, str(UUID(file_id_of(number)))) == (8, file_id_of(number))


@given(NUMBERS, st.integers(0, 127))
def test_a_file_id_with_one_wrong_bit_names_nothing(number, bit):
    wrong = str(UUID(int=UUID(file_id_of(number)).int ^ (1 << bit)))

    assert task_id_of(wrong) is None


@given(st.text())
def test_no_text_breaks_it(text):
    assert task_id_of(text) is None


def test_a_stranger_to_this_service_names_nothing():
    assert task_id_of(str(uuid4())) is None


def test_ids_of_neighbouring_tasks_differ_from_the_first_half_on():
    assert file_id_of(1693295888421318)[:18] != file_id_of(1693295888421319)[:18]


def test_only_the_usual_form_is_taken():
    file_id = file_id_of(7)

    for other in (file_id.replace("-", ""), f"{{{file_id}}}", f"urn:uuid:{file_id}"):
        assert task_id_of(other) is None
