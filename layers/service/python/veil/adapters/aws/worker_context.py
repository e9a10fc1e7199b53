"""What the anonymizer's image works with, in either lane."""

from pathlib import Path
from tempfile import gettempdir

from veil.adapters.aws.stores import AwsStores
from veil.adapters.video_options import VideoOptions
from veil.adapters.vision import VisionAnonymizer
from veil.settings import AnonymizerSettings
from veil.use_cases.worker_context import WorkerContext


def worker_context(settings: AnonymizerSettings, *, worker: str) -> WorkerContext:
    """Return what the worker of this name works with. Each model is opened when it first looks.

    Raises:
        ModelsUnusableError: A model is damaged, or the device is not available here.
    """
    stores = AwsStores.open(settings)
    return WorkerContext(
        worker=worker,
        folder=Path(gettempdir()),
        tasks=stores.tasks,
        media=stores.media,
        anonymizer=VisionAnonymizer.open(
            settings.models,
            threads=settings.threads,
            device=settings.device,
            profile=settings.profile,
            max_room=settings.max_room or None,
            videos=VideoOptions(workers=settings.threads),
        ),
        clock=stores.clock,
    )
