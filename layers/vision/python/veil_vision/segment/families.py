"""Open the segmenter that a catalogue entry names."""

from collections.abc import Callable, Mapping

from veil_vision.models.cards import SegmenterCard
from veil_vision.models.catalogue import ModelFolder
from veil_vision.models.device import CPU, Device
from veil_vision.models.sessions import Session, open_session
from veil_vision.segment.deeplab import DeepLab
from veil_vision.segment.segmenter import Segmenter

FAMILIES: Mapping[str, Callable[[SegmenterCard, Session], Segmenter]] = {"deeplab": DeepLab}


def open_segmenter(card: SegmenterCard, folder: ModelFolder, *, device: Device = CPU, threads: int = 1) -> Segmenter:
    """Return a segmenter that runs the card's model, read from the folder and verified.

    Raises:
        ModelMissingError: The folder does not have the model.
        ModelCorruptError: The folder has other bytes under its name.
        ModelError: The device is not available here.
    """
    return FAMILIES[card.family](card, open_session(folder.read(card), device=device, threads=threads))
