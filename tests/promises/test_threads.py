"""Threads, forks and Ctrl-C."""

import os
import threading

from fresh import python

import rustorch_fn as rt
from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.target.llvm import memory


def test_eight_threads_call_and_trace():
    """Jitted functions, new traces and un-jitted control flow in eight threads at once."""
    shared = rt.jit(lambda x: (x @ x).sum())
    n, wrong, done = 96, [], []
    x = rnp.ones((n, n))
    gate = threading.Barrier(8)

    def work(t):
        gate.wait()
        for k in range(40):
            if float(shared(x)) != n**3:
                wrong.append(("shared", t, k))
            if float(rt.jit(lambda y, t=t, k=k: y * float(t * 100 + k + 3) + 1)(2.0)) != 2 * (t * 100 + k + 3) + 1:
                wrong.append(("fresh", t, k))
            if int(lax.fori_loop(0, t + 2, lambda i, s: s + i, 0)) != (t + 2) * (t + 1) // 2:
                wrong.append(("loop", t, k))
            if float(rt.grad(lambda y: y * y * y)(float(t + 1))) != 3 * (t + 1) ** 2:
                wrong.append(("grad", t, k))
        done.append(t)

    # the memory that this thread keeps to work in is there before we count
    shared(x)
    before = memory.stats()["live_bytes"]
    team = [threading.Thread(target=work, args=(t,)) for t in range(8)]
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    assert not wrong
    assert sorted(done) == list(range(8))
    del team, thread
    assert memory.stats()["live_bytes"] <= before + (64 << 10)


FORKS = """
import os, threading
import rustorch_fn as rt
f = rt.jit(lambda x: (x @ x).sum())
x = rt.numpy.ones((200, 200))
assert float(f(x)) == 200.0**3
stop = threading.Event()
def work():
    while not stop.is_set():
        f(x)
team = [threading.Thread(target=work) for _ in range(4)]
for t in team: t.start()
for k in range(4):
    child = os.fork()
    if child == 0:
        good = float(f(x)) == 200.0**3 and float(rt.jit(lambda x: x * (k + 3.5))(2.0)) == 2 * (k + 3.5)
        os._exit(0 if good else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, k
    assert float(f(x)) == 200.0**3
stop.set()
for t in team: t.join()
print("the parent goes on:", float(rt.jit(lambda x: x + 1)(f(x))))
"""


def test_forks_in_the_middle():
    """Children compute and compile, and the parent's threads go on."""
    if not hasattr(os, "fork"):
        return
    done = python("-W", "ignore::DeprecationWarning", "-c", FORKS)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "the parent goes on: 8000001.0\n"


INTERRUPTED = """
import os, signal, threading, time, traceback
import rustorch_fn as rt
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
def minutes(n):
    test = lambda s: s[0] < n
    return rt.lax.while_loop(test, lambda s: (s[0] + 1, s[1] * 0.999 + 1), (0, rt.numpy.ones(1000)))[1]
jitted = rt.jit(minutes, static_argnums=0)
for f in (minutes, jitted):
    f(3)
    def fire():
        time.sleep(0.3)
        times.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
    times = []
    thread = threading.Thread(target=fire)
    thread.start()
    try:
        f(10**9)  # the user's line
    except KeyboardInterrupt as error:
        late = time.monotonic() - times[0]
        lines = [frame.line for frame in traceback.extract_tb(error.__traceback__)]
        first = traceback.extract_tb(error.__traceback__)[0].lineno
        print("in time" if late < 1 else f"{late} s late", first)
    thread.join()
    print(float(f(5)[0]) == float(f(5)[0]))
"""


def test_ctrl_c_in_a_compiled_loop_of_a_minute():
    done = python("-c", INTERRUPTED)
    assert done.returncode == 0, done.stderr
    line = INTERRUPTED.splitlines().index("        f(10**9)  # the user's line") + 1
    assert done.stdout.splitlines() == [f"in time {line}", "True"] * 2
