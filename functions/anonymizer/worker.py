"""The GPU lane: one Batch job, which works through the list of tasks that VEIL_TASKS names, then exits.

Exit code 0: nothing is left to do. 1: tasks broke and wait for another worker. 143: told to stop, as on a
Spot machine that is taken away; the task under way was given back. Whatever the end, Batch or
on_worker_exit offers again what is not finished.
"""

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir
from types import FrameType

from aws_lambda_powertools import Logger

from veil.adapters.aws.batch import TASKS_VARIABLE, load_refs
from veil.adapters.aws.stores import AwsStores
from veil.adapters.vision import VisionAnonymizer
from veil.domain.device import Device, Provider
from veil.settings import AnonymizerSettings
from veil.use_cases.run_task import WorkerContext
from veil.use_cases.work import WorkStoppedError, work_through
from veil_vision.models.onnx_runtime import onnxruntime

STOPPED = 128 + signal.SIGTERM

logger = Logger(stream=sys.stdout)


def main(env: Mapping[str, str]) -> int:
    """Work through the list and return the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    context = _context(env)
    try:
        worked = list(work_through(load_refs(env[TASKS_VARIABLE]), context, logger))
    except WorkStoppedError:
        return STOPPED
    return 1 if any(each.error for each in worked) else 0


def _context(env: Mapping[str, str]) -> WorkerContext:
    settings = AnonymizerSettings.from_env(env)
    _load_cuda(settings.device)
    stores = AwsStores.open(settings)
    return WorkerContext(
        # on_worker_exit knows by this name which leases died with a job.
        worker=f"{env['AWS_BATCH_JOB_ID']}#{env.get('AWS_BATCH_JOB_ATTEMPT', '1')}",
        folder=Path(gettempdir()),
        tasks=stores.tasks,
        media=stores.media,
        anonymizer=VisionAnonymizer.open(
            settings.models,
            threads=settings.threads,
            device=settings.device,
            profile=settings.profile,
            max_pixels=settings.max_pixels,
        ),
        clock=stores.clock,
    )


def _load_cuda(device: Device) -> None:
    """Load CUDA's libraries from where pip put them: ONNX Runtime looks only where the system keeps its own."""
    if device.provider is not Provider.CPU:
        onnxruntime.preload_dlls(directory="")


def _stop(_number: int, _frame: FrameType | None) -> None:
    # Once is enough: a second signal must not keep the task from being given back.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise WorkStoppedError


if __name__ == "__main__":
    sys.exit(main(os.environ))
