"""Whether the models that a profile is measured with are on this machine."""

from collections.abc import Collection
from pathlib import Path

from veil.domain.policy import ObjectClass, Profile
from veil_vision.detect.profiles import ProfileName, profiles
from veil_vision.geometry import detections as seen
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue


def missing_models(models: Path, profile: Profile, classes: Collection[ObjectClass]) -> list[str]:
    """Return the default models that would look for the classes by the profile, were they in the folder."""
    folder = ModelFolder(models)
    missing = [card for card in catalogue() if card.default and folder.status(card) is ModelStatus.MISSING]
    installed = [card for card in catalogue() if folder.status(card) is not ModelStatus.MISSING]
    look = profiles()[ProfileName(profile)].looking
    wanted = {card.name for each in classes for card in look([*missing, *installed], seen.ObjectClass(each))}
    return sorted(card.name for card in missing if card.name in wanted)
