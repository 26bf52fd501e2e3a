"""Running folds: a loop carries them, along any axis, either way, and cut into parts where they are long."""

from __future__ import annotations

import numpy as np
import pytest
from kernel.test_nests import agree

from rustorch_fn.kernel import expr as k
from rustorch_fn.kernel.expr import Axis, Buffer, axis, fold, load, running, table
from rustorch_fn.kernel.interp import run_nest
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, Store, check
from rustorch_fn.kernel.recipes import plan_nest
from rustorch_fn.kernel.schedule import schedule
from rustorch_fn.target.llvm.emit import compile_nest

WIDE = Machine("wide", 64, 32, fma=True, masks=True, avx512bw=True)
MONOIDS = {"add": k.ADD, "mul": k.MUL, "max": k.MAX, "min": k.MIN}
KINDS = {"f32": "f4", "f64": "f8", "i32": "i4", "u8": "u1"}


def rows(shape: tuple[int, int], along: int, monoid: k.Monoid, dtype: str, reverse: bool) -> tuple[Nest, list[Buffer]]:
    """y = the running fold of 2 x along one of two axes."""
    axes = tuple(Axis(n, "ij"[d]) for d, n in enumerate(shape))
    x, y = (Buffer(name, dtype, shape[0] * shape[1]) for name in "xy")
    at = axis(axes[0]) * shape[1] + axis(axes[1])
    value = running(monoid, axes[along], load(x, at) + load(x, at), None, reverse)
    return Nest(axes, (Store(y, at, value),)), [x, y]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("how", MONOIDS)
@pytest.mark.parametrize(("shape", "along"), [((40, 3), 0), ((3, 67), 1), ((1, 33), 1), ((50, 40), 0), ((5, 300), 1)])
def test_running_folds(how: str, shape: tuple[int, int], along: int, dtype: str, reverse: bool) -> None:
    rng = np.random.default_rng(shape[0])
    with table():
        nest, (x, y) = rows(shape, along, MONOIDS[how], dtype, reverse)
        # products of ones and halves are exact, and sums of small numbers too
        values = rng.integers(1, 3, x.size).astype(KINDS[dtype]) / (2 if dtype[0] == "f" else 1)
        agree(nest, {x: values.astype(KINDS[dtype]), y: np.zeros(y.size, KINDS[dtype])}, True)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("others", [1, 3])
def test_long_ones_are_cut_into_parts(others: int, reverse: bool) -> None:
    n = 300_000
    with table():
        nest, (x, y) = rows((others, n), 1, k.MAX, "i32", reverse)
        nests, temps = plan_nest(nest)
        assert len(nests) == 3 + reverse
        for part in nests:
            check(part)
            # what is carried no longer is all of the row
            assert all(a.extent < n // 32 for a in schedule(part, WIDE).order)
        values = np.random.default_rng(0).integers(0, 1 << 30, x.size).astype("i4")
        arrays = {x: values, y: np.zeros(y.size, "i4"), **{b: np.zeros(b.size, "i4") for b in temps}}
        for part in nests:
            run_nest(part, arrays)
        want = values.reshape(others, n)[:, :: -1 if reverse else 1]
        want = 2 * np.maximum.accumulate(want, 1)[:, :: -1 if reverse else 1]
        np.testing.assert_array_equal(arrays[y].reshape(others, n), want)


def test_one_thread_runs_a_loop_that_carries() -> None:
    with table():
        nest, _ = rows((1, 100), 1, k.ADD, "f32", False)
        kernel = compile_nest(nest, WIDE)
        assert kernel.grain == kernel.extent


def test_other_sizes_share_a_kernel() -> None:
    with table():
        keys = {compile_nest(rows((5, n), 1, k.ADD, "f32", False)[0], WIDE).key for n in (200, 333, 1001)}
        assert len(keys) == 1


def test_check_wants_one_axis_and_one_way() -> None:
    with table():
        i, j = Axis(40, "i"), Axis(50, "j")
        x, y = Buffer("x", "f32", 2000), Buffer("y", "f32", 2000)
        at = axis(i) * 50 + axis(j)
        both = running(k.ADD, i, load(x, at)) + running(k.ADD, j, load(x, at))
        with pytest.raises(ValueError, match="one axis and one way"):
            check(Nest((i, j), (Store(y, at, both),)))
        total = Buffer("total", "f32", 40)
        sums = Store(total, axis(i), fold(k.ADD, (j,), (load(x, at),)))
        with pytest.raises(ValueError, match="every store runs over all axes"):
            check(Nest((i, j), (Store(y, at, running(k.ADD, i, load(x, at))), sums)))
