"""Outlines in files of columns: where each lies, and each grid once, however many share it."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from veil_vision.geometry.bitmaps import Bitmap
from veil_vision.geometry.object_masks import Segment


def segment_columns(segments: Sequence[Segment | None]) -> dict[str, object]:
    """Return outlines as plain values: `at` are the steps from index to index of those there are.

    The other columns are of these; `grid` are numbers among `grids`.
    """
    present = [(index, each) for index, each in enumerate(segments) if each is not None]
    grids = {grid: number for number, grid in enumerate(dict.fromkeys(each.bitmap for _, each in present))}
    return {
        "grids": [
            {"shape": (each.rows, each.columns), "cells": base64.b64encode(each.bits).decode()} for each in grids
        ],
        "at": np.diff([index for index, _ in present], prepend=0).tolist(),
        "grid": [grids[each.bitmap] for _, each in present],
        "place": [edge for _, each in present for edge in each.place],
    }


def segments_of(columns: Mapping[str, Any], count: int) -> list[Segment | None]:
    """Return the outlines that `segment_columns` wrote, of so many.

    Raises:
        ValueError: They are none, or do not fit.
    """
    grids = [_grid(each) for each in columns["grids"]]
    places = np.array(columns["place"], dtype=np.int64).reshape(-1, 4).tolist()
    segments: list[Segment | None] = [None] * count
    at = np.cumsum(np.array(columns["at"], dtype=np.int64)).tolist()
    for index, grid, (x1, y1, x2, y2) in zip(at, columns["grid"], places, strict=True):
        if not 0 <= index < count or not 0 <= grid < len(grids):
            raise ValueError("The file has an outline of nothing.")
        segments[index] = Segment((x1, y1, x2, y2), grids[grid])
    return segments


def _grid(line: Mapping[str, Any]) -> Bitmap:
    rows, columns = line["shape"]
    return Bitmap(int(rows), int(columns), base64.b64decode(line["cells"]))
