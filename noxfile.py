"""Checks that take longer than .ci/run may: `nox -l` lists them, `nox -s laws` runs one."""

import re
import tomllib
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.sessions = ["lint", "types", "tests"]
PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]


def checked(session: nox.Session, title: str, *command: str) -> None:
    """Run a command and write down in docs/verification.md what it said."""
    session.run("python", "docs/record.py", title, "--", *command, *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and formatting."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types of core, transform and kernel."""
    session.install(".[test,dev]")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """What `pytest` runs, without PyTorch."""
    session.install(".[test]")
    checked(session, "tests", "pytest")


@nox.session
def laws(session: nox.Session) -> None:
    """The laws on new random examples, slow ones included."""
    session.install(".[test,peers]")
    checked(session, "laws", "pytest", "-m", "not sweep", "--hypothesis-profile=random")


@nox.session
def sweeps(session: nox.Session) -> None:
    """Exhaustive checks: every float32 input of the elementary functions, errors in ulps."""
    session.install(".[test,peers]")
    checked(session, "sweeps", "pytest", "-m", "sweep", "-s")


@nox.session(python="3.11")
def lowest(session: nox.Session) -> None:
    """The lowest versions that pyproject.toml allows."""
    asked = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]
    pins = Path(session.create_tmp()) / "lowest.txt"
    pins.write_text("\n".join(re.sub(">=", "==", line) for line in asked), encoding="utf-8")
    session.install(".[test]", "--constraint", str(pins))
    checked(session, "lowest versions", "pytest")


@nox.session(python=["3.12", "3.13"])
def newest(session: nox.Session) -> None:
    """The newest versions on newer Pythons."""
    session.install("--upgrade", "--upgrade-strategy", "eager", ".[test]")
    checked(session, f"newest versions on Python {session.python}", "pytest")


@nox.session
def bench(session: nox.Session) -> None:
    """The asv suites on this commit, and the table beside JAX and PyTorch."""
    session.install(".[test,peers,dev]")
    session.run("asv", "machine", "--yes", "--config", "benchmarks/asv.conf.json")
    session.run("asv", "run", "--config", "benchmarks/asv.conf.json", "--python=same", "--quick")
    checked(session, "import time", "python", "benchmarks/imports.py")
    checked(session, "beside JAX and PyTorch", "python", "benchmarks/peers.py")
