"""Draw which rooms of the code import which: `make picture` puts the drawing into docs/architecture.md.

A room is a package below `veil` or `veil_vision`, or what starts in the cloud. An arrow that follows from others is
left out, so a room stands above everything it may know.
"""

from pathlib import Path

import grimp

ROOTS = ("functions", "veil", "veil_vision")
PAGE = Path(__file__).with_name("architecture.md")
START, END = "<!-- drawn by `make picture` -->\n", "<!-- end of the drawing -->"

Arrows = set[tuple[str, str]]


def main() -> None:
    """Replace the drawing in the page."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split(START)[0], page.split(END)[1]
    PAGE.write_text(f"{before}{START}{drawing()}{END}{after}", encoding="utf-8")


def drawing() -> str:
    """Return the drawing in Mermaid's language."""
    arrows = needed(imports())
    lines = [
        f"    {source.replace('.', '_')}[{source}] --> {target.replace('.', '_')}[{target}]"
        for source, target in arrows
    ]
    return "\n".join(["```mermaid", "flowchart TD", *sorted(lines), "```", ""])


def imports() -> Arrows:
    """Return which room imports which."""
    graph = grimp.build_graph(*ROOTS)
    pairs = (
        (_room(module), _room(imported))
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    )
    return {(source, target) for source, target in pairs if source != target}


def needed(arrows: Arrows) -> Arrows:
    """Return the arrows without those that a longer way replaces.

    Rooms do not import each other in circles, which the import contracts hold.
    """
    return {each for each in arrows if each[1] not in _reached(each[0], arrows - {each})}


def _reached(start: str, arrows: Arrows) -> set[str]:
    reached, waiting = set[str](), [start]
    while waiting:
        place = waiting.pop()
        fresh = {target for source, target in arrows if source == place} - reached
        reached |= fresh
        waiting += fresh
    return reached


def _node(room: str) -> str:
    return f"{room.replace('.', '_')}[{room}]"


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] == "functions" else ".".join(parts[:2])


if __name__ == "__main__":
    main()
