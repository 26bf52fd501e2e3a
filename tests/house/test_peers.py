"""Tests against PyTorch are left out where there is none, and RT_REQUIRE_PEERS makes that a failure."""

import importlib.util
from pathlib import Path

import pytest

from rustorch_fn import flags

pytest_plugins = "pytester"
CONFTEST = (Path(__file__).parents[1] / "conftest.py").read_text(encoding="utf-8")
AGAINST_TORCH = "import torch\n\ndef test_peer():\n    assert torch\n"


@pytest.fixture
def suite(pytester, monkeypatch):
    """A suite under our conftest, with one file against PyTorch, on a machine that has no torch."""
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else find(name))
    monkeypatch.delenv("RT_REQUIRE_PEERS", raising=False)
    flags.refresh()
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_with_torch=AGAINST_TORCH, test_without="def test_ours(): pass")
    yield pytester
    flags.refresh()


def test_files_against_torch_are_left_out_and_counted(suite):
    result = suite.runpytest_inprocess()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["1 test file against PyTorch left out: torch is not installed*"])


def test_a_required_peer_that_is_missing_fails(suite, monkeypatch):
    monkeypatch.setenv("RT_REQUIRE_PEERS", "1")
    result = suite.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*torch is not installed*"])
