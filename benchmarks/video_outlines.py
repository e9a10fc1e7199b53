"""`python -m benchmarks.video_outlines CLIP...`: what outlines between looks leave open and hide, against boxes.

In each frame in which an object was detected and is hidden by an outline, the network looks at it once more. *Open* is
what of that look, in the box, is not hidden: what carrying costs, not what the network misses. Prints a row per clip,
and for the worst frames which they are.
"""

import argparse
import os
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from veil_vision.detect.families import open_detector
from veil_vision.geometry.boxes import cover
from veil_vision.geometry.detections import Detections
from veil_vision.geometry.object_classes import ObjectClass
from veil_vision.geometry.regions import RegionStyle, Shape, regions_of
from veil_vision.hide.recipe import Recipe, Target
from veil_vision.models.catalogue import ModelFolder, ModelStatus, catalogue, models_dir, segmenter_catalogue
from veil_vision.pipelines.video import anonymize_video
from veil_vision.pipelines.video_output import VideoSettings
from veil_vision.segment import Segmenter, open_segmenter
from veil_vision.segment.objects import with_outlines
from veil_vision.track import TrackedVideo
from veil_vision.track.tracks import Origin
from veil_vision.video.frames import as_shown
from veil_vision.video.probe import probe
from veil_vision.video.reader import read_frames

Sighting = tuple[int, int]
"""A frame and the number of a track that was detected in it and is hidden by an outline."""


@dataclass(slots=True)
class Tally:
    """What is known of one clip.

    Attributes:
        open: By sighting, which share of the frame's own look is not hidden.
        outlined: Pixels that outlines hide...
        boxed: ...and those that boxes would...
        own: ...and those that outlines of the very frame would.
    """

    open: dict[Sighting, float] = field(default_factory=dict)
    outlined: int = 0
    boxed: int = 0
    own: int = 0

    def add(self, sighting: Sighting, one: Detections, own: Detections, recipe: Recipe, size: tuple[int, int]) -> None:
        """Count what is hidden of one object, against what the frame's own outline would hide of it."""
        look = own.segments[0]
        if look is None:
            return
        hidden = _hidden(one, recipe, size)
        left, top, right, bottom = cover(one.boxes, width=size[0], height=size[1])[0].tolist()
        seen = look.within((left, top, right, bottom), 0)
        shows = int((seen & ~hidden[top:bottom, left:right]).sum())
        self.open[sighting] = shows / max(int(seen.sum()), 1)
        self.outlined += int(hidden.sum())
        self.boxed += int(_hidden(one.with_segments([None]), recipe, size).sum())
        self.own += int(_hidden(own, recipe, size).sum())

    def cells(self) -> str:
        """Return the row's figures."""
        if not self.open:
            return "0 |  |  |  | "
        tracks = [
            [self.open[each] for each in group] for _, group in groupby(sorted(self.open, key=_track), key=_track)
        ]
        means = [float(np.mean(each)) for each in tracks]
        worst = max(self.open, key=lambda each: self.open[each])
        return (
            f"{len(self.open)} | {max(means):.3%} | {self.open[worst]:.2%} (frame {worst[0]}) | "
            f"{self.outlined / self.boxed:.2f} | {self.own / self.boxed:.2f}"
        )


def main() -> None:
    """Measure with the models that are installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="+", type=Path)
    folder = ModelFolder(models_dir(os.environ))
    installed = [card for card in catalogue() if folder.status(card) is not ModelStatus.MISSING]
    detectors = [open_detector(card, folder) for card in installed]
    segmenter = open_segmenter(segmenter_catalogue()[0], folder)
    target = Target(threshold=None, style=RegionStyle(Shape.SEGMENT), kernel_size=0.35)
    recipe = Recipe(targets=dict.fromkeys((ObjectClass.PERSON, ObjectClass.VEHICLE), target), method=None)
    print(
        "| clip | places by outline | held against | open, most of a track | worst frame | hidden, of the box | own |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for clip in parser.parse_args().clips:
        made = anonymize_video(
            clip, clip, recipe, detectors, segmenter, settings=VideoSettings(), report=lambda _: None
        )
        video = made.findings.video
        places = [place for track in video.tracks for place in track.places]
        outlined = sum(place.segment is not None for place in places)
        tally = _measured(clip, video, recipe, segmenter)
        print(f"| {clip.stem} | {outlined} of {len(places)} | {tally.cells()} |", flush=True)


def _measured(clip: Path, video: TrackedVideo, recipe: Recipe, segmenter: Segmenter) -> Tally:
    facts, tally, seen = probe(clip), Tally(), _sightings(video)
    for frame in read_frames(clip):
        for number, one in seen[frame.number]:
            own = with_outlines(as_shown(frame.picture, facts), one, recipe, segmenter)
            tally.add((frame.number, number), one, own, recipe, facts.shown)
    return tally


def _sightings(video: TrackedVideo) -> dict[int, list[tuple[int, Detections]]]:
    """Return by frame the tracks that were detected in it and are hidden by an outline."""
    seen = defaultdict[int, list[tuple[int, Detections]]](list)
    for track in video.tracks:
        for place in track.places:
            if place.origin is Origin.DETECTED and place.segment is not None:
                one = Detections.of([place.box], object_class=track.object_class).with_segments([place.segment])
                seen[place.frame].append((track.number, one))
    return seen


def _hidden(found: Detections, recipe: Recipe, size: tuple[int, int]) -> NDArray[np.bool_]:
    hidden = np.zeros(size[::-1], np.bool_)
    for region in regions_of(found, recipe.styles, width=size[0], height=size[1]):
        hidden[region.rows, region.columns] |= region.core
    return hidden


def _track(sighting: Sighting) -> int:
    return sighting[1]


if __name__ == "__main__":
    main()
