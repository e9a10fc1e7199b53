"""What a bare import may load: a cold start pays for every module, and the inside knows no technology."""

import subprocess
import sys

import pytest

PIXELS = ["numpy", "cv2", "av", "onnxruntime", "PIL"]
# What starts and looks at no pixels, and what else it has no use for.
LIGHT_STARTS = {
    "parent process of a node": (
        "import os, veil.node.service as node; node.installed_classes(node.Path(os.devnull))",
        ["typer"],
    ),
    "worker of a node, before it works": ("import veil.cli, veil.node.worker_pool", ["typer", "rich", "starlette"]),
    "pull_models": ("import functions.anonymizer.pull_models", ["typer", "starlette"]),
    "help": ("from veil.cli.commands import run; run(['--help'])", ["starlette", "sqlite3"]),
    "models": ("from veil.cli.commands import run; run(['models', 'list'])", ["starlette", "sqlite3"]),
}
HEAVY = ["boto3", "botocore", "numpy", "cv2", "onnxruntime", "PIL", "sqlite3", "starlette", "msgspec"]


@pytest.mark.parametrize("package", ["veil.domain", "veil.use_cases", "veil.ports", "veil.webhooks", "veil.settings"])
def test_the_inside_of_the_service_loads_no_technology(package):
    program = f"""
import importlib, pkgutil, sys
package = importlib.import_module({package!r})
for module in pkgutil.iter_modules(getattr(package, "__path__", []), {package!r} + "."):
    importlib.import_module(module.name)
print(*sorted(set({HEAVY!r}) & set(sys.modules)))
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)

    assert ran.stdout.split() == []


@pytest.mark.parametrize("start", LIGHT_STARTS)
def test_what_looks_at_no_pixels_loads_nothing_that_does(start, repository):
    statement, others = LIGHT_STARTS[start]
    program = f"{statement}; import sys; print(*sorted({{*{PIXELS + others!r}}} & set(sys.modules)), file=sys.stderr)"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True, timeout=60)

    assert ran.stderr.split() == []


def test_vision_loads_nothing_of_the_service():
    program = """
import importlib, pkgutil, sys
import veil_vision
for module in pkgutil.walk_packages(veil_vision.__path__, "veil_vision."):
    importlib.import_module(module.name)
print(*sorted(name for name in sys.modules if name.partition(".")[0] in {"veil", "boto3", "starlette", "msgspec"}))
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)

    assert ran.stdout.split() == []
