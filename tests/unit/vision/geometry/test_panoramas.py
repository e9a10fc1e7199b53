"""Panoramas of a full turn: what lies across the seam is found, and hidden on both sides."""

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from veil_vision.detect.ensemble import find_all
from veil_vision.detect.merging import merge
from veil_vision.detect.tiles import search
from veil_vision.geometry.boxes import cover, intersection
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.panoramas import normalized, on_both_sides, window
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.pipelines.image import anonymize_image

WIDTH, HEIGHT = 480, 240
PANORAMA = Grid(4, 2, 40, 40, width=WIDTH, height=HEIGHT, wraps=True)
FACE_IN_PORTRAIT = (175, 53, 275, 180)


def panorama(x, y, width, height):
    """A quiet panorama with one red mark, which goes on at the left edge where the right one cuts it."""
    centred = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    centred[y : y + height, :width] = (255, 0, 0)
    return np.roll(centred, x, axis=1)


def picture_of(result):
    return np.asarray(Image.open(io.BytesIO(result)).convert("RGB"))


def png_of(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def core_of(anonymized):
    mask = cv2.imdecode(np.frombuffer(anonymized.binary_mask, np.uint8), cv2.IMREAD_UNCHANGED)
    return mask > 0


@given(x=st.integers(0, WIDTH - 1), y=st.integers(20, 180), width=st.integers(2, 160), height=st.integers(2, 60))
@settings(max_examples=30)
def test_an_object_anywhere_on_the_turn_is_found_once_and_whole(scenes, x, y, width, height):
    pixels = panorama(x, y, width, height)

    found = find_all(pixels, scenes.recipe(grid=PANORAMA), [scenes.finder()])

    places = [[x, y, x + width, y + height]]
    places += [[x - WIDTH, y, x + width - WIDTH, y + height]] if x + width > WIDTH else []
    assert found.boxes.tolist() == places


@given(x=st.integers(0, WIDTH - 1), width=st.integers(161, WIDTH))
@settings(max_examples=12)
def test_an_object_beyond_a_third_of_a_turn_may_be_found_in_pieces_that_cover_it(scenes, x, width):
    pixels = panorama(x, 80, width, 50)

    found = find_all(pixels, scenes.recipe(grid=PANORAMA), [scenes.finder()])

    covered = np.zeros((HEIGHT, WIDTH), bool)
    for left, top, right, bottom in cover(found.boxes, width=WIDTH, height=HEIGHT):
        covered[top:bottom, left:right] = True
    np.testing.assert_array_equal(covered, pixels[..., 0] == 255)


@given(x=st.integers(0, WIDTH - 1), width=st.integers(8, 120), method=st.sampled_from(AnonymizationMethod))
@settings(max_examples=12)
def test_an_object_anywhere_on_the_turn_is_hidden_whole_under_one_number(scenes, x, width, method):
    pixels = panorama(x, 80, width, 50)

    made = anonymize_image(png_of(pixels), scenes.recipe(grid=PANORAMA, method=method), [scenes.finder()])

    marked = pixels[..., 0] == 255
    instances = cv2.imdecode(np.frombuffer(made.instance_mask, np.uint8), cv2.IMREAD_COLOR)[..., 1]
    shown = picture_of(made.picture)
    assert core_of(made)[marked].all()
    assert set(instances[core_of(made)].tolist()) == {1}
    assert not ((shown[..., 0] > 60) & (shown[..., 1] < 50) & marked).any()
    np.testing.assert_array_equal(shown[~core_of(made)], pixels[~core_of(made)])


@given(x=st.integers(WIDTH - 59, WIDTH - 1))
@settings(max_examples=10)
def test_the_shape_that_hides_an_object_continues_across_the_seam(scenes, x):
    turned, straight = (panorama(at, 80, 60, 50) for at in (x, 200))

    across, whole = (
        core_of(anonymize_image(png_of(pixels), scenes.recipe(grid=PANORAMA), [scenes.finder()]))
        for pixels in (turned, straight)
    )

    np.testing.assert_array_equal(np.roll(across, 200 - x, axis=1), whole)


def test_without_a_seam_a_cut_object_is_two_and_its_boxes_end_at_the_edges(scenes):
    pixels = panorama(460, 80, 50, 50)
    flat = Grid(4, 2, 40, 40, width=WIDTH, height=HEIGHT)

    found = find_all(pixels, scenes.recipe(grid=flat), [scenes.finder()])

    assert sorted(found.boxes.tolist()) == [[0, 80, 30, 130], [460, 80, 480, 130]]


@pytest.mark.parametrize(("turn", "form"), [(-225, "PNG"), (-200, "JPEG")])
def test_a_real_face_across_the_seam_is_hidden_on_both_sides(scenes, face_detector, astronaut, turn, form):
    """The portrait stands at the left edge, turned so that the seam goes through its face."""
    scene = cv2.resize(cv2.GaussianBlur(astronaut, (0, 0), 25), (2048, 1024), interpolation=cv2.INTER_LINEAR)
    scene[400:912, :512] = astronaut
    scene[100:228, 1000:1128] = cv2.resize(astronaut, (128, 128), interpolation=cv2.INTER_AREA)
    pixels = np.roll(scene, turn, axis=1)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, quality=95, compress_level=1)
    grid = Grid(4, 2, 69, 69, width=2048, height=1024, wraps=True)

    made = anonymize_image(file.getvalue(), scenes.recipe(grid=grid), [face_detector])

    core, size = np.roll(core_of(made), -turn, axis=1), {int(box[3] - box[1]) > 60 for box in made.detections.boxes}
    x1, y1, x2, y2 = FACE_IN_PORTRAIT
    assert core[400 + y1 + 10 : 400 + y2 - 10, x1 + 10 : x2 - 10].all()
    assert core[100 + y1 // 4 + 4 : 100 + y2 // 4 - 4, 1000 + x1 // 4 + 4 : 1000 + x2 // 4 - 4].all()
    assert size == {True, False}
    assert made.report["verdict"] == "verified"
    before, after = (picture_of(each)[~core_of(made)].astype(int) for each in (file.getvalue(), made.picture))
    assert np.abs(before - after).mean() < (1 if form == "JPEG" else 1e-9)


def test_a_window_beyond_an_edge_goes_on_at_the_other():
    pixels = np.arange(10, dtype=np.uint8)[None, :, None].repeat(3, axis=2)

    assert window(pixels, (-2, 0, 3, 1))[0, :, 0].tolist() == [8, 9, 0, 1, 2]
    assert window(pixels, (7, 0, 12, 1))[0, :, 0].tolist() == [7, 8, 9, 0, 1]
    assert np.shares_memory(window(pixels, (3, 0, 10, 1)), pixels)


@given(
    boxes=st.lists(
        st.tuples(st.integers(-300, 700), st.integers(0, 99), st.integers(1, WIDTH), st.integers(1, 99)), max_size=4
    )
)
def test_overlap_on_the_turn_is_that_of_the_pixels(boxes):
    seen = np.array([[x, y, x + width, y + height] for x, y, width, height in boxes], np.float32).reshape(-1, 4)
    cells = np.zeros((len(boxes), 200, WIDTH), bool)
    for place, (x, y, width, height) in zip(cells, boxes, strict=True):
        place[y : y + height, np.arange(x, x + width) % WIDTH] = True

    turned = normalized(seen, WIDTH)

    assert ((turned[:, 0] >= 0) & (turned[:, 0] < WIDTH)).all()
    shared = (cells[:, None] & cells[None]).sum(axis=(2, 3))
    np.testing.assert_array_equal(intersection(turned, turned, turn=WIDTH), shared)


def test_what_two_views_show_on_either_side_of_the_seam_is_one_object():
    found = Detections.of([[WIDTH - 1, 10, WIDTH + 60, 70], [0.5, 10, 61, 70]], [0.8, 0.9])

    merged = merge(found, np.zeros(2, np.bool_), turn=WIDTH)

    assert merged.boxes.tolist() == [[WIDTH - 1, 10, WIDTH + 61, 70]]


def test_what_starts_a_hair_before_the_left_edge_is_at_the_left_edge():
    boxes = normalized(np.array([[-1e-6, 10, 50, 60]], np.float32), WIDTH)

    assert on_both_sides(Detections.of(boxes), WIDTH).boxes.tolist() == [[0, 10, 50, 60]]


def test_only_presets_look_across_the_seam(scenes):
    shown = []

    class Recorder(scenes.finder):
        def detect(self, pixels, *, threshold, long_side):
            shown.append(pixels.shape[:2])
            return Detections.of([])

    for wraps in (False, True):
        plan = replace(Recorder.search_plan, coarse_long_side=0)
        search(Recorder(), panorama(0, 50, 20, 20), threshold=0.5, plan=plan, grid=Grid(4, 2, 40, 40, wraps=wraps))

    flat, turning = shown[:9], shown[9:]
    assert flat == [(240, 480), *([(140, 140), (140, 160), (140, 160), (140, 140)] * 2)]
    assert turning == [(240, 480), (240, 480), *([(140, 160)] * 8)]
