"""The Dockerfile's images, built without a daemon by Debian's buildah, and what runs from them run in them.

No registry of images is needed: debootstrap makes what the Dockerfile starts from.
"""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from tests.cloud.emulation.cloud import Cloud

TOOLS = ("buildah", "debootstrap", "unshare")
_RELEASE = "bookworm"
_BASE = f"docker.io/library/debian:{_RELEASE}-slim"
# As in Lambda: nobody may write anywhere but in /tmp, which is empty at first, and there is no /dev/shm.
_ENTER = """
mount --bind "$0" "$0"
mount -o remount,ro,bind "$0"
mount -t tmpfs tmpfs "$0/tmp"
mount --bind /dev "$0/dev"
mount -t proc proc "$0/proc"
user=$1 folder=$2
shift 2
exec chroot --userspec="$user:$user" "$0" env --chdir="$folder" "$@"
"""
# What the harness tells processes that have no image around them: where the models are.
_FROM_THE_IMAGE = "VEIL_MODELS"
_TOLD = ("AWS_", "POWERTOOLS_", "VEIL_")


@dataclass(frozen=True)
class BuiltImage:
    """An image whose files are at `root`, and what it says of itself."""

    root: Path
    config: dict
    health_check: tuple = ()

    @property
    def environment(self):
        return dict(each.split("=", 1) for each in self.config["Env"])

    def arguments(self, *command):
        """Return the command line that runs a command in the image, the image's own one if none is given."""
        own = [*self.config["Entrypoint"], *self.config.get("Cmd", [])]
        enter = ["unshare", "--mount", "sh", "-ec", _ENTER, str(self.root)]
        return [*enter, self.config["User"], self.config["WorkingDir"], *(command or own)]


class Buildah:
    """A folder of images. What was built stays there, so that a second build takes seconds."""

    def __init__(self, folder, *, mirror):
        """Keep images in `folder`; packs of models come from the folder `mirror`: GitHub need not be reached."""
        self._folder = Path(folder).resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._mirror = mirror
        self._containers = []

    def build(self, source):
        """Build a stage as the CDK command line has Docker build it, but for the mirror, and open it."""
        if not self._do("images", "--quiet", "--filter", f"reference={_BASE}"):
            self._make_base()
        told = source.arguments | {"MODELS_MIRROR": "/mirror"}
        arguments = [f"--build-arg={name}={value}" for name, value in told.items()]
        arguments += ["--isolation", "chroot", "--format", "docker", "--pull-never", "--layers", *self._package_index()]
        arguments += ["--volume", f"{self._mirror.resolve()}:/mirror:ro", "--target", source.stage]
        arguments += ["--file", source.folder / source.dockerfile, "--tag", f"veil:{source.stage}", source.folder]
        (self._folder / f"{source.stage}.log").write_text(self._do("bud", *arguments))
        container = self._do("from", "--pull-never", f"veil:{source.stage}")
        self._containers.append(container)
        about = json.loads(self._do("inspect", container))
        # Docker's own format alone has room for a health check.
        health = about["Docker"]["config"].get("Healthcheck", {})
        root = Path(self._do("mount", container))
        return BuiltImage(root, about["OCIv1"]["config"], tuple(health.get("Test", ())))

    def close(self):
        for container in self._containers:
            self._do("rm", container)

    def _make_base(self):
        """Make what the Dockerfile starts from: Debian and nothing else."""
        with_files = self._folder / "base"
        shutil.rmtree(with_files, ignore_errors=True)
        _run("debootstrap", "--variant=minbase", _RELEASE, with_files)
        _run("tar", "--create", "--directory", with_files, "--file", f"{with_files}.tar", ".")
        container = self._do("from", "scratch")
        self._do("add", "--quiet", container, f"{with_files}.tar", "/")
        self._do("commit", "--quiet", "--rm", container, _BASE)
        shutil.rmtree(with_files)

    def _package_index(self):
        """Return the options that let pip inside trust the package index that pip outside trusts."""
        certificates = os.environ.get("PIP_CERT")
        if certificates is None:
            return []
        settings = self._folder / "pip.conf"
        settings.write_text("[global]\ncert = /host-certificates.pem\n")
        return ["--volume", f"{certificates}:/host-certificates.pem:ro", "--volume", f"{settings}:/etc/pip.conf:ro"]

    def _do(self, *arguments):
        folders = ("--root", self._folder / "storage", "--runroot", self._folder / "run")
        return _run("buildah", *folders, *arguments)


def _run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done.stdout.strip()


class InImages:
    """The launches of a deployment, with those that the template gives an image to inside the image that was built."""

    def __init__(self, launches, template, images):
        self._launches = launches
        self._template = template
        self._images = images

    def function(self, name, properties):
        launch = self._launches.function(name, properties)
        uri = properties["Code"].get("ImageUri")
        return self._inside(launch, uri) if uri else launch

    def job(self, definition):
        return self._inside(self._launches.job(definition), definition["ContainerProperties"]["Image"])

    def _inside(self, launch, uri):
        image = self._images[self._template.image(uri).stage]
        told = {
            name: value
            for name, value in launch.environment.items()
            if name.startswith(_TOLD) and name != _FROM_THE_IMAGE
        }
        return replace(
            launch, arguments=image.arguments(), folder=image.root, environment={**image.environment, **told}
        )


class CloudOfImages(Cloud):
    """A deployment whose images are images."""

    def __init__(self, *arguments, images, **options):
        self._images = images
        super().__init__(*arguments, **options)

    def _prepare_functions(self, parts, launches):
        super()._prepare_functions(parts, InImages(launches, self.template, self._images))
