"""The examples in docstrings run and give what they show."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import numpy as np
import pytest

import rustorch_fn

FLAGS = doctest.ELLIPSIS
NAMES = {"rt": rustorch_fn, "np": np}  # what every example may use without an import


def with_examples():
    found = [rustorch_fn.__name__]
    for module in pkgutil.walk_packages(rustorch_fn.__path__, "rustorch_fn."):
        spec = importlib.util.find_spec(module.name)
        # not by its loader: pytest's own reads what is called test_*
        if ">>>" in Path(spec.origin).read_text(encoding="utf-8"):
            found.append(module.name)
    return found


def found(module):
    tests = doctest.DocTestFinder().find(module, extraglobs=NAMES)
    return {test.docstring: test for test in tests if test.examples}.values()  # a second name for one function: once


def failures(module, said):
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
    for test in found(module):
        runner.run(test, out=said.append)
    return runner.summarize(verbose=False).failed


@pytest.mark.parametrize("name", with_examples())
def test_examples(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = []
    module = importlib.import_module(name)
    assert failures(module, said) == 0, "".join(said)
    written = re.findall(r"^ *>>> ", inspect.getsource(module), re.MULTILINE)
    assert sum(len(test.examples) for test in found(module)) == len(written), "doctest does not find an example"


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
