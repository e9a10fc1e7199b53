"""A node on a machine that reached nothing, where what comes with Veil finds every class, or got something damaged."""

import shutil

import numpy as np
import pytest

from tests.e2e.client import wait_until
from tests.e2e.running_node import ANA, Node


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    node = Node(folder / "data", ("--allow-missing-models",), {"VEIL_MODELS_DIR": str(folder / "no models")}).start()
    yield node
    node.close()


@pytest.fixture(scope="module")
def customer(bare):
    return bare.client(ANA)


def test_every_class_is_looked_for_and_what_is_there_is_hidden(customer, astronaut, portrait):
    done = customer.anonymize(portrait, face=True, license_plate=True, person=True, vehicle=True)

    assert done["task_status"] == "done"
    found = customer.call("GET", f"/v2/task/{done['task_id']}/metadata").json()["detections"]
    assert {"face", "person"} <= {each["type_label"] for each in found}
    change = np.abs(np.asarray(customer.picture(done["anonymized_url"])).astype(int) - astronaut)
    assert change[60:480, 60:320].mean() > 20


def test_nothing_is_missing_of_which_the_operator_would_be_told(bare):
    assert bare.log("serving")
    assert not bare.log("some classes will be refused: no installed model finds them")


def test_a_damaged_model_is_named_with_its_remedy_and_a_sound_one_needs_no_other_start(tmp_path, models):
    shutil.copytree(models, tmp_path / "models")
    damaged = next((tmp_path / "models").glob("centerface*"))
    sound = damaged.read_bytes()
    damaged.write_bytes(sound[:1000])
    node = Node(tmp_path / "data", (), {"VEIL_MODELS_DIR": str(tmp_path / "models")}).start(until_ready=False)
    try:
        wait_until(lambda: node.log("a worker cannot look"), what="a reason")
        damaged.write_bytes(sound)
        wait_until(lambda: node.log("a worker is ready"), what="ready")
    finally:
        node.close()

    assert "Run `veil models pull centerface` to replace it" in node.log("a worker cannot look")[0]["reason"]
    assert "Traceback" not in node.error_file.read_text()
