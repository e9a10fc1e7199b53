"""A running node answers as its own document says, whatever is sent (schemathesis reads the document)."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# Every boundary of every parameter once, and a random request for each operation.
EXAMPLES = 1
# A third of all requests and half of the time: what they read is what `POST /v2/task` reads, in a form or of fewer
# parameters. Where it is cheap they get the random request only.
READ_ALIKE = ("POST /v1/file", "POST /v2/task/{task_id}/render")
ONLY_RANDOM = """
[[operations]]
include-name = "{}"
phases.coverage.enabled = false
"""


@pytest.fixture(scope="module")
def node(new_node, tmp_path_factory):
    # What is found in pictures is no matter here; uploads that wait for theirs stand behind hundreds of others.
    options = ("--auth", "none", "--profile", "fast", "--jobs-folder", tmp_path_factory.mktemp("shared"))
    node = new_node(*options).start()
    yield node
    node.close()


@pytest.mark.parametrize("without_boundaries", [READ_ALIKE, pytest.param((), marks=pytest.mark.slow)])
def test_no_request_is_answered_by_what_is_not_documented(node, tmp_path, without_boundaries):
    (tmp_path / "schemathesis.toml").write_text("".join(map(ONLY_RANDOM.format, without_boundaries)))
    program = Path(sys.executable).with_name("schemathesis")
    options = [
        "--phases",
        "coverage,fuzzing",
        "-n",
        EXAMPLES,
        "--checks",
        ",".join(CHECKS),
        # Two of its threads at once make Python 3.11 fail in `ast.parse` now and then (python/cpython#106905).
        "--workers",
        1,
        "--no-color",
    ]
    # An answer that waits for a picture may take longer than the usual 10 s on a busy machine.
    options += ["--request-timeout", 120, "--generation-deterministic"]
    command = [program, "run", f"{node.base_url}/openapi.json", *options]

    ran = subprocess.run(list(map(str, command)), cwd=tmp_path, capture_output=True, text=True, timeout=240)

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
