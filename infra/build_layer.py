"""Fill the layer's folder: `python -m infra.build_layer [arm64]`. Does nothing where it is fresh.

Without a processor it takes that of the deployment: what `cdk deploy -c architecture=...` passes on, or the default.

Hash-locked wheels for Lambda's Python and processor, our service, and bytecode for all of it: a layer is
read-only, so without bytecode every cold start compiles everything again (docs/decisions/0010).
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.config import DeployConfig
from infra.layer_folder import LOCK, SOURCE, is_fresh, layer_folder, source_digest

PYTHON = "3.13"
# Lambda's Python 3.13 runs on Amazon Linux 2023 (glibc 2.34). Naming only an old platform makes pip choose
# years-old releases in silence.
GLIBC = ("2_34", "2_28", "2_27", "2_17")
PROCESSORS = {"arm64": "aarch64", "x86_64": "x86_64"}


def main(architecture: str) -> None:
    """Build the layer for a processor unless it is there."""
    target = layer_folder(architecture)
    if is_fresh(target):
        return
    draft = target.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    sys.stderr.write(f"Building the layer for {architecture} in {target}\n")
    _install(draft / "python", PROCESSORS[architecture])
    shutil.copytree(SOURCE / "python", draft / "python", dirs_exist_ok=True, ignore=_NOT_SHIPPED)
    _compile(draft / "python")
    (draft / "digest").write_text(source_digest())
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.egg-info")


def _install(target: Path, processor: str) -> None:
    subprocess.run(install_command(target, processor), check=True)  # noqa: S603  # our own command
    shutil.rmtree(target / "bin", ignore_errors=True)


def install_command(target: Path, processor: str) -> list[str]:
    """Return the command that puts the locked wheels for a processor ("aarch64", "x86_64") into a folder."""
    platforms = [f"--platform=manylinux_{each}_{processor}" for each in GLIBC]
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--require-hashes", "--requirement", str(LOCK), "--target", str(target)]
    return [*command, "--only-binary=:all:", "--implementation=cp", f"--python-version={PYTHON}", *platforms]


def _compile(folder: Path) -> None:
    python = find_python()
    if python is None:
        sys.stderr.write(f"No Python {PYTHON} here: the layer has no bytecode, and cold starts take twice as long.\n")
        return
    # Unchecked: by their hash, not by times that a zip file would change.
    command = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603  # our own command


def find_python() -> str | None:
    """Return the path of Lambda's Python on this machine, if it is there."""
    return next((each for each in _candidates() if _is_target(each)), None)


def _candidates() -> Iterator[str]:
    """Yield where Lambda's Python may be: as told, on the path, or beside other versions of pyenv."""
    yield from filter(None, [os.environ.get("PYTHON_FOR_LAYER"), shutil.which(f"python{PYTHON}")])
    versions = Path.home() / ".pyenv/versions"
    yield from sorted(map(str, versions.glob(f"{PYTHON}.*/bin/python")), reverse=True)


def _is_target(python: str) -> bool:
    command = [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    return answer.stdout.strip() == PYTHON


def architecture_of_deployment(env: Mapping[str, str]) -> str:
    """Return the processor that the CDK command line was asked for, which passes its settings on in the environment.

    Raises:
        ConfigError: A deploy setting is unknown or has a value that cannot be used.
    """
    return DeployConfig.from_context(json.loads(env.get("CDK_CONTEXT_JSON", "{}"))).architecture


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else architecture_of_deployment(os.environ))
