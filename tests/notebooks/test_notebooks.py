"""The notebooks run from top to bottom, each in a fresh kernel, and a wrong cell would be seen."""

import json
import os
from pathlib import Path

import pytest
from fresh import WHERE

FOLDER = Path(__file__).parents[2] / "notebooks"

pytestmark = pytest.mark.notebook


def run(book, folder):
    """The notebook with its outputs; raises where a cell does."""
    from nbclient import NotebookClient

    path = os.pathsep.join(filter(None, (WHERE, os.environ.get("PYTHONPATH"))))
    client = NotebookClient(book, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    return client.execute(env={**os.environ, "PYTHONPATH": path})


def outputs(book, kind):
    return [out for cell in book.cells if cell.cell_type == "code" for out in cell.outputs if out.output_type == kind]


BOOKS = ["quickstart", "array_library", "per_example_gradients", "training_loop", "looking_inside"]


@pytest.mark.parametrize("name", BOOKS)
def test_a_notebook_runs(name, tmp_path):
    import nbformat

    book = run(nbformat.read(FOLDER / f"{name}.ipynb", as_version=4), tmp_path)
    assert any("image/png" in out.data for out in outputs(book, "display_data"))
    said = "".join(out.text for out in outputs(book, "stream"))
    assert "Warning" not in said
    assert [*tmp_path.iterdir()] == []
    # what a reader sees of a value is short
    assert max(len(json.dumps(out.data)) for out in outputs(book, "execute_result")) < 30_000


def test_a_wrong_cell_would_be_seen(tmp_path):
    import nbformat
    from nbclient.exceptions import CellExecutionError

    cells = [nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_code_cell("assert x == 2")]
    with pytest.raises(CellExecutionError, match="AssertionError"):
        run(nbformat.v4.new_notebook(cells=cells), tmp_path)
