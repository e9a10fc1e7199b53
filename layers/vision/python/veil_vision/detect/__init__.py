"""Detector protocol, ONNX sessions, one module per model family."""

from veil_vision.detect.detector import Detector
from veil_vision.detect.families import FAMILIES, open_detector

__all__ = ["FAMILIES", "Detector", "open_detector"]
