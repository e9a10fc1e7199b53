"""Open the detector that a catalogue entry names."""

from collections.abc import Callable, Mapping

from veil_vision.detect.centerface import CenterFace
from veil_vision.detect.detector import Detector
from veil_vision.detect.nanodet import NanoDet
from veil_vision.detect.plate_verifier import PlateVerifier
from veil_vision.detect.plates import Plates
from veil_vision.detect.text_plates import TextPlates
from veil_vision.detect.yolox import Yolox
from veil_vision.detect.yunet import YuNet
from veil_vision.models.cards import ModelCard
from veil_vision.models.catalogue import ModelFolder, verifier_catalogue
from veil_vision.models.device import CPU, Device
from veil_vision.models.sessions import Session, open_session

FAMILIES: Mapping[str, Callable[[ModelCard, Session], Detector]] = {
    "centerface": CenterFace,
    "nanodet": NanoDet,
    "text_plates": TextPlates,
    "yolox": Yolox,
    "yunet": YuNet,
}
# Those whose network only suspects: each also takes what verifies that.
VERIFIED_FAMILIES: Mapping[str, Callable[[ModelCard, Session, PlateVerifier], Detector]] = {"plates": Plates}


def open_detector(card: ModelCard, folder: ModelFolder, *, device: Device = CPU, threads: int = 1) -> Detector:
    """Return a detector that runs the card's model, read from the folder and verified.

    Raises:
        ModelMissingError: The folder does not have the model.
        ModelCorruptError: The folder has other bytes under its name.
        ModelError: The device is not available here.
    """
    session = open_session(folder.read(card), device=device, threads=threads)
    if card.family in FAMILIES:
        return FAMILIES[card.family](card, session)
    verifier = next(each for each in verifier_catalogue() if each.verifies == card.name)
    verifying = open_session(folder.read(verifier), device=device, threads=threads)
    return VERIFIED_FAMILIES[card.family](card, session, PlateVerifier(verifier, verifying))
