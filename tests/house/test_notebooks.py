"""Notebooks are stored as they were written: no outputs, no counts, nothing of the machine they were written on."""

import ast
import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
BOOKS = sorted(FOLDER.glob("*.ipynb"))
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def faults(text, name):
    """What should not be in a stored notebook, as sentences."""
    book = json.loads(text)
    found = []
    if text != json.dumps(book, indent=1, ensure_ascii=False, sort_keys=True) + "\n":
        found.append("it is not written as nbformat writes: one blank of indent, keys in order")
    if book["metadata"] != METADATA:
        found.append(f"the notebook's metadata is {book['metadata']}")
    for number, cell in enumerate(book["cells"], 1):
        if cell["metadata"]:
            found.append(f"cell {number} has metadata {cell['metadata']}")
        if cell["id"] != f"{name.replace('_', '-')}-{number:02d}":
            found.append(f"cell {number} has the id {cell['id']}")
        if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"] is not None):
            found.append(f"cell {number} has been run")
    return found


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_notebooks_are_stored_clean(path):
    assert faults(path.read_text(encoding="utf-8"), path.stem) == []


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_their_code_is_python_that_ends_in_a_value_or_a_check(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            assert ast.parse("".join(cell["source"])).body


def test_all_five_are_there():
    names = ["array_library", "looking_inside", "per_example_gradients", "quickstart", "training_loop"]
    assert [path.stem for path in BOOKS] == names


def test_the_quickstart_is_ten_cells():
    cells = json.loads((FOLDER / "quickstart.ipynb").read_text(encoding="utf-8"))["cells"]
    assert sum(cell["cell_type"] == "code" for cell in cells) == 10


def test_a_notebook_that_was_run_would_be_seen():
    book = json.loads(BOOKS[0].read_text(encoding="utf-8"))
    code = next(cell for cell in book["cells"] if cell["cell_type"] == "code")
    code.update(execution_count=3, metadata={"scrolled": True}, id="a1b2")
    book["metadata"]["language_info"]["version"] = "3.11.7"
    found = " · ".join(faults(json.dumps(book), BOOKS[0].stem))
    for words in ("not written as", "'version': '3.11.7'", "has been run", "scrolled", "has the id a1b2"):
        assert re.search(re.escape(words), found), words
