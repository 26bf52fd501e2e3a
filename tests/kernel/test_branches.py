"""What is seldom chosen is computed behind a branch: wherever it stands in a nest, values stay the same."""

import numpy as np
import pytest

from rustorch_fn.kernel import math
from rustorch_fn.kernel.expr import ADD, MAX, Axis, Buffer, axis, fold, load, select, table
from rustorch_fn.kernel.interp import run_nest
from rustorch_fn.kernel.nest import Nest, Store
from rustorch_fn.target.llvm.check import host, run
from rustorch_fn.target.llvm.emit import compile_nest

ROWS, COLUMNS = 7, 83


def inputs():
    """Mostly small angles; some vectors hold a huge one, an infinity or NaN."""
    x = np.random.default_rng(0).uniform(-9, 9, (ROWS, COLUMNS)).astype(np.float32)
    x[1, 5], x[2, 40], x[4, 82], x[6, :] = 1e20, np.inf, np.nan, 3e8
    return x


def nest(kind, source, out):
    i, j, k = Axis(ROWS, "i"), Axis(COLUMNS, "j"), Axis(COLUMNS, "k")
    at = axis(i) * COLUMNS + axis(j)
    x = load(source, at)
    row = load(source, axis(i) * COLUMNS + axis(k))
    values = {
        "alone": math.sin(x),
        "shared": math.sin(x) + math.cos(x) * math.tan(x),
        "nested": math.sin(math.cos(x) * 1e9),
        "two": math.sin(x) + math.sin(x * 3e7),
        "row": x * math.sin(load(source, axis(i) * COLUMNS)),
        "fold": x + fold(ADD, [k], [math.sin(row)]),
        "around a fold": x + math.sin(fold(MAX, [k], [row])),
        "fold inside": select(x > 0.0, math.lgamma(x), math.lgamma(x + fold(MAX, [k], [math.cos(row)]))),
    }
    return Nest((i, j), (Store(out, at, values[kind]),))


KINDS = ["alone", "shared", "nested", "two", "row", "fold", "around a fold", "fold inside"]


@pytest.mark.parametrize("kind", KINDS)
def test_branches_change_no_value(kind):
    x = inputs().reshape(-1)
    with table(), np.errstate(all="ignore"):
        source, out = Buffer("x", "f32", x.size), Buffer("y", "f32", x.size)
        wanted, got = np.zeros_like(x), np.zeros_like(x)
        made = nest(kind, source, out)
        run_nest(made, {source: x, out: wanted})
        run(made, {source: x, out: got})
    exact = "fold" != kind and host().fma
    assert np.allclose(got, wanted, rtol=0 if exact else 1e-5, atol=0 if exact else 1e-5, equal_nan=True)


def test_one_branch_for_all_that_share_a_condition():
    with table():
        source, out = Buffer("x", "f32", ROWS * COLUMNS), Buffer("y", "f32", ROWS * COLUMNS)
        text = compile_nest(nest("shared", source, out), host()).text
    # once in the whole vectors, once in the rest
    assert text.count("vector.reduce.or") - text.count("declare i1 @llvm.vector.reduce.or") <= 2
