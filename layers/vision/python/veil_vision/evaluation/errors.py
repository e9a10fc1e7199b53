"""What can be wrong with a dataset."""


class DatasetError(Exception):
    """A dataset, or a part of it, cannot be understood.

    Attributes:
        place: The file and, where known, the line or entry; for people.
        reason: What is wrong there.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason
