"""The GPU lane: one Batch job, which works through the list of tasks that VEIL_TASKS names, then exits.

A child of an array (VEIL_LOOKERS) takes no task: it looks at its share of a video's segments for the job after it.

Exit code 0: nothing is left to do. 1: tasks broke and wait for another worker. 143: told to stop, as on a
Spot machine that is taken away; the task under way was given back. Whatever the end, Batch or
on_worker_exit offers again what is not finished.
"""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import FrameType

from aws_lambda_powertools import Logger

from veil.adapters.aws.batch import LOOKERS_VARIABLE, TASKS_VARIABLE, load_refs
from veil.adapters.aws.worker_context import worker_context
from veil.domain.device import Device, Provider
from veil.ports.queue import TaskRef
from veil.settings import AnonymizerSettings
from veil.use_cases.run_task import give_back
from veil.use_cases.segments import Helper, Share
from veil.use_cases.work import WorkStoppedError, work_through
from veil.use_cases.worker_context import WorkerContext
from veil_vision.models.onnx_runtime import onnxruntime

STOPPED = 128 + signal.SIGTERM

logger = Logger(stream=sys.stdout)


def main(env: Mapping[str, str]) -> int:
    """Work through the list and return the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    context, refs = _context(env), load_refs(env[TASKS_VARIABLE])
    try:
        if LOOKERS_VARIABLE in env:
            _look(refs, context, int(env["AWS_BATCH_JOB_ARRAY_INDEX"]), int(env[LOOKERS_VARIABLE]))
            return 0
        _end_claims_of_the_lost(refs, context, env)
        worked = list(work_through(refs, context, logger))
    except WorkStoppedError:
        return STOPPED
    return 1 if any(each.error for each in worked) else 0


def _look(refs: Sequence[TaskRef], context: WorkerContext, index: int, lookers: int) -> None:
    helper = Helper(
        tasks=context.tasks,
        media=context.media,
        anonymizer=context.anonymizer,
        folder=context.folder,
        claims=Share(index, lookers),
        clock=context.clock,
    )
    for ref in refs:
        helper.help(ref)


def _end_claims_of_the_lost(refs: Sequence[TaskRef], context: WorkerContext, env: Mapping[str, str]) -> None:
    """Give back what the attempt before had: Batch tries again where a machine was lost, and only there."""
    before = replace(context, worker=_name(env, int(env.get("AWS_BATCH_JOB_ATTEMPT", "1")) - 1))
    for ref in refs:
        give_back(ref, before, counts=False)


def _name(env: Mapping[str, str], attempt: int) -> str:
    """Return a worker's name: on_worker_exit knows by it which leases died with a job."""
    return f"{env['AWS_BATCH_JOB_ID']}#{attempt}"


def _context(env: Mapping[str, str]) -> WorkerContext:
    settings = AnonymizerSettings.from_env(env)
    _load_cuda(settings.device)
    return worker_context(settings, worker=_name(env, int(env.get("AWS_BATCH_JOB_ATTEMPT", "1"))))


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
