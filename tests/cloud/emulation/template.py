"""The synthesized template: its resources, what references in it mean, and where its assets are."""

import json
import re
from pathlib import Path
from typing import NamedTuple

REGION = "us-east-1"  # where moto looks for whatever is asked without a signature
ACCOUNT = "123456789012"
STACK = "veil"
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_ASSET = re.compile(r"[0-9a-f]{64}")


class ImageSource(NamedTuple):
    """What an image is built from: a folder, the Dockerfile's path in it, one of its stages, and build arguments."""

    folder: Path
    dockerfile: str
    stage: str
    arguments: dict


class StackTemplate:
    """A template whose references can be resolved once its resources have names."""

    def __init__(self, folder):
        self.folder = Path(folder)
        template = json.loads((self.folder / "Veil.template.json").read_text())
        self.resources, self.outputs = template["Resources"], template["Outputs"]
        self._images = json.loads((self.folder / "Veil.assets.json").read_text())["dockerImages"]
        self._names = {}
        self._attributes = {}

    def of(self, kind):
        """Return the properties of every resource of the type `AWS::<kind>`, by logical id."""
        return {
            name: each.get("Properties", {}) for name, each in self.resources.items() if each["Type"] == f"AWS::{kind}"
        }

    def call(self, logical_id, name, **attributes):
        """Note what `Ref` means for a resource, and what its attributes are."""
        self._names[logical_id] = name
        self._attributes |= {(logical_id, key): value for key, value in attributes.items()}

    def named(self, name):
        """Return the logical id of the resource that has the name or ARN."""
        found = {each for each, known in self._names.items() if known == name}
        found |= {each for (each, _), known in self._attributes.items() if known == name}
        (logical_id,) = found
        return logical_id

    def resolve(self, value):
        """Return the value with its references replaced. A reference to nothing is an error."""
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function in self._FUNCTIONS:
                return self._FUNCTIONS[function](self, argument)
        return {key: self.resolve(each) for key, each in value.items()}

    def asset(self, code):
        """Return the folder of a function's or a layer's code."""
        return self.folder / f"asset.{_asset_hash(code)}"

    def image(self, uri):
        """Return what an image is built from."""
        source = self._images[_asset_hash(uri)]["source"]
        folder = self.folder / source["directory"]
        return ImageSource(folder, source["dockerFile"], source["dockerBuildTarget"], source["dockerBuildArgs"])

    def _ref(self, name):
        if name in _PSEUDO:
            return _PSEUDO[name]
        self._kind(name)
        return self._names.get(name, name)

    def _attribute(self, path):
        name, attribute = path
        stand_in = f"arn:aws:{self._kind(name)}:{REGION}:{ACCOUNT}:{name}"
        return self._attributes.get((name, attribute), stand_in)

    def _kind(self, name):
        return self.resources[name]["Type"].split("::")[1].lower()

    def _joined(self, argument):
        separator, parts = argument
        return separator.join(map(str, self.resolve(parts)))

    def _substituted(self, text):
        return re.sub(r"\$\{([^}]+)\}", lambda found: self._ref(found[1]), text)

    _FUNCTIONS = {"Ref": _ref, "Fn::GetAtt": _attribute, "Fn::Join": _joined, "Fn::Sub": _substituted}  # noqa: RUF012  # never changed


def _asset_hash(value):
    return _ASSET.search(json.dumps(value)).group()
