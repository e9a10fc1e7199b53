"""Segmenter protocol, one module per model family, and the outlines of what was found."""

from veil_vision.segment.families import FAMILIES, open_segmenter
from veil_vision.segment.segmenter import Segmenter

__all__ = ["FAMILIES", "Segmenter", "open_segmenter"]
