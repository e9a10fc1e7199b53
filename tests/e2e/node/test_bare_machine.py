"""A node on a machine that reached nothing: what comes with Veil works, and the rest is refused at once."""

import numpy as np
import pytest

from tests.e2e.running_node import ANA, Node


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    node = Node(folder / "data", (), {"VEIL_MODELS_DIR": str(folder / "no models")}).start()
    yield node
    node.close()


@pytest.fixture(scope="module")
def customer(bare):
    return bare.client(ANA)


def test_persons_and_vehicles_are_hidden(customer, astronaut, portrait):
    done = customer.anonymize(portrait, face=False, person=True, vehicle=True)

    assert done["task_status"] == "done"
    found = customer.call("GET", f"/v2/task/{done['task_id']}/metadata").json()["detections"]
    assert {each["type_label"] for each in found} == {"person"}
    change = np.abs(np.asarray(customer.picture(done["anonymized_url"])).astype(int) - astronaut)
    assert change[60:480, 60:320].mean() > 20


def test_a_class_without_a_model_is_refused_with_the_command_that_installs_one(customer):
    answer = customer.request_task(face=True)

    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "Could not create task. face parameter value caused an error. No installed model finds this class: face. "
        "`veil models pull` installs the models that do not come with Veil."
    )


def test_the_operator_is_told_at_the_start(bare):
    (warning,) = bare.log("some classes will be refused: no installed model finds them")

    assert "face" in warning["classes"]
    assert warning["command"] == "veil models pull"
