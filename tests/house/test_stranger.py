"""The walk of .ci/stranger.py follows the pages as they stand, and ends where a step fails."""

import ast
import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def stranger():
    found = importlib.util.spec_from_file_location("stranger", ROOT / ".ci" / "stranger.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_it_does_what_the_pages_say(stranger):
    steps = dict(stranger.walk(ROOT, Path("venv", "bin", "python")))
    assert [name for name in steps if name.startswith("pip install . ")] == ["pip install . && python -m rustorch_fn"]
    assert "pip install '.[test]' && pytest" in steps
    assert (ROOT / stranger.NOTEBOOK).is_file()
    *_, op = steps["the ops of CONTRIBUTING.md"]
    assert "hypot = elementwise(" in op
    assert "class trace_of(Linear)" in op
    ast.parse(op)


def test_a_step_that_fails_ends_it(stranger, tmp_path):
    with pytest.raises(SystemExit, match="stranger: planted ended with status 3"):
        stranger.run("planted", ["sh", "-c", "echo words; exit 3"], tmp_path, {})
    assert stranger.run("good", ["sh", "-c", "exit 0"], tmp_path, {}) >= 0
