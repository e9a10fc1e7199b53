"""What a process must be told, read once from the environment or the command line."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from pathlib import Path
from typing import Any, Self, get_type_hints

from veil.domain.credits import DEFAULT_PRICES, Prices
from veil.domain.device import CPU, Device
from veil.domain.errors import VeilError
from veil.domain.media import UploadLimits
from veil.domain.policy import Profile
from veil.webhooks.reach import PUBLIC_ONLY, WebhookReach


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
        device: What the models run on.
        profile: How hard to look for whoever does not say.
        video_encoder: What codes the pictures of videos, as FFmpeg names it.
        check_every: Finished videos are looked at again in each so-many-th frame, for whoever does not say.
        max_pixels: Larger pictures fail their tasks before they are decoded.
        trusted_proxies: Addresses and networks of the proxies that are believed whom they call for.
        webhook_reach: Which addresses webhooks may go to besides public ones.
        upload_limit_bytes: Larger uploads are cut off.
        stop_seconds: How long a worker may finish its picture after the service is told to stop.
        wait_seconds: How long a synchronous upload may wait for its result.
        needs_sign_in: Whether callers must have an account; else everybody is one local owner.
        cors_origins: Browser origins that may call the API.
        max_open_tasks: How many tasks an owner may have that have not ended.
        max_open_jobs: How many jobs an API key may have that have not ended.
        retention_days: How long tasks that ended are kept; None keeps them until they are deleted.
        prices: What jobs cost.
        auto_approve: Whether jobs whose key has enough credits need nobody's approval.
        jobs_folder: The folder that clients of the backend API share with the node, if any do.
    """

    data: Path
    models: Path
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    workers: int = 1
    threads: int = 1
    device: Device = CPU
    profile: Profile = Profile.BALANCED
    video_encoder: str = "libx264"
    check_every: int = 25
    max_pixels: int = 200_000_000
    trusted_proxies: tuple[str, ...] = ()
    webhook_reach: WebhookReach = PUBLIC_ONLY
    upload_limit_bytes: int = 4 << 30
    stop_seconds: float = 20
    wait_seconds: float = 300
    needs_sign_in: bool = True
    cors_origins: tuple[str, ...] = ("*",)
    max_open_tasks: int = 5000
    max_open_jobs: int = 1000
    retention_days: int | None = None
    prices: Prices = DEFAULT_PRICES
    auto_approve: bool = False
    jobs_folder: Path | None = None


_UNREADABLE = object()


class SettingsError(VeilError):
    """The environment lacks settings or has some that cannot be read; the message names all of them."""


_READERS: Mapping[Any, Callable[[str], Any]] = {
    str: str,
    int: int,
    Path: Path,
    Profile: Profile,
    Device: Device.parse,
    bool: lambda text: {"true": True, "false": False}.get(text, _UNREADABLE),
    tuple[str, ...]: lambda text: tuple(filter(None, text.split(","))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """What every cloud function is told, each field by the variable `VEIL_` and its name in capitals.

    Attributes:
        aws_region: Where everything is; AWS itself sets the variable `AWS_REGION`.
    """

    aws_region: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Read all settings; an empty variable counts as missing.

        Raises:
            SettingsError: Variables are missing or cannot be read; it names every one of them.
        """
        kinds = get_type_hints(cls)
        given = {each.name: text for each in fields(cls) if (text := env.get(_variable(each)))}
        values = {name: _read(kinds[name], text) for name, text in given.items()}
        wrong = [
            _variable(each) for each in fields(cls) if values.get(each.name, each.default) in (MISSING, _UNREADABLE)
        ]
        if wrong:
            raise SettingsError(f"Set these variables to what they take: {', '.join(wrong)}.")
        return cls(**values)

    @classmethod
    def variables(cls) -> frozenset[str]:
        """Return the names of all variables that are read."""
        return frozenset(map(_variable, fields(cls)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings(FunctionSettings):
    """Where tasks and media are.

    Attributes:
        table: The DynamoDB table's name.
        bucket: The media bucket's name.
        retention_days: How long tasks and deliveries that ended are kept.
    """

    table: str
    bucket: str
    retention_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings(StoreSettings):
    """Where tasks wait for a worker: what whoever queues them is told.

    Attributes:
        express_queue: The URL of the queue before the Lambda lane.
        batch_queue: The URL of the queue before the Batch lane.
        express_max_room: Images that take the memory of more pixels of plain colour take the Batch lane, as do those
            that do not say.
        express_max_bytes: So do larger uploads, whatever they say.
        upload_limit_bytes: Larger uploads are deleted and their tasks fail.
        video_limit_bytes: So are larger videos.
        video_limit_pixels: So are videos whose frames have more together; 0 for any number.
    """

    express_queue: str
    batch_queue: str
    express_max_room: int
    express_max_bytes: int
    upload_limit_bytes: int = 100_000_000
    video_limit_bytes: int = 100_000_000
    video_limit_pixels: int = 0

    @property
    def upload_limits(self) -> UploadLimits:
        """What is too large to be queued."""
        return UploadLimits(
            self.upload_limit_bytes,
            max_video_bytes=self.video_limit_bytes,
            max_video_pixels=self.video_limit_pixels or None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksApiSettings(LaneSettings):
    """What the APIs of tasks and files are told.

    Attributes:
        classes: The classes that the anonymizer's models find.
        url_signer: Who signs URLs: identity pool, login, role (veil.adapters.aws.url_signer).
        cors_origins: Browser origins that may call the API.
    """

    classes: tuple[str, ...]
    url_signer: tuple[str, ...]
    cors_origins: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnonymizerSettings(StoreSettings):
    """What the anonymizer's image is told, in either lane.

    Attributes:
        models: The folder with the detector models.
        threads: Inference threads.
        device: What the models run on.
        profile: How hard to look for whoever does not say.
        max_room: Images that take the memory of more pixels of plain colour fail their tasks; 0 for any number.
    """

    models: Path
    threads: int = 1
    device: Device = CPU
    profile: Profile = Profile.BALANCED
    max_room: int = 0


def _variable(field: Field[Any]) -> str:
    return "AWS_REGION" if field.name == "aws_region" else f"VEIL_{field.name.upper()}"


def _read(kind: Any, text: str) -> Any:
    try:
        return _READERS[kind](text)
    except ValueError:
        return _UNREADABLE
