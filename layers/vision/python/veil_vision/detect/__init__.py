"""Detector protocol, ONNX sessions, one module per model family."""

from veil_vision.detect.detector import Detector
from veil_vision.detect.families import FAMILIES, open_detector
from veil_vision.models.sessions import ProviderName

__all__ = ["FAMILIES", "Detector", "ProviderName", "open_detector"]
