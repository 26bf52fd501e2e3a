"""Stores at computed places: in order, combined with what is there, and only where the guard holds."""

from __future__ import annotations

import numpy as np
import pytest
from kernel.test_nests import agree

from rustorch_fn.kernel import expr as k
from rustorch_fn.kernel.expr import Axis, Buffer, axis, load, table
from rustorch_fn.kernel.nest import Nest, Store, ordered

MONOIDS = {"set": None, "add": k.ADD, "mul": k.MUL, "max": k.MAX, "min": k.MIN}


@pytest.mark.parametrize("how", MONOIDS)
@pytest.mark.parametrize("dtype", ["f32", "f64", "i32", "u8"])
@pytest.mark.parametrize(("rows", "width"), [(7, 1), (5, 3), (9, 40), (1, 16)])
def test_scattered_rows(how: str, dtype: str, rows: int, width: int) -> None:
    rng = np.random.default_rng(rows * width)
    places, size = 4, 4 * width
    with table():
        n, w = Axis(rows, "n"), Axis(width, "w")
        out, at, updates = Buffer("out", dtype, size), Buffer("at", "i32", rows), Buffer("updates", dtype, rows * width)
        row = k.convert(load(at, axis(n)), "i64")
        guard = k.and_(row >= 0, row < places)
        value = load(updates, axis(n) * width + axis(w))
        nest = Nest((n, w), (Store(out, row * width + axis(w), value, guard, MONOIDS[how]),))
        assert ordered(nest) == ((n,) if rows > 1 else ())
        kind = np.dtype({"f32": "f4", "f64": "f8", "i32": "i4", "u8": "u1"}[dtype])
        agree(nest, {
            out: rng.integers(0, 9, size).astype(kind), at: rng.integers(-1, places + 1, rows).astype(np.int32),
            updates: rng.integers(0, 9, rows * width).astype(kind),
        }, True)  # fmt: skip
