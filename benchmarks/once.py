"""Each benchmark of the suites once, at its smallest parameters: `python benchmarks/once.py`.

It says which run, and what the others raise. The first of a benchmark's parameters are its smallest.
"""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

KINDS = ("time_", "timeraw_", "track_", "peakmem_", "mem_")


def suites() -> Iterator[Any]:
    """The classes of all suites."""
    import suites as package

    for module in pkgutil.iter_modules(package.__path__):
        found = importlib.import_module(f"suites.{module.name}")
        yield from (c for c in vars(found).values() if isinstance(c, type) and c.__module__ == found.__name__)


def benchmarks(suite: type) -> list[str]:
    """The names of a class's benchmarks."""
    return [name for name in dir(suite) if name.startswith(KINDS)]


def smallest(suite: Any) -> tuple[Any, ...]:
    """The first of each of its parameters."""
    params = getattr(suite, "params", ())
    nested = params and isinstance(params[0], tuple | list)
    return tuple(options[0] for options in params) if nested else tuple(params[:1])


def once(suite: type, name: str) -> None:
    """Set up, run, and for code of a fresh process: start one."""
    made, given = suite(), smallest(suite)
    if hasattr(made, "setup"):
        made.setup(*given)
    result = getattr(made, name)(*given)
    if hasattr(made, "teardown"):
        made.teardown(*given)
    if name.startswith("timeraw_"):
        subprocess.run([sys.executable, "-c", result], check=True)
    if name.startswith("track_") and not isinstance(result, int | float):
        raise TypeError(f"a track_ benchmark gives a number, not {result!r}")


def main() -> int:
    """How many do not run."""
    sys.path.insert(0, str(Path(__file__).parent))
    failed = 0
    for suite in suites():
        names = benchmarks(suite)
        if not names:
            print(f"{suite.__module__}.{suite.__name__}: no benchmark")
            failed += 1
        for name in names:
            try:
                once(suite, name)
                print(f"{suite.__module__}.{suite.__name__}.{name}: runs")
            except Exception:
                traceback.print_exc()
                print(f"{suite.__module__}.{suite.__name__}.{name}: fails")
                failed += 1
    return failed


if __name__ == "__main__":
    sys.exit(min(main(), 1))
