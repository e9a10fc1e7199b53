"""The template, and what tests ask of it."""

import json
import re
from functools import cached_property
from pathlib import Path

import pytest

from tests.synthesis import WITH_ALL_PARTS, shared_synthesis
from tests.synthesis import synthesize as run_app

CHECKED_APP = Path(__file__).with_name("checked_app.py")


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


@pytest.fixture(scope="session")
def synthesize(tmp_path_factory):
    """Run the app with settings and return what it left."""
    return lambda **context: run_app(tmp_path_factory.mktemp("cdk"), "app.py", **context)


@pytest.fixture(scope="session")
def checked(tmp_path_factory):
    """The app under the rule packs, and beside it a stack without our acknowledgements."""
    return run_app(tmp_path_factory.mktemp("checked"), CHECKED_APP, **WITH_ALL_PARTS)


@pytest.fixture(scope="session")
def synthesis(tmp_path_factory):
    """The app with all parts."""
    return shared_synthesis(tmp_path_factory)


@pytest.fixture(scope="session")
def template(synthesis):
    assert synthesis.exit_code == 0, synthesis.said
    return Template(json.loads(synthesis.text))
