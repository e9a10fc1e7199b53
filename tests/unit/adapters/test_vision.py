"""The vision layer behind the anonymizer's contract, with the real detector."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from benchmarks.streets import policy_for
from veil.adapters.models import ModelState, ModelsUnusableError, installed_classes, model_entries
from veil.adapters.vision import VisionAnonymizer, room_of
from veil.domain.causes import FailureCause
from veil.domain.device import Device, Provider
from veil.domain.errors import AnonymizationError, StaleTaskError
from veil.domain.media import Artifact
from veil.domain.policy import AnonymizationMethod, ClassRule, ObjectClass, Policy, Profile, SavedMasks, Tiling
from veil.ports.anonymizer import IgnoredProgress
from veil.use_cases.file_sink import FileSink
from veil_vision.image.containers import read_header
from veil_vision.image.header import ImageLimits
from veil_vision.models.onnx_runtime import onnxruntime

FACE = ClassRule(hide=True)
LIMITS = ImageLimits()


def policy(**changes):
    return Policy(**{"face": FACE} | changes)


@pytest.fixture
def anonymize(face_detector, tmp_path):
    """Anonymizes an array or bytes by a policy; gives the artifacts as bytes."""

    def run(source, *, limits=None, **changes):
        file, into = tmp_path / "7.png", tmp_path / "results"
        into.mkdir(exist_ok=True)
        if isinstance(source, bytes):
            file.write_bytes(source)
        else:
            Image.fromarray(source).save(file)
        sink = FileSink(into)
        VisionAnonymizer([face_detector], limits=limits).anonymize(file, sink, policy(**changes), IgnoredProgress())
        return {artifact: path.read_bytes() for artifact, path in sink.files.items()}

    return run


def cause_of(failure):
    return failure.value.cause


def test_a_face_is_hidden_and_everything_asked_for_is_written(anonymize, astronaut):
    made = anonymize(astronaut)

    assert set(made) == {
        Artifact.ANONYMIZED, Artifact.BINARY_MASK, Artifact.INSTANCE_MASK, Artifact.METADATA, Artifact.REPORT,
        Artifact.FINDINGS,
    }  # fmt: skip
    shown = np.array(Image.open(io.BytesIO(made[Artifact.ANONYMIZED])))
    assert (shown[80:150, 190:260] != astronaut[80:150, 190:260]).any(axis=2).mean() > 0.9
    assert json.loads(made[Artifact.REPORT])["verdict"] == "verified"
    assert len(json.loads(made[Artifact.METADATA])["detections"]) == 1


@pytest.mark.parametrize(
    ("masks", "made"),
    [
        (SavedMasks.ALL, {Artifact.BINARY_MASK, Artifact.INSTANCE_MASK}),
        (SavedMasks.BINARY, {Artifact.BINARY_MASK}),
        (SavedMasks.INSTANCE, {Artifact.INSTANCE_MASK}),
        (SavedMasks.NONE, set()),
    ],
)
def test_the_masks_asked_for_are_made(anonymize, astronaut, masks, made):
    written = set(anonymize(astronaut[:200, 120:320], masks=masks))

    assert written & {Artifact.BINARY_MASK, Artifact.INSTANCE_MASK} == made


def test_detection_only_writes_no_picture(anonymize, astronaut):
    made = anonymize(astronaut, method=AnonymizationMethod.DETECT)

    assert Artifact.ANONYMIZED not in made
    assert json.loads(made[Artifact.METADATA])["detections"][0]["is_anonymized"] is False


def test_a_damaged_file_is_the_files_fault(anonymize):
    with pytest.raises(AnonymizationError) as failure:
        anonymize(b"\x89PNG\r\n\x1a\n and no more")

    assert cause_of(failure) is FailureCause.IMAGE_DEFECT


def test_a_file_of_another_type_is_named_so(anonymize):
    with pytest.raises(AnonymizationError) as failure:
        anonymize(b"%PDF-1.7")

    assert cause_of(failure) is FailureCause.CONTENT_TYPE_ERROR


@pytest.mark.parametrize("limits", [ImageLimits(max_bytes=1000), ImageLimits(max_pixels=1000)])
def test_a_picture_beyond_the_limits_is_named_so(anonymize, astronaut, limits):
    with pytest.raises(AnonymizationError) as failure:
        anonymize(astronaut, limits=limits)

    assert cause_of(failure) is FailureCause.IMAGE_TOO_LARGE


@pytest.mark.parametrize(
    "tiling",
    [Tiling(4, 2, 100, 100, width=8000, height=4000), Tiling(64, 64, 0.5, 0.5, width=511), Tiling(2, 2, 400, 400)],
    ids=["a panorama preset", "another width", "too much overlap"],
)
def test_a_picture_that_does_not_fit_its_format_is_a_parameters_fault(anonymize, astronaut, tiling):
    with pytest.raises(AnonymizationError) as failure:
        anonymize(astronaut, tiling=tiling)

    assert cause_of(failure) is FailureCause.PARAMETER_ERROR_FORMAT


@pytest.mark.parametrize("tiling", [Tiling(2, 2, 0.25, 0.25), Tiling(3, 1, 60), Tiling(1, 2, 0, 100, height=512)])
def test_a_custom_grid_finds_the_face_once(anonymize, astronaut, tiling):
    made = anonymize(astronaut, tiling=tiling)

    assert len(json.loads(made[Artifact.METADATA])["detections"]) == 1


def test_a_grid_that_wraps_tells_both_sides_of_a_face_across_the_seam_in_one_color(anonymize, astronaut):
    made = anonymize(np.roll(astronaut, -225, axis=1), tiling=Tiling(2, 2, 0.25, 0.25, wraps=True))

    right, left = json.loads(made[Artifact.METADATA])["detections"]
    assert (right["bbox"][2], left["bbox"][0]) == (512, 0)
    assert right["color"] == left["color"]


def test_a_class_without_a_model_names_the_model(anonymize, astronaut):
    with pytest.raises(AnonymizationError) as failure:
        anonymize(astronaut, vehicle=ClassRule(hide=True))

    assert cause_of(failure) is FailureCause.MODEL_UNAVAILABLE


def test_a_file_that_is_gone_is_no_verdict_on_the_picture(face_detector, tmp_path):
    with pytest.raises(FileNotFoundError):
        VisionAnonymizer([face_detector]).anonymize(tmp_path / "gone", FileSink(tmp_path), policy(), IgnoredProgress())


def test_a_picture_that_nobody_wants_any_more_is_not_looked_at(astronaut, face_detector, tmp_path):
    class TakenOver:
        def report(self, fraction):
            raise StaleTaskError("Task 7 is no longer this worker's.")

    Image.fromarray(astronaut).save(tmp_path / "7.png")
    sink = FileSink(tmp_path)

    with pytest.raises(StaleTaskError):
        VisionAnonymizer([face_detector]).anonymize(tmp_path / "7.png", sink, policy(), TakenOver())

    assert sink.files == {}


def test_the_report_names_the_profile(anonymize, astronaut):
    made = anonymize(astronaut[:200, 120:320], profile=Profile.FAST)

    assert json.loads(made[Artifact.REPORT])["profile"] == "fast"


def test_with_an_empty_folder_of_models_there_is_what_comes_with_veil(tmp_path):
    anonymizer = VisionAnonymizer.open(tmp_path, threads=1)

    assert anonymizer.classes == set(ObjectClass)
    assert installed_classes(tmp_path) == anonymizer.classes
    states = {entry.name: entry.state for entry in model_entries(tmp_path)}
    assert (states["nanodet-plus"], states["centerface"]) == (ModelState.VERIFIED, ModelState.MISSING)


@pytest.mark.parametrize(
    ("profile", "looking"),
    [
        (Profile.FAST, ["nanodet-plus"]),
        (Profile.BALANCED, ["nanodet-plus"]),
        (Profile.THOROUGH, ["yolox-nano", "nanodet-plus"]),
    ],
)
def test_the_packs_model_looks_for_persons_and_vehicles_beside_the_one_that_comes_with_veil_where_nothing_may_be_missed(
    shared_models, tmp_path, profile, looking
):
    (tmp_path / "yolox_nano.onnx").write_bytes((shared_models / "yolox_nano.onnx").read_bytes())
    anonymizer = VisionAnonymizer.open(tmp_path, threads=1)

    for each in (ObjectClass.PERSON, ObjectClass.VEHICLE):
        used = anonymizer.models_for(replace(policy_for([each]), profile=profile))
        assert used == [*looking, "deeplab-pascal"]


def test_a_worker_refuses_what_its_memory_does_not_hold(tmp_path):
    file = tmp_path / "large.png"
    Image.new("L", (64, 65)).save(file)
    (tmp_path / "results").mkdir()

    with pytest.raises(AnonymizationError) as failure:
        VisionAnonymizer.open(tmp_path, threads=1, max_pixels=64 * 64).anonymize(
            file, FileSink(tmp_path / "results"), policy(), IgnoredProgress()
        )

    assert cause_of(failure) is FailureCause.IMAGE_TOO_LARGE


def test_a_device_that_is_not_here_is_refused(tmp_path, face_detector):
    if "TensorrtExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has TensorRT")

    with pytest.raises(ModelsUnusableError, match="Tensorrt"):
        VisionAnonymizer.open(tmp_path, threads=1, device=Device(Provider.TENSORRT))


def test_what_is_in_use_is_told(face_detector):
    anonymizer = VisionAnonymizer([face_detector])

    assert anonymizer.classes == {ObjectClass.FACE}
    assert anonymizer.identity == face_detector.sha256


@pytest.mark.parametrize(
    ("mode", "kind", "plain_ones"),
    [
        ("RGB", "PNG", 1),
        ("L", "PNG", 1),
        ("I;16", "PNG", 1),
        ("LA", "PNG", 2),
        ("RGBA", "PNG", 2),
        ("CMYK", "JPEG", 2),
        ("RGB", "TIFF", 1),
        ("RGBA", "TIFF", 2),
        ("P", "GIF", 2),
        ("RGBA", "WEBP", 2),
    ],
)
def test_a_picture_takes_the_room_of_as_many_plain_ones_as_it_takes_memory(mode, kind, plain_ones):
    file = io.BytesIO()
    Image.new(mode, (30, 20)).save(file, kind)

    assert room_of(read_header(file.getvalue(), limits=LIMITS)) == 600 * plain_ones


def test_a_picture_that_memory_does_not_hold_is_refused_before_it_is_decoded(face_detector, tmp_path):
    file = tmp_path / "clear.png"
    Image.new("RGBA", (1000, 1000)).save(file)
    anonymizer = VisionAnonymizer([face_detector], max_room=1_999_999)

    with pytest.raises(AnonymizationError, match="as much memory as 2 megapixels of plain colour") as refused:
        anonymizer.anonymize(file, FileSink(tmp_path), policy_for([ObjectClass.FACE]), IgnoredProgress())

    assert refused.value.cause is FailureCause.IMAGE_TOO_LARGE
