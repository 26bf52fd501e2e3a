"""Signals: Ctrl-C ends what computes, at the user's line and within a second, and computing goes on."""

import pytest
from fresh import python

BEGIN = """
import os, random, signal, sys, threading, time, traceback
import rustorch_fn as rt
from rustorch_fn import lax
from rustorch_fn import numpy as rnp
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
"""

# each way to spend minutes in one call, as a function of how many turns it takes
LOOPS = (
    BEGIN
    + """
again = lambda s: (s[0] + 1, s[1] * 0.999 + 1)
LOOPS = {
    "while": lambda n: lax.while_loop(lambda s: s[0] < n, again, (0, rnp.ones(1000)))[1],
    "fori": lambda n: lax.fori_loop(0, n, lambda i, s: s * 0.5 + i, 1.0),
    "nested": lambda n: lax.fori_loop(0, n, lambda i, s: lax.fori_loop(0, 9, lambda j, t: t * 0.5 + j, s), 1.0),
    "products": lambda n: lax.fori_loop(0, n, lambda i, s: rnp.tanh(s @ s), rnp.ones((300, 300))),
    "branches": lambda n: lax.fori_loop(0, n, lambda i, s: lax.cond(i % 2 == 0, rnp.sin, rnp.cos, s), rnp.ones(50)),
    "host steps": lambda n: lax.fori_loop(0, n, lambda i, s: rnp.sort(-s), rnp.arange(5000.0)),
    "vmap": lambda n: rt.vmap(lambda y: lax.while_loop(lambda s: s[0] < n, again, (0, y))[1])(rnp.ones(8)),
}
"""
)

INTERRUPTED = (
    LOOPS
    + """
counted = [0]
def count():
    while True:
        counted[0] += 1
        time.sleep(0.001)
threading.Thread(target=count, daemon=True).start()
def fire():
    # two threads go on while the loop runs: this one, and the one that counts
    while counted[0] < begin + 30:
        time.sleep(0.001)
    seen.append(time.monotonic())
    os.kill(os.getpid(), signal.SIGINT)
signal.alarm(500)  # had they to wait for the loop, the end would be this
for name in sys.argv[2:]:
    eager = LOOPS[name]
    for f in (eager, rt.jit(eager, static_argnums=0)):
        want = rnp.asarray(f(5)).tolist()
        for _ in range(int(sys.argv[1])):
            seen, begin, caught = [], counted[0], None
            thread = threading.Thread(target=fire)
            thread.start()
            try:
                f(10**9)  # the user's line
            except KeyboardInterrupt as error:
                late, caught = time.monotonic() - seen[0], error
            thread.join()
            assert late < 1, (name, late)
            print(traceback.extract_tb(caught.__traceback__)[0].lineno)
            assert rnp.asarray(f(5)).tolist() == want
"""
)
LINE = INTERRUPTED.splitlines().index("                f(10**9)  # the user's line") + 1
KINDS = ["while", "fori", "nested", "products", "branches", "host steps", "vmap"]


def interrupted(times, *names):
    done = python("-c", INTERRUPTED, times, *names)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(LINE)] * (2 * times * len(names))


def test_ctrl_c_ends_a_compiled_loop_ten_times():
    interrupted(10, "while")


@pytest.mark.parametrize("name", KINDS[1:])
def test_ctrl_c_ends_every_kind_of_loop(name):
    interrupted(1, name)


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_ctrl_c_ends_every_kind_of_loop_ten_times(name):
    interrupted(10, name)


ANYWHERE = (
    LOOPS
    + """
def work(k):
    # a new program each time: traced, lowered, compiled, linked and run
    f = lambda x: (rnp.tanh(x * (k + 0.25)) @ rnp.ones((40, 3))).sum() + rnp.cumsum(x * x)[k % 40]
    x = rnp.linspace(-1.0, 1.0, 40)
    value, slope = rt.jit(rt.value_and_grad(f))(x)
    rows = rt.vmap(rt.grad(f))(rnp.stack([x, x]))
    return lax.fori_loop(0, 20000, lambda i, s: s * 0.5 + rows[0], slope) + value
def stop(signum, frame):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, stop)
work(0)
draw, stopped, k = random.Random(int(sys.argv[2])), 0, 0
while stopped < int(sys.argv[1]):
    k += 1
    # by the tenth of a millisecond: anywhere in a call
    signal.setitimer(signal.ITIMER_REAL, draw.uniform(0.0001, 0.06))
    try:
        try:
            work(k)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:  # it may come as late as in the finally
        stopped += 1
    if stopped % 5 == 0:
        assert float(rt.grad(lambda x: x * x)(3.0)) == 6.0
        assert float(rt.jit(lambda x: (x * (k + 0.5)).sum())(rnp.ones(8))) == 8 * (k + 0.5)
assert rt.vmap(rt.grad(lambda x: x**3))(rnp.ones(3)).tolist() == [3.0] * 3
assert [type(x).__name__ for x in work(1)[:2]] == ["Array"] * 2
print("sound")
"""
)


def stopped_anywhere(times, seed):
    done = python("-c", ANYWHERE, times, seed, RT_CACHE_DIR="off")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "sound\n"


def test_ctrl_c_anywhere_leaves_everything_sound():
    stopped_anywhere(15, 0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_ctrl_c_anywhere_many_times_leaves_everything_sound(seed):
    stopped_anywhere(150, seed)


COMPUTES = (
    LOOPS
    + """
told = []
def tick(signum, frame):
    told.append(float(rt.jit(lambda x: (x @ x).sum() + len(told))(rnp.ones((200, 200)))))
signal.signal(signal.SIGALRM, tick)
long = rt.jit(LOOPS["products"], static_argnums=0)
want = long(200).tolist()
while len(told) < 10:
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    assert long(200).tolist() == want
assert told[:10] == [200.0**3 + k for k in range(10)], told
print("sound")
"""
)


def test_a_signal_handler_may_compute_in_the_middle_of_a_program():
    done = python("-c", COMPUTES)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "sound\n"


ENDS = (
    LOOPS
    + """
import atexit
long = rt.jit(LOOPS[sys.argv[1]], static_argnums=0)
long(3)
for _ in range(3):
    threading.Thread(target=long, args=(10**9,), daemon=True).start()
atexit.register(lambda: print(float(rt.jit(lambda x: (x * 1.75).sum())(rnp.ones(4)))))
time.sleep(0.2)
print("the end")
"""
)


@pytest.mark.parametrize("name", ["while", "products"])
def test_python_ends_while_daemon_threads_compute(name):
    done = python("-c", ENDS, name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:2] == ["the end", "7.0"]
