"""The tests that pages name are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def missing(page):
    """Which of the tests that a page names do not exist."""
    for file, test in NAMED.findall(page):
        path = ROOT / file
        if not path.is_file() or (test and f"\ndef {test}(" not in path.read_text(encoding="utf-8")):
            yield f"{file}::{test}" if test else file


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_tests_that_a_page_names_exist(path):
    assert list(missing(path.read_text(encoding="utf-8"))) == []


def test_each_complaint_has_a_test_or_is_not_done():
    page = (ROOT / "docs" / "coming_from_jax.md").read_text(encoding="utf-8")
    table = page.partition("## What JAX's users asked for")[2].partition("\n## ")[0]
    rows = [line.rstrip(" |").rpartition(" | ")[2] for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 39
    assert [row for row in rows if row != "not yet" and not NAMED.search(row)] == []


def test_a_test_that_does_not_exist_is_found():
    assert list(missing("`tests/test_tree.py` `tests/test_tree.py::test_the_order_of_keys`")) == []
    assert list(missing("`tests/nowhere.py` `tests/test_tree.py::test_nothing`")) == [
        "tests/nowhere.py", "tests/test_tree.py::test_nothing"]  # fmt: skip
