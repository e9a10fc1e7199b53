"""`python -m benchmarks.sessions`: what the way Veil opens networks is worth, beside ONNX Runtime's own defaults.

Every variant runs once in each round, in an order of its own, so that other work on the machine weighs on all alike.
What counts is CPU time, and the ratio within a round.
"""

import os
import random
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from time import process_time

import numpy as np
import onnx
from numpy.typing import NDArray

from veil_vision.models.cards import ModelCard
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue, models_dir
from veil_vision.models.onnx_runtime import onnxruntime
from veil_vision.models.prepare import prepare
from veil_vision.models.sessions import options_for

WIDTH, HEIGHT = 1280, 960
MEGAPIXELS = WIDTH * HEIGHT / 1e6
ROUNDS = 9
PLAIN, VEIL = "plain", "Veil's"
LEVELS = onnxruntime.GraphOptimizationLevel

Run = Callable[[], object]


def main() -> None:
    """Measure every installed model and print a table row for each way to open it."""
    print(f"| model | classes | session | CPU-ms per megapixel | of plain | of {VEIL} |")
    print("| --- | --- | --- | --- | --- | --- |")
    folder = ModelFolder(models_dir(os.environ))
    for card in catalogue():
        if folder.status(card) is ModelStatus.VERIFIED:
            for line in _rows(card, folder.read(card)):
                print(line, flush=True)


def _rows(card: ModelCard, model: bytes) -> Iterator[str]:
    seconds = _measured(dict(_ways(model)))
    for way, spent in seconds.items():
        of_plain, of_veil = (_ratio(spent, seconds[other]) for other in (PLAIN, VEIL))
        cost = f"{1000 * median(spent) / MEGAPIXELS:.0f}"
        yield f"| {card.name} | {', '.join(card.classes)} | {way} | {cost} | {of_plain:.2f} | {of_veil:.2f} |"


def _measured(runs: Mapping[str, Run]) -> dict[str, list[float]]:
    """Return the CPU-seconds of each run in each round."""
    spent: dict[str, list[float]] = {name: [] for name in runs}
    for run in runs.values():
        run()
    for _ in range(ROUNDS):
        for name in random.sample(list(runs), len(runs)):
            started = process_time()
            runs[name]()
            spent[name].append(process_time() - started)
    return spent


def _ratio(spent: list[float], other: list[float]) -> float:
    return median(mine / theirs for mine, theirs in zip(spent, other, strict=True))


def _ways(model: bytes) -> Iterator[tuple[str, Run]]:
    """Yield every way to open the network with its run: ONNX Runtime's, Veil's, and Veil's with one thing changed."""
    blob = np.random.default_rng(0).random((1, 3, HEIGHT, WIDTH), np.float32) * 255
    prepared = prepare(model)
    yield PLAIN, _run(_session(_with_free_sizes(model), onnxruntime.SessionOptions()), blob)
    yield VEIL, _run(_session(prepared, options_for(1)), blob)
    for name, change in CHANGES.items():
        options = options_for(1)
        change(options)
        yield name, _run(_session(prepared, options), blob)
    yield "outputs bound", _bound_run(_session(prepared, options_for(1)), blob)
    four = np.repeat(blob[:, :, : HEIGHT // 2, : WIDTH // 2], 4, axis=0)
    many = _session(_with_free_batch(prepared), options_for(1))
    yield "four quarters in one run", _run(many, four)
    yield "four quarters, a run each", lambda: [_run(many, quarter[None])() for quarter in four]


def _two_threads(options: onnxruntime.SessionOptions) -> None:
    options.intra_op_num_threads = 2


def _extended(options: onnxruntime.SessionOptions) -> None:
    options.graph_optimization_level = LEVELS.ORT_ENABLE_EXTENDED


def _without_arena(options: onnxruntime.SessionOptions) -> None:
    options.enable_cpu_mem_arena = False


def _with_patterns(options: onnxruntime.SessionOptions) -> None:
    options.enable_mem_pattern = True


def _fixed(options: onnxruntime.SessionOptions) -> None:
    options.add_free_dimension_override_by_name("width", WIDTH)
    options.add_free_dimension_override_by_name("height", HEIGHT)


CHANGES: Mapping[str, Callable[[onnxruntime.SessionOptions], None]] = {
    "two threads": _two_threads,
    "no change of channel layout": _extended,
    "no memory arena": _without_arena,
    "memory patterns": _with_patterns,
    "fixed shape": _fixed,
}


def _session(model: bytes, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, blob: NDArray[np.float32]) -> Run:
    (given,) = session.get_inputs()
    return lambda: session.run(None, {given.name: blob})


def _bound_run(session: onnxruntime.InferenceSession, blob: NDArray[np.float32]) -> Run:
    """Return a run that writes into arrays of its own, again and again."""
    (given,) = session.get_inputs()
    binding = session.io_binding()
    binding.bind_cpu_input(given.name, blob)
    for output, value in zip(session.get_outputs(), session.run(None, {given.name: blob}), strict=True):
        kept = onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(value))
        binding.bind_ortvalue_output(output.name, kept)
    return lambda: session.run_with_iobinding(binding)


def _with_free_sizes(model: bytes) -> bytes:
    """Return the network as it was published, but for its input's size, which would let nothing else in."""
    network = onnx.load_from_string(model)
    graph = network.graph
    weights = {weight.name for weight in graph.initializer}
    (given,) = (given for given in graph.input if given.name not in weights)
    batch, _, height, width = given.type.tensor_type.shape.dim
    batch.dim_value, height.dim_param, width.dim_param = 1, "height", "width"
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")
    del graph.value_info[:]
    return bytes(network.SerializeToString())


def _with_free_batch(model: bytes) -> bytes:
    network = onnx.load_from_string(model)
    network.graph.input[0].type.tensor_type.shape.dim[0].dim_param = "batch"
    return bytes(network.SerializeToString())


if __name__ == "__main__":
    main()
