"""How closely to look: plain numbers, one set per model, written in models.toml."""

import math
from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class SearchPlan:
    """How closely to search a picture of any size.

    Attributes:
        whole_long_side: The whole picture is searched at no less than this length of its longer side...
        single_long_side: ...and pictures up to this length need no other pass.
        fine_long_side: For the pass in tiles, smaller pictures are enlarged to this length of their longer side...
        fine_pixels: ...and larger ones shrunk to this many pixels.
        tile_side: Longest side of a tile, a multiple of 32.
        sure_side: Size in pixels from which the network finds an object with near certainty.
        coarse_long_side: The whole picture is searched at this length too, for what fills it; 0 for not at all.
        small_long_side: And at this length, for what is large in it; 0 for not at all.
        coarse_score: Least score that counts there: things that fill a picture are seen in it well or not at all.
        close_score: Least score that counts close to places that others show: much looks like an object from near.
        surer_share: Where the whole picture and tiles are looked at, what both could show scores this share of what the
            surer look says...
        fainter_share: ...and this share of what the other says, 0 where that sees nothing.
        turns: Quarter turns, counterclockwise, after each of which the picture is searched once more.
    """

    whole_long_side: int
    single_long_side: int
    fine_long_side: int
    fine_pixels: int
    tile_side: int
    sure_side: int
    coarse_long_side: int = 0
    small_long_side: int = 0
    coarse_score: float = 0.0
    close_score: float = 0.0
    surer_share: float = 1.0
    fainter_share: float = 0.0
    turns: tuple[int, ...] = ()

    @property
    def weighs(self) -> bool:
        """Whether scores tell how much both looks speak for what they show."""
        return (self.surer_share, self.fainter_share) != (1, 0)

    def fine_scale(self, width: int, height: int) -> float:
        """Return by how much a picture is scaled for the closest look at it."""
        long_side = max(width, height)
        if long_side <= self.single_long_side:
            return max(1.0, self.whole_long_side / long_side)
        return max(self.fine_long_side / long_side, min(1.0, math.sqrt(self.fine_pixels / (width * height))))

    def whole_only(self, long_side: int, *, coarse: bool) -> Self:
        """Return the plan without tiles, for pictures in no single pass: the whole and, if asked, what fills it."""
        coarse_side = self.coarse_long_side if coarse else 0
        plan = replace(self, whole_long_side=long_side, fine_long_side=long_side, fine_pixels=0)
        return replace(plan, coarse_long_side=coarse_side)

    def overlap(self, long_side: int) -> int:
        """Return by how many pixels tiles of a picture with the given longer side must overlap.

        What the pass over the whole picture finds for sure, no tile needs to show whole. So the overlap
        is the size, seen in the tiles, of the largest object that only tiles find for sure.
        """
        return min(self.tile_side // 2, math.ceil(self.sure_side * long_side / self.whole_long_side))


@dataclass(frozen=True, slots=True)
class AtlasPlan:
    """How to look again at a few places.

    Attributes:
        window_side: Longer side to which a window is brought in the atlas, in pixels.
        most_scale: How much a small window may be enlarged for that. Measured on 361 faces of COCO:
            beyond 2 it costs more and finds fewer, since enlarging adds blur but nothing to see.
        context: Size of the crop around a window, as a multiple of the window.
        atlas_side: Longest side of an atlas, in pixels.
        least_score: Lower scores prove nothing in a second look, whatever counts in the search.
    """

    window_side: int
    most_scale: float
    context: float
    atlas_side: int
    least_score: float = 0.0
