"""`python export.py WEIGHTS OUT`: write the trained network as ONNX, its weights in half precision."""

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from network import Exported, PlateNet
from onnx import helper, numpy_helper

OPSET = 17


def main() -> None:
    """Export, halve, and print what models.toml needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    network = PlateNet()
    network.load_state_dict(torch.load(chosen.weights, map_location="cpu", weights_only=True))
    torch.onnx.export(
        Exported(network.eval()).eval(),
        (torch.zeros(1, 3, 256, 256),),
        str(chosen.out),
        input_names=["pictures"],
        output_names=["score", "edges"],
        dynamic_axes={"pictures": {2: "height", 3: "width"}},
        opset_version=OPSET,
        dynamo=False,
    )
    data = halved(onnx.load(chosen.out)).SerializeToString()
    chosen.out.write_bytes(data)
    print(f"size_bytes = {len(data)}\nsha256 = {hashlib.sha256(data).hexdigest()!r}")


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with each large weight stored as float16 and cast back; ONNX Runtime folds the casts."""
    graph, casts = model.graph, []
    for weight in graph.initializer:
        values = numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size > 64:
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    onnx.checker.check_model(model)
    return model


if __name__ == "__main__":
    main()
