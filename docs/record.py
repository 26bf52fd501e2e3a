"""Run a command and write down what it said: `python docs/record.py TITLE -- COMMAND...`.

Its section of docs/verification.md is replaced: date, commit, machine, versions, command, time, and the last lines of
its output. The machine is named by its processor and cores alone, and its paths are left out. The exit status is the
command's.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

PAGE = Path(__file__).with_name("verification.md")
ROOT = PAGE.parents[1]
HEAD = "# What was run, and what it said\n\nWritten by the commands themselves, through `docs/record.py`.\n"
KEPT = 12
VERSIONS = ("rustorch_fn", "numpy", "llvmlite", "optree", "scipy", "jax", "torch")


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
    """The commit that was checked out, with a plus sign where files other than this page were changed."""
    words = ["git", "-C", str(ROOT)]
    done = subprocess.run([*words, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    status = [*words, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/verification.md"]
    changed = subprocess.run(status, capture_output=True, text=True, check=False).stdout
    return (done.stdout.strip() or "unknown") + ("+" if changed else "")


def settings(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The RT_ variables that were set: they change what a command does."""
    return [f"{name}={value}" for name, value in sorted(environment.items()) if name.startswith("RT_")]


def plain(text: str) -> str:
    """The text without this machine's paths."""
    known = {str(ROOT): ".", sys.prefix: "ENV", sys.base_prefix: "PYTHON", os.path.expanduser("~"): "~"}
    for path, word in sorted(known.items(), key=lambda pair: -len(pair[0])):
        if len(path) > 1:
            text = re.sub(re.escape(path) + r"(?![\w.-])", word, text)
    return re.sub(re.escape(tempfile.gettempdir()) + r"/[\w.-]+", "TMP", text)


def run(command: list[str]) -> tuple[int, list[str]]:
    """The command's exit status and lines of output, which are also shown as they come."""
    lines = []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line.rstrip())
    return process.wait(), lines


def section(title: str, at: str, command: list[str], status: int, seconds: float, lines: list[str]) -> str:
    """One section of the page."""
    outcome = "passed" if status == 0 else f"failed with status {status}"
    said = plain("\n".join([line for line in lines if line][-KEPT:]))
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return (
        f"## {title}\n\n"
        f"{when}, commit {at}: {outcome} after {seconds:.0f} s\n\n"
        f"{machine()}; {versions()}\n\n"
        f"    {plain(' '.join([*settings(), *command]))}\n\n"
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
    title, dashes, *command = arguments if len(arguments) > 2 else ("", "", "")
    if dashes != "--":
        raise SystemExit(__doc__)
    at, began = commit(), time.perf_counter()
    status, lines = run(command)
    text = section(title, at, command, status, time.perf_counter() - began, lines)
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    PAGE.write_text(written(page, title, text), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
