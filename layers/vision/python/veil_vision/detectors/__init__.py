"""Detector protocol, ONNX sessions, one module per model family."""

from veil_vision.detectors.detector import Detector
from veil_vision.detectors.families import FAMILIES, open_detector
from veil_vision.detectors.sessions import ProviderName

__all__ = ["FAMILIES", "Detector", "ProviderName", "open_detector"]
