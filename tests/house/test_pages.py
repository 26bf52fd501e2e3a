"""The snippets of every page run, in order, in an empty folder, and print what the page shows.

`pytest tests/house/test_pages.py --update-golden` writes what they print into the pages.
"""

from pathlib import Path

import pytest
from pages import Wrong, run, snippets

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "docs" / "_build"
PAGES = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").rglob("*.md") if BUILT not in p.parents)]
LIVE = [p for p in PAGES if snippets(p.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("path", LIVE, ids=lambda p: p.relative_to(ROOT).with_suffix("").as_posix())
def test_page(path, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(path.parent)
    page = path.read_text(encoding="utf-8")
    right = run(path, page)
    if request.config.getoption("--update-golden"):
        path.write_text(right, encoding="utf-8")
    else:
        assert page == right


def test_the_first_pages_have_snippets():
    assert ROOT / "README.md" in LIVE


@pytest.mark.parametrize(
    "page",
    [
        "```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n",
        "```python\n>>> 1 + 1\n3\n```\n",
        "```python\n1 / 0\n```\n",
    ],
)
def test_a_wrong_snippet_would_fail(page):
    with pytest.raises(Wrong):
        run(Path("planted.md"), page)


def test_snippets_after_a_directive_are_found():
    page = "```{include} other.md\n```\n\n```python\nx = 1\n```\n\n```python\ny = 2\n```\n"
    assert [s.source for s in snippets(page)] == ["x = 1\n", "y = 2\n"]


def test_a_wrong_output_would_be_found():
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n"
    assert run(Path("planted.md"), page) == page.replace("3", "2")


def test_an_error_that_is_shown_is_compared():
    page = "```python\n1 / 0\n```\n\n```text\nZeroDivisionError: ...\n```\n"
    assert run(Path("planted.md"), page) == page
