"""The app synthesized by the command that a customer's CDK runs; with all parts, once for all processes of a run."""

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
WITH_ALL_PARTS = {
    "gpu_lane": "true",
    "express_max_megapixels": "64",
    "express_max_mb": "2",
    "alarm_email": "ops@example.com",
}
"""Settings by which every part is in the template, and files that a test can make reach each lane."""


@dataclass(frozen=True)
class Synthesis:
    """What one run of the app left behind."""

    folder: Path
    exit_code: int
    said: str

    @property
    def text(self):
        return (self.folder / "Veil.template.json").read_text()

    @property
    def findings(self):
        """Rule and construct of each finding of the rule packs."""
        report = json.loads((self.folder / "validation-report.json").read_text())
        return {
            (violation["ruleName"], where["constructPath"])
            for plugin in report["pluginReports"]
            for violation in plugin["violations"]
            for where in violation["violatingConstructs"]
        }


def synthesize(folder, *command, **context):
    """Run the app, with settings where some are given, and return what it left.

    CDK's own look at the template, half of what a run costs, is left to the template that all tests share.
    """
    return _synthesize(folder, command, context, {"CDK_VALIDATION": "false"})


def _synthesize(folder, command, context, variables):
    env = {"PYTHONPATH": str(REPOSITORY), **variables}
    if context:
        env["CDK_CONTEXT_JSON"] = json.dumps(context)
    folder.mkdir(exist_ok=True)
    program = [sys.executable, *(str(REPOSITORY / each) for each in command)]
    done = subprocess.run(program, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return Synthesis(folder / "cdk.out", done.returncode, done.stdout + done.stderr)


def shared_synthesis(tmp_path_factory):
    """Return the app with all parts: whichever process of pytest-xdist asks first makes it, the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    common = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, outcome = common / "synthesized", common / "synthesized.json"
    with (common / "synthesized.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not outcome.exists():
            made = _synthesize(folder, ["app.py"], WITH_ALL_PARTS, {})
            outcome.write_text(json.dumps([made.exit_code, made.said]))
    return Synthesis(folder / "cdk.out", *json.loads(outcome.read_text()))
