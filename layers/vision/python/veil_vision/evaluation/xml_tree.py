"""XML of unknown origin as a small tree: no entities, no document type, bounded depth, lines for messages."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from veil_vision.evaluation.errors import DatasetError

DEEPEST = 32


@dataclass(slots=True)
class Element:
    """An element, its text and what is in it.

    Attributes:
        line: Where it starts, from 1.
        text: Its own, without white space around it.
    """

    name: str
    line: int
    text: str = ""
    children: "list[Element]" = field(default_factory=list)

    def all(self, name: str) -> "Iterator[Element]":
        """Yield the elements of a name directly in it."""
        return (child for child in self.children if child.name == name)

    def text_of(self, *path: str) -> str | None:
        """Return the text of the first element at a path, or None where there is none."""
        found: Element | None = self
        for name in path:
            found = next(found.all(name), None) if found else None
        return found.text if found else None


def parse_xml(data: bytes, place: str) -> Element:
    """Return the root element.

    Raises:
        DatasetError: It is not well-formed, declares a document type, or is nested too deeply.
    """
    builder = _Builder(place)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise DatasetError(f"{place}, line {error.lineno}", f"not XML: {expat.ErrorString(error.code)}") from error
    return builder.top.children[0]


class _Builder:
    """Collects what the parser reports."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        # Entities are declared there, and could grow without bounds or read other files.
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.top = Element("", 0)
        self._open = [self.top]

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise DatasetError(f"{self.place}, line {self.parser.CurrentLineNumber}", "nested too deeply")
        element = Element(name, self.parser.CurrentLineNumber)
        self._open[-1].children.append(element)
        self._open.append(element)

    def _end(self, _name: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _refuse(self, *_declaration: object) -> NoReturn:
        raise DatasetError(f"{self.place}, line {self.parser.CurrentLineNumber}", "document types are not read")
