"""Updates in loops write in place, and nobody who needs the old value notices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rustorch_fn as rt
import rustorch_fn.numpy as rnp
from rustorch_fn import lax
from rustorch_fn.kernel import inplace, plan
from rustorch_fn.kernel import lower as lower_module
from rustorch_fn.kernel.lower import lower
from rustorch_fn.target.llvm.program import LLVM
from rustorch_fn.transform.tidy import tidy

N = 6


def loop(step: Any, count: int = 5) -> Any:
    return lambda x: lax.fori_loop(0, count, step, x)


def chain(i: Any, x: Any) -> Any:
    return x.at[i].set(x[i - 1] + 1).at[i + 1].add(x[i])


def keep_old(x: Any) -> Any:
    y = x * 2
    z = y.at[2].set(7.0)
    return y.sum() + z, y


def old_view(x: Any) -> Any:
    y = x * 2
    head = y[:2]
    z = y.at[0].set(9.0).at[1].add(1.0)
    return z, head


def late_reader(x: Any) -> Any:
    y = x * 2
    late = rnp.sin(y[:2])
    z = y.at[0].set(9.0)
    return z * 1.5, late + z[1]


def late_reader_of_whole(x: Any) -> Any:
    y = rnp.exp(x)
    late = y + 1
    z = y.at[0].set(9.0).at[3].add(1.0)
    return z, late * z


def joined(x: Any) -> Any:
    a = rnp.concatenate([x * 2] * 300)
    both = rnp.concatenate([a, a + 1])
    late = rnp.sin(both)
    return a.at[0].set(7.0), both, late * 2


def pair(i: Any, c: Any) -> Any:
    x, y = c
    return y.at[i].set(x[i] + 1), x.at[i].add(y[i])


def old_in_carry(i: Any, c: Any) -> Any:
    x, total = c
    return x.at[i].set(3.0), total + x.sum()


def with_slice(i: Any, c: Any) -> Any:
    x, first = c
    return x.at[i].multiply(2.0), first + x[0]


def whole_row(x: Any) -> Any:
    table = rnp.zeros((N, N), dtype="float32")
    return lax.fori_loop(0, N, lambda i, t: t.at[i].set(x + t[i - 1]).at[:, i].add(1.0), table)


def scanned(x: Any) -> Any:
    def step(memory: Any, k: Any) -> Any:
        return memory.at[k].add(memory[k - 1]), memory[k]

    return lax.scan(step, x, rnp.arange(N))


def sorted_by_swaps(x: Any) -> Any:
    def swap(k: Any, y: Any) -> Any:
        j = k % (N - 1)
        a, b = y[j], y[j + 1]
        return y.at[j].set(rnp.minimum(a, b)).at[j + 1].set(rnp.maximum(a, b))

    return lax.fori_loop(0, N * N, swap, x)


def rows(x: Any) -> Any:
    """Reads two rows a step; its gradient adds two rows a step."""
    table = rnp.stack([x, x * 2, x + 1, x])

    def step(h: Any, k: Any) -> Any:
        return rnp.tanh(h * table[k] + table[rnp.stack([k, k])].sum(0)), h.sum()

    return lax.scan(step, x, rnp.arange(4))[1].sum()


CASES = {
    "rows": rt.grad(rows),
    "chain": loop(chain), "keep_old": keep_old, "old_view": old_view, "late_reader": late_reader,
    "late_reader_of_whole": late_reader_of_whole, "joined": joined, "whole_row": whole_row, "scanned": scanned,
    "sorted": sorted_by_swaps,
    "pair": lambda x: loop(pair)((x, x + 1)), "same": lambda x: loop(pair)((x, x)),
    "old_in_carry": lambda x: loop(old_in_carry)((x, rnp.float32(0))),
    "with_slice": lambda x: loop(with_slice)((x, rnp.float32(0))),
    "nested": lambda x: lax.fori_loop(0, 3, lambda i, y: loop(chain)(y) + y.at[i].set(0.0), x),
    "scatter": lambda x: (lambda y: (y.at[rnp.array([1, 1, 4])].add(2.0), y.at[rnp.array([0, 0])].set(5.0)))(x + 1),
    "gradient": rt.grad(lambda x: (x[rnp.array([1, 1, 3])] ** 2).sum() + (x.at[2].set(x[0]) * x).sum()),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_in_place_equals_eager(name: str) -> None:
    f, x = CASES[name], rnp.asarray(np.random.default_rng(1).permutation(N).astype(np.float32))
    before = np.array(x)
    got, want = rt.jit(f)(x), f(x)
    rt.tree.map(lambda g, w: np.testing.assert_allclose(np.asarray(g), np.asarray(w), rtol=1e-6), got, want)
    np.testing.assert_array_equal(np.asarray(x), before)


def test_views_are_known_by_one_list() -> None:
    assert set(lower_module.VIEWS) == inplace.VIEWS


def steps_of(f: Any, x: Any) -> list[Any]:
    program, _ = lower(tidy(rt.jit(f).trace(x).func), LLVM())
    return list(plan.walk(program.steps))


@pytest.mark.parametrize("name", ["chain", "whole_row", "scanned", "sorted", "rows"])
def test_a_step_copies_no_carry(name: str) -> None:
    x = rnp.zeros(N, dtype="float32")
    loops = [s for s in steps_of(CASES[name], x) if isinstance(s, plan.While | plan.Loop)]
    assert loops
    # the gradient's state is as large as x, its table is four times as large
    assert all(nbytes < x.nbytes + (name == "rows") for s in loops for *_, nbytes in s.carries)


BESIDE: dict[str, tuple[Any, tuple[int, ...]]] = {
    "transposed": (lambda a, b, i: rnp.sin(a.T) + b, (2, 3)),
    "flat": (lambda a, b, i: rnp.sin(a.reshape(-1) * 2) + b, (6,)),
    "rows": (lambda a, b, i: rnp.sin(a[1:] * 2) + b, (2, 2)),
    "broadcast": (lambda a, b, i: (a * 2)[None] + b, (2, 3, 2)),
    "one row": (lambda a, b, i: rnp.tanh(a[i] * 3) + b, (2,)),
    "folded": (lambda a, b, i: a.sum(0) * 2 + b, (2,)),
    "folded into an update": (lambda a, b, i: b.at[:, i].set(a.sum(1) * 2 + 1), (3, 2)),
    "alike": (lambda a, b, i: a * a + b, (3, 2)),
}


@pytest.mark.parametrize("name", BESIDE)
def test_a_carry_that_reads_another_sees_it_before_it_is_written(name: str) -> None:
    read, shape = BESIDE[name]

    def inner(i: Any, c: Any) -> Any:
        b, a = c
        return read(a, b, i), a.at[i].set(i * 0.5 - 7)

    def outer(s: Any) -> Any:
        return s[0] + 1, *lax.fori_loop(0, 2, inner, s[1:])

    def f(b: Any, a: Any) -> Any:
        return lax.while_loop(lambda s: s[0] < 2, outer, (0, b, a))

    b, a = rnp.ones(shape), rnp.arange(6.0).reshape(3, 2)
    with rt.disable_jit():
        want = f(b, a)
    for x, y in zip(rt.jit(f)(b, a), want, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6)
