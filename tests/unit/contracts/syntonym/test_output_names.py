from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from veil.contracts.syntonym.output_names import output_names
from veil.domain.job import Job
from veil.domain.media import MediaType
from veil.domain.origin import Origin, file_name
from veil.domain.policy import ClassRule, Policy
from veil.domain.task import Task
from veil.use_cases.jobs import ShownJob

NOW = datetime(2026, 11, 28, tzinfo=UTC)
POLICY = Policy(face=ClassRule(hide=True))


def names_of(*names, media_type=MediaType.JPEG, made_type=None, upload="photos.zip"):
    told = {"job_id": "j", "owner": "ana", "key_id": "k", "model": "blur", "file_name": upload}
    job = Job(**told, policy=POLICY, created_at=NOW, updated_at=NOW)
    about = {"owner": "ana", "policy": POLICY, "created_at": NOW, "updated_at": NOW}
    about |= {"media_type": media_type, "made_type": made_type}
    origins = [Origin(name=name, job="j", member=place) for place, name in enumerate(names)]
    tasks = tuple(Task(task_id=place, origin=origin, **about) for place, origin in enumerate(origins))
    return list(output_names(ShownJob(job, tasks)))


@pytest.mark.parametrize(
    ("names", "made"),
    [
        (["a.jpg"], ["a_anon.jpg"]),
        (["a.JPG"], ["a_anon.JPG"]),
        (["a.bin"], ["a_anon.jpeg"]),
        (["a.jpg", "a.jpg", "A.jpg"], ["a_anon.jpg", "a_anon_2.jpg", "A_anon_3.jpg"]),
        (["a.jpg", "a_anon.jpg"], ["a_anon_2.jpg", "a_anon_anon.jpg"]),
        (["a:b?.jpg"], ["a_b__anon.jpg"]),
        ([None], ["photos_anon.jpeg"]),
    ],
)
def test_a_result_is_called_after_its_file_and_as_nothing_else(names, made):
    assert names_of(*names) == made


def test_a_quicktime_file_that_became_another_is_called_by_what_it_is():
    assert names_of("ride.mov", media_type=MediaType.QUICKTIME) == ["ride_anon.mov"]
    assert names_of("ride.mov", media_type=MediaType.QUICKTIME, made_type=MediaType.MP4) == ["ride_anon.mp4"]


@given(
    st.lists(st.sampled_from(["a", "A", "a_anon", "a_anon_2", "é", "e\u0301", "con", ".", "a/b", "a\\b"]), max_size=30)
)
def test_names_are_safe_and_unique_and_none_of_the_inputs(stems):
    names = [file_name(f"{stem}.jpg") or "file" for stem in stems]

    made = names_of(*names)

    folded = [normalize("NFC", each).casefold() for each in made]
    assert len(set(folded)) == len(names)
    assert not {normalize("NFC", each).casefold() for each in names} & set(folded)
    assert all(PurePosixPath(each).name == PureWindowsPath(each).name == each for each in made)


def test_ten_thousand_files_of_one_name_are_named_at_once():
    assert len(set(names_of(*["a.jpg"] * 10_000))) == 10_000
