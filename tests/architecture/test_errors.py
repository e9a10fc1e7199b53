"""The error tree is one tree, and its module's docstring shows all of it."""

import inspect
import re

from veil.domain import errors
from veil.domain.errors import VeilError


def test_the_docstring_shows_every_error_below_its_parent():
    shown = {}
    path = []
    for line in errors.__doc__.splitlines():
        if found := re.match(r"^(?P<indent>(?:\|  |   )*)(?:\|- )?(?P<name>\w+Error)\b", line):
            depth = len(found["indent"]) // 3 + ("|- " in line)
            path[depth:] = [found["name"]]
            shown[found["name"]] = path[depth - 1] if depth else None

    real = {
        name: None if error is VeilError else error.__base__.__name__
        for name, error in vars(errors).items()
        if inspect.isclass(error) and issubclass(error, VeilError)
    }
    assert shown == real


def test_every_error_says_what_is_wrong_in_its_docstring():
    silent = [name for name, error in vars(errors).items() if inspect.isclass(error) and not inspect.getdoc(error)]

    assert silent == []
