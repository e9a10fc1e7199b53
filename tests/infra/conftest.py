"""The template, synthesized once by the command that a customer's CDK runs."""

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
CHECKED_APP = Path(__file__).with_name("checked_app.py")


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


class Template:
    """A CloudFormation template, and what tests ask of it."""

    def __init__(self, body):
        self.resources = body["Resources"]

    def of(self, kind):
        """Return the properties of every resource of the type `AWS::<kind>`, by logical id."""
        return {
            name: each.get("Properties", {}) for name, each in self.resources.items() if each["Type"] == f"AWS::{kind}"
        }

    def some(self, kind):
        """Return what `of` does, and see that there is any, so that no test passes for want of a resource."""
        found = self.of(kind)
        assert found, f"the template has no AWS::{kind}"
        return found

    def one(self, kind):
        (properties,) = self.of(kind).values()
        return properties

    @cached_property
    def functions(self):
        """Properties of our functions by the folder they run."""
        return {
            each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]: each
            for each in self.some("Lambda::Function").values()
        }

    @cached_property
    def names(self):
        """Readable names: the logical id without CDK's checksum."""
        return {name: re.sub(r"[0-9A-F]{8}$", "", name) for name in self.resources}

    def words(self, value):
        """Return a value with its references as readable text."""
        if isinstance(value, list):
            return "".join(map(self.words, value))
        if not isinstance(value, dict):
            return str(value)
        ((function, argument),) = value.items()
        if function == "Ref":
            return f"<{self.names.get(argument, argument)}>"
        if function == "Fn::GetAtt":
            return f"<{self.names[argument[0]]}>"
        if function == "Fn::Join":
            return argument[0].join(map(self.words, argument[1]))
        return json.dumps(value)

    def rights(self, role):
        """Return what a role may do, as lines `action on resource`, from its own policies."""
        found = set()
        for policy in self.of("IAM::Policy").values():
            if {"Ref": role} in policy["Roles"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    found |= self.lines(statement)
        return found

    def lines(self, statement):
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert statement["Effect"] == "Allow"
        return {f"{action} on {self.words(resource)}" for action in actions for resource in resources}


def _synthesize(folder, *command, **context):
    env = {"CDK_OUTDIR": str(folder), "PYTHONPATH": str(REPOSITORY)}
    if context:
        env["CDK_CONTEXT_JSON"] = json.dumps(context)
    done = subprocess.run(
        [sys.executable, *map(str, command)], cwd=REPOSITORY, env=env, capture_output=True, text=True, check=False
    )
    return Synthesis(folder, done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory):
    """Run the app with settings and return what it left."""
    return lambda **context: _synthesize(tmp_path_factory.mktemp("cdk"), "app.py", **context)


@pytest.fixture(scope="session")
def syntheses(tmp_path_factory):
    """The app as it is, under the rule packs, and under them without our acknowledgements."""
    commands = {"plain": ["app.py"], "checked": [CHECKED_APP], "bare": [CHECKED_APP, "bare"]}
    with ThreadPoolExecutor(2) as pool:
        runs = {
            name: pool.submit(_synthesize, tmp_path_factory.mktemp(name), *command)
            for name, command in commands.items()
        }
        return {name: run.result() for name, run in runs.items()}


@pytest.fixture(scope="session")
def synthesis(syntheses):
    return syntheses["plain"]


@pytest.fixture(scope="session")
def template(synthesis):
    assert synthesis.exit_code == 0, synthesis.said
    return Template(json.loads(synthesis.text))
