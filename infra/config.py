"""What may differ between two deployments: `cdk deploy -c retention_days=7 -c alarm_email=ops@example.com`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self, get_type_hints

CDK_OWN = set(":/-")


class ConfigError(ValueError):
    """A deploy setting is unknown or cannot be used; the message says which and what it takes."""


def _setting(default: Any, about: str, **limits: Any) -> Any:
    return field(default=default, metadata={"about": about, **limits})


@dataclass(frozen=True, kw_only=True)
class DeployConfig:
    """Choices made at deploy time. Each field's description is its line in docs/operations.md."""

    name: str = _setting(
        "veil", "Name of the stack; a second one in an account needs another.", pattern=r"[a-z][a-z0-9-]{0,30}"
    )
    keep_data: bool = _setting(
        True, "Whether bucket, table and accounts survive the deletion of the stack, which AWS then refuses at first."
    )
    deletion_protection: bool = _setting(
        False,
        "Whether AWS also refuses to delete table and accounts by themselves. Not for the first deployment: one that "
        "fails could not take them back.",
    )
    retention_days: int = _setting(30, "Days until a task, its files and its detections are deleted.", low=1, high=3650)
    log_days: int = _setting(30, "Days that logs are kept.", one_of=(1, 7, 14, 30, 60, 90, 180, 365))
    classes: tuple[str, ...] = _setting(
        ("face", "license_plate", "person", "vehicle"),
        "Classes that the models in the image find.",
        pattern=r"[a-z_]+",
    )
    profile: str = _setting(
        "balanced", "How hard to look for whoever does not say.", one_of=("fast", "balanced", "thorough")
    )
    street_pack: bool = _setting(
        True,
        "Whether the images get the pack `street`, which finds more small faces and, in `thorough`, more persons and "
        "vehicles than the models that come with Veil. Their build fetches it from GitHub.",
    )
    models_mirror: str = _setting(
        "",
        "An https address of your own that holds the pack's files, for builds without GitHub.",
        pattern=r"|https://[^@?\s]+",
    )
    architecture: str = _setting("arm64", "Processor of the zipped functions.", one_of=("arm64", "x86_64"))
    express_memory_mb: int = _setting(
        3008,
        "Memory of the express lane: what a new account may have, which holds images of 109 megapixels of plain "
        "colour; 200 take 4,612 MB. With transparency or 16 bits pixels count twice, with both three times. It brings "
        "processors: beyond 3,538 MB more than its two threads use.",
        low=2048,
        high=10240,
    )
    express_concurrency: int = _setting(20, "Images that the express lane works on at once.", low=2, high=1000)
    express_max_megapixels: int = _setting(
        200,
        "Images with more pixels, counted so, take the GPU lane where there is one, as do those that the memory does "
        "not hold; 0 sends all of them there.",
        low=0,
        high=200,
    )
    express_max_mb: int = _setting(100, "So do larger files, whatever their pixels.", low=1, high=100)
    express_max_video_megapixels: int = _setting(
        1000,
        "Videos whose frames have more together (1,000 are 45 s of 1280 x 720 at 24 frames a second) fail when they "
        "are uploaded, and are told why, unless there is a GPU lane, which takes all videos.",
        low=1,
        high=10_000,
    )
    gpu_lane: bool = _setting(
        False,
        "Whether there is a GPU lane (AWS Batch), for which only waits what the lines above send there. First "
        "ask for the quota `All G and VT Spot Instance Requests` (`Running On-Demand G and VT instances` without "
        "`gpu_spot`): at least 4 vCPUs, and as many as `gpu_max_vcpus`. New accounts have 0, and tasks would wait.",
    )
    gpu_instance_types: tuple[str, ...] = _setting(
        ("g4dn.xlarge", "g5.xlarge", "g6.xlarge"),
        "Machines of the GPU lane. The region must have all of them, or Batch refuses the list.",
        pattern=r"g(4dn|5|6|6e)\.\d*x?large",
    )
    gpu_max_vcpus: int = _setting(16, "Upper end of the GPU lane; the lower end is 0.", low=4, high=10000)
    gpu_spot: bool = _setting(True, "Spot machines instead of on-demand ones.")
    price_image: int = _setting(1, "Credits that a job takes for a picture.", low=0, high=1_000_000)
    price_video_second: int = _setting(
        1, "Credits that a job takes for each second of a video that has begun.", low=0, high=1_000_000
    )
    price_further_class: int = _setting(
        0, "Credits for each class beyond the first that is hidden, as often as the above.", low=0, high=1_000_000
    )
    auto_approve: bool = _setting(False, "Whether jobs whose key has enough credits need nobody's approval.")
    uploads_at_once: int = _setting(20, "Uploads that are judged at once.", low=2, high=1000)
    webhooks_at_once: int = _setting(50, "Webhooks that are called at once.", low=2, high=1000)
    cors_origins: tuple[str, ...] = _setting(
        ("*",), "Browser origins that may call the API and upload.", pattern=r"\*|https?://[a-z0-9.:-]+"
    )
    requests_per_second: int = _setting(100, "Steady rate that the API takes from all callers.", low=1, high=10000)
    request_burst: int = _setting(200, "Burst that the API takes on top.", low=1, high=5000)
    waf: bool = _setting(True, "Web application firewall in front of the API.")
    waf_requests_per_5_minutes: int = _setting(
        3000, "Requests of one address that the firewall lets through.", low=100, high=2_000_000
    )
    self_sign_up: bool = _setting(False, "Whether anybody may create an account.")
    domain_name: str = _setting("", "Own domain of the API; needs `certificate_arn`.", pattern=r"|[a-z0-9.-]+\.[a-z]+")
    certificate_arn: str = _setting(
        "", "Certificate of the own domain, in the same region.", pattern=r"|arn:aws[a-z-]*:acm:.+"
    )
    alarm_email: str = _setting("", "Who gets the alarms; empty for nobody.", pattern=r"|[^@\s]+@[^@\s]+\.[^@\s]+")
    budget_usd: int = _setting(
        50,
        "USD a month for the whole account; the same address hears at 80 and 100 per cent of it, and when AWS expects "
        "more; 0 for no budget.",
        low=0,
        high=1_000_000,
    )

    def __post_init__(self) -> None:
        """Refuse settings that do not fit together.

        Raises:
            ConfigError: They do not.
        """
        if bool(self.domain_name) != bool(self.certificate_arn):
            raise ConfigError("Set domain_name and certificate_arn together, or neither.")
        if self.express_max_megapixels == 0 and not self.gpu_lane:
            raise ConfigError(
                "express_max_megapixels=0 sends every image to the GPU lane, and gpu_lane=false leaves none."
            )

    @property
    def express_holds_megapixels(self) -> int:
        """The largest image of plain colour whose work fits the express lane's memory (decision 55).

        Measured at 64 megapixels, thorough, with masks: 1.78 GB, and 13 MB for each megapixel more; beside it up to 2.5
        for the process that copies a JPEG's blocks. A tenth stays free.
        """
        return min(200, (self.express_memory_mb * 9 // 10 - 950) // 16)

    @classmethod
    def from_context(cls, context: Mapping[str, Any]) -> Self:
        """Read the CDK context; what is absent keeps its default.

        CDK's own entries have a colon, a slash or a hyphen in their names and are passed over.

        Raises:
            ConfigError: A setting is unknown or its value cannot be used.
        """
        given = {name: value for name, value in context.items() if not CDK_OWN & set(name)}
        known = get_type_hints(cls)
        for name in sorted(given.keys() - known.keys()):
            raise ConfigError(f"Unknown setting {name}. Known: {', '.join(known)}.")
        return cls(
            **{
                each.name: _read(each.name, given[each.name], known[each.name], each.metadata)
                for each in fields(cls)
                if each.name in given
            }
        )

    @classmethod
    def table(cls) -> str:
        """Return all settings as the rows of a Markdown table: name, default, meaning."""
        return "\n".join(
            f"| `{each.name}` | `{_shown(each.default)}` | {each.metadata['about']} |" for each in fields(cls)
        )


def _read(name: str, value: Any, kind: Any, limits: Mapping[str, Any]) -> Any:
    try:
        read = _READERS[kind](value)
        _check(read, limits)
    except ValueError as error:
        raise ConfigError(f"Setting {name}={value!r}: {error}") from None
    return read


def _check(value: Any, limits: Mapping[str, Any]) -> None:
    if "low" in limits and not limits["low"] <= value <= limits["high"]:
        raise ValueError(f"must be {limits['low']} to {limits['high']}.")
    if "one_of" in limits and value not in limits["one_of"]:
        raise ValueError(f"must be one of {', '.join(map(str, limits['one_of']))}.")
    for text in value if isinstance(value, tuple) else (value,):
        if "pattern" in limits and not re.fullmatch(limits["pattern"], text):
            raise ValueError(f"must look like {limits['pattern']}.")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("must be text.")


def _truth(value: Any) -> bool:
    truths = {"true": True, "false": False}
    if str(value).lower() not in truths:
        raise ValueError("must be true or false.")
    return truths[str(value).lower()]


def _number(value: Any) -> int:
    if not re.fullmatch(r"\d{1,9}", str(value)):
        raise ValueError("must be a whole number.")
    return int(value)


def _texts(value: Any) -> tuple[str, ...]:
    texts = tuple(map(_text, value if isinstance(value, list) else _text(value).split(",")))
    if not all(texts):
        raise ValueError("must be a list of texts, separated by commas.")
    return texts


_READERS: Mapping[Any, Callable[[Any], Any]] = {str: _text, bool: _truth, int: _number, tuple[str, ...]: _texts}


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)
