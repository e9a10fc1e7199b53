"""Everything a node keeps, opened from its folder."""

from dataclasses import dataclass
from pathlib import Path

from veil.adapters.clock import SystemClock
from veil.adapters.folders.jobs_folder import SharedJobsFolder
from veil.adapters.folders.media import FolderMediaStore
from veil.adapters.folders.part_uploads import FolderPartUploads
from veil.adapters.folders.secrets import InstallationSecret, Purpose
from veil.adapters.folders.signed_urls import SESSION_FORM, SignedUrls
from veil.adapters.folders.upload_sessions import FolderUploadSessions
from veil.adapters.sqlite.accounts import SqliteAccounts
from veil.adapters.sqlite.api_keys import SqliteApiKeys
from veil.adapters.sqlite.credits import SqliteLedger
from veil.adapters.sqlite.database import Database
from veil.adapters.sqlite.deliveries import SqliteDeliveryStore
from veil.adapters.sqlite.jobs import SqliteJobStore
from veil.adapters.sqlite.queue import SqliteTaskQueue
from veil.adapters.sqlite.retention import SqliteEndedTasks
from veil.adapters.sqlite.tasks import SqliteTaskStore
from veil.contracts.syntonym.output_names import output_names

MEDIA_FOLDER = "media"
SESSIONS_FOLDER = "uploads"
# What workers and inspections are at, and which of them has which segment; nothing in it outlives the node.
WORK_FOLDER = "work"
CLAIMS_FOLDER = "claims"


@dataclass(frozen=True, slots=True)
class NodeStores:
    """The stores of one node. Threads share them; every process opens its own."""

    database: Database
    tasks: SqliteTaskStore
    deliveries: SqliteDeliveryStore
    queue: SqliteTaskQueue
    ended: SqliteEndedTasks
    media: FolderMediaStore
    parts: FolderPartUploads
    accounts: SqliteAccounts
    api_keys: SqliteApiKeys
    ledger: SqliteLedger
    jobs: SqliteJobStore
    sessions: FolderUploadSessions
    session_urls: SignedUrls
    urls: SignedUrls
    secret: InstallationSecret

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        base_url: str = "",
        worker: str = "",
        max_open_tasks: int | None = None,
        max_open_jobs: int | None = None,
    ) -> "NodeStores":
        """Open or create the stores in the folder.

        Args:
            folder: The node's data folder.
            base_url: Where clients reach the node; needed only by a process that hands out URLs.
            max_open_tasks: How many unfinished tasks an owner may have; needed only by a process that creates some.
            max_open_jobs: How many open jobs an API key may have; likewise.
            worker: The worker that opens them, so that what it leaves unfinished can be told from the rest.
        """
        clock = SystemClock()
        secret = InstallationSecret.in_folder(folder)
        database = Database(folder)
        urls = SignedUrls(base_url, secret.key_for(Purpose.MEDIA_URLS), clock)
        media = FolderMediaStore(folder / MEDIA_FOLDER, urls, drafts=worker)
        sessions_key = secret.key_for(Purpose.UPLOAD_SESSIONS)
        return cls(
            database=database,
            tasks=SqliteTaskStore(database, max_open=max_open_tasks),
            deliveries=SqliteDeliveryStore(database),
            queue=SqliteTaskQueue(database),
            ended=SqliteEndedTasks(database),
            media=media,
            parts=FolderPartUploads(folder / MEDIA_FOLDER, media, urls),
            accounts=SqliteAccounts(database, secret.key_for(Purpose.ACCESS_TOKENS), clock),
            api_keys=SqliteApiKeys(database),
            ledger=SqliteLedger(database),
            jobs=SqliteJobStore(database, max_open=max_open_jobs),
            sessions=FolderUploadSessions(folder / SESSIONS_FOLDER, media),
            session_urls=SignedUrls(base_url, sessions_key, clock, form=SESSION_FORM),
            urls=urls,
            secret=secret,
        )

    def jobs_folder(self, root: Path) -> SharedJobsFolder:
        """Return the folder that clients share with the node."""
        return SharedJobsFolder(root, self.sessions, self.media, names=output_names)
