"""The parameters do what they say, seen in the result."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

FACE = (slice(60, 190), slice(170, 280))


@pytest.fixture(scope="module")
def pixels(ana):
    """Returns an artifact as an array."""

    def fetch(ended, artifact="anonymized"):
        assert ended["task_status"] == "done", ended
        return np.asarray(ana.picture(ended[f"{artifact}_url"])).astype(int)

    return fetch


def test_every_method_hides_the_same_place(ana, portrait, pixels):
    methods = ("blur", "pixelate", "blacken")

    ended = {method: ana.anonymize(portrait, anonymization_method=method) for method in methods}

    masks = [pixels(each, "binary_mask") for each in ended.values()]
    results = {method: pixels(each) for method, each in ended.items()}
    assert all(np.array_equal(mask, masks[0]) for mask in masks)
    assert results["blacken"][FACE].mean() < 20
    assert np.abs(results["blur"] - results["pixelate"])[FACE].mean() > 0.5


def test_boxes_hide_more_than_outlines(ana, portrait, pixels):
    outline = pixels(ana.anonymize(portrait, anonymization_method="blacken"), "binary_mask")
    box = pixels(ana.anonymize(portrait, anonymization_method="blacken", bbox=True), "binary_mask")

    rows, columns = np.flatnonzero(box.any(axis=1)), np.flatnonzero(box.any(axis=0))
    assert (box[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] == 255).all()
    assert (outline > 0).any()
    assert not np.array_equal(outline, box)


def test_nothing_is_hidden_in_an_ignored_zone(ana, astronaut, encode, pixels):
    zone = {"topLeftX": 0, "topLeftY": 0, "width": 512, "height": 300}

    ended = ana.anonymize(encode(astronaut, "PNG"), ignores=[zone], anonymization_method="blacken")

    assert np.array_equal(pixels(ended)[:300], astronaut[:300])
    assert not pixels(ended, "binary_mask")[:300].any()


def test_masks_have_the_share_of_the_size_that_was_asked_for(ana, portrait, pixels):
    ended = ana.anonymize(portrait, mask_scale=25)

    assert pixels(ended, "binary_mask").shape == (128, 128)
    assert pixels(ended, "instance_mask").shape == (128, 128, 3)
    assert set(np.unique(pixels(ended, "binary_mask"))) == {0, 255}


@pytest.mark.parametrize(("wanted", "there"), [("binary", {"binary_mask_url"}), ("none", set())])
def test_only_the_masks_that_were_asked_for_are_there(ana, portrait, wanted, there):
    ended = ana.anonymize(portrait, save_mask=wanted)

    assert {key for key in ended if "mask" in key} == there


def test_debug_draws_on_the_picture(ana, astronaut, encode, pixels):
    picture = encode(astronaut, "PNG")

    plain = pixels(ana.anonymize(picture))
    debug = pixels(ana.anonymize(picture, debug=True, score=True))

    changed = np.abs(plain - debug).any(axis=2)
    assert 0 < changed.mean() < 0.1
    assert not changed[400:].any()


def test_a_lower_quality_makes_a_smaller_file(ana, portrait):
    sizes = [
        len(ana.download(ana.anonymize(portrait, quality=quality)["anonymized_url"]).content) for quality in (20, 95)
    ]

    assert sizes[0] < sizes[1] / 2


def test_a_photo_that_lies_on_its_side_is_shown_upright_with_the_face_hidden(ana, astronaut, pixels):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise to see it upright
    file = BytesIO()
    Image.fromarray(np.rot90(astronaut)).save(file, "JPEG", quality=92, exif=exif)

    ended = ana.anonymize(file.getvalue(), anonymization_method="blacken")

    answer = ana.picture(ended["anonymized_url"])
    result = np.asarray(ImageOps.exif_transpose(answer)).astype(int)
    assert result[FACE].mean() < 20
    assert np.abs(result - astronaut)[380:500, 20:150].mean() < 5


def test_a_picture_without_a_face_comes_back_unchanged_in_size_and_masked_nowhere(ana, encode, pixels):
    field = np.full((300, 400, 3), (90, 140, 60), np.uint8)

    ended = ana.anonymize(encode(field))

    assert pixels(ended).shape == (300, 400, 3)
    assert not pixels(ended, "binary_mask").any()
