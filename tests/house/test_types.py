"""mypy and pyright find what is planted, and the file of methods is what the rooms register."""

import json
import subprocess
import sys
from pathlib import Path

import array_methods
import pytest

from rustorch_fn.numpy import methods

ROOT = Path(__file__).parents[2]
FAULTS = {
    "a missing argument": ("rt.jit(f)(1.0)", "call-arg", "reportCallIssue"),
    "an argument of another type": ("rt.vmap(f)('x', 1.0)", "arg-type", "reportArgumentType"),
    "another result": ("text: str = rt.checkpoint(f)(1.0, 2.0)", "assignment", "reportAssignmentType"),
    "a name that is not there": ("rt.numpy.sine", "attr-defined", "reportAttributeAccessIssue"),
    "an ignore that nothing needs": (
        "f(1.0, 2.0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]",
        "unused-ignore",
        "reportUnnecessaryTypeIgnoreComment",
    ),
}

pytestmark = pytest.mark.gate


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A file with one fault a line, and one line without."""
    lines = ["import rustorch_fn as rt", "def f(x: float, y: float) -> float:", "    return x + y"]
    lines += [line for line, _, _ in FAULTS.values()]
    path = tmp_path_factory.mktemp("planted") / "planted.py"
    path.write_text("\n".join([*lines, "rt.jit(f)(1.0, y=2.0)"]) + "\n", encoding="utf-8")
    return path


def said(*command):
    """What a checker that finds faults says."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def test_mypy_finds_each_fault(planted):
    lines = [line for line in said("mypy", planted).splitlines() if "error:" in line]
    expected = {k: code for k, (_, code, _) in enumerate(FAULTS.values(), 4)}
    assert {int(line.split(":")[1]): line.split("[")[-1].rstrip("]") for line in lines} == expected


def test_pyright_finds_each_fault(planted):
    settings = planted.with_name("pyrightconfig.json")
    rules = {"enableTypeIgnoreComments": False, "reportUnnecessaryTypeIgnoreComment": "error"}
    settings.write_text(json.dumps({"include": ["planted.py"], "extraPaths": [str(ROOT)], **rules}), encoding="utf-8")
    found = json.loads(said("pyright", "--outputjson", "--pythonpath", sys.executable, "-p", settings))
    errors = [e for e in found["generalDiagnostics"] if e["severity"] == "error"]
    expected = {k: rule for k, (_, _, rule) in enumerate(FAULTS.values(), 3)}
    assert {e["range"]["start"]["line"]: e["rule"] for e in errors} == expected


def test_the_file_of_methods_is_what_the_rooms_register():
    assert array_methods.PLACE.read_text(encoding="utf-8") == array_methods.text(), "run python tests/array_methods.py"


def test_a_changed_method_would_be_seen(monkeypatch):
    monkeypatch.delitem(methods.METHODS, "swapaxes")
    assert array_methods.PLACE.read_text(encoding="utf-8") != array_methods.text()
