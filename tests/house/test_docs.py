"""Every public name says what it does, functions by an example as well, and stands in the reference."""

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def surface():
    sys.path.insert(0, str(DOCS))
    try:
        import surface
    finally:
        sys.path.remove(str(DOCS))
    return surface


def test_every_public_name_is_explained(surface):
    assert surface.faults(surface.public()) == []


def test_every_public_module_is_listed(surface):
    assert surface.unlisted() == []


def missing(entries, pages):
    return [f"{place}.{name}" for place, name, _ in entries if f":: {place}.{name}\n" not in pages[place]]


def test_every_public_name_is_in_the_reference(surface, tmp_path):
    surface.write(tmp_path)
    pages = {place: (tmp_path / surface.page_name(place)).read_text(encoding="utf-8") for place in surface.MODULES}
    assert missing(surface.public(), pages) == []
    index = (tmp_path / "index.rst").read_text(encoding="utf-8")
    assert all(f"   {surface.page_name(place)[:-4]}\n" in index for place in surface.MODULES)


def silent(x):
    return x


def wordy(x):
    """Gives x back."""
    return x


def vague(x):
    """vague(x) -> x"""
    return x


def test_planted_faults_are_found(surface):
    found = surface.faults([("place", f.__name__, f) for f in (silent, wordy, vague)], {"place.gone": "it was hard"})
    assert found == [
        "place.silent has no sentence that says what it does",
        "place.silent has no example",
        "place.wordy has no example",
        "place.vague has no sentence that says what it does",
        "place.vague has no example",
        "place.gone has an example, or is no more: its reason can go",
    ]
    assert surface.faults([("place", "wordy", wordy)], {"place.wordy": "there is nothing to show"}) == []


def test_a_forgotten_module_is_found(surface, monkeypatch):
    monkeypatch.delitem(surface.MODULES, "rustorch_fn.tree")
    assert surface.unlisted() == ["rustorch_fn.tree"]


def test_a_name_without_an_entry_is_found():
    pages = {"rustorch_fn.tree": ".. autofunction:: rustorch_fn.tree.leaves\n"}
    entries = [("rustorch_fn.tree", name, None) for name in ("leaves", "map")]
    assert missing(entries, pages) == ["rustorch_fn.tree.map"]
