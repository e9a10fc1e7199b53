"""`python unfold.py FILE.onnx OUT.pt --media FOLDER --cars FOLDER`: weights to train on, out of an exported network.

Exporting folds each normalization into the convolution before it. Here every one gets back the mean and the
deviation that training scenes show at its place, so that the network answers as before and can learn again.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from network import PlateNet
from onnx import numpy_helper
from torch import Tensor, nn
from train import Scenes

SCENES = 640


def main() -> None:
    """Read, measure, and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("exported", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--media", type=Path, required=True)
    parser.add_argument("--cars", type=Path, required=True)
    parser.add_argument("--open-images", type=Path, required=True)
    chosen = parser.parse_args()
    network = PlateNet().eval()
    _fill(network, onnx.load(chosen.exported))
    scenes = iter(Scenes(chosen.media, chosen.cars, chosen.open_images, seed=0))
    pictures = torch.stack([next(scenes)[0] for _ in range(SCENES)]).permute(0, 3, 1, 2).float()
    _unfold(network, pictures)
    torch.save(network.state_dict(), chosen.out)


def _fill(network: PlateNet, model: onnx.ModelProto) -> None:
    """Take over the file's convolutions, which stand in the order in which the network runs them."""
    values = {each.name.removesuffix(".half"): numpy_helper.to_array(each) for each in model.graph.initializer}
    values |= {
        node.output[0]: values[node.input[0].removesuffix(".half")]
        for node in model.graph.node
        if node.op_type == "Cast"
    }
    nodes = [node for node in model.graph.node if node.op_type == "Conv"]
    following = _normalizations(network)
    for node, (convolution, after) in zip(nodes, following, strict=True):
        weight, bias = (torch.from_numpy(values[name].astype(np.float32)) for name in node.input[1:])
        convolution.weight.data = weight
        if after is None:
            convolution.bias.data = bias
        else:
            nn.init.constant_(after.running_var, 1 - after.eps)
            after.bias.data = bias


def _normalizations(network: PlateNet) -> list[tuple[nn.Conv2d, nn.BatchNorm2d | None]]:
    """Return the convolutions in the order in which they run, each with the normalization that follows at once."""
    ran: list[nn.Module] = []
    hooks = [
        each.register_forward_hook(lambda module, *_: ran.append(module))
        for each in network.modules()
        if isinstance(each, (nn.Conv2d, nn.BatchNorm2d))
    ]
    with torch.no_grad():
        network(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    pairs = zip(ran, [*ran[1:], None], strict=True)
    return [(one, two if isinstance(two, nn.BatchNorm2d) else None) for one, two in pairs if isinstance(one, nn.Conv2d)]


@torch.no_grad()
def _unfold(network: PlateNet, pictures: Tensor) -> None:
    """Give each normalization the mean and variance of what reaches it, and weights that undo them."""
    layers = [each for each in network.modules() if isinstance(each, nn.BatchNorm2d)]
    sums = {layer: torch.zeros(2, layer.num_features, dtype=torch.float64) for layer in layers}

    def note(layer: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        values = inputs[0].double()
        sums[layer] += torch.stack([values.mean((0, 2, 3)), (values**2).mean((0, 2, 3))])

    hooks = [layer.register_forward_pre_hook(note) for layer in layers]
    batches = pictures.split(16)
    for batch in batches:
        network(batch)
    for hook in hooks:
        hook.remove()
    for layer, total in sums.items():
        mean, square = total / len(batches)
        variance = (square - mean**2).float()
        layer.running_mean.copy_(mean)
        layer.running_var.copy_(variance)
        layer.weight.copy_((variance + layer.eps).sqrt())
        layer.bias += mean.float()


if __name__ == "__main__":
    main()
