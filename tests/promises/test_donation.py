"""Donated arguments: gone after the call, and their memory is the result's where nobody else holds it."""

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors, lax
from rustorch_fn import numpy as rnp
from rustorch_fn.target.llvm import memory

N = 1 << 16


def fresh(k=0):
    """An array in memory of its own that nobody else looks at."""
    return rt.jit(lambda: rnp.arange(N, dtype="float32") + k)()


def counts():
    stats = rt.compile_stats()
    return np.array([stats["donated"], stats["declined"]])


def axpy(p, g):
    return p - 0.125 * g


def test_a_donated_argument_is_gone_and_named():
    f = rt.jit(axpy, donate_argnums=0)
    p, g = fresh(), fresh(1)
    f(p, g)
    assert p.is_deleted()
    assert not g.is_deleted()
    with pytest.raises(errors.DeletedArray, match=rf"donate_argnums.*f32\[{N}\]"):
        p + 1
    with pytest.raises(errors.DeletedArray):
        f(p, g)


def test_ahead_of_time_too():
    p, g = fresh(), fresh(1)
    compiled = rt.jit(axpy, donate_argnums=0).lower(p, g).compile()
    place = p.ptr
    assert compiled(p, g).ptr == place
    assert p.is_deleted()


def test_memory_is_taken_over():
    f = rt.jit(axpy, donate_argnums=0)
    p, g = fresh(), fresh(1)
    want, place, before = np.arange(N, dtype="f4") - 0.125 * np.arange(1, N + 1, dtype="f4"), p.ptr, counts()
    out = f(p, g)
    assert out.ptr == place
    assert np.array_equal(out, want)
    assert (counts() - before).tolist() == [1, 0]
    assert rt.jit(axpy, donate_argnums=0).lower(out, g).compile().memory_analysis().alias_size_in_bytes == 4 * N


@pytest.mark.parametrize("how", ["seen by NumPy", "given twice", "a view's owner"])
def test_what_others_hold_is_left_alone(how):
    f = rt.jit(axpy, donate_argnums=0)
    p, before = fresh(), counts()
    kept = np.asarray(p) if how == "seen by NumPy" else p.buffer if how == "a view's owner" else None
    g = p if how == "given twice" else fresh(1)
    out = f(p, g)
    want = np.arange(N, dtype="f4") - 0.125 * np.arange(how != "given twice", N + (how != "given twice"), dtype="f4")
    assert np.array_equal(out, want)
    assert (counts() - before).tolist() == [0, 1]
    assert p.is_deleted()
    if how == "seen by NumPy":
        assert np.array_equal(kept, np.arange(N, dtype="f4"))


# what reads a donated argument elsewhere, later or as a whole must not find it overwritten
CASES = {
    "reversed": lambda p, g: p[::-1] + g,
    "rows and sums": lambda p, g: p.reshape(256, -1) - p.reshape(256, -1).sum(0),
    "transposed": lambda p, g: p.reshape(256, -1).T + g.reshape(256, -1),
    "two results": lambda p, g: (p + g, p * g, p.sum()),
    "read later": lambda p, g: (p + g, (p.reshape(256, -1) @ g.reshape(256, -1)).sum()),
    "product": lambda p, g: p.reshape(256, -1) @ (g.reshape(256, -1) / N),
    "loop": lambda p, g: lax.fori_loop(0, 3, lambda i, s: s * 0.5 + p, g),
    "scan": lambda p, g: lax.scan(lambda c, row: (c + row.sum() / N, row + c), 0.0, p.reshape(256, -1))[1],
    "branches": lambda p, g: lax.cond(g[0] > 0, lambda: p + 1, lambda: p[::-1]),
    "scattered": lambda p, g: p.at[3].set(g[0]),
    "itself": lambda p, g: (p, p + g),
    "swapped": lambda p, g: (g * 2, p * 2),
}


@pytest.mark.parametrize("argnums", [0, (0, 1)])
@pytest.mark.parametrize("name", CASES)
def test_results_do_not_depend_on_donation(name, argnums):
    f = CASES[name]
    want = rt.tree.map(np.array, rt.jit(f)(fresh(), fresh(1)))
    got = rt.jit(f, donate_argnums=argnums)(fresh(), fresh(1))
    for a, b in zip(rt.tree.leaves(got), rt.tree.leaves(want), strict=True):
        assert np.array_equal(a, b)


def test_a_training_state_needs_no_second_copy():
    """Adam's step: parameters and both moments are written where they were."""

    def adam(p, m, v, g):
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + 0.01 * g * g
        return p - 0.01 * m / (rnp.sqrt(v) + 1e-8), m, v

    step = rt.jit(adam, donate_argnums=(0, 1, 2))
    state, g = [fresh(k) for k in range(3)], fresh(3)
    want = rt.jit(adam)(*state, g)
    for a, b in zip(step(*state, g), want, strict=True):
        assert np.array_equal(a, b)
    state = [fresh(k) for k in range(3)]
    step(*state, g)
    state = [fresh(k) for k in range(3)]
    places, live, before = {x.ptr for x in state}, memory.stats()["live_bytes"], counts()
    memory.reset_peak()
    state = step(*state, g)
    assert {x.ptr for x in state} == places
    assert memory.stats()["peak_bytes"] == live
    assert (counts() - before).tolist() == [3, 0]


def test_a_number_that_comes_back_is_not_shared():
    same, away = rt.jit(lambda x: x), rt.jit(lambda x: x + 1, donate_argnums=0)
    for _ in range(3):
        first, second = same(1.5), same(1.5)
        away(first)
        assert float(second) == 1.5
