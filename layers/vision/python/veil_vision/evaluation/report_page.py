"""An evaluation as one HTML page to leaf through; it loads nothing but the pictures beside it."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby
from string import Template
from urllib.parse import quote

from veil_vision.evaluation.error_gallery import ErrorCrop, Mistake
from veil_vision.evaluation.metrics import Evaluation
from veil_vision.evaluation.table_formatting import COLUMNS, MEANING, percent, table_rows

TITLE = "What Veil finds, and what it misses"
_HEADINGS = {Mistake.MISS: "missed", Mistake.FALSE: "false regions"}

_ERROR_CROP = Template("""<figure id="$id">
<a href="#$id"><img src="$file" alt="$alt" loading="lazy" width="180" height="180"></a>
<figcaption>$caption</figcaption>
<nav><a class="previous" href="#$previous">&larr; previous</a><a class="close" href="#$section">close</a>
<a class="next" href="#$next">next &rarr;</a></nav>
</figure>""")


def report_page(evaluation: Evaluation, crops: Sequence[ErrorCrop], about: Mapping[str, str]) -> str:
    """Return the page for `index.html` of the gallery.

    Args:
        evaluation: The figures.
        crops: In the order to show them.
        about: What was measured and how, for people.
    """
    style, script = (_part(name) for name in ("report_page.css", "report_page.js"))
    return Template(_part("report_page.html")).substitute(
        title=escape(TITLE),
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        about="".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in about.items()),
        columns="".join(f"<th>{escape(column)}</th>" for column in COLUMNS),
        rows="".join(_row(cells) for cells in table_rows(evaluation)),
        meaning=escape(MEANING),
        sections="".join(_sections(crops)),
        left_out=_left_out(evaluation),
    )


def _part(name: str) -> str:
    return files("veil_vision.evaluation").joinpath(name).read_text(encoding="utf-8")


def _hash(content: str) -> str:
    """Return what lets a browser use this very content and no other."""
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


def _row(cells: Sequence[str]) -> str:
    kind = "total" if cells[0] else "bin"
    return f'<tr class="{kind}">{"".join(f"<td>{escape(cell)}</td>" for cell in cells)}</tr>'


def _sections(crops: Sequence[ErrorCrop]) -> Iterator[str]:
    if not crops:
        yield "<p>Nothing was missed, and nothing was found that is not marked.</p>"
    numbered = [(index, crop) for index, crop in enumerate(crops)]
    for (object_class, mistake), group in groupby(numbered, key=lambda each: (each[1].object_class, each[1].mistake)):
        members, section = list(group), f"{object_class}-{mistake}"
        shown = "".join(_figure(index, len(crops), crop, section) for index, crop in members)
        heading = f"{object_class}: {len(members)} {_HEADINGS[mistake]}"
        yield f'<h2 id="{section}">{escape(heading)}</h2><div class="crops">{shown}</div>'


def _figure(index: int, count: int, crop: ErrorCrop, section: str) -> str:
    kind = "missed" if crop.mistake is Mistake.MISS else "found, not marked"
    amount = f"{percent(crop.amount)} {'hidden' if crop.mistake is Mistake.MISS else 'sure'}"
    words = [
        crop.photo,
        f"{crop.object_class} {kind}",
        f"{crop.size:.0f} px",
        amount,
        crop.place,
    ]
    return _ERROR_CROP.substitute(
        id=f"m{index}",
        file=escape(quote(crop.file)),
        alt=escape(f"{crop.object_class} {kind} in {crop.photo}"),
        caption=escape(" · ".join(word for word in words if word)),
        previous=f"m{(index - 1) % count}",
        next=f"m{(index + 1) % count}",
        section=section,
    )


def _left_out(evaluation: Evaluation) -> str:
    if not evaluation.problems:
        return ""
    lines = "".join(f"<li>{escape(each.place)}: {escape(each.reason)}</li>" for each in evaluation.problems)
    return f"<h2>Left out: {len(evaluation.problems)}</h2><ul>{lines}</ul>"
