"""Who is asking, as far as that was verified."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    """A verified caller.

    Attributes:
        owner: Whose tasks the caller may see and change.
        scopes: What the credential says it is good for (RFC 6749, section 3.3); none where it says nothing.
    """

    owner: str
    scopes: frozenset[str] = frozenset()
