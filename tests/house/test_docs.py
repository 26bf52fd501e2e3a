"""Every public name says what it does, by an example as well, and stands in the reference."""

import ast
import re
import sys
from pathlib import Path

import pytest

from rustorch_fn import flags

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


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


def asked(source):
    """The flags that a module asks for, by `get` or in the environment."""
    words = {n.value for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    return {word for word in words if re.fullmatch("RT_[A-Z_]+", word)}


def test_every_flag_is_in_the_table_of_the_page():
    sources = [*(ROOT / "rustorch_fn").rglob("*.py"), *(ROOT / ".ci").glob("*.py"), ROOT / "noxfile.py"]
    used = set().union(*(asked(path.read_text(encoding="utf-8")) for path in sources))
    assert used - set(flags.FLAGS) == set()
    assert "{include} reference/flags.inc" in (DOCS / "flags.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in flags.table() for name in flags.FLAGS)


def test_a_flag_that_is_not_in_the_table_is_found():
    assert asked("flags.get('RT_FASTER')") == {"RT_FASTER"}


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


class Half:
    """Says something.

    >>> Half().size
    1
    """

    size = property(lambda self: 1)
    said = property(lambda self: 2, doc="Said.")

    def shown(self):
        """Shown."""

    def hidden(self):
        pass

    @classmethod
    def made(cls):
        return cls()


def test_methods_say_what_they_do(surface):
    said = "has no sentence that says what it does"
    assert surface.faults([("place", "Half", Half)], {}) == [
        f"place.Half.{name} {said}" for name in ("size", "hidden", "made")
    ]


def test_a_forgotten_module_is_found(surface, monkeypatch):
    monkeypatch.delitem(surface.MODULES, "rustorch_fn.tree")
    assert surface.unlisted() == ["rustorch_fn.tree"]


def test_a_name_without_an_entry_is_found():
    pages = {"rustorch_fn.tree": ".. autofunction:: rustorch_fn.tree.leaves\n"}
    entries = [("rustorch_fn.tree", name, None) for name in ("leaves", "map")]
    assert missing(entries, pages) == ["rustorch_fn.tree.map"]
