"""The one translator from a policy to a recipe: what the service asks for, in terms of pixels."""

from collections.abc import Mapping
from dataclasses import asdict

from veil.domain.policy import AnonymizationMethod, ObjectClass, Policy, Profile, SavedMasks
from veil_vision.detect.profiles import ProfileName, profiles
from veil_vision.geometry import object_classes as seen
from veil_vision.geometry.grids import Grid
from veil_vision.geometry.regions import RegionStyle, Shape
from veil_vision.geometry.regions import Zone as VisionZone
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.hide.styles import AnonymizationMethod as VisionMethod
from veil_vision.image.header import ImageLimits
from veil_vision.image.metadata import MetadataPolicy

LEAST_FEATHER = 0.1

# What hides a class, and what does where a policy asks for boxes.
SHAPES: Mapping[ObjectClass, Shape] = {
    ObjectClass.FACE: Shape.ROUNDED,
    ObjectClass.LICENSE_PLATE: Shape.EVEN_BOX,
    ObjectClass.PERSON: Shape.SEGMENT,
    ObjectClass.VEHICLE: Shape.SEGMENT,
}
BOXES = dict.fromkeys(ObjectClass, Shape.BOX) | {ObjectClass.LICENSE_PLATE: Shape.EVEN_BOX}


def recipe_of(policy: Policy, limits: ImageLimits, profile: Profile = Profile.BALANCED) -> Recipe:
    """Return the policy in terms of pixels, with the given profile where it names none."""
    return Recipe(
        targets={seen.ObjectClass(each): _target(policy, each) for each in policy.classes},
        method=None if policy.method is AnonymizationMethod.DETECT else VisionMethod(policy.method),
        profile=profiles()[ProfileName(policy.profile or profile)],
        ignore_zones=tuple(VisionZone(zone.x1, zone.y1, zone.x2, zone.y2) for zone in policy.ignore_zones),
        grid=Grid(**asdict(policy.tiling)) if policy.tiling else None,
        quality=policy.quality,
        compress_level=policy.compress_level,
        keep=MetadataPolicy(capture_time=policy.keep_capture_time, gps=policy.keep_gps, panorama=policy.keep_panorama),
        debug=policy.debug,
        scores=policy.score,
        binary_mask=policy.masks in {SavedMasks.ALL, SavedMasks.BINARY},
        instance_mask=policy.masks in {SavedMasks.ALL, SavedMasks.INSTANCE},
        mask_scale=policy.mask_scale,
        limits=limits,
    )


def _target(policy: Policy, object_class: ObjectClass) -> Target:
    rule = policy.rule(object_class)
    shape = BOXES[object_class] if policy.boxes else SHAPES[object_class]
    style = RegionStyle(shape=shape, margin=policy.margin, feather=_feather(rule.gradient_start, policy.margin))
    return Target(threshold=rule.threshold, style=style, kernel_size=rule.kernel_size)


def _feather(gradient_start: float, margin: float) -> float:
    """Return how far beyond the core what hides it fades out, relative to the box.

    The contract's gradient starts that far outside the box and is full at its edge, so it is at half strength half
    that far out. So is ours, which starts at the core's edge. What is left may be nothing; a seam is softened all the
    same, unless none was asked for.
    """
    return max(LEAST_FEATHER, gradient_start - 2 * margin) if gradient_start else 0.0
