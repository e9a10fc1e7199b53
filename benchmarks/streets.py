"""The marked pictures beside the checkout (`shared/media`) that detection is measured on, and by which policy."""

from collections.abc import Collection, Sequence
from pathlib import Path

from veil.adapters.evaluation import Street
from veil.domain.policy import ClassRule, ObjectClass, Policy, Profile

HERE = Path(__file__).parent
MEDIA = HERE.parents[1] / "shared" / "media"
COCO = MEDIA / "coco128"
STREETS: Sequence[tuple[tuple[ObjectClass, ...], Street]] = (
    ((ObjectClass.FACE,), Street(path=HERE / "faces.csv", images=MEDIA, meanings={"unclear": "ignore"})),
    ((ObjectClass.LICENSE_PLATE,), Street(path=MEDIA / "plates" / "boxes.csv")),
    (
        (ObjectClass.PERSON, ObjectClass.VEHICLE),
        Street(path=COCO / "box_classes.yaml", images=COCO / "images", labels=COCO / "boxes"),
    ),
)


def policy_for(classes: Collection[ObjectClass], profile: Profile = Profile.BALANCED) -> Policy:
    """Return what `veil anonymize` does of itself with these classes."""
    face, plate, person, vehicle = (ClassRule(hide=each in classes) for each in ObjectClass)
    return Policy(profile=profile, face=face, license_plate=plate, person=person, vehicle=vehicle)
