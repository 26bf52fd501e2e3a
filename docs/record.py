"""Run a command and write down what it said: `python docs/record.py TITLE -- COMMAND...`.

Its section of docs/verification.md is replaced: date, commit, machine, versions, command, time, and the last lines of
its output. The exit status is the command's.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).with_name("verification.md")
HEAD = "# What was run, and what it said\n\nWritten by the commands themselves, through `docs/record.py`.\n"
KEPT = 12
VERSIONS = ("rustorch_fn", "numpy", "llvmlite", "optree", "jax", "torch")


def versions() -> str:
    """Python and the packages that matter here, as installed."""
    named = [f"Python {platform.python_version()}"]
    for name in VERSIONS:
        try:
            named.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(named)


def machine() -> str:
    """The processor and how many of its cores this process may use."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.*)$", info.read_text(), re.MULTILINE) if info.exists() else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{found[1] if found else platform.processor()}, {cores} cores, {platform.system()}"


def commit() -> str:
    """The commit that was checked out, with a plus sign where files were changed."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def run(command: list[str]) -> tuple[int, list[str]]:
    """The command's exit status and lines of output, which are also shown as they come."""
    lines = []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        sys.stdout.write(line)
        lines.append(line.rstrip())
    return process.wait(), lines


def section(title: str, command: list[str], status: int, seconds: float, lines: list[str]) -> str:
    """One section of the page."""
    outcome = "passed" if status == 0 else f"failed with status {status}"
    said = "\n".join([line for line in lines if line][-KEPT:])
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"## {title}\n\n"
        f"{when}, commit {commit()}: {outcome} after {seconds:.0f} s\n\n"
        f"{machine()}; {versions()}\n\n"
        f"    {' '.join(command)}\n\n"
        f"```text\n{said}\n```\n"
    )


def written(page: str, title: str, text: str) -> str:
    """The page with the section of this title replaced, or added at the end."""
    head, *sections = re.split(r"^(?=## )", page or HEAD, flags=re.MULTILINE)
    titles = [part.splitlines()[0].removeprefix("## ") for part in sections]
    if title in titles:
        sections[titles.index(title)] = text
    else:
        sections.append(text)
    return "\n".join(part.rstrip("\n") + "\n" for part in (head, *sections))


def main(arguments: list[str]) -> int:
    """Run, record, and give back the command's status."""
    title, dashes, *command = arguments
    if dashes != "--" or not command:
        raise SystemExit(__doc__)
    began = time.perf_counter()
    status, lines = run(command)
    text = section(title, command, status, time.perf_counter() - began, lines)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    PAGE.write_text(written(page, title, text), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
