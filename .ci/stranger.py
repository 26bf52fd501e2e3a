"""What someone meets who has only the address: `python .ci/stranger.py` clones, and follows the pages word for word.

A clone of the commit that is checked out, a fresh environment and an empty cache; the README's two commands, the
quickstart notebook, and the op of CONTRIBUTING's walk. Each is timed, and a failure ends the walk.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = "notebooks/quickstart.ipynb"


def blocks(page: Path, language: str, heading: str = "") -> list[str]:
    """The code blocks of a page, or of one section of it."""
    text = page.read_text(encoding="utf-8")
    if heading:
        text = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def walk(clone: Path, python: Path) -> Iterator[tuple[str, list[str]]]:
    """What is done in turn: its name, and its command."""
    yield "clone", ["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)]
    yield "environment", [sys.executable, "-m", "venv", str(python.parents[1])]
    for line in blocks(clone / "README.md", "sh")[0].splitlines():
        yield line, ["sh", "-c", line]
    yield "pip install '.[notebook]'", ["pip", "install", "--quiet", ".[notebook]"]
    yield NOTEBOOK, ["jupyter", "execute", NOTEBOOK]
    op = "\n\n".join(blocks(clone / "CONTRIBUTING.md", "python", "Add an op"))
    yield "the ops of CONTRIBUTING.md", [str(python), "-c", op]


def run(name: str, command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """The seconds that one step takes; where it fails, its last words end the walk."""
    print(f"== {name}", flush=True)
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-30:])
        raise SystemExit(f"{last}\nstranger: {name} ended with status {done.returncode}")
    return time.perf_counter() - began


def main() -> int:
    """Walk, and print how long each step took."""
    with tempfile.TemporaryDirectory() as place:
        clone, bin = Path(place, "clone"), Path(place, "venv", "Scripts" if os.name == "nt" else "bin")
        environment = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "RT_", "VIRTUAL_ENV"))}
        environment |= {"PATH": os.pathsep.join((str(bin), os.environ["PATH"])), "RT_CACHE_DIR": f"{place}/cache"}
        took = []
        for name, command in walk(clone, bin / "python"):
            folder = clone if clone.exists() else Path(place)
            took.append((name, run(name, command, folder, environment)))
    width = max(len(name) for name, _ in took)
    print("\n".join(f"{name:<{width}}  {seconds:6.1f} s" for name, seconds in took))
    return 0


if __name__ == "__main__":
    sys.exit(main())
