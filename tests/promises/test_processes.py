"""Worker processes, forked and spawned, and many threads in one: all compute, whatever was computed before."""

import multiprocessing
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from fresh import python

import rustorch_fn as rt
from rustorch_fn import lax
from rustorch_fn import numpy as rnp

WAYS = multiprocessing.get_all_start_methods()

WORKERS = """
import multiprocessing, sys
from concurrent.futures import ProcessPoolExecutor
import rustorch_fn as rt
from rustorch_fn import numpy as rnp

loss = rt.jit(lambda w, x: ((x @ w) ** 2).sum())

def slope(task):
    k, x = task
    w = rnp.ones(x.shape[1]) * k
    extra = rt.jit(lambda y: (y @ y).sum() * (k + 0.5))(rnp.ones((150, 150)))  # a program that the parent does not have
    turns = rt.lax.fori_loop(0, k, lambda i, s: s + 1, 0)
    return rt.grad(loss)(w, x), float(extra), int(turns), x

def wrong(k):
    return rnp.ones(3) @ rnp.ones(k)

if __name__ == "__main__":
    way, before = sys.argv[1], sys.argv[2] == "before"
    x = rnp.arange(40000.0).reshape(200, 200) / 40000
    if before:
        for k in range(3):
            slope((k, x))
        loss(rnp.ones(200), x)
    around = multiprocessing.get_context(way)
    tasks = [(k, x * k) for k in range(1, 7)]
    with around.Pool(2) as pool:
        found = pool.map(slope, tasks)
    with ProcessPoolExecutor(2, mp_context=around) as pool:
        found += pool.map(slope, tasks)
        try:
            pool.submit(wrong, 4).result()
        except rt.errors.ShapeError as error:
            print(error.code, error.what)
    for (k, x), (gradient, extra, turns, back) in zip(tasks * 2, found, strict=True):
        want = rt.grad(loss)(rnp.ones(200) * k, x)
        assert rnp.allclose(gradient, want, rtol=1e-4), k
        assert (extra, turns) == (150.0**3 * (k + 0.5), k)
        assert rnp.array_equal(back, x) and type(back) is rt.Array
    print("all right")
"""


@pytest.mark.parametrize("when", ["before", "inside only"])
@pytest.mark.parametrize("way", WAYS)
def test_worker_processes_compute(way, when, tmp_path):
    script = tmp_path / "workers.py"
    script.write_text(WORKERS, encoding="utf-8")
    done = python("-W", "ignore::DeprecationWarning", script, way, when, RT_CACHE_DIR=tmp_path / "cache")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "all right"
    assert done.stdout.startswith("RT0101 matmul: ")


# each thread is somewhere else in tracing, compiling, linking and running when a fork comes
FORKED = """
import os, random, signal, sys, threading
import rustorch_fn as rt
from rustorch_fn import numpy as rnp
sys.setswitchinterval(1e-5)
over = threading.Event()
def work(number):
    draw = random.Random(number)
    while not over.is_set():
        n, c = draw.randrange(2, 4000), draw.randrange(1, 30) / 4
        rt.jit(lambda x: (x * c).sum())(rnp.ones(n))
        rt.grad(lambda x: (x * x * c).sum())(rnp.ones(n))
        rt.jit(lambda x: x @ x)(rnp.ones((130, 130)))
team = [threading.Thread(target=work, args=(k,)) for k in range(5)]
for thread in team:
    thread.start()
bad = []
for k in range(int(sys.argv[1])):
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # one that waits for a lock would wait forever
        c = k % 7 + 2.5
        good = float(rt.jit(lambda x: (x * c).sum())(rnp.ones(3))) == 3 * c
        good = good and float(rt.jit(lambda x: (x @ x).sum())(rnp.ones((200, 200)))) == 200.0**3
        os._exit(0 if good and float(rt.grad(lambda x: x * x)(3.0)) == 6 else 1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        bad.append((k, status))
over.set()
for thread in team:
    thread.join()
assert not bad, bad
"""

if "fork" in WAYS:

    def test_a_fork_finds_no_lock_taken():
        done = python("-W", "ignore::DeprecationWarning", "-c", FORKED, 25)
        assert done.returncode == 0, done.stderr

    @pytest.mark.slow
    def test_a_thousand_forks_find_no_lock_taken():
        done = python("-W", "ignore::DeprecationWarning", "-c", FORKED, 1000)
        assert done.returncode == 0, done.stderr


# a thread is inside of the tree library, held up by a class of the user's, when the fork comes
VISITED = """
import os, threading, time
import rustorch_fn as rt
inside, told = threading.Event(), []
class Slow:
    pass
def parts(slow):
    inside.set()
    time.sleep(0.3)
    told.append("out")
    return (), None
rt.tree.register_pytree_node(Slow, parts, lambda _, parts: Slow())
thread = threading.Thread(target=rt.tree.flatten, args=(Slow(),))
thread.start()
inside.wait()
child = os.fork()
if child == 0:
    os._exit(told != ["out"] or rt.tree.leaves({"a": 1.5}) != [1.5])
thread.join()
assert os.waitpid(child, 0)[1] == 0
assert rt.tree.leaves({"a": 1.5}) == [1.5]
"""

if "fork" in WAYS:

    def test_a_fork_waits_for_those_who_take_trees_apart():
        done = python("-W", "ignore::DeprecationWarning", "-c", VISITED)
        assert done.returncode == 0, done.stderr


def at_work(number, turns):
    """What one thread of many finds wrong with what it computes."""
    draw = np.random.default_rng(number)
    wrong = []
    for _ in range(turns):
        n, c = int(draw.integers(2, 40)), float(draw.integers(1, 50))

        def f(x, c=c):
            return (rnp.tanh(x * c) + rnp.exp(-x * x)).sum()

        plain = np.linspace(-1, 1, n, dtype=np.float32)
        x = rnp.asarray(plain)
        slope = c * (1 - np.tanh(plain * c) ** 2) - 2 * plain * np.exp(-plain * plain)
        value = [(np.tanh(y * c) + np.exp(-y * y)).sum() for y in (plain, plain + 1)]
        for name, got, want in (
            ("jit", rt.jit(f)(x), value[0]),
            ("grad", rt.grad(f)(x), slope),
            ("jit of grad", rt.jit(rt.grad(f))(x), slope),
            ("jit of vmap", rt.jit(rt.vmap(f))(rnp.stack([x, x + 1])), value),
            ("vmap of grad", rt.vmap(rt.grad(f))(x[None])[0], slope),
            ("loop", lax.fori_loop(0, n, lambda i, s: s + c, 0.0), n * c),  # noqa: B023
            ("shared", SHARED(rnp.ones((n, n))), float(n) ** 3),
        ):
            if not np.allclose(np.asarray(got), want, rtol=1e-4, atol=2e-3):
                wrong.append((name, n, c))
    return wrong


SHARED = rt.jit(lambda x: (x @ x).sum())


def thirty_two(turns):
    begun = threading.active_count()
    with ThreadPoolExecutor(32) as pool:
        found = [pool.submit(at_work, number, turns) for number in range(32)]
        assert [wrong for one in found for wrong in one.result()] == []
    assert threading.active_count() == begun


def test_thirty_two_threads_compute_at_once():
    thirty_two(2)


@pytest.mark.slow
def test_thirty_two_threads_compute_for_long():
    thirty_two(60)


def test_a_long_product_lets_other_threads_go_on():
    """One native call, no loop: the GIL is free meanwhile."""
    product = rt.jit(lambda x: x @ x)
    x = rnp.ones((1000, 1000))
    product(x)
    over, counted = threading.Event(), [0]

    def count():
        while not over.is_set():
            counted[0] += 1
            os.sched_yield() if hasattr(os, "sched_yield") else threading.Event().wait(0)

    thread = threading.Thread(target=count)
    thread.start()
    rose = 0
    for _ in range(10):
        before = counted[0]
        product(x)
        rose += counted[0] > before
    over.set()
    thread.join()
    assert rose == 10
