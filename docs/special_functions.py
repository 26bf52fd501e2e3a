"""Measure the special functions and write docs/special_functions.md: `python docs/special_functions.py [POINTS]`.

Each function of `tests/special_rows.py` runs on POINTS numbers of each of its sets, in float32 and in float64. The
truth is mpmath's; scipy's error at the same numbers stands beside ours. The last column counts the numbers at which
ours is beyond four units of the last place and beyond twice scipy's. `nox -s ulps` runs it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("special_functions.md")
HEAD = """# Special functions: what was measured

Errors in units of the last place, ours and scipy's at the same numbers: the largest and the median of each set of
`tests/special_rows.py`. Written by `python docs/special_functions.py {points}`.

float32 is computed in float64 and rounded once. Where float64 would lose digits on the way, it is computed in doubled
numbers (`rustorch_fn/lax/doubled.py`), of a hundred bits.

| function | float32, largest | median | float64, largest | median | scipy, largest | median | beyond the bound |
|---|---|---|---|---|---|---|---|
"""


def line(row: object, count: int) -> str:
    """One row of the table."""
    import rustorch_fn as rt

    sys.path.insert(0, str(ROOT / "tests"))
    from special_rows import errors

    function = getattr(rt.scipy.special, row.name)  # type: ignore[attr-defined]
    cells, beyond = [], 0
    for dtype in (np.float32, np.float64):

        def called(*xs: np.ndarray, dtype: type = dtype) -> object:
            return function(*(rt.numpy.asarray(x, dtype=np.int32 if x.dtype.kind == "i" else dtype) for x in xs))

        found = errors(row, called, dtype, count)
        ours, theirs = ([e[i] for e in found] for i in (0, 1))
        cells += [f"{max(ours):.3g}", f"{np.median(ours):.2g}"]
        beyond += sum(mine > max(4, 2 * other) for mine, other in zip(ours, theirs, strict=True))
    cells += [f"{max(theirs):.3g}", f"{np.median(theirs):.2g}"]
    name = row.name if row.part is None else f"{row.name}[{row.part}]"  # type: ignore[attr-defined]
    return f"| {name} | {' | '.join(cells)} | {beyond} |"


def main(count: int) -> None:
    """Write the page."""
    sys.path.insert(0, str(ROOT / "tests"))
    from special_rows import ROWS

    lines = []
    for row in ROWS:
        lines.append(line(row, count))
        print(lines[-1], flush=True)
    PAGE.write_text(HEAD.format(points=count) + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
