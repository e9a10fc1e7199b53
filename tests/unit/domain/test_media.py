from hypothesis import given
from hypothesis import strategies as st

from veil.domain.media import SIGNATURE_LENGTH, Artifact, MediaType, result_key, sniff_media_type


@given(head=st.binary(max_size=16))
def test_no_bytes_are_taken_for_an_image_that_do_not_begin_like_one(head):
    found = sniff_media_type(head)

    assert (found is MediaType.JPEG) == head.startswith(b"\xff\xd8\xff")
    assert (found is MediaType.PNG) == head.startswith(b"\x89PNG\r\n\x1a\n")
    assert sniff_media_type(head[:SIGNATURE_LENGTH]) is found


def test_no_two_results_of_a_task_share_a_key_and_masks_of_a_jpeg_are_png():
    keys = {(run, each): result_key("ana", 7, run, each, MediaType.JPEG) for run in (1, 2) for each in Artifact}

    assert len(set(keys.values())) == len(keys)
    assert keys[1, Artifact.ANONYMIZED] == "ana/7/1/anonymized.jpeg"
    assert keys[2, Artifact.INSTANCE_MASK] == "ana/7/2/instance_mask.png"
    assert keys[2, Artifact.REPORT] == "ana/7/2/report.json"
