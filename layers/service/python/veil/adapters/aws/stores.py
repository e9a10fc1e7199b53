"""Everything the cloud keeps, opened from a function's settings. Opening asks AWS for nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from veil.adapters.aws.api_keys import DynamoApiKeys
from veil.adapters.aws.clients import AwsClients
from veil.adapters.aws.credits import DynamoLedger
from veil.adapters.aws.deliveries import DynamoDeliveryStore
from veil.adapters.aws.jobs import DynamoJobStore
from veil.adapters.aws.locks import Locks
from veil.adapters.aws.media import S3MediaStore
from veil.adapters.aws.part_uploads import S3PartUploads
from veil.adapters.aws.table import Table
from veil.adapters.aws.tasks import DynamoTaskStore
from veil.adapters.aws.upload_sessions import S3UploadSessions
from veil.adapters.aws.url_signer import UrlSigner
from veil.adapters.clock import SystemClock
from veil.domain.media import UploadLimits
from veil.ports.queue import Offers
from veil.settings import StoreSettings
from veil.use_cases.accept_upload import LIMITS, UploadIntake


@dataclass(frozen=True, slots=True)
class AwsStores:
    """The stores of one process. Threads share them."""

    clients: AwsClients
    clock: SystemClock
    tasks: DynamoTaskStore
    deliveries: DynamoDeliveryStore
    media: S3MediaStore
    parts: S3PartUploads
    api_keys: DynamoApiKeys
    ledger: DynamoLedger
    jobs: DynamoJobStore
    sessions: S3UploadSessions
    table: Table

    @classmethod
    def open(cls, settings: StoreSettings, clients: AwsClients | None = None, signer: UrlSigner | None = None) -> Self:
        """Return the stores that the settings name, reached by clients of their own unless some are given.

        Whoever hands out URLs names a `signer`, so that they live as long as they say.
        """
        clients, clock = clients or AwsClients(settings.aws_region), SystemClock()
        table = Table(clients, settings.table, clock)
        retention = timedelta(days=settings.retention_days)
        media = S3MediaStore(clients, settings.bucket, signer)
        return cls(
            clients=clients,
            clock=clock,
            tasks=DynamoTaskStore(table, retention=retention),
            deliveries=DynamoDeliveryStore(table, retention=retention),
            media=media,
            parts=S3PartUploads(clients, settings.bucket, media),
            api_keys=DynamoApiKeys(table),
            ledger=DynamoLedger(table),
            jobs=DynamoJobStore(table, retention=retention),
            sessions=S3UploadSessions(clients, settings.bucket, media),
            table=table,
        )

    def intake(self, queue: Offers, limits: UploadLimits = LIMITS) -> UploadIntake:
        """Return what accepts uploads and offers their tasks on a queue."""
        return UploadIntake(tasks=self.tasks, media=self.media, queue=queue, clock=self.clock, limits=limits)

    def locks(self, life: timedelta) -> Locks:
        """Return locks of which one whose holder died is free again after its life."""
        return Locks(self.table, self.clock, life=life)
