"""A request as routes see it, wherever it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from veil.domain.principal import Principal
from veil.http.errors import NOT_SIGNED_IN, HttpError, refused_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request whose body has arrived. Headers, query and body may hold secrets: never log them.

    Attributes:
        path: Decoded, without the query.
        headers: Names in lower case.
        query: The decoded values of each key.
        principal: The verified caller, or None where there is none.
        client: The address that it came from.
        request_id: Names the request in the log.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    principal: Principal | None = None
    client: str = ""
    request_id: str = ""

    @property
    def owner(self) -> str:
        """Whose tasks the caller may see.

        Raises:
            HttpError: The caller was not verified.
        """
        if self.principal is None:
            raise HttpError(401, NOT_SIGNED_IN)
        return self.principal.owner

    def text(self, *, failed: str) -> str:
        """Return the body as text.

        Args:
            failed: The sentence that the contract's error texts begin with.

        Raises:
            HttpError: It is not UTF-8 text.
        """
        try:
            # Windows begins texts with a byte order mark.
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise refused_body(failed, "It is not UTF-8 text.") from error
