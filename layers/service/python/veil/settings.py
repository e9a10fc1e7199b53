"""What a process must be told, read once from the environment or the command line."""

from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeSettings:
    """How to serve from one machine.

    Attributes:
        data: The folder that holds everything kept: database, media, secrets.
        models: The folder with the detector models.
        port: 0 lets the operating system choose.
        public_url: The address clients reach, when it differs from host and port: without a trailing slash.
        workers: Processes that work on pixels.
        threads: Inference threads of each worker.
        provider: ONNX Runtime's execution provider: cpu, cuda or tensorrt.
        allow_private_webhooks: For development: webhooks may go to this machine, and over plain HTTP.
        upload_limit_bytes: Larger uploads are cut off.
        stop_seconds: How long a worker may finish its picture after the service is told to stop.
        cors_origins: Browser origins that may call the API.
    """

    data: Path
    models: Path
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    workers: int = 1
    threads: int = 1
    provider: str = "cpu"
    allow_private_webhooks: bool = False
    upload_limit_bytes: int = 100_000_000
    stop_seconds: float = 20
    cors_origins: tuple[str, ...] = ("*",)
