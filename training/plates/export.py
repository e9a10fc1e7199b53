"""Writes a trained network as ONNX, its weights in half precision."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from network import CROP, Exported, ExportedVerifier
from onnx import helper, numpy_helper

OPSET = 17


def export(network: Exported | ExportedVerifier, out: Path, *, outputs: tuple[str, str]) -> None:
    """Export, halve, and print what models.toml needs."""
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, 3, 2 * CROP, CROP),),
        str(out),
        input_names=["pictures"],
        output_names=list(outputs),
        dynamic_axes={"pictures": {2: "height", 3: "width"}},
        opset_version=OPSET,
        dynamo=False,
    )
    data = _halved(onnx.load(out)).SerializeToString()
    out.write_bytes(data)
    print(f"size_bytes = {len(data)}\nsha256 = {hashlib.sha256(data).hexdigest()!r}")


def _halved(model: onnx.ModelProto) -> onnx.ModelProto:
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
