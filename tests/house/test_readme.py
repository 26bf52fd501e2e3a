"""The README's snippets run, one after the other, in an empty folder."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def run(snippets):
    scope = {"__name__": "readme"}
    for number, snippet in enumerate(snippets, 1):
        exec(compile(snippet, f"<README snippet {number}>", "exec"), scope)


def test_snippets_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert SNIPPETS
    run(SNIPPETS)


def test_a_wrong_snippet_would_fail():
    with pytest.raises(AssertionError):
        run(["x = 1", "assert x == 2"])


def test_the_first_commands_install_run_and_test():
    commands = re.search(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)[1].splitlines()
    assert commands[:2] == ["pip install . && python -m rustorch_fn", "pip install '.[test]' && pytest"]
