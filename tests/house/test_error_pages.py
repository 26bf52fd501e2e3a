"""Every code of `errors.py` has a page in `docs/errors/`, whose first snippet raises exactly that class."""

import inspect
import os
from pathlib import Path

import pytest
from pages import snippets

from rustorch_fn import errors, flags

PAGES = Path(__file__).parents[2] / "docs" / "errors"
ALIASES = {
    "ConcretizationTypeError": "ConcretizationError",
    "KeyReuseError": "KeyReuse",
    "NonConcreteBooleanIndexError": "NonConcreteIndex",
    "TracerArrayConversionError": "ConcretizationError",
    "TracerBoolConversionError": "ConcretizationError",
    "TracerIntegerConversionError": "ConcretizationError",
    "UnexpectedTracerError": "LeakedTracer",
}
# nothing raises the two on top: their pages raise one below
TOPS = (errors.RustorchError, errors.RustorchWarning)


def codes(module=errors):
    classes = {c for _, c in inspect.getmembers(module, inspect.isclass) if issubclass(c, TOPS)}
    return {c.code: c for c in classes}


def unlike(found, folder):
    """Codes without a page, and pages without a code."""
    return set(found) ^ {page.stem for page in folder.glob("*.md")}


def raised(page):
    """What the first snippet of a page raises."""
    try:
        exec(compile(snippets(page)[0].source, "example.py", "exec", dont_inherit=True), {})
    except Exception as error:
        return error
    return None


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """An empty folder, and flags that are read again afterwards."""
    monkeypatch.chdir(tmp_path)
    for name in flags.FLAGS:
        monkeypatch.setenv(name, os.environ.get(name, ""))
        if name not in os.environ or not os.environ[name]:
            monkeypatch.delenv(name)
    yield tmp_path
    monkeypatch.undo()
    flags.refresh()


def test_every_code_has_a_page():
    assert unlike(codes(), PAGES) == set()


def test_a_missing_page_and_a_strange_one_are_found(tmp_path):
    (tmp_path / "RT0101.md").touch()
    (tmp_path / "RT9999.md").touch()
    assert unlike({"RT0101": None, "RT0102": None}, tmp_path) == {"RT0102", "RT9999"}


@pytest.mark.parametrize("code", sorted(codes()))
def test_the_example_raises_it(code, alone):
    cls = codes()[code]
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    error = raised(page)
    assert isinstance(error, cls) if cls in TOPS else type(error) is cls
    assert page.startswith(f"# {code}: {cls.__name__}\n")
    for base in cls.__bases__:
        assert f"`{base.__name__}`" in page
    assert len(snippets(page)) == 2, "one snippet raises it, one shows what works"


def test_an_example_that_raises_nothing_would_be_found():
    assert raised("```python\nx = 1\n```\n") is None


def test_the_names_of_jax_are_aliases():
    named = {name: c.__name__ for name, c in inspect.getmembers(errors, inspect.isclass) if name != c.__name__}
    named = {name: real for name, real in named.items() if issubclass(getattr(errors, name), TOPS)}
    assert named == ALIASES
