"""The table of routes: which method of which path is answered by what, under which name."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from veil.http.errors import HttpError
from veil.http.operations import Operation

# What may stand for a parameter: no separator of paths, and nothing that would end a path.
_PARAMETER = "[^/?#]+"


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path, which may end in a slash as well.

    Attributes:
        path: With the names of its parameters in braces, `/v2/task/{task_id}`.
        handler: Takes the `Request` and the parameters by their names, and returns a `Response`. That of a
            streaming route is the business of whoever serves the table.
        operation: What it promises; None for another spelling of a path, which no document names.
        is_streaming: Whether the handler reads the request's body itself, because it may be long.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    operation: Operation | None = None
    is_streaming: bool = False

    @property
    def has_parameters(self) -> bool:
        """Whether a part of the path may be anything."""
        return "{" in self.path


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a request is for, and the parameters in its path."""

    route: Route
    parameters: dict[str, str]


class RouteTable:
    """Routes by method and path. A fixed path goes before one with parameters."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Lay out the table.

        Raises:
            ValueError: Two routes have the same method and path.
        """
        self.routes = tuple(sorted(routes, key=lambda route: route.has_parameters))
        places = [(route.method, route.path) for route in self.routes]
        if len(set(places)) < len(places):
            raise ValueError("Two routes have the same method and path.")
        self._patterns = [(_pattern(route.path), route) for route in self.routes]

    def find(self, method: str, path: str) -> Match:
        """Return the route for a request.

        Raises:
            HttpError: Nothing is at the path, or nothing takes the method there.
        """
        matches = list(self._at(path))
        for match in matches:
            if match.route.method == method:
                return match
        raise _no_route(method, path, [match.route.method for match in matches])

    def methods(self, path: str) -> list[str]:
        """Return the methods that are taken at a path, none where nothing is."""
        return sorted({match.route.method for match in self._at(path)})

    def template(self, path: str) -> str | None:
        """Return the path of the route that a request's path is on, by which logs and metrics name it."""
        return next((match.route.path for match in self._at(path)), None)

    def _at(self, path: str) -> Iterator[Match]:
        for pattern, route in self._patterns:
            if found := pattern.fullmatch(path):
                yield Match(route, found.groupdict())


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", rf"(?P<\1>{_PARAMETER})", re.escape(path)) + "/*")


def _no_route(method: str, path: str, allowed: list[str]) -> HttpError:
    if not allowed:
        return HttpError(404, f"There is nothing at {path}.")
    names = ", ".join(sorted(set(allowed)))
    return HttpError(405, f"{method} is not allowed here. Allowed: {names}.", headers={"Allow": names})
