"""Checks that take longer than .ci/run may: `nox -l` lists them, `nox -s laws` runs one.

What a session says is written down in docs/verification.md by docs/record.py. Words after `--` go to its command.
"""

import re
import tomllib
from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.error_on_missing_interpreters = True
PROJECT = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES_TEST = "tests/house/test_packages.py"
BUILTIN_TEST = "test_only_the_runtime_makes_blocks"
# emulation is slow: what reaches machine code by the shortest way
ARM_TESTS = [
    *(f"tests/target/test_{name}.py" for name in ("runtime", "short")),
    *(f"tests/kernel/test_{name}.py" for name in "remainder contract convolve nests scatter branches interp".split()),
    # qemu itself fails an assertion in a forked child of a process that has threads
    "--deselect=tests/target/test_runtime.py::test_a_child_of_a_fork_makes_its_own_pool",
]


def checked(session: nox.Session, title: str, *command: str, **environment: str) -> None:
    """Run a command and write down in docs/verification.md what it said."""
    session.run("python", "docs/record.py", title, "--", *command, *session.posargs, env=environment)


# --- the code as it stands ---


@nox.session
def lint(session: nox.Session) -> None:
    """Style, formatting, and the findings as SARIF."""
    session.install("ruff")
    checked(session, "style", "ruff", "check", ".")
    checked(session, "formatting", "ruff", "format", "--check", ".")
    checked(session, "SARIF", "python", ".ci/sarif.py")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types of the package, and tests of what type checkers find."""
    session.install(".[test,dev]")
    checked(session, "types", "mypy")
    checked(session, "types that users see, by mypy", "mypy", "tests/typing")
    checked(session, "types that users see, by pyright", "pyright")


@nox.session
def gates(session: nox.Session) -> None:
    """Each quality gate fails where its fault is planted."""
    session.install(".[test,dev]")
    checked(session, "gates", "pytest", "-m", "gate", "--ignore", PACKAGES_TEST)


# --- what others bring ---


@nox.session
def licences(session: nox.Session) -> None:
    """The licence of everything that an install brings."""
    session.install(".[test,peers,dev,docs,notebook]")
    checked(session, "licences", "python", ".ci/licences.py")


@nox.session
def audit(session: nox.Session) -> None:
    """Known vulnerabilities of everything that an install brings."""
    session.install(".[test,peers,dev,docs,notebook]")
    checked(session, "audit", "python", ".ci/audit.py")


# --- tests ---


@nox.session
def tests(session: nox.Session) -> None:
    """What `pytest` runs, without PyTorch."""
    session.install(".[test]")
    checked(session, "tests", "pytest")


@nox.session
def laws(session: nox.Session) -> None:
    """The laws on new random examples, slow ones included; names beside JAX's are what peers and faults are for."""
    session.install(".[test,peers]")
    marked = ("-m", "not sweep and not gate and not notebook", "--ignore=tests/peers/test_names.py")
    checked(session, "laws", "pytest", *marked, "--hypothesis-profile=random")


@nox.session
def ulps(session: nox.Session) -> None:
    """Errors of the special functions in units of the last place, written to docs/special_functions.md."""
    session.install(".[test]")
    checked(session, "special functions", "python", "docs/special_functions.py")


@nox.session
def peers(session: nox.Session) -> None:
    """Every public name beside JAX's, on at least 40 cases; the table says what was compared."""
    session.install(".[test]")
    checked(session, "names beside JAX's", "pytest", "tests/peers/test_names.py", "-s", "-q", "--cases=40")


@nox.session
def faults(session: nox.Session) -> None:
    """The comparison of each name notices an element that is off by 1 %, and a wrong dtype."""
    session.install(".[test]")
    checked(session, "planted faults", "pytest", "tests/peers/test_names.py", "-m", "slow", "-q")


@nox.session
def array_api(session: nox.Session) -> None:
    """The array API's own tests: `nox -s array_api -- PATH`, a checkout of data-apis/array-api-tests with array-api."""
    session.install(".[test]", "ndindex>=1.8", "pytest-json-report")
    checked(session, "array API", "python", "tests/array_api/run.py")


@nox.session
def sweeps(session: nox.Session) -> None:
    """Exhaustive checks: every float32 input of the elementary functions, errors in ulps."""
    session.install(".[test,peers]")
    checked(session, "sweeps", "pytest", "-m", "sweep", "-s")


@nox.session
def notebooks(session: nox.Session) -> None:
    """The notebooks, and what their users meet, in real kernels."""
    session.install(".[test,notebook]")
    checked(session, "notebooks", "pytest", "-m", "notebook")


@nox.session
def kill(session: nox.Session) -> None:
    """Interrupts, forks, threads and memory limits, for minutes."""
    session.install(".[test]")
    checked(session, "kill", "pytest", "-m", "slow", "tests/promises")


@nox.session
def optax(session: nox.Session) -> None:
    """optax's own tests, from its source distribution, with rustorch_fn in the place of JAX."""
    session.install(".", "absl-py", "pytest", "scikit-learn")
    place = session.create_tmp()
    wanted = ("--no-binary=optax", "--no-deps", "--dest", place, "optax==0.2.8")
    session.run("python", "-m", "pip", "download", *wanted)
    checked(session, "optax on rustorch_fn", "python", ".ci/optax.py", str(Path(place) / "optax-0.2.8.tar.gz"))


# --- other versions ---


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


# --- other machines ---


@nox.session
def portable(session: nox.Session) -> None:
    """Without anything that is Linux's alone, and without builtins of machine code."""
    session.install(".[test]")
    # what is switched off is not tested here
    without = ("--ignore=tests/target/test_short.py", "--deselect=tests/target/test_runtime.py::" + BUILTIN_TEST)
    checked(session, "the portable way", "pytest", *without, RT_PORTABLE="1")


@nox.session
@nox.parametrize("cpu", ["avx2", "sse4"])
def narrow(session: nox.Session, cpu: str) -> None:
    """As on processors that have narrower vectors, or no fma."""
    session.install(".[test]")
    checked(session, f"narrowed to {cpu}", "pytest", RT_CPU=cpu)


@nox.session
def qemu(session: nox.Session) -> None:
    """Kernels, executor and pool on 64-bit ARM, emulated: Debian's qemu-user has to be there."""
    checked(session, "64-bit ARM under qemu", "python", ".ci/qemu.py", session.create_tmp(), "-m", "pytest", *ARM_TESTS)


# --- what users get ---


@nox.session
def wheel(session: nox.Session) -> None:
    """Wheel, sdist and editable install hold the same files and give the same main job."""
    session.install(".[test]")
    checked(session, "wheel, sdist, editable", "pytest", "-m", "", PACKAGES_TEST)


@nox.session
def stranger(session: nox.Session) -> None:
    """From a fresh clone through the README, the quickstart and a custom op, each timed."""
    checked(session, "a stranger's path", "python", ".ci/stranger.py")


@nox.session
def docs(session: nox.Session) -> None:
    """The pages and the reference, without a warning; `docs/_build/index.html` is the first page."""
    session.install(".[docs]")
    session.run("sphinx-build", "-q", "-W", "--keep-going", "docs", "docs/_build")


@nox.session
def bench(session: nox.Session) -> None:
    """The asv suites on this commit, and the table beside JAX and PyTorch; `-- quick` runs each benchmark once."""
    if "quick" in session.posargs:
        session.install(".[dev]")
        session.run("asv", "machine", "--yes", "--config", "benchmarks/asv.conf.json")
        session.run("asv", "run", "--config", "benchmarks/asv.conf.json", "--python=same", "--quick", "--show-stderr")
        session.run("python", "benchmarks/once.py")
        return
    session.install(".[test,peers,dev]")
    session.run("asv", "machine", "--yes", "--config", "benchmarks/asv.conf.json")
    session.run("asv", "run", "--config", "benchmarks/asv.conf.json", "--python=same", "--quick")
    checked(session, "import time", "python", "benchmarks/imports.py")
    checked(session, "beside JAX and PyTorch", "python", "benchmarks/peers.py")


@nox.session
def regression(session: nox.Session) -> None:
    """No asv row is slower than the baseline that this machine stored (`-- --store` stores one)."""
    session.install(".[test,dev]")
    checked(session, "regression", "python", "benchmarks/regression.py")
