"""TensorFlow Lite to ONNX: read as published, run by ONNX Runtime, with the same result."""

import hashlib
import struct

import cv2
import numpy as np
import pytest

from training.outlines.flatbuffers import root
from training.outlines.tflite import Operation, read_graph
from training.outlines.tflite_to_onnx import LOGITS, to_onnx
from veil_vision.models.catalogue import ModelFolder, segmenter_catalogue
from veil_vision.models.onnx_runtime import onnxruntime
from veil_vision.models.sessions import open_session

SIDE = 513


@pytest.fixture(scope="module")
def published(shared_models):
    return (shared_models / "coral_deeplabv3_mnv2_pascal_quant.tflite").read_bytes()


def test_fields_are_read_by_their_slots_and_those_left_out_are_nothing():
    """A table with a byte 7 in slot 0, nothing in slot 1 and the vector (5, -6) in slot 2."""
    layout = struct.pack("<HHHHH", 10, 12, 4, 0, 8)
    data = struct.pack("<I", 16) + layout + b"\0\0" + struct.pack("<ib3xI", 12, 7, 4) + struct.pack("<Iii", 2, 5, -6)

    table = root(data)

    assert (table.byte(0), table.integer(1), table.numbers(2, "i")) == (7, 0, (5, -6))
    assert (table.table(1), table.tables(1), table.raw(1), table.numbers(9, "i")) == (None, [], b"", ())
    assert table.raw(2) == b"\x05\0"


def test_the_published_network_is_read_whole(published):
    graph = read_graph(published)

    assert graph.tensors[graph.inputs[0]].shape == (1, SIDE, SIDE, 3)
    assert [each.operation for each in graph.operators].count(Operation.DEPTHWISE_CONV_2D) == 17
    assert graph.operators[-1].operation is Operation.ARG_MAX


def test_the_network_that_comes_with_veil_was_made_from_the_published_one(published):
    assert hashlib.sha256(to_onnx(published)).hexdigest() == segmenter_catalogue()[0].sha256


def test_the_network_that_comes_with_veil_sees_what_the_reference_translation_sees(
    shared_models, shared_media, tmp_path
):
    """The reference was made by tf2onnx from the same file; it goes on to the label of each pixel."""
    photo = cv2.imread(str(shared_media / "coco128" / "images" / "000000000036.jpg"))[:, :, ::-1]
    canvas = np.full((SIDE, SIDE, 3), 127, np.uint8)
    canvas[: min(SIDE, photo.shape[0]), : min(SIDE, photo.shape[1])] = photo[:SIDE, :SIDE]
    reference = onnxruntime.InferenceSession(shared_models / "coral_deeplabv3_mnv2_pascal_quant.onnx")
    (labels,) = reference.run(None, {reference.get_inputs()[0].name: canvas[None]})

    network = ModelFolder(tmp_path).read(segmenter_catalogue()[0])
    logits = open_session(network).run(cv2.dnn.blobFromImage(canvas))[LOGITS][0]

    places = np.linspace(0, logits.shape[1] - 1, SIDE, dtype=np.float32)
    enlarged = [cv2.remap(each, *np.meshgrid(places, places), cv2.INTER_LINEAR) for each in logits]
    assert len(np.unique(labels)) > 1
    assert (np.argmax(enlarged, axis=0) == labels[0]).mean() > 0.999


def test_another_file_is_refused():
    with pytest.raises(ValueError, match="TensorFlow Lite"):
        read_graph(b"\x08\0\0\0ONNX" + bytes(64))
