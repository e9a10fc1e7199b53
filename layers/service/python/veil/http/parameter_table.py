"""The parameters of a v2 task: declared once, for the parser, the echo, the OpenAPI document and the docs."""

from dataclasses import dataclass, replace
from typing import Any

from veil.domain.policy import (
    MOST_FRAMES_UNCHECKED,
    AnonymizationMethod,
    Audio,
    BrokenFrames,
    ClassRule,
    ObjectClass,
    Policy,
    Profile,
    SavedMasks,
)
from veil.http.ignore_areas import Zones
from veil.http.parameter_types import Choice, Flag, Kind, Number, Text
from veil.http.tiling import Format

METHOD = "anonymization_method"
WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter.

    Attributes:
        name: Its spelling in answers; requests may write hyphens for underscores.
        effect: What it does, for whoever integrates.
        field: The field of the policy that it sets, or of the class's rule; None where it sets neither.
        of_class: The class whose rule it sets.
        is_ours: Whether the contract does not have it.
    """

    name: str
    kind: Kind
    effect: str
    field: str | None = None
    of_class: ObjectClass | None = None
    is_ours: bool = False

    @property
    def default(self) -> Any:
        """What holds when the parameter is not given, as JSON; None where nothing does."""
        if self.field is None or self.name == METHOD:
            return None
        return False if self.field == "hide" else self.render(EVERY_CLASS)

    def render(self, policy: Policy) -> Any:
        """Return the policy's value as JSON."""
        part = policy.rule(self.of_class) if self.of_class else policy
        return self.kind.render(getattr(part, self.field or ""))

    def applied(self, policy: Policy, value: Any) -> Policy:
        """Return the policy with the value in its place.

        Raises:
            PolicyError: The value is out of range.
        """
        if self.field is None or self.field == "hide":
            return policy
        changes: dict[str, Any] = {self.field: value}
        if self.of_class is not None:
            changes = {self.of_class.value: replace(policy.rule(self.of_class), **changes)}
        return replace(policy, **changes)


def with_classes(policy: Policy, chosen: frozenset[ObjectClass]) -> Policy:
    """Return the policy with these classes hidden and no other.

    Raises:
        PolicyError: There is none.
    """
    rules: dict[str, Any] = {each.value: replace(policy.rule(each), hide=each in chosen) for each in ObjectClass}
    return replace(policy, **rules)


def _every_class() -> Policy:
    """Return the default policy with every class hidden, since a policy without a class cannot be."""
    rule_of_person = replace(Policy(face=ClassRule(hide=True)).person, hide=True)
    return with_classes(Policy(person=rule_of_person), frozenset(ObjectClass))


EVERY_CLASS = _every_class()

_LABELS = {
    ObjectClass.FACE: "faces",
    ObjectClass.LICENSE_PLATE: "licence plates",
    ObjectClass.PERSON: "whole persons",
    ObjectClass.VEHICLE: "vehicles",
}
# The contract's gradients are for these only.
_CONTRACT_GRADIENTS = frozenset({ObjectClass.FACE, ObjectClass.LICENSE_PLATE})


def _class_flag(each: ObjectClass) -> Parameter:
    return Parameter(name=each.value, kind=Flag(), field="hide", of_class=each, effect=f"Hide {_LABELS[each]}.")


def _threshold(each: ObjectClass) -> Parameter:
    return Parameter(
        name=f"{each}_threshold",
        kind=Number(0, 1),
        field="threshold",
        of_class=each,
        is_ours=True,
        effect=f"Least score at which {_LABELS[each]} count; null leaves it to the model. Lower hides more, "
        "down to half of the model's own.",
    )


def _kernel_size(each: ObjectClass) -> Parameter:
    return Parameter(
        name=f"kernel_size_{each}",
        kind=Number(0, 10_000),
        field="kernel_size",
        of_class=each,
        effect=f"How coarse blur and mosaic of {_LABELS[each]} are: below 1 relative to the object, from 1 in pixels. "
        "Never changes what can be recovered.",
    )


def _gradients(each: ObjectClass) -> tuple[Parameter, Parameter]:
    start = "How far outside the box what hides it fades in, relative to the box."
    stop = "Recorded and echoed only: everything inside the box is hidden at full strength."
    return (
        _gradient(each, "start", start),
        _gradient(each, "stop", stop),
    )


def _gradient(each: ObjectClass, end: str, effect: str) -> Parameter:
    return Parameter(
        name=f"{each}_anonymization_gradient_{end}",
        kind=Number(0, 10),
        field=f"gradient_{end}",
        of_class=each,
        is_ours=each not in _CONTRACT_GRADIENTS,
        effect=effect,
    )


PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name=METHOD,
        kind=Choice((AnonymizationMethod.BLUR, AnonymizationMethod.PIXELATE, AnonymizationMethod.BLACKEN)),
        field="method",
        effect="Required. How a region is hidden. Every method draws it from the pixels outside the region only.",
    ),
    *(_class_flag(each) for each in ObjectClass),
    Parameter(name="bbox", kind=Flag(), field="boxes", effect="Hide rectangles instead of outlines."),
    Parameter(
        name="format",
        kind=Format(),
        field="tiling",
        effect="The grid that large images are searched in, besides the whole.",
    ),
    Parameter(name="ignores", kind=Zones(), field="ignore_zones", effect="Rectangles in which nothing is hidden."),
    Parameter(
        name="quality",
        kind=Number(0, 100, whole=True, left_open=90),
        field="quality",
        effect="JPEG quality of the anonymized image. Where it is not given, a JPEG keeps its own, and every block in "
        "which nothing is hidden, bit by bit.",
    ),
    Parameter(
        name="compress_level",
        kind=Number(0, 9, whole=True),
        field="compress_level",
        effect="PNG compression of the anonymized image.",
    ),
    Parameter(
        name="save_mask",
        kind=Choice((SavedMasks.ALL, SavedMasks.BINARY, SavedMasks.INSTANCE, SavedMasks.NONE)),
        field="masks",
        effect="Which mask files are made. `none` is Veil's own.",
    ),
    Parameter(
        name="mask_scale", kind=Number(0, 100), field="mask_scale", effect="Size of the masks in percent of the image."
    ),
    Parameter(name="debug", kind=Flag(), field="debug", effect="Draw boxes and outlines of what was found."),
    Parameter(name="score", kind=Flag(), field="score", effect="Draw the scores too; needs `debug`."),
    Parameter(
        name=WEBHOOK,
        kind=Text({"format": "uri"}),
        effect="HTTPS address that is called when the task is done or has failed.",
    ),
    *(_kernel_size(each) for each in ObjectClass),
    *(gradient for each in ObjectClass for gradient in _gradients(each)),
    Parameter(
        name="keep_bit_rate",
        kind=Flag(),
        field="keep_bit_rate",
        effect="Aim at the bit rate of the video that was sent instead of at a quality; without effect on images.",
    ),
    Parameter(
        name="audio",
        kind=Choice((Audio.KEEP, Audio.MUTE, Audio.DROP)),
        field="audio",
        is_ours=True,
        effect="What becomes of a video's audio. A voice tells who speaks.",
    ),
    Parameter(
        name="broken_frames",
        kind=Choice((BrokenFrames.FAIL, BrokenFrames.CONCEAL)),
        field="broken_frames",
        is_ours=True,
        effect="Whether a video with damaged frames fails, or such frames become black.",
    ),
    Parameter(
        name="check_every",
        kind=Number(1, MOST_FRAMES_UNCHECKED, whole=True),
        field="check_every",
        is_ours=True,
        effect="The finished video is looked at again in each so-many-th frame, besides the telling places of each "
        "object. null leaves it to the deployment, which takes 25 unless told otherwise.",
    ),
    Parameter(
        name="mime_type",
        kind=Text({}),
        effect="Accepted, not used, not echoed: the upload's own type and bytes decide.",
    ),
    *(_threshold(each) for each in ObjectClass),
    Parameter(
        name="profile",
        kind=Choice((Profile.FAST, Profile.BALANCED, Profile.THOROUGH)),
        field="profile",
        is_ours=True,
        effect="How hard to look: from one to the next less is missed, at a higher cost. null leaves it to the "
        "deployment, which takes `balanced` unless told otherwise.",
    ),
    Parameter(
        name="margin",
        kind=Number(0, 5),
        field="margin",
        is_ours=True,
        effect="How much each box grows on every side before it is hidden, relative to its size; a plate's by the same "
        "length all around.",
    ),
    Parameter(
        name="keep_capture_time",
        kind=Flag(),
        field="keep_capture_time",
        is_ours=True,
        effect="Write the photo's capture time into the result.",
    ),
    Parameter(
        name="keep_gps",
        kind=Flag(),
        field="keep_gps",
        is_ours=True,
        effect="Write the photo's position into the result.",
    ),
    Parameter(
        name="keep_panorama",
        kind=Flag(),
        field="keep_panorama",
        is_ours=True,
        effect="Write into the result how a 360 degree panorama lies on the sphere, which its viewers need.",
    ),
)
