"""Where v1 has a file's original and results, below `/v1/file/{file_id}`."""

from veil.domain.media import Artifact

PATHS = {
    Artifact.ORIGINAL: "original",
    Artifact.ANONYMIZED: "anonymized",
    Artifact.BINARY_MASK: "binary-mask",
    Artifact.INSTANCE_MASK: "instance-mask",
    Artifact.METADATA: "metadata",
}
