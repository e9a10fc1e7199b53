"""The marked pictures beside the checkout (`shared/media`) that detection is measured on, and by which policy."""

from collections.abc import Collection, Sequence
from pathlib import Path

from veil.adapters.evaluation import DatasetSpec
from veil.domain.policy import ClassRule, ObjectClass, Policy, Profile

HERE = Path(__file__).parent
MEDIA = HERE.parents[1] / "shared" / "media"
COCO = MEDIA / "coco128"
STREETS: Sequence[tuple[tuple[ObjectClass, ...], DatasetSpec]] = (
    ((ObjectClass.FACE,), DatasetSpec(path=HERE / "faces.csv", images=MEDIA, meanings={"unclear": "ignore"})),
    # The two rides that no network here has learned from (training/plates/photos.py), as the set's own people marked
    # them, and what they left unmarked and is a plate to the eye: unclear, so neither missed nor false.
    (
        (ObjectClass.LICENSE_PLATE,),
        DatasetSpec(path=HERE / "plates.csv", images=MEDIA / "plates", meanings={"unclear": "ignore"}),
    ),
    (
        (ObjectClass.PERSON, ObjectClass.VEHICLE),
        DatasetSpec(path=COCO / "box_classes.yaml", images=COCO / "images", labels=COCO / "boxes"),
    ),
)


def policy_for(classes: Collection[ObjectClass], profile: Profile = Profile.BALANCED) -> Policy:
    """Return what `veil anonymize` does of itself with these classes."""
    face, plate, person, vehicle = (ClassRule(hide=each in classes) for each in ObjectClass)
    return Policy(profile=profile, face=face, license_plate=plate, person=person, vehicle=vehicle)
