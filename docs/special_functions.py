"""Measure the special functions and write docs/special_functions.md: `python docs/special_functions.py [POINTS]`.

Each function of `tests/special_rows.py` runs on POINTS numbers of each of its sets, in float32 and in float64. The
truth is mpmath's; at the same numbers stands, beside ours, the error of scipy or JAX, whichever is the smaller. The
last column counts the numbers at which ours is beyond four units of the last place and beyond twice that. `nox -s
ulps` runs it; names after POINTS choose functions, and write nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("special_functions.md")
HEAD = """# Special functions: what was measured

Errors in units of the last place, ours and those of scipy or JAX, whichever is better, at the same numbers: the
largest and the median of each row of `tests/special_rows.py`. Written by `python docs/special_functions.py {points}`.

float32 is computed in float64 and rounded once. Where float64 would lose digits on the way, it is computed in doubled
numbers (`rustorch_fn/lax/doubled.py`), of a hundred bits.

| function | float32, largest | median | float64, largest | median | better peer, largest | median | beyond the bound |
|---|---|---|---|---|---|---|---|
"""
MISSES = """

## Where float64 stays beyond the bound

The tests hold these places to the errors that stand here.

"""


def line(row: object, count: int) -> str:
    """One row of the table."""
    sys.path.insert(0, str(ROOT / "tests"))
    from special_rows import errors

    cells, beyond = [], 0
    for dtype in (np.float32, np.float64):
        found = errors(row, dtype, count, beside_jax=True)  # type: ignore[arg-type]
        ours, theirs = ([e[i] for e in found] for i in (0, 1))
        cells += [f"{max(ours):.3g}", f"{np.median(ours):.2g}"]
        beyond += sum(mine > max(4, 2 * other) for mine, other in zip(ours, theirs, strict=True))
    cells += [f"{max(theirs):.3g}", f"{np.median(theirs):.2g}"]
    return f"| {row!r} | {' | '.join(cells)} | {beyond} |"


def main(count: int, *names: str) -> None:
    """Write the page; of some names only print their rows."""
    sys.path.insert(0, str(ROOT / "tests"))
    from special_rows import ROWS

    lines = []
    for row in ROWS:
        if names and row.name not in names:
            continue
        lines.append(line(row, count))
        print(lines[-1], flush=True)
    if names:
        return
    misses = [f"- `{row!r}`, {m.region}: up to {m.bound:g} units, as {m.reason}." for row in ROWS if (m := row.miss)]
    page = HEAD.format(points=count) + "\n".join(lines) + MISSES + "\n".join(misses) + "\n"
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, *sys.argv[2:])
