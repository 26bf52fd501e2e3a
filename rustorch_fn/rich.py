"""How notebooks show our values: a line that says what it is, and a few lines of it, however large it is.

IPython asks objects for `_repr_html_` and `_repr_pretty_`; theirs call `panel` and `cut`. Nothing here imports IPython.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

LINES = 40  # most lines of a panel
WIDTH = 400  # most characters of one
ELEMENTS = 200  # most elements of an array that are shown in full
EDGES = 6  # elements of a long axis that NumPy shows
BRIEF = 20  # and inside of lists and dicts


def cut(text: str, lines: int = LINES, whole: str = "print shows all") -> str:
    """The first lines of a text, with a note of how many more there are.

    >>> print(cut("a\\nb\\nc", 2))
    a
    … 2 more lines: print shows all
    """
    rows = text.split("\n")
    if len(rows) > lines:
        rows = [*rows[: lines - 1], f"… {len(rows) - lines + 1} more lines: {whole}"]
    return "\n".join(row if len(row) <= WIDTH else row[: WIDTH - 1] + "…" for row in rows)


def corner(view: Any) -> tuple[Any, str]:
    """The first part of a NumPy array that has few enough elements to show, and which part it is.

    NumPy leaves out the middle of long axes, but all elements of short ones are shown, however many axes there are.
    """
    taken = 0
    while math.prod(min(n, EDGES) for n in view.shape) > 2 * ELEMENTS:
        view, taken = view[0], taken + 1
    return view, f"the first part, [{', '.join('0' * taken)}]:\n" if taken else ""


def panel(title: str, body: str = "") -> str:
    """A title over a text, as HTML; both may hold any characters.

    >>> panel("a < b")
    '<div><code>a &lt; b</code></div>'
    """
    from html import escape

    below = f'<pre style="margin: 0.3em 0 0 0">{escape(body)}</pre>' if body else ""
    return f"<div><code>{escape(title)}</code>{below}</div>"


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]], body: str = "") -> str:
    """A panel with a table in it: the first rows, and how many more there are."""
    from html import escape

    found = list(rows)
    more = f"… {len(found) - LINES + 1} more" if len(found) > LINES else ""
    shown = [*found[: LINES - 1], (more, *[""] * (len(head) - 1))] if more else found
    cells = "".join(f"<tr>{''.join(f'<td><code>{escape(cell)}</code></td>' for cell in row)}</tr>" for row in shown)
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    inside = f"<table><tr>{names}</tr>{cells}</table>" if found else ""
    return panel(title, body).removesuffix("</div>") + f"{inside}</div>"


def bytes_text(nbytes: int) -> str:
    """A number of bytes as people read it.

    >>> bytes_text(120_000)
    '120 kB'
    """
    size, unit = float(nbytes), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.3g} {unit}" if unit != "bytes" else f"{nbytes} {'byte' if nbytes == 1 else 'bytes'}"


def nested(printer: Any) -> bool:
    """Whether IPython's printer is inside of a list, a dict or another object."""
    return len(getattr(printer, "stack", ())) > 1


def put(printer: Any, text: str) -> None:
    """Write lines with the indent that the printer is at."""
    first, *rest = text.split("\n")
    printer.text(first)
    for line in rest:
        printer.break_()
        printer.text(line)
