"""`python -m benchmarks.faces`: which faces each way to look for them finds, by what is special about the face.

A face counts as hidden when seven tenths of its box lie in what would be hidden, margin included: less than the nine
tenths of `benchmarks.profiles`, because most of the boxes are CenterFace's and other models draw theirs tighter.
Each network sees each view of a scene once, however many ways ask for it (`remembering.py`). Turning is tried on the
photos as they are and on turned ones only.
"""

import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from math import inf
from time import process_time

import numpy as np
from numpy.typing import NDArray

from benchmarks.face_scenes import AS_THEY_ARE, Scene, changed_photos, photos, small_faces
from benchmarks.remembering import Remembered, RememberingSession
from veil_vision.detect.detector import Detector
from veil_vision.detect.ensemble import find_all
from veil_vision.detect.families import FAMILIES
from veil_vision.detect.profiles import ModelUse, Profile, ProfileName
from veil_vision.evaluation.intervals import Share
from veil_vision.geometry.boxes import Boxes, cover, intersection
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue, models_dir
from veil_vision.models.sessions import open_session

MARGIN = 0.1
HIDDEN = 0.7
HEIGHTS: Mapping[str, tuple[float, float]] = {
    "up to 12 px": (0, 12),
    "12 to 20 px": (12, 20),
    "20 to 40 px": (20, 40),
    "from 40 px": (40, inf),
}
TURNED = {"turns": (1, 2, 3)}
CENTERFACE = ModelUse("centerface")
WAYS: Mapping[str, tuple[ModelUse, ...]] = {
    "CenterFace": (CENTERFACE,),
    "CenterFace from 0.2": (ModelUse("centerface", thresholds={ObjectClass.FACE: 0.2}),),
    "YuNet from 0.5": (ModelUse("yunet", thresholds={ObjectClass.FACE: 0.5}),),
    "YuNet-n": (ModelUse("yunet-n"),),
    "CenterFace, YuNet": (CENTERFACE, ModelUse("yunet", second_opinion=True)),
    "CenterFace, YuNet-n": (CENTERFACE, ModelUse("yunet-n", second_opinion=True)),
    "CenterFace turned, YuNet-n": (
        ModelUse("centerface", search=TURNED),
        ModelUse("yunet-n", second_opinion=True),
    ),
    "CenterFace, YuNet turned": (CENTERFACE, ModelUse("yunet", second_opinion=True, search=TURNED)),
    "CenterFace, YuNet-n turned": (CENTERFACE, ModelUse("yunet-n", second_opinion=True, search=TURNED)),
}


@dataclass(slots=True)
class Count:
    """What one way found.

    Attributes:
        hits: Faces hidden, by condition.
        faces: All of them, by condition.
        false: Regions that touch neither a face nor what may be one, in the photos as they are.
        cpu_seconds: Spent on the photos as they are.
    """

    hits: Counter[str] = field(default_factory=Counter)
    faces: Counter[str] = field(default_factory=Counter)
    photos: Counter[bool] = field(default_factory=Counter)
    false: Counter[bool] = field(default_factory=Counter)
    megapixels: float = 0.0
    cpu_seconds: float = 0.0

    def add(self, scene: Scene, found: Boxes, cpu_seconds: float) -> None:
        """Count what was found in a scene."""
        area = _painted(found, scene.pixels)
        for condition, hit in zip(_conditions(scene), _hidden(area, scene.faces), strict=True):
            self.faces.update(condition)
            self.hits.update(condition if hit else ())
        if scene.condition == AS_THEY_ARE:
            has_faces = bool(len(scene.faces))
            known = np.concatenate([scene.faces, scene.unclear])
            self.photos[has_faces] += 1
            self.false[has_faces] += int((~(intersection(found, known) > 0).any(axis=1)).sum())
            self.megapixels += scene.pixels.shape[0] * scene.pixels.shape[1] / 1e6
            self.cpu_seconds += cpu_seconds


def main() -> None:
    """Measure every way whose models are installed and print a table with a column for each."""
    remembered = Remembered()
    detectors = _detectors(remembered)
    ways = {way: uses for way, uses in WAYS.items() if {use.model for use in uses} <= detectors.keys()}
    counts: dict[str, Count] = defaultdict(Count)
    for scene in chain(photos(), changed_photos(), small_faces()):
        remembered.forget()
        for way, uses in ways.items():
            if _turns(uses) and not scene.condition.startswith((AS_THEY_ARE, "turned")):
                continue
            saved = remembered.cpu_seconds
            found, cpu_seconds = _found(scene, uses, [detectors[use.model] for use in uses])
            counts[way].add(scene, found, cpu_seconds + remembered.cpu_seconds - saved)
    for line in _table(counts):
        print(line)


def _turns(uses: tuple[ModelUse, ...]) -> bool:
    return any("turns" in use.search for use in uses)


def _detectors(remembered: Remembered) -> dict[str, Detector]:
    """Return those that some way needs and that are installed, by name."""
    names, folder = {use.model for uses in WAYS.values() for use in uses}, ModelFolder(models_dir(os.environ))
    cards = [card for card in catalogue() if card.name in names and folder.status(card) is ModelStatus.VERIFIED]
    sessions = [RememberingSession(open_session(folder.read(card)), remembered) for card in cards]
    return {card.name: FAMILIES[card.family](card, session) for card, session in zip(cards, sessions, strict=True)}


def _found(scene: Scene, uses: tuple[ModelUse, ...], detectors: list[Detector]) -> tuple[Boxes, float]:
    face = Target(threshold=None, style=RegionStyle(), kernel_size=0.35)
    recipe = Recipe(targets={ObjectClass.FACE: face}, method=None, profile=Profile(ProfileName.THOROUGH, uses))
    started = process_time()
    found = find_all(scene.pixels, recipe, detectors)
    return found.boxes, process_time() - started


def _conditions(scene: Scene) -> Iterator[list[str]]:
    """Yield, for each face, the rows of the table it belongs to."""
    for box, side in zip(scene.faces, scene.sides, strict=True):
        if scene.condition != AS_THEY_ARE:
            yield [scene.condition]
            continue
        height = float(box[3] - box[1])
        size = next(size for size, (low, high) in HEIGHTS.items() if low <= height < high)
        yield [AS_THEY_ARE, f"{AS_THEY_ARE}, {size}", *([f"{AS_THEY_ARE}, from the side"] if side else [])]


def _painted(boxes: Boxes, pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    height, width = pixels.shape[:2]
    area = np.zeros((height, width), np.bool_)
    for left, top, right, bottom in cover(boxes, width=width, height=height, margin=MARGIN):
        area[top:bottom, left:right] = True
    return area


def _hidden(area: NDArray[np.bool_], faces: Boxes) -> Iterator[bool]:
    for left, top, right, bottom in cover(faces, width=area.shape[1], height=area.shape[0]):
        yield bool(area[top:bottom, left:right].mean() >= HIDDEN)


def _table(counts: Mapping[str, Count]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    first = next(iter(counts.values()))
    yield f"| faces | | {' | '.join(counts)} |"
    yield f"| --- | --- {'| --- ' * len(counts)}|"
    order = [AS_THEY_ARE, *(f"{AS_THEY_ARE}, {size}" for size in HEIGHTS)]
    for condition in dict.fromkeys([*order, *first.faces]):
        faces = first.faces[condition]
        shares = [Share(count.hits[condition], count.faces[condition]) for count in counts.values()]
        yield f"| {condition} | {faces} | {' | '.join(map(_shown, shares))} |"
    for has_faces, what in ((True, "false, each photo with faces"), (False, "false, each photo without")):
        rates = [f"{count.false[has_faces] / count.photos[has_faces]:.2f}" for count in counts.values()]
        yield f"| {what} | {first.photos[has_faces]} | {' | '.join(rates)} |"
    costs = [f"{1000 * count.cpu_seconds / count.megapixels:.0f}" for count in counts.values()]
    yield f"| CPU-ms per megapixel | | {' | '.join(costs)} |"


def _shown(share: Share) -> str:
    return "" if share.value is None else f"{share.value:.0%}"


if __name__ == "__main__":
    main()
