"""Every benchmark runs once at its smallest parameters; a broken one is found."""

import importlib.util
import os
from pathlib import Path

import pytest
from fresh import WHERE, python

ROOT = Path(__file__).parents[2]
ONCE = ROOT / "benchmarks" / "once.py"
# what the suites have to measure
GROUPS = ("import", "trace", "compile", "dispatch", "eager", "elementwise", "reductions", "contractions", "loops",
          "branches", "running", "sorting", "training", "gradient")  # fmt: skip


def test_each_runs_once(tmp_path):
    paths = os.pathsep.join((WHERE, str(ROOT / "benchmarks")))
    done = python(str(ONCE), RT_CACHE_DIR=str(tmp_path), PYTHONPATH=paths)
    assert done.returncode == 0, done.stdout + done.stderr
    for group in GROUPS:
        assert f".{group}." in done.stdout.lower()


def test_a_broken_one_is_found():
    spec = importlib.util.spec_from_file_location("once", ONCE)
    once = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(once)

    class Broken:
        params = (("small", "large"), (1, 2))

        def time_it(self, *given):
            raise OSError(str(given))

        def track_text(self, *given):
            return "much"

    assert once.benchmarks(Broken) == ["time_it", "track_text"]
    with pytest.raises(OSError, match="'small', 1"):
        once.once(Broken, "time_it")
    with pytest.raises(TypeError, match="gives a number"):
        once.once(Broken, "track_text")
