"""Loops in loops, branches and writes at places in any order give under jit what they give op by op.

Each is a list of steps on three matrices; a loop or a branch holds lists of its own. What is looked for are values that
are read after their memory was written to, and inputs that a program destroys.
"""

import numpy as np
import pytest
from compare import array
from hypothesis import example, given, settings
from hypothesis import strategies as st

import rustorch_fn as rt
from rustorch_fn import lax
from rustorch_fn import numpy as rnp

N = 3
OPS = {
    "set column": lambda a, b, c, i: a.at[:, i].set(b[:, i] * c),
    "add row": lambda a, b, c, i: a.at[i].add(b[:, i]),
    "set row": lambda a, b, c, i: a.at[i, :].set(b.sum(0) * 0.1),
    "multiply part": lambda a, b, c, i: a.at[i, 1:].multiply(c),
    "least at places": lambda a, b, c, i: a.at[rnp.array([0, 2]), i].min(b[0, :2]),
    "set by steps": lambda a, b, c, i: a.at[::2].set(b[1:] * c),
    "add at places": lambda a, b, c, i: a.at[rnp.array([1, 0])].add(b[:2].T[:2, :1] * c),
    "turn": lambda a, b, c, i: a.at[:, ::-1].set(a),
    "swap": lambda a, b, c, i: a.at[0].set(a[2]).at[2].set(a[0]),
    "shift": lambda a, b, c, i: a.at[:2].set(a[1:]),
    "move row": lambda a, b, c, i: lax.dynamic_update_slice(a, lax.dynamic_slice(b, (i, 0), (1, N)), (0, 0)),
    "scale row": lambda a, b, c, i: lax.dynamic_update_slice(a, a[:1] * c, (i, 0)),
    "product": lambda a, b, c, i: rnp.tanh(a @ b),
    "transpose": lambda a, b, c, i: a.T * c,
    "choose": lambda a, b, c, i: rnp.where(a > b, a, b * c),
    "flip": lambda a, b, c, i: a - rnp.flip(b, 0) * c,
    "join": lambda a, b, c, i: rnp.concatenate([a[1:], b[:1]]),
    "sums": lambda a, b, c, i: rnp.cumsum(a, 1) * 0.3,
    "share": lambda a, b, c, i: a / (1 + rnp.abs(b).max()),
    "sort": lambda a, b, c, i: rnp.sort(a, 0),
    "roll": lambda a, b, c, i: rnp.roll(a, 1, 1) + b[i],
    "element": lambda a, b, c, i: a * b[i, i] + c,
    "stack": lambda a, b, c, i: rnp.stack([a[0], b[:, i], a[2]]),
    "reverse": lambda a, b, c, i: a.reshape(9)[::-1].reshape(3, 3),
    "spread": lambda a, b, c, i: rnp.broadcast_to(b[i], (3, 3)) * c,
    "same": lambda a, b, c, i: b,
}


def fori(i, xs, first, second, length):
    return lax.fori_loop(0, length, lambda j, xs: run(first, j, xs), xs)


def while_(i, xs, first, second, length):
    step = lambda c: (c[0] + 1, run(first, c[0] % N, c[1]))  # noqa: E731
    return lax.while_loop(lambda c: c[0] < length, step, (rnp.int32(0), xs))[1]


def scan(i, xs, first, second, length):
    xs, ys = lax.scan(lambda xs, j: (run(first, j, xs), xs[0][0]), xs, rnp.arange(length) % N)
    return (xs[0] + 0.1 * ys.sum(), *xs[1:])


def cond(i, xs, first, second, length):
    pred = i > 0 if length == 1 else xs[0].sum() > 0
    return lax.cond(pred, lambda xs: run(first, i, xs), lambda xs: run(second, i, xs), xs)


def run(steps, i, xs):
    """The matrices after some steps: (op, two operands, factor, result) or (loop, its steps, others, length)."""
    xs = tuple(xs)
    for name, *rest in steps:
        if callable(name):
            xs = tuple(name(i, xs, *rest))
        else:
            a, b, c, out = rest
            y = OPS[name](xs[a], xs[b], c, i)
            xs = tuple(y if k == out else x for k, x in enumerate(xs))
    return xs


one_of_three = st.integers(0, 2)
op = st.tuples(st.sampled_from(sorted(OPS)), one_of_three, one_of_three, st.sampled_from([0.5, -0.7]), one_of_three)


def held(steps):
    lists = st.lists(steps, max_size=3)
    return st.tuples(st.sampled_from([fori, while_, scan, cond]), lists, lists, st.integers(1, 3))


programs = st.lists(st.recursive(op, lambda steps: held(steps | op), max_leaves=8), min_size=1, max_size=5)


def plain(steps):
    return lambda *xs: run(steps, rnp.int32(1), xs)


def mapped(steps):
    both = rt.vmap(plain(steps), (0, None, 0))
    return lambda a, b, c: both(rnp.stack([a, b]), b, rnp.stack([c, a]))


def sloped(steps):
    return rt.grad(lambda *xs: sum(x.sum() for x in plain(steps)(*xs)))


def without_while(steps):
    """The steps with fori loops in the place of while loops, which have no reverse mode."""
    return [
        (fori if s[0] is while_ else s[0], without_while(s[1]), without_while(s[2]), s[3]) if callable(s[0]) else s
        for s in steps
    ]


def test_a_gradient_through_a_while_loop_in_a_branch_names_the_loop():
    steps = [(cond, [(while_, [(cond, [("product", 0, 1, 0.5, 1)], [], 1)], [], 2)], [], 1)]
    xs = [rnp.ones((N, N))] * 3
    with pytest.raises(rt.errors.WhileReverse, match="scan"):
        sloped(steps)(*xs)
    with pytest.raises(rt.errors.WhileReverse, match="scan"):
        rt.jit(sloped(steps))(*xs)


@settings(max_examples=max(120, settings.default.max_examples))
@example([(scan, [("roll", 2, 1, 0.5, 1), ("set column", 2, 2, 0.5, 2)], [], 1)], plain)
@example([(scan, [("transpose", 2, 1, 0.5, 0), ("multiply part", 2, 0, 0.5, 2)], [], 1)], plain)
@example([(fori, [("add row", 0, 0, 0.5, 2)], [], 1), ("move row", 0, 0, 0.5, 0), (cond, [], [], 1)], plain)
@example([(fori, [("scale row", 1, 2, 0.5, 0), ("swap", 1, 2, 0.5, 1)], [], 1)], plain)
@example([(while_, [("set row", 1, 1, 0.5, 1)], [], 1)], plain)
@example([(fori, [("join", 1, 1, 0.5, 2), ("add row", 1, 0, 0.5, 1)], [], 1), ("product", 2, 1, 0.5, 2)], sloped)
@given(programs, st.sampled_from([plain, mapped, sloped]))
def test_a_program_is_what_its_ops_are_one_by_one(steps, form):
    rng = np.random.default_rng(0)
    given = [rng.uniform(-1, 1, (N, N)) for _ in range(3)]
    xs = [rnp.asarray(x, np.float64) for x in given]
    f = form(without_while(steps) if form is sloped else steps)
    got = rt.jit(f)(*xs)
    with rt.disable_jit():
        want = f(*xs)
        moved = f(*(x * (1 + 1e-12) for x in xs))
    assert all(np.array_equal(array(x), y) for x, y in zip(xs, given, strict=True)), "an input was written to"
    for ours, wanted, near in zip(*map(rt.tree.leaves, (got, want, moved)), strict=True):
        ours, wanted, near = array(ours), array(wanted), array(near)
        # as far apart as rounding in another order and what it leads to: a branch may turn on the sign of a sum
        bound = 1e-9 * (1 + np.max(abs(wanted), initial=0)) + 1e3 * np.max(abs(near - wanted), initial=0)
        assert np.max(abs(ours - wanted), initial=0) <= bound
