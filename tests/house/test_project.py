"""What pyproject.toml promises."""

import re
import tomllib
from pathlib import Path

import pytest
from fresh import python

from rustorch_fn import version
from rustorch_fn.errors import UntestedVersion

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_dependencies_have_lower_bounds_only():
    extras = PROJECT["optional-dependencies"]
    bounded = [*PROJECT["dependencies"], *extras["test"], *extras["dev"], *extras["docs"]]
    assert [line for line in bounded if not re.fullmatch(r"[\w-]+(\[\w+\])?>=[\d.]+", line)] == []
    assert extras["peers"] == ["torch==2.13.*"]


def test_licences_are_there():
    assert all((ROOT / name).is_file() for name in PROJECT["license-files"])
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert all(word in notice for word in ("digits.csv.gz", "E. Alpaydin and C. Kaynak", "CC BY 4.0"))


@pytest.mark.parametrize(("package", "found"), [("llvmlite", "0.51.0rc1"), ("llvmlite", "1.0"), ("jax", "0.7.2")])
def test_an_untested_version_warns_and_names_the_range(package, found):
    low, high = version.TESTED[package]
    tested = low if low == high else f"{low} to {high}"
    with pytest.warns(UntestedVersion, match=f"{package} {found} is not tested .*: {package} {tested} is"):
        version.warn_untested(package, found)
    version.warn_untested(package, found)


def test_a_tested_version_is_quiet():
    version.warn_untested("llvmlite", "0.50.3")
    version.warn_untested("jax", "0.10.2")


def test_a_newer_compiler_is_told_once():
    program = (
        "import warnings, llvmlite; llvmlite.__version__ = '99.1.0'; import rustorch_fn as rt; "
        "w = warnings.catch_warnings(record=True).__enter__(); warnings.simplefilter('always'); "
        "f = rt.jit(lambda x: x + 1); assert f(1.0) == 2.0; assert rt.jit(rt.numpy.sin)(0.0) == 0.0; "
        "print(*(f'{each.category.__name__}: {each.message}' for each in w), sep='\\n')"
    )
    done = python("-c", program, RT_CACHE_DIR="off")
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("UntestedVersion: llvmlite 99.1.0 is not tested with rustorch_fn")


def claimed(classifiers, page):
    """Versions of Python that the classifiers name beyond the one of .ci/run, and that no passed session shows."""
    named = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("Programming Language :: Python :: 3.")]
    sections = {part.split("\n", 1)[0]: part for part in page.split("\n## ")}
    passed = {
        version for version in named if ": passed after" in sections.get(f"newest versions on Python {version}", "")
    }
    return [version for version in named if version != "3.11" and version not in passed]


def test_classifiers_claim_only_what_ran():
    page = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    assert claimed(PROJECT["classifiers"], page) == []


def test_a_claim_without_a_run_is_found():
    both = [f"Programming Language :: Python :: 3.{n}" for n in (11, 12, 13)]
    page = (
        "x\n## newest versions on Python 3.12\n\nnow: passed after 3 s\n\n## newest versions on Python 3.13\n\nfailed\n"
    )
    assert claimed(both, page) == ["3.13"]
