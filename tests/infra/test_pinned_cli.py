"""The CDK command line that the guides name, at the version they name, reads what the app makes."""

import os
import re
import shutil
import subprocess

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("npx") is None, reason="there is no npx, which comes with Node.js"),
]
# Away from cdk.json it tells its makers what it is used for unless it is told not to.
SILENT = {"CDK_DISABLE_CLI_TELEMETRY": "true"}


@pytest.fixture(scope="module")
def pinned(repository):
    """The version that every guide names."""
    pages = [repository / "README.md", *(repository / "docs").rglob("*.md")]
    versions = {each for page in pages for each in re.findall(r"aws-cdk@(\S+)", page.read_text(encoding="utf-8"))}
    assert len(versions) == 1
    return versions.pop()


def test_the_pinned_command_line_reads_the_assembly(pinned, synthesis, tmp_path):
    command = ["npx", "--yes", f"aws-cdk@{pinned}", "--app", str(synthesis.folder), "--no-notices"]

    listed = subprocess.run(
        [*command, "ls"], cwd=tmp_path, env=os.environ | SILENT, capture_output=True, text=True, check=False
    )
    # That the layer is not built, which the app says of itself in tests, is an error to the command line as well.
    shown = subprocess.run(
        [*command, "synth", "--quiet", "--ignore-errors"],
        cwd=tmp_path,
        env=os.environ | SILENT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (listed.returncode, listed.stdout.split()[:1]) == (0, ["Veil"]), listed.stderr
    assert shown.returncode == 0, shown.stderr


def test_the_pinned_command_line_sends_no_telemetry_from_here(pinned, repository):
    told = subprocess.run(
        ["npx", "--yes", f"aws-cdk@{pinned}", "cli-telemetry", "--status"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "disabled" in told.stdout + told.stderr
