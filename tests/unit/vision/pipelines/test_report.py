"""The evidence that goes with a result."""

import json

import numpy as np

from veil_vision.geometry.detections import Detections
from veil_vision.hide.styles import AnonymizationMethod
from veil_vision.image.files import Picture
from veil_vision.image.kinds import ImageFormat
from veil_vision.pipelines.report import (
    Verdict,
    findings_report,
    gate_report,
    input_report,
    output_report,
    recipe_report,
)


def test_files_are_named_by_checksum_only():
    picture = Picture(np.zeros((20, 30, 3), np.uint8), None, ImageFormat.PNG)

    report = input_report("5f", 6, picture)

    assert report["input"] == {"sha256": "5f", "bytes": 6, "format": "png"}
    assert report["size"] == [30, 20]
    assert report["colours"] == "none stated"


def test_a_result_is_verified_and_masks_alone_are_not_called_so():
    assert output_report(b"result")["verdict"] == "verified"
    assert output_report(None) == {"verdict": "nothing hidden", "output": None}


def test_models_are_named_with_checksum_provider_and_the_threshold_that_counted(scenes):
    report = recipe_report(scenes.recipe(method=AnonymizationMethod.BLACKEN, threshold=0.25), [scenes.finder()])

    assert report["method"] == "blacken"
    assert report["models"] == [{"name": "marks", "sha256": "0" * 64, "provider": "none", "thresholds": {"face": 0.25}}]


def test_what_was_found_and_what_was_hidden_are_counted_apart():
    report = findings_report(Detections.of([[0, 0, 1, 1], [2, 2, 3, 3]]), (None, None))

    assert report == {"found": {"face": 2}, "outlined": 0, "hidden": 0}


def test_the_gate_tells_what_it_saw():
    report = gate_report(Verdict(rounds=3, sightings=4, resemblances=2, added=1))

    assert json.loads(json.dumps(report)) == {
        "rounds": 3,
        "added": 1,
        "second_look_threshold_share": 0.7,
        "second_look_sightings": 4,
        "second_look_resemblances": 2,
    }
