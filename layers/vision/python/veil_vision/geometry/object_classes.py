"""The classes of objects: a module without arrays, for processes that name classes and look at no pixels."""

from enum import StrEnum


class ObjectClass(StrEnum):
    """What Veil can look for."""

    FACE = "face"
    LICENSE_PLATE = "license_plate"
    PERSON = "person"
    VEHICLE = "vehicle"
