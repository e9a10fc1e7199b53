"""What models.toml tells of a model: where it comes from, what it finds, and how it looks."""

from dataclasses import dataclass
from pathlib import Path

from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.models.plans import AtlasPlan, SearchPlan


@dataclass(frozen=True, slots=True)
class WheelSource:
    """A model that lies inside a Python wheel.

    Attributes:
        wheel: Requirement with an exact version, `name==version`.
        wheel_sha256: Checksum of the wheel.
        member: Path of the model inside the wheel.
    """

    wheel: str
    wheel_sha256: str
    member: str


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A model behind a public https address that is pinned to one version."""

    url: str


@dataclass(frozen=True, slots=True)
class PackagedSource:
    """A model that comes with Veil itself; it lies beside this module and is never installed.

    Attributes:
        packaged: Path of the model inside this package.
    """

    packaged: str

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(__file__).parent / self.packaged


# What has to be fetched, and what not.
RemoteSource = WheelSource | UrlSource
Source = RemoteSource | PackagedSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One entry of models.toml.

    Attributes:
        name: What users call the model.
        family: Which class of ours knows how to run it.
        classes: What it finds, or of what it shows the outline.
        default: Whether `veil models pull` installs it unless told what to install.
        pack: Name under which `veil models pull` installs it with others; None for most.
        licence: SPDX identifier of the weights' licence.
        file: Name inside the model folder, or inside this package.
        size_bytes: Exact size of that file.
        sha256: Checksum of that file, lower-case hex.
        input: What the network expects, for people.
        source: Where the file comes from.
    """

    name: str
    family: str
    classes: tuple[ObjectClass, ...]
    default: bool
    pack: str | None
    licence: str
    file: str
    size_bytes: int
    sha256: str
    input: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard(Card):
    """A model that finds objects.

    Attributes:
        default_threshold: Score from which a detection counts.
        search: How closely it must look.
        second_look: How it looks at finished pictures; None where finding an object again proves nothing.
    """

    default_threshold: float
    search: SearchPlan
    second_look: AtlasPlan | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmenterCard(Card):
    """A model that shows which pixels of a place belong to the object that was found there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierCard(Card):
    """A model that looks closely at what another suspects.

    Attributes:
        verifies: Name of the other.
    """

    verifies: str
