"""Where the container has a task's results, below `/v1/file/{file_id}`: it spells the British way."""

from veil.domain.media import Artifact

PATHS = {
    Artifact.ANONYMIZED: "anonymised",
    Artifact.BINARY_MASK: "binary-mask",
    Artifact.INSTANCE_MASK: "instance-mask",
    Artifact.METADATA: "metadata",
}
