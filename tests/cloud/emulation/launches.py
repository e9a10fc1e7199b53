"""How the template's functions and jobs are started here: which folder, which command, which environment."""

import os
import sys
from pathlib import Path

from tests.clock import shifted_clock
from tests.cloud.emulation.image import lay_out
from tests.cloud.emulation.runtime import Launch
from tests.cloud.emulation.signatures import secret_of
from tests.cloud.emulation.template import REGION

START_FOLDERS = f"{Path(__file__).with_name('outside')}:{Path(shifted_clock.__file__).parent}"
"""What Python runs first in every process is here: see `sitecustomize.py` of the folder `outside`."""
# The roles' processes are on this machine, and its clock is theirs.
_INHERITED = ("PATH", "HOME", "LANG", shifted_clock.VARIABLE)
_RUNTIME_CLIENT = [sys.executable, "-m", "awslambdaric"]


class Launches:
    """Builds launches. Each process has its role's credentials and sees AWS at one address only."""

    def __init__(self, template, folder, world):
        """Keep logs and images in `folder`; `world` is what every process's environment has."""
        self._template = template
        self._folder = folder
        self._world = world
        self._images = {}

    def function(self, name, properties):
        told = self._template.resolve(properties["Environment"]["Variables"])
        environment = self._environment(properties["Role"]) | told | _about_lambda(name, properties)
        as_image = "ImageUri" in properties["Code"]
        command = properties.get("ImageConfig", {}).get("Command", ())
        start = self._in_image(properties["Code"]["ImageUri"], command) if as_image else self._zipped(properties)
        arguments, folder, python_path = start
        handler = {} if as_image else {"_HANDLER": properties["Handler"], "LAMBDA_TASK_ROOT": str(folder)}
        environment |= {"PYTHONPATH": f"{START_FOLDERS}:{python_path}", **handler}
        arn = self._template.resolve({"Fn::GetAtt": [name, "Arn"]})
        return Launch(name, arguments, folder, environment, properties["Timeout"], arn, self._folder / f"{name}.log")

    def job(self, definition):
        """Return the launch of a job definition whose references are resolved, but the GPU: there is none here."""
        container = definition["ContainerProperties"]
        arguments, folder, python_path = self._in_image(container["Image"])
        role = container["JobRoleArn"].rpartition("/")[2]
        environment = self._credentials(role) | {"PYTHONPATH": f"{START_FOLDERS}:{python_path}", "VEIL_DEVICE": "cpu"}
        return Launch("job", arguments, folder, environment, None, None, self._folder / "job.log")

    def _zipped(self, properties):
        """Return how to run a function's folder over the layer's own packages.

        The layer's dependencies are built for Lambda's processor and Python; this environment's stand in.
        """
        own = []
        for layer in properties["Layers"]:
            code = self._template.resources[layer["Ref"]]["Properties"]["Content"]
            own.append(self._only_veil(self._template.asset(code) / "python"))
        return [*_RUNTIME_CLIENT, properties["Handler"]], self._template.asset(properties["Code"]), ":".join(own)

    def _only_veil(self, layer):
        folder = self._folder / f"only-{layer.parent.name}"
        folder.mkdir(exist_ok=True)
        link = folder / "veil"
        if not link.exists():
            link.symlink_to(layer / "veil")
        return str(folder)

    def _in_image(self, uri, command=()):
        key = str(uri)
        if key not in self._images:
            self._images[key] = lay_out(self._template, uri, self._folder)
        image = self._images[key]
        return image.arguments(command), image.work_folder, image.python_path

    def _environment(self, role_attribute):
        return self._credentials(self._template.resolve(role_attribute).rpartition("/")[2])

    def _credentials(self, role):
        """Return an environment in which the process is its role: the role's name is its access key."""
        inherited = {key: os.environ[key] for key in _INHERITED if key in os.environ}
        keys = {"AWS_ACCESS_KEY_ID": role, "AWS_SECRET_ACCESS_KEY": secret_of(role)}
        return inherited | self._world | keys | {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


def _about_lambda(name, properties):
    return {
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(properties["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
