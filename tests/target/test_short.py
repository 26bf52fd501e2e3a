"""The short way into a program: it gives what the long way gives, declines what it was not made for, leaks nothing."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from target.runtime_kernels import build, launch

import rustorch_fn as rt
from rustorch_fn.core.array import Array
from rustorch_fn.core.trace import setting
from rustorch_fn.kernel.plan import Host, Slot
from rustorch_fn.target.llvm import executor, memory
from rustorch_fn.transform.jit import Jitted

ROOT = Path(__file__).parents[2]


def entry(f: Jitted, *args):
    """The program that `f` compiled for these arguments, and its short way."""
    for _ in range(3):
        f(*args)
    made = f.recent[1].__module__[-1]
    assert type(made) is executor.Executable
    return made, f.recent[1]


def fresh(*shape: int, start: int = 0) -> Array:
    """An array in a block of its own."""
    return rt.jit(lambda x: x + 0)(rt.numpy.arange(start, start + int(np.prod(shape)), dtype="float32").reshape(shape))


def test_one_result_is_an_array_and_several_are_a_list():
    x = fresh(5)
    _, one = entry(rt.jit(lambda x: x + 1), x)
    y = one(x)
    assert type(y) is Array
    assert (np.asarray(y) == np.arange(5) + 1).all()
    _, three = entry(rt.jit(lambda x: (x + 1, x * 2, -x)), x)
    a, b, c = three(x)
    assert [a.tolist(), b.tolist(), c.tolist()] == [(x + 1).tolist(), (x * 2).tolist(), (-x).tolist()]
    _, none = entry(rt.jit(lambda x: ()), x)
    assert none(x) == []


@pytest.mark.parametrize(
    "args",
    [(), (1.0,), (fresh(4), fresh(4)), (fresh(3),), (fresh(4, 1),), (np.zeros(4, np.float32),), (None,), (object(),)],
    ids=["none", "number", "two", "shape", "axes", "numpy", "None", "object"],
)
def test_what_it_was_not_made_for_is_declined(args):
    _, short = entry(rt.jit(lambda x: x + 1), fresh(4))
    assert short(*args) is None


def test_a_deleted_array_is_declined_and_the_error_is_ours():
    f, x = rt.jit(lambda x: x + 1), fresh(4)
    _, short = entry(f, x)
    x.delete()
    assert short(x) is None
    with pytest.raises(rt.errors.DeletedArray):
        f(x)


def test_a_view_is_copied_first_and_then_taken():
    f = rt.jit(lambda x: x.sum(0))
    entry(f, fresh(3, 4))
    turned = rt.numpy.asarray(np.arange(12, dtype=np.float32).reshape(4, 3).T)
    want = np.asarray(turned).sum(0)
    assert [np.asarray(f(turned)).tolist() for _ in range(3)] == [want.tolist()] * 3


def test_a_call_with_another_setting_is_traced_anew():
    traced = []
    f, x = rt.jit(lambda x: traced.append(1) or rt.numpy.log(x)), fresh(3, start=1)
    entry(f, x)
    with setting(check_nans=True):
        f(x)
    f(x)
    assert len(traced) == 2


def test_counts_of_all_it_touches_stay():
    x, weak = fresh(64, 64), rt.numpy.asarray(2.0)
    _, short = entry(rt.jit(lambda x, w: (x @ x * w, x.sum(), x.T @ x)), x, weak)
    watched = [x, x.form, x.buffer, weak, weak.form, None, executor.runtime().native]
    outs = short(x, weak)
    watched += [y.form for y in outs]
    del outs
    gc.collect()
    before = [sys.getrefcount(o) for o in watched], memory.stats()
    for _ in range(2000):
        outs = short(x, weak)
        assert short(x) is None
    del outs
    gc.collect()
    after = [sys.getrefcount(o) for o in watched], memory.stats()
    # None's count moves with whatever else the interpreter does
    assert max(abs(a - b) for a, b in zip(after[0], before[0], strict=True)) < 50
    assert [a == b for a, b in zip(after[0], before[0], strict=True)].count(False) <= 1
    assert after[1]["live_bytes"] == before[1]["live_bytes"]
    assert after[1]["live_blocks"] == before[1]["live_blocks"]


def test_memory_that_must_be_fetched_is_fetched():
    f, x = rt.jit(lambda x: x * 3), fresh(333, 77)
    entry(f, x)
    kept = [f(x) for _ in range(50)]
    assert len({y.ptr for y in kept}) == 50
    assert all((np.asarray(y) == np.asarray(x) * 3).all() for y in kept)


def test_threads_that_call_and_delete():
    f = rt.jit(lambda x: rt.lax.fori_loop(0, 50, lambda i, y: rt.numpy.sin(y @ x), x))
    x = fresh(32, 32) / 1024
    want = np.asarray(f(x))
    bad: list[object] = []

    def call() -> None:
        for _ in range(100):
            own = x + 0
            helper = threading.Timer(0.0, own.delete)
            helper.start()
            try:
                if not np.array_equal(np.asarray(f(own)), want):
                    bad.append("wrong")
            except rt.errors.DeletedArray:
                pass
            helper.join()

    callers = [threading.Thread(target=call) for _ in range(4)]
    for t in callers:
        t.start()
    for t in callers:
        t.join()
    assert not bad


def test_a_step_that_fails_gives_a_number_and_takes_its_results_back():
    scalar = fresh().form
    made = build(
        [Slot("input", 4, 0), Slot("output", 4, 0)], [launch("fail", value=5)], explain=lambda s, n: ValueError(n)
    )
    short, x = made.short([scalar], [(scalar, 4)], {}), fresh()
    for _ in range(3):
        memory.block(4)
    before = memory.stats()
    number = short(x)
    assert number > 0
    with pytest.raises(ValueError, match=r"^5$"):
        made.fail(number)
    assert memory.stats() == before


def test_an_exception_of_a_host_step_comes_out_after_one_call():
    calls = []

    def host(bufs, ctx):
        calls.append(1)
        raise ZeroDivisionError("enough")

    scalar = fresh().form
    made = build([Slot("input", 4, 0), Slot("output", 4, 0)], [Host(0, ((0, 0), (1, 0)))], hosts={0: host})
    with pytest.raises(ZeroDivisionError):
        made.fail(made.short([scalar], [(scalar, 4)], {})(fresh()))
    assert calls == [1]


def test_arrays_may_go_last():
    text = """
import sys
sys.path.insert(0, ROOT)
import rustorch_fn as rt, builtins, threading
f = rt.jit(lambda x: x @ x)
x = f(f(rt.numpy.ones((64, 64))))
builtins.kept = [f(x) for _ in range(5)]
class Late:
    def __del__(self, kept=[f(x)]):
        kept.clear()
sys.modules["late"] = Late()
class Loop: pass
a = Loop(); a.own, a.x = a, f(x)
print("done")
""".replace("ROOT", repr(str(ROOT)))
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_the_portable_way_gives_the_same():
    text = """
import sys
sys.path.insert(0, ROOT)
import rustorch_fn as rt
from rustorch_fn.target.llvm import executor
f = rt.jit(lambda x: (x @ x, x.sum()))
x = rt.numpy.arange(64 * 64, dtype="float32").reshape(64, 64) / 4096
for _ in range(3):
    y, s = f(x)
print(executor.runtime().native is None, y.sum(), s)
""".replace("ROOT", repr(str(ROOT)))
    said = []
    for portable in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=True,
            env={**os.environ, "RT_PORTABLE": portable},
        )  # fmt: skip
        said.append(done.stdout.split())
    assert [words[0] for words in said] == ["False", "True"]
    assert said[0][1:] == said[1][1:]
