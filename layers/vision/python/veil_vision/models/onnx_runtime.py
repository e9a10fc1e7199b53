"""ONNX Runtime, told to send nothing: everything else imports it from here (`tests/architecture/test_silence.py`).

The wheel sends telemetry by default, and keeps a device id and a database below the user's cache. It reads this
variable once, while it is imported; `disable_telemetry_events()` comes too late: docs/decisions/0015.
"""

import os

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime  # type: ignore[import-untyped]  # its wheel has neither stubs nor a type marker

__all__ = ["onnxruntime"]
