"""The metadata of a video, frame by frame in the form that pictures have (contracts/celantur.md C.8)."""

import json
from collections.abc import Iterator
from pathlib import Path

from veil.adapters.metadata_document import TYPE_CODES
from veil_vision.geometry.detections import Detections
from veil_vision.track.findings import Findings


def frame_documents(findings: Findings, first: int, last: int, *, hides: bool) -> Iterator[dict[str, object]]:
    """Yield a document for each frame from `first` to `last`, both included, as plain values.

    `id` is the frame's number from 0 and `time` when it is shown, in seconds. `bbox` is x1 y1 x2 y2 in pixels of the
    upright frame, of what is hidden there: also where an object was not seen in this very frame. `track` is one for all
    places of an object.
    """
    for number in range(max(first, 0), min(last, findings.video.frames - 1) + 1):
        yield {
            "id": number,
            "time": round(float(findings.times[number] * findings.time_base), 6),
            "size": list(findings.size),
            "detections": list(_detections(findings.video.at(number), findings.size, hides=hides)),
        }


def write_metadata(file: Path, findings: Findings, name: str, *, hides: bool) -> None:
    """Write the documents of all frames of a video of that name into one file, a frame a line."""
    head = {"id": name, "filename": name, "folder": None, "size": list(findings.size)}
    with file.open("w", encoding="utf-8") as out:
        out.write(f'{json.dumps(head)[:-1]}, "frames": [')
        for document in frame_documents(findings, 0, findings.video.frames, hides=hides):
            out.write(("," if document["id"] else "") + "\n" + json.dumps(document))
        out.write("\n]}\n")


def _detections(found: Detections, size: tuple[int, int], *, hides: bool) -> Iterator[dict[str, object]]:
    for index, box in enumerate(found.boxes.clip(0, [*size, *size])):
        object_class, bbox = str(found.classes[index]), [round(edge) for edge in box.tolist()]
        yield {
            "id": index,
            "track": found.tracks[index],
            "offset": bbox[:2],
            "bbox": bbox,
            "type": TYPE_CODES[object_class],
            "type_label": object_class,
            "score": round(float(found.scores[index]), 6),
            "is_anonymised": hides,
            "is_anonymized": hides,
        }
