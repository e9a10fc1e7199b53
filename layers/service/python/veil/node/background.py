"""What a node does besides answering requests, wired from its parts: recovery, jobs and webhook calls."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import random

from veil.adapters.archives.reader import SevenZipReader
from veil.adapters.folders.jobs_folder import SharedJobsFolder
from veil.adapters.folders.secrets import Purpose
from veil.adapters.video_length import VideoLengths
from veil.adapters.webhook_sender import HttpWebhookSender
from veil.contracts.syntonym.bodies import callback_body
from veil.contracts.webhook_body import webhook_body
from veil.domain.media import UploadLimits
from veil.domain.policy import ObjectClass
from veil.node.dispatcher import Dispatcher
from veil.node.stores import WORK_FOLDER, NodeStores
from veil.ports.clock import Clock
from veil.ports.queue import Offers
from veil.settings import NodeSettings
from veil.use_cases.accept_upload import LIMITS, UploadIntake
from veil.use_cases.advance_job import JobSteps
from veil.use_cases.deliver_webhook import deliver_webhook
from veil.use_cases.inspect_upload import Inspection
from veil.use_cases.jobs import shown_job
from veil.use_cases.recover import Recovery

INSPECTION_FOLDER = f"{WORK_FOLDER}/inspection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """The parts of a node that move tasks, jobs and webhook calls on. Nothing of it runs before it is started.

    Attributes:
        base_url: Where clients reach the node, without a slash at its end.
        classes: The classes that an installed model finds.
    """

    settings: NodeSettings
    base_url: str
    stores: NodeStores
    jobs_folder: SharedJobsFolder | None
    queue: Offers
    clock: Clock
    classes: frozenset[ObjectClass]

    def intake(self) -> UploadIntake:
        """Return what accepts uploads, however they arrive."""
        limits = UploadLimits(max_video_bytes=min(LIMITS.max_video_bytes, self.settings.upload_limit_bytes))
        stores = self.stores
        return UploadIntake(tasks=stores.tasks, media=stores.media, queue=self.queue, clock=self.clock, limits=limits)

    def recovery(self, *, is_dead: Callable[[str], bool], counts: bool) -> Recovery:
        """Return what picks up interrupted work; see `Recovery`."""
        return Recovery(
            tasks=self.stores.tasks,
            parts=self.stores.parts,
            queue=self.queue,
            clock=self.clock,
            intake=self.intake(),
            is_dead=is_dead,
            counts=counts,
        )

    def job_steps(self) -> JobSteps:
        """Return what moves jobs on."""
        stores = self.stores
        return JobSteps(
            jobs=stores.jobs,
            tasks=stores.tasks,
            sessions=stores.sessions,
            clock=self.clock,
            intake=self.intake(),
            inspection=self._inspection(),
            results=self.jobs_folder,
            auto_approve=self.settings.auto_approve,
        )

    def _inspection(self) -> Inspection:
        stores = self.stores
        return Inspection(
            jobs=stores.jobs,
            tasks=stores.tasks,
            media=stores.media,
            sessions=stores.sessions,
            probe=VideoLengths(),
            archives=SevenZipReader(),
            clock=self.clock,
            available=self.classes,
            prices=self.settings.prices,
            folder=self.settings.data / INSPECTION_FOLDER,
        )

    def dispatcher(self) -> Dispatcher:
        """Return what passes events on and calls webhooks."""
        stores = self.stores
        deliver = partial(
            deliver_webhook,
            tasks=stores.tasks,
            media=stores.media,
            deliveries=stores.deliveries,
            sender=HttpWebhookSender(reach=self.settings.webhook_reach),
            clock=self.clock,
            install_key=stores.secret.key_for(Purpose.WEBHOOKS),
            body_of=partial(webhook_body, api_url=self.base_url),
            jitter=random,
            report_of=self._report_of,
        )
        return Dispatcher(
            outbox=stores.tasks, deliveries=stores.deliveries, media=stores.media, clock=self.clock, deliver=deliver
        )

    def _report_of(self, job_id: str) -> str | None:
        stores = self.stores
        job = stores.jobs.get(job_id)
        return callback_body(shown_job(job, tasks=stores.tasks), stores.media) if job else None
