"""Memory stays flat: fresh functions on every call, many calls, many functions."""

import gc
import os
import resource
from pathlib import Path

import pytest

import rustorch_fn as rt
from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.target.llvm import memory
from rustorch_fn.transform import jit as jit_room

MB = 1 << 20
STATUS = Path("/proc/self/statm")


def taken():
    """Bytes of memory that this process holds (the most it ever held, where the system does not say more)."""
    gc.collect()
    if STATUS.exists():
        resident, shared = STATUS.read_text().split()[1:3]
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def growth(f, count, warm):
    """Bytes that `count` calls add, after some that may."""
    for k in range(warm):
        f(k)
    before = taken()  # collects garbage, whose memory is live until then
    live = memory.stats()["live_bytes"]
    for k in range(warm, warm + count):
        f(k)
    added = taken() - before
    assert memory.stats()["live_bytes"] == live
    return added


X = [1.0, 2.0, 3.0, 4.0]

# calls that make their functions anew
FRESH = {
    "cond": lambda x: lax.cond(x[0] < 1, lambda a: a * 2, lambda a: a + 1, x),
    "scan": lambda x: lax.scan(lambda c, a: (c + a, c * a), 0.0, x),
    "fori_loop": lambda x: lax.fori_loop(0, 5, lambda i, s: s + i, 0),
    "while_loop": lambda x: lax.while_loop(lambda s: s < 10, lambda s: s * 2, 1.0),
    "grad": lambda x: rt.grad(lambda a: (a * a).sum())(x),
    "vmap": lambda x: rt.vmap(lambda a: a * 2 + 1)(x),
    "jit": lambda x: rt.jit(lambda a: a * 2 + 1)(x),
    "grad of scan": lambda x: rt.grad(lambda y: lax.scan(lambda c, a: (c * a, c), 1.0, y)[0])(x),
    "vmap of cond": lambda x: rt.vmap(lambda y: lax.cond(y < 1, lambda a: a * 2, lambda a: a + 1, y))(x),
}


def fresh_functions_are_free(name, count):
    x, call = rnp.asarray(X), FRESH[name]
    call(x)
    before = rt.compile_stats()
    assert growth(lambda _: call(x), count, 50) < 5 * MB
    after = rt.compile_stats()
    assert (after["compiled"], after["lowered"], after["programs"]) == (
        before["compiled"],
        before["lowered"],
        before["programs"],
    )


@pytest.mark.parametrize("name", FRESH)
def test_fresh_functions_neither_compile_nor_grow(name):
    fresh_functions_are_free(name, 400)


@pytest.mark.slow
@pytest.mark.parametrize("name", FRESH)
def test_ten_thousand_fresh_functions(name):
    fresh_functions_are_free(name, 10_000)


def polynomial(bits, length=7):
    """A function of which no other has the kernel."""

    def f(x):
        for b in range(length):
            x = x + 1.5 if bits >> b & 1 else x * x
        return x

    return rt.jit(f)


def test_a_distinct_tiny_compile_costs_little():
    x = rnp.asarray(X)
    for k in range(20):
        polynomial(k)(x)
    before, compiled = taken(), rt.compile_stats()["compiled"]
    lowered = rt.compile_stats()["lowered"]
    for k in range(20, 84):
        polynomial(k)(x)
    assert taken() - before < 64 * 100_000
    assert rt.compile_stats()["compiled"] - compiled in (0, 64)
    assert rt.compile_stats()["lowered"] - lowered in (0, 64)


def scaled(k):
    return rt.jit(lambda x: x * float(k + 3) + 0.25)


def test_many_functions_are_forgotten(monkeypatch):
    """Programs are kept for those who write the same again, up to a bound."""
    monkeypatch.setattr(jit_room, "PROGRAM_LIMIT", 100)
    x = rnp.asarray(X)
    assert growth(lambda k: scaled(k)(x), 300, 200) < 3 * MB
    assert rt.compile_stats()["programs"] <= 100


@pytest.mark.slow
def test_a_thousand_functions_are_forgotten(monkeypatch):
    monkeypatch.setattr(jit_room, "PROGRAM_LIMIT", 100)
    x = rnp.asarray(X)
    # what transforms remember of Funcs is bounded too: fill it first
    assert growth(lambda k: scaled(k)(x), 1000, 1200) < 2 * MB


def test_a_hundred_thousand_calls():
    x = rnp.arange(1000.0)
    f = rt.jit(lambda x: (x * 2 + 1).sum() / x.size + x)
    assert growth(lambda _: f(x), 100_000, 200) < MB


def test_a_stream_of_shapes_leaves_nothing():
    def call(k):
        # no elements, so that only what is remembered of shapes can grow
        return (rnp.zeros((k + 3, 0), "float32") + 1).sum()

    assert growth(call, 6000, 5000) < 2 * MB


def peak(f):
    """The most bytes that a call takes from the allocator beyond what was taken before."""
    f()
    memory.reset_peak()
    before = memory.stats()["live_bytes"]
    f()
    return memory.stats()["peak_bytes"] - before


LOOPS = {
    "scan": lambda n, x: lax.scan(lambda c, _: (rnp.sin(c) * x, None), x, None, length=n)[0],
    "fori_loop": lambda n, x: lax.fori_loop(0, n, lambda i, c: rnp.sin(c) * x, x),
    "while_loop": lambda n, x: lax.while_loop(lambda s: s[0] < n, lambda s: (s[0] + 1, rnp.sin(s[1]) * x), (0, x))[1],
}


@pytest.mark.parametrize("jitted", [False, True])
@pytest.mark.parametrize("name", LOOPS)
def test_forward_mode_of_a_long_loop_is_flat(name, jitted):
    x = rnp.ones(64)

    def pushed(n):
        def f(x):
            return rt.jvp(lambda x: LOOPS[name](n, x), (x,), (x,))

        return peak(lambda: (rt.jit(f) if jitted else f)(x))

    assert pushed(100_000) <= pushed(1_000) + 1024
