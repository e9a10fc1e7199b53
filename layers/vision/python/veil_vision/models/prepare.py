"""Rewrite a network before it is opened: its weights become constants, its sizes free.

What is needed of the format is a few fields; the package `onnx`, with all of it, takes 29 MB and a quarter of a second
of every process. Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from veil_vision.models.protobuf import BYTES, VARINT, Field, change, fields_of, message_of

_MODEL_GRAPH: Final = 7
_GRAPH_INITIALIZER: Final = 5
_GRAPH_INPUT: Final = 11
_GRAPH_OUTPUT: Final = 12
_GRAPH_VALUE_INFO: Final = 13
_TENSOR_NAME: Final = 8
_VALUE_NAME: Final = 1
_VALUE_TYPE: Final = 2
_TYPE_TENSOR: Final = 1
_TENSOR_SHAPE: Final = 2
_SHAPE_DIMENSION: Final = 1
_DIMENSION_VALUE: Final = 1
_DIMENSION_NAME: Final = 2

_ONE = message_of([Field(_DIMENSION_VALUE, VARINT, b"\x01")])
_HEIGHT, _WIDTH = (message_of([Field(_DIMENSION_NAME, BYTES, name)]) for name in (b"height", b"width"))


def prepare(model: bytes) -> bytes:
    """Return the network with constant weights and free sizes.

    Weights listed among the graph's inputs could be replaced at every run, which forbids folding them
    into convolutions and the fast channel layout: as constants they halve CenterFace's time. Sizes
    written down for one image shape, inputs, outputs and in between, are forgotten.

    Args:
        model: The bytes of a valid ONNX file.
    """
    return change(model, _MODEL_GRAPH, lambda graph: message_of(_prepared(list(fields_of(graph)))))


def _prepared(graph: list[Field]) -> Iterator[Field]:
    weights = {_text(each.value, _TENSOR_NAME) for each in graph if each.number == _GRAPH_INITIALIZER}
    for each in graph:
        if each.number == _GRAPH_OUTPUT:
            yield replace(each, value=_of_tensor(each.value, _without_shape))
        elif each.number == _GRAPH_INPUT and _text(each.value, _VALUE_NAME) not in weights:
            yield replace(each, value=_of_tensor(each.value, _with_free_shape))
        elif each.number not in (_GRAPH_INPUT, _GRAPH_VALUE_INFO):
            yield each


def _text(message: bytes, number: int) -> bytes:
    return next(each.value for each in fields_of(message) if each.number == number)


def _of_tensor(value: bytes, to: Callable[[bytes], bytes]) -> bytes:
    return change(value, _VALUE_TYPE, lambda kind: change(kind, _TYPE_TENSOR, to))


def _without_shape(tensor: bytes) -> bytes:
    return message_of(each for each in fields_of(tensor) if each.number != _TENSOR_SHAPE)


def _with_free_shape(tensor: bytes) -> bytes:
    return change(tensor, _TENSOR_SHAPE, _free)


def _free(shape: bytes) -> bytes:
    _, channels, _, _ = (each.value for each in fields_of(shape) if each.number == _SHAPE_DIMENSION)
    return message_of(Field(_SHAPE_DIMENSION, BYTES, each) for each in (_ONE, channels, _HEIGHT, _WIDTH))
