"""Networks before they are opened, held against what the library of the format makes of the same files."""

import os

import onnx
import pytest

from veil_vision.models.catalogue import ModelFolder, ModelStatus, every_card, models_dir
from veil_vision.models.prepare import prepare


@pytest.mark.parametrize("card", every_card(), ids=lambda card: card.name)
def test_weights_become_constants_and_sizes_free_and_nothing_else_changes(card):
    folder = ModelFolder(models_dir(os.environ))
    if folder.status(card) is not ModelStatus.VERIFIED:
        pytest.skip(f"the model {card.name} is not installed; `make setup` installs the default models")
    model = folder.read(card)

    assert onnx.load_from_string(prepare(model)) == prepared_by_the_library(model)


def prepared_by_the_library(model):
    network = onnx.load_from_string(model)
    graph = network.graph
    weights = {weight.name for weight in graph.initializer}
    for given in [given for given in graph.input if given.name in weights]:
        graph.input.remove(given)
    batch, _, height, width = graph.input[0].type.tensor_type.shape.dim
    batch.dim_value, height.dim_param, width.dim_param = 1, "height", "width"
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")
    del graph.value_info[:]
    return network
