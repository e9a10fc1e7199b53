"""The results of a picture: files in the sink."""

import json
from pathlib import Path

from veil.adapters.metadata_document import metadata_document
from veil.domain.media import Artifact
from veil.ports.anonymizer import Anonymized, Sink
from veil_vision.pipelines.image import Anonymized as Result
from veil_vision.track.findings import write_findings


def write_picture(result: Result, source: Path, sink: Sink) -> Anonymized:
    """Write a picture's results into the sink and tell about them."""
    contents = {
        Artifact.ANONYMIZED: result.picture,
        Artifact.BINARY_MASK: result.binary_mask,
        Artifact.INSTANCE_MASK: result.instance_mask,
        Artifact.METADATA: json.dumps(metadata_document(result, source.name)).encode(),
        Artifact.REPORT: json.dumps(result.report).encode(),
        Artifact.FINDINGS: write_findings(result.findings),
    }
    for artifact, content in contents.items():
        if content is not None:
            with sink.writing(artifact) as file:
                file.write_bytes(content)
    hidden = sum(region is not None for region in result.regions) if result.picture is not None else 0
    return Anonymized(hidden, result.remarks)
