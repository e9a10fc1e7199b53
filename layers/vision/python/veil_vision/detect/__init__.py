"""Detector protocol, ONNX sessions, one module per model family."""
