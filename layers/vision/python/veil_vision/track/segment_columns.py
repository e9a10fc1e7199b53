"""Outlines in files of columns: where each lies, and each grid once, however many share it."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from veil_vision.geometry.object_masks import Segment


def segment_columns(segments: Sequence[Segment | None]) -> dict[str, object]:
    """Return outlines as plain values: `at` are the indices of those there are, and the other columns are of these."""
    present = [(index, each) for index, each in enumerate(segments) if each is not None]
    number_of = {_grid(each): 0 for _, each in present}
    number_of = {grid: number for number, grid in enumerate(number_of)}
    return {
        "grids": [{"shape": shape, "cells": cells} for shape, cells in number_of],
        "at": np.diff([index for index, _ in present], prepend=0).tolist(),
        "grid": [number_of[_grid(each)] for _, each in present],
        "place": [edge for _, each in present for edge in each.place],
    }


def segments_of(columns: Mapping[str, Any], count: int) -> list[Segment | None]:
    """Return the outlines that `segment_columns` wrote, of so many.

    Raises:
        ValueError: They are none, or do not fit.
    """
    grids = [_cells(each) for each in columns["grids"]]
    places = np.array(columns["place"], dtype=np.int64).reshape(-1, 4).tolist()
    segments: list[Segment | None] = [None] * count
    at = np.cumsum(np.array(columns["at"], dtype=np.int64)).tolist()
    for index, grid, (x1, y1, x2, y2) in zip(at, columns["grid"], places, strict=True):
        if not 0 <= index < count or not 0 <= grid < len(grids):
            raise ValueError("The file has an outline of nothing.")
        segments[index] = Segment((x1, y1, x2, y2), grids[grid])
    return segments


def _grid(segment: Segment) -> tuple[tuple[int, ...], str]:
    return segment.cells.shape, base64.b64encode(np.packbits(segment.cells).tobytes()).decode()


def _cells(line: Mapping[str, Any]) -> NDArray[np.bool_]:
    rows, columns = line["shape"]
    bits = np.unpackbits(np.frombuffer(base64.b64decode(line["cells"]), dtype=np.uint8), count=rows * columns)
    return bits.reshape(rows, columns).astype(np.bool_)
