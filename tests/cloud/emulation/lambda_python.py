"""The zipped functions under Lambda's own Python, on the layer as it is built, with nothing standing in for either."""

import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version

from infra.build_layer import PYTHON
from tests.cloud.emulation.cloud import Cloud
from tests.cloud.emulation.launches import START_FOLDERS


def install_runtime_client(folder):
    """Install what Lambda's runtime has besides Python."""
    command = [sys.executable, "-m", "pip", "install", "-qq", "--target", folder, "--only-binary=:all:"]
    client = f"awslambdaric=={version('awslambdaric')}"
    subprocess.run([*command, f"--python-version={PYTHON}", client], check=True)


class InLambdasPython:
    """The launches of a deployment, with the zipped ones under another Python and the whole layer."""

    def __init__(self, launches, python, folders):
        self._launches = launches
        self._python = python
        self._path = ":".join(map(str, [START_FOLDERS, *folders]))
        self.job = launches.job

    def function(self, name, properties):
        launch = self._launches.function(name, properties)
        if "ImageUri" in properties["Code"]:
            return launch
        environment = launch.environment | {"PYTHONPATH": self._path, "PYTHONDONTWRITEBYTECODE": "1"}
        return replace(launch, arguments=[self._python, *launch.arguments[1:]], environment=environment)


class CloudOfLambdasPython(Cloud):
    """A deployment whose zipped functions run as they do at AWS, but for the processor."""

    def __init__(self, *arguments, python, folders, **options):
        self._python, self._layers = python, folders
        super().__init__(*arguments, **options)

    def _prepare_functions(self, parts, launches):
        super()._prepare_functions(parts, InLambdasPython(launches, self._python, self._layers))
