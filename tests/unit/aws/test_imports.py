"""What a cold start pays for."""

import subprocess
import sys

PROGRAM = """
import pkgutil, sys
from importlib import import_module
from veil.adapters import aws
for module in pkgutil.iter_modules(aws.__path__, aws.__name__ + "."):
    import_module(module.name)
sys.exit(any(name.split(".")[0] in ("boto3", "botocore") for name in sys.modules))
"""


def test_importing_adapters_loads_no_sdk():
    ended = subprocess.run([sys.executable, "-c", PROGRAM], check=False)

    assert ended.returncode == 0
