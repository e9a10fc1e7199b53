"""The node's image, built here and run as a container engine runs it: without rights and from read-only files."""

import os
import re
import shutil
from contextlib import closing
from io import BytesIO

import numpy as np
import pytest
import requests
from PIL import Image

from tests.cloud.emulation.built_images import TOOLS, Buildah
from tests.cloud.emulation.template import ImageSource
from tests.e2e.contained_node import ContainedNode
from tests.e2e.running_node import ANA

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

FACE = (slice(60, 190), slice(170, 280))
UNCHECKED_HASH = b"\x01\x00\x00\x00"
GIGABYTE = 1_000_000_000
TRIES = """
import os
for folder in ("/", "/app", "/opt/venv", "/opt/models", "/etc", "/data", "/tmp"):
    try:
        open(os.path.join(folder, "tried"), "w").close()
        print(folder)
    except OSError:
        pass
"""


@pytest.fixture(scope="module")
def image(repository, shared_models):
    missing = [each for each in TOOLS if shutil.which(each) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"images are built by root with Debian's packages for {', '.join(missing or TOOLS)}")
    with closing(Buildah(repository / "build/images", mirror=shared_models)) as buildah:
        source = ImageSource(repository, "functions/anonymizer/Dockerfile", "node", {"MODEL_PACKS": "street"})
        yield buildah.build(source)


@pytest.fixture(scope="module")
def new_contained(image, tmp_path_factory):
    """Builds a node in its image, with the account that every node has."""
    nodes = []

    def build(*options):
        account = dict(zip(("VEIL_USER", "VEIL_PASSWORD"), ANA, strict=True))
        data = tmp_path_factory.mktemp("contained") / "data"
        nodes.append(ContainedNode(data, options, account, image=image))
        return nodes[-1]

    yield build
    for node in nodes:
        node.close()


@pytest.fixture(scope="module")
def contained(new_contained):
    """A running node that tests share."""
    return new_contained().start()


def change_of_the_face(picture, astronaut):
    return np.abs(np.asarray(picture).astype(int) - astronaut)[FACE].mean()


def test_a_photo_is_anonymized_without_rights_and_from_read_only_files(contained, portrait, astronaut):
    client = contained.ana()

    done = client.anonymize(portrait, face=True, license_plate=True, person=True, vehicle=True)

    first = contained.status_of_first_process()
    assert change_of_the_face(client.picture(done["anonymized_url"]), astronaut) > 20
    assert set(first["Uid"].split() + first["Gid"].split()) == {"10001"}
    assert first["CapEff"].strip("0") == ""
    assert first["NSpid"].split()[-1] == "1"
    assert contained.error_file.read_text() == ""


def test_only_the_volume_and_the_folder_for_the_moment_can_be_written(contained):
    written = contained.execute("python", "-c", TRIES, check=True).stdout.decode().split()

    assert written == ["/data", "/tmp"]


def test_the_health_check_fails_before_the_service_is_ready_and_passes_then(new_contained):
    node = new_contained()

    before = node.health()
    node.start()

    assert before != 0
    assert node.health() == 0


def test_process_one_ends_well_when_told_to_and_what_was_kept_is_there_again(new_contained, portrait):
    node = new_contained().start()
    task = node.ana().submit(portrait)

    code = node.stop()

    assert code == 0
    assert node.log("stopped")
    assert node.start().ana().ended(task)["task_status"] == "done"


def test_a_user_of_the_vendors_container_changes_the_port_and_the_address(new_contained, portrait, astronaut):
    node = new_contained("--auth", "none")
    node.environment = {"VEIL_PUBLIC_URL": f"http://localhost:{node.port}"}
    node.start()
    base = f"http://localhost:{node.port}/v1"

    files = {"fileobject": ("a.jpg", portrait, "image/jpg")}
    sent = requests.post(f"{base}/file", files=files, params={"method": "blur", "face": True}, timeout=60).json()

    result = requests.get(f"{base}/file/{sent['id']}/anonymised", timeout=60).content
    assert change_of_the_face(Image.open(BytesIO(result)), astronaut) > 20
    assert all(each.startswith(base) for each in sent.values() if str(each).startswith("http"))


def test_the_command_veil_works_beside_the_service(contained):
    said = contained.execute("veil", "users", "add", "ben", "--password-stdin", input=b"staple-a-stapler\n", check=True)
    version = contained.execute("veil", "--version", check=True).stdout.decode()

    assert "ben" in said.stdout.decode()
    assert contained.client(("ben", "staple-a-stapler")).token
    assert re.fullmatch(r"veil \d+\.\d+\.\d+\n", version)


def test_the_default_models_and_the_pack_are_in_the_image(contained):
    listed = contained.execute("veil", "models", "verify", check=True).stdout.decode().splitlines()

    # Neither a default nor in the pack: chosen by name.
    assert [line for line in listed if not line.endswith(": verified")] == ["yolox-s: missing"]


def test_the_image_stays_small_compiled_and_owned_by_root(image):
    files = [each for each in image.root.rglob("*") if not each.is_symlink() and each.is_file()]
    veil = list(image.root.glob("opt/venv/lib/**/veil*/**/*.py"))
    compiled = [each.parent / "__pycache__" / f"{each.stem}.cpython-311.pyc" for each in veil]

    assert sum(each.lstat().st_size for each in files) < GIGABYTE
    assert len(veil) > 100
    assert {each.read_bytes()[4:8] for each in compiled} == {UNCHECKED_HASH}
    assert [each for each in image.root.rglob("*") if each.lstat().st_uid == 10001] == [image.root / "data"]
