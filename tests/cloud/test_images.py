"""The anonymizer's images, built here: both entry points work on photos inside them, from a read-only disk."""

import json
import os
import re
import shutil
import subprocess
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.cloud.emulation.built_images import TOOLS, Buildah, CloudOfImages
from tests.cloud.emulation.cloud import Outside
from tests.cloud.emulation.template import StackTemplate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FACE = (slice(60, 190), slice(170, 280))
GIGABYTE = 1_000_000_000
PATIENCE = 300
UNCHECKED_HASH = b"\x01\x00\x00\x00"
# What the image takes from the machine's driver. Everything else must be in the image.
DRIVER = "void cuTensorMapEncodeTiled(void) {}"
LOADS_CUDA = """
import ctypes, os, pathlib, sys
sys.path.insert(0, "/app")
import worker
worker._load_cuda(worker.Device(worker.Provider.CUDA))
folder = pathlib.Path(worker.onnxruntime.__file__).parent / "capi"
for each in ("shared", "cuda"):
    ctypes.CDLL(folder / f"libonnxruntime_providers_{each}.so", mode=os.RTLD_NOW | os.RTLD_GLOBAL)
print(*{os.path.basename(line.split()[-1]) for line in open("/proc/self/maps")})
"""


# Which models look for each class, by the anonymizer that both entry points open, and which are whole.
WHO_LOOKS = """
import json, os, pathlib
from veil.adapters.models import model_entries
from veil.adapters.vision import VisionAnonymizer
from veil.domain.policy import ClassRule, Policy
models = pathlib.Path(os.environ["VEIL_MODELS"])
anonymizer = VisionAnonymizer.open(models, threads=1)
asked = {each: Policy(**{each: ClassRule(hide=True)}) for each in anonymizer.classes}
looking = {each: anonymizer.models_for(policy) for each, policy in asked.items()}
print(json.dumps([looking, [each.name for each in model_entries(models) if each.state == "verified"]]))
"""


@pytest.fixture(scope="module")
def images(synthesized, repository, shared_models):
    """Both stages by name. They are kept in build/images, where a second run finds them."""
    missing = [each for each in TOOLS if shutil.which(each) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"images are built by root with Debian's packages for {', '.join(missing or TOOLS)}")
    template = StackTemplate(synthesized)
    functions = [each["Code"] for each in template.of("Lambda::Function").values() if "ImageUri" in each["Code"]]
    (job,) = template.of("Batch::JobDefinition").values()
    asked = (*(each["ImageUri"] for each in functions), job["ContainerProperties"]["Image"])
    # Functions share an image.
    sources = {source.stage: source for source in map(template.image, asked)}
    with closing(Buildah(repository / "build/images", mirror=shared_models)) as buildah:
        yield {stage: buildah.build(source) for stage, source in sources.items()}


@pytest.fixture(scope="module")
def cloud(synthesized, images, shared, receiver, accounts, tmp_path_factory):  # noqa: PLR0917  # fixtures
    """Our template, with the images instead of folders."""
    shared.make_room()
    folder, no_models = tmp_path_factory.mktemp("cloud"), tmp_path_factory.mktemp("models")
    outside = Outside("hooks.example.org", receiver.port, receiver.certificate[0])
    template = StackTemplate(synthesized)
    with closing(CloudOfImages(template, folder, models=no_models, outside=outside, images=images)) as cloud:
        for account in accounts.values():
            cloud.add_user(*account)
        yield cloud


@pytest.fixture
def run_in():
    """Runs a command in an image and returns what it printed."""

    def run(image, *command, **environment):
        told = image.environment | environment
        done = subprocess.run(image.arguments(*command), env=told, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_function_anonymizes_a_photo_in_its_image_within_the_memory_that_it_gets(
    cloud, ana, images, portrait, astronaut
):
    everything = dict.fromkeys(("face", "license_plate", "person", "vehicle"), True)

    done = ana.ended(ana.submit(portrait, **everything), seconds=PATIENCE)

    picture = np.asarray(ana.picture(done["anonymized_url"])).astype(int)
    function = cloud.functions["anonymizer"]
    process = Path("/proc") / str(function.running[0].process.pid)
    megabytes = int(re.search(r"VmHWM:\s+(\d+) kB", (process / "status").read_text())[1]) / 1024
    memory = int(function.launch.environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
    assert np.abs(picture - astronaut)[FACE].mean() > 20
    assert (process / "root").readlink() == images["express"].root
    assert megabytes < memory / 2


def test_the_worker_anonymizes_a_photo_in_its_image_and_ends_well(cloud, ana, large_photo, astronaut):
    done = ana.ended(ana.submit(large_photo), seconds=PATIENCE)

    picture = np.asarray(ana.picture(done["anonymized_url"])).astype(int)
    assert np.abs(picture[:512, :512] - astronaut)[FACE].mean() > 20
    assert cloud.jobs.exit_codes == [0]


@pytest.fixture(scope="module")
def large_photo(astronaut):
    """A PNG of more than 25 megabytes, which takes the GPU lane."""
    from io import BytesIO

    from PIL import Image

    noise = np.random.default_rng(1).integers(0, 256, (2950, 2950, 3), np.uint8)
    noise[:512, :512] = astronaut
    file = BytesIO()
    Image.fromarray(noise).save(file, "PNG", compress_level=0)
    return file.getvalue()


@pytest.fixture
def driver(images):
    """A folder of the GPU image with an empty library in place of the one that a machine's driver brings."""
    if shutil.which("cc") is None:
        pytest.skip("the stand-in for the driver is compiled by cc, and there is none")
    folder = images["gpu"].root / "opt/driver"
    folder.mkdir()
    subprocess.run(["cc", "-shared", "-x", "c", "-o", folder / "libcuda.so.1", "-"], input=DRIVER.encode(), check=True)
    return "/opt/driver"


def test_the_gpu_image_has_every_function_of_cuda_that_onnx_runtime_calls(images, driver, run_in):
    loaded = run_in(images["gpu"], "python", "-c", LOADS_CUDA, LD_LIBRARY_PATH=driver).split()

    assert {"libonnxruntime_providers_cuda.so", "libcudnn.so.9", "libcudart.so.13", "libcublas.so.13"} <= set(loaded)


@pytest.mark.parametrize("stage", ["express", "gpu"])
def test_an_image_finds_every_class_by_the_models_that_we_measured(images, stage, run_in):
    looking, verified = json.loads(run_in(images[stage], "python", "-c", WHO_LOOKS))

    assert looking == {
        "face": ["centerface", "yunet-n"],
        "license_plate": ["veil-plates"],
        "person": ["nanodet-plus", "deeplab-pascal"],
        "vehicle": ["nanodet-plus", "deeplab-pascal"],
    }
    assert {"veil-plates", "nanodet-plus"} <= set(verified)


@pytest.mark.parametrize(("stage", "most"), [("express", 1.0), ("gpu", 4.0)])
def test_an_image_stays_small(images, stage, most):
    files = (each.lstat() for each in images[stage].root.rglob("*") if not each.is_symlink() and each.is_file())

    assert sum(each.st_size for each in files) < most * GIGABYTE


@pytest.mark.parametrize("stage", ["express", "gpu"])
def test_every_module_that_we_ship_is_compiled_for_good(images, stage):
    modules = [*images[stage].root.glob("app/**/*.py"), *images[stage].root.glob("opt/venv/lib/**/botocore/*.py")]

    assert len(modules) > 100
    for each in modules:
        cache_tag = "cpython-311"
        compiled = each.parent / "__pycache__" / f"{each.stem}.{cache_tag}.pyc"
        assert compiled.read_bytes()[4:8] == UNCHECKED_HASH, each


@pytest.mark.parametrize("stage", ["express", "gpu"])
def test_whoever_works_in_an_image_is_not_root_and_owns_none_of_it(images, stage):
    user = int(images[stage].config["User"])
    owned = [each for each in images[stage].root.rglob("*") if each.lstat().st_uid == user]

    assert user > 0
    assert owned == []
