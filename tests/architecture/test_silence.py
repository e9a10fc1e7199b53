"""ONNX Runtime sends telemetry unless it is told not to before it is imported: no process imports it any earlier."""

import ast
import os
import subprocess
import sys

import pytest

ONLY_IMPORTER = "layers/vision/python/veil_vision/models/onnx_runtime.py"
VARIABLE = "ORT_DISABLE_TELEMETRY"
# What each kind of process runs or imports at its start; the last one is a worker of a node.
STARTS = {
    "express": "import functions.anonymizer.express",
    "worker": "import functions.anonymizer.worker",
    "anonymize": "from veil.cli import main; main(['anonymize', 'tests', '-o', {folder!r}, '--models', {folder!r}])",
    "benchmarks": "import benchmarks.sessions",
    "node worker": """
import multiprocessing
from veil.node.worker_pool import _work
process = multiprocessing.get_context("spawn").Process(target=_work, args=(None, "", None, None))
process.start()
process.join()
""",
}
# Every Python below runs this before anything else.
AT_START = f"""
import os, sys
class Witness:
    def find_spec(self, name, path=None, target=None):
        if name == "onnxruntime":
            with open(os.environ["WITNESS"], "a") as seen:
                seen.write(os.environ.get({VARIABLE!r}, "not told") + "\\n")
sys.meta_path.insert(0, Witness())
"""


@pytest.fixture
def values_at_import(tmp_path, repository):
    """Runs a program and returns the variable's value at each import of ONNX Runtime, in all its processes."""

    def run(program):
        (tmp_path / "sitecustomize.py").write_text(AT_START)
        seen = tmp_path / "seen"
        environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
        environment |= {"PYTHONPATH": f"{tmp_path}:{repository}", "WITNESS": str(seen)}
        script = tmp_path / "program.py"
        guarded = "".join(f"    {line}\n" for line in program.format(folder=str(tmp_path / "out")).splitlines())
        script.write_text(f"if __name__ == '__main__':\n{guarded}")
        subprocess.run([sys.executable, script], cwd=repository, env=environment, capture_output=True, timeout=120)
        return seen.read_text().split("\n")[:-1] if seen.exists() else []

    return run


@pytest.mark.parametrize("start", STARTS)
def test_the_variable_is_set_before_any_process_imports_the_runtime(start, values_at_import):
    values = values_at_import(STARTS[start])

    assert values
    assert set(values) == {"1"}


def test_a_process_that_imports_the_runtime_itself_would_be_noticed(values_at_import):
    assert values_at_import("import onnxruntime") == ["not told"]


def test_one_module_imports_the_runtime_and_everything_else_takes_it_from_there(tracked, repository):
    python = [file for file in tracked if file.suffix == ".py"]
    importers = {str(file.relative_to(repository)) for file in python if imports_the_runtime(file.read_text())}

    assert importers == {ONLY_IMPORTER}


def imports_the_runtime(source):
    """Return whether a module imports it itself; most do not even name it and need no parsing."""
    nodes = list(ast.walk(ast.parse(source))) if "onnxruntime" in source else []
    plain = {name.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for name in node.names}
    named = {(node.module or "").partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    return "onnxruntime" in plain | named
