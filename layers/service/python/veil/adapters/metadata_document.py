"""The metadata document of an image, in the contract's form (contracts/celantur.md C.8)."""

from veil_vision.hide.masks import instance_colors
from veil_vision.pipelines.image import Anonymized

# 102 and 103 are the vendor's; it never showed the other two, so these are ours.
TYPE_CODES = {"license_plate": 101, "person": 102, "face": 103, "vehicle": 104}


def metadata_document(result: Anonymized, name: str) -> dict[str, object]:
    """Return what was found in an image, and what of it was hidden, as plain values.

    `size` is [width, height] as the contract's text says; its one sample has them the other way round.
    `color` is the detection's colour in the instance mask, [R, G, B], or null where nothing was hidden.
    An object across the seam of a panorama has an entry for either side, both of one `color`.
    """
    hidden = [region for region in result.regions if region is not None]
    colors = iter(instance_colors(hidden, width=result.width))
    color_of = [next(colors) if region is not None else None for region in result.regions]
    hides = result.picture is not None
    return {
        "id": name,
        "filename": name,
        "folder": None,
        "size": [result.width, result.height],
        "duration": round(sum(result.seconds.values()), 4),
        "detections": [
            _detection(index, name, result, color=color, hidden=hides and color is not None)
            for index, color in enumerate(color_of)
        ],
    }


def _detection(
    index: int, name: str, result: Anonymized, *, color: tuple[int, int, int] | None, hidden: bool
) -> dict[str, object]:
    object_class = str(result.detections.classes[index])
    inside = result.detections.boxes[index].clip(0, [result.width, result.height] * 2)
    box = [round(edge) for edge in inside.tolist()]
    return {
        "id": index,
        "parent_image": name,
        "offset": box[:2],
        "bbox": box,
        "type": TYPE_CODES[object_class],
        "type_label": object_class,
        "score": round(float(result.detections.scores[index]), 6),
        # The contract's samples and its table spell this differently.
        "is_anonymised": hidden,
        "is_anonymized": hidden,
        "color": list(color) if color else None,
    }
