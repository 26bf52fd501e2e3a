"""The examples in docstrings run and give what they show."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import rustorch_fn

FLAGS = doctest.ELLIPSIS
NAMES = {"rt": rustorch_fn, "np": np}  # what every example may use without an import


def with_examples():
    found = [rustorch_fn.__name__]
    for module in pkgutil.walk_packages(rustorch_fn.__path__, "rustorch_fn."):
        spec = importlib.util.find_spec(module.name)
        if ">>>" in (spec.loader.get_source(module.name) or ""):
            found.append(module.name)
    return found


def failures(module, said):
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
    seen = set()
    for test in doctest.DocTestFinder().find(module, extraglobs=NAMES):
        if test.examples and test.docstring not in seen:  # a second name for the same function runs once
            seen.add(test.docstring)
            runner.run(test, out=said.append)
    return runner.summarize(verbose=False).failed


@pytest.mark.parametrize("name", with_examples())
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    assert failures(importlib.import_module(name), said) == 0, "".join(said)


def test_a_wrong_example_would_fail(capsys):
    def wrong():
        """
        >>> 1 + 1
        3
        """

    planted = type(doctest)("planted")
    wrong.__module__ = "planted"
    planted.wrong = wrong
    wrong = doctest.DocTestFinder().find(wrong, module=False)
    assert wrong
    assert doctest.DocTestRunner(verbose=False).run(wrong[0], out=lambda text: None).failed == 1
