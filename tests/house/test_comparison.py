"""The comparison with the peers: its rows are whole, and it notices results that differ."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def peers(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    for name in ("peers", "rows"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import peers

    return peers


def test_every_row_has_ours_and_a_peer(peers):
    assert peers.ROWS
    for row in peers.ROWS.values():
        assert "ours" in row.make, row.name
        assert {"jax", "torch", "numpy"} & set(row.make), row.name


def test_ratio_is_that_of_the_better_peer(peers):
    result = peers.Result("x", "g", {"ours": 2.0, "jax": 3.0, "torch": 5.0})
    assert result.ratio() == 1.5
    assert "1.50" in peers.summary([result])
    assert peers.Result("x", "g", {"jax": 3.0}).ratio() is None


@pytest.mark.parametrize(("got", "says"), [([[1.0, 2.0]], ""), ([[1.0, 2.1]], "differs from jax by 0.1"),
                                           ([[1.0]], "other sizes"), ([[1.0, float("nan")]], "differs")])  # fmt: skip
def test_results_that_differ_are_told(peers, got, says):
    wrong = peers.disagreements({"ours": got, "jax": [[1.0, 2.0]]}, 1e-3)
    assert says in wrong.get("ours", "")
    assert bool(wrong) == bool(says)


def test_a_worker_answers_and_survives_errors(peers):
    worker = peers.Worker("numpy", 1, "cpu", [])
    assert "first" in worker.ask("prepare", row="gemm 64x64x64")
    assert "error" in worker.ask("prepare", row="no such row")
    assert worker.ask("turn", count=2)["count"] == 2
    worker.close()
    assert worker.process.returncode == 0
