"""Out of memory is an error of ours, and computing goes on afterwards."""

import resource
import sys
from pathlib import Path

import pytest
from fresh import python

import rustorch_fn as rt
from rustorch_fn import lax
from rustorch_fn import numpy as rnp
from rustorch_fn.errors import OutOfMemory
from rustorch_fn.target.llvm import engine, memory, platform

X = rnp.ones(1 << 20)
WIDE = 1 << 45

# more than any machine has, in each way in which arrays come to be
TOO_MUCH = {
    "zeros": lambda: rnp.zeros((WIDE,)),
    "full": lambda: rnp.full((WIDE,), 3.0),
    "more bytes than NumPy counts": lambda: rnp.zeros((1 << 40, 1 << 40)),
    "arange": lambda: rnp.arange(WIDE),
    "an operator": lambda: X[:, None] * X[None, :] * rnp.ones((1 << 10, 1, 1)),
    "a function": lambda: rnp.outer(X, rnp.tile(X, 4)),
    "a product": lambda: X[:, None] @ X[None, :],
    "concatenate": lambda: rnp.concatenate([rnp.broadcast_to(X, (1 << 25, 1 << 20))] * 2),
    "random numbers": lambda: rt.random.normal(rt.random.key(0), (WIDE,)),
    "a jitted result": lambda: rt.jit(lambda x: x[:, None] * x[None, :])(X),
    "a jitted temporary": lambda: rt.jit(lambda x: rnp.sort(x[:, None] * x[None, :], axis=0).sum())(X),
    "an argument that only repeats one row": lambda: rt.jit(rnp.negative)(rnp.broadcast_to(X, (1 << 25, 1 << 20))),
    "what a scan stacks": lambda: lax.scan(lambda c, _: (c, X), 0.0, None, length=1 << 25),
    "jacrev": lambda: rt.jacrev(lambda x: x * 2)(X),
    "hessian": lambda: rt.hessian(lambda x: (x * x).sum())(X),
    "vmap": lambda: rt.vmap(lambda a: rnp.ones((WIDE,)) * a)(X),
    "parameters": lambda: rt.nn.Linear(1 << 22, 1 << 23).init(rt.random.key(0)),
}


@pytest.mark.parametrize("name", TOO_MUCH)
def test_too_much_is_our_error(name):
    live = memory.stats()["live_bytes"]
    with pytest.raises(OutOfMemory, match="no memory for") as caught:
        TOO_MUCH[name]()
    assert "test_out_of_memory.py" in caught.value.where
    del caught
    assert memory.stats()["live_bytes"] == live
    assert float(rt.jit(lambda x: (x * 3).sum())(X)) == 3 * (1 << 20)


def test_much_is_taken_only_where_the_machine_has_it(monkeypatch):
    monkeypatch.setattr(platform, "available_bytes", lambda: 1 << 29)
    assert platform.take(platform.ASK) > 0
    assert platform.take(1 << 30) == 0
    with pytest.raises(OutOfMemory):
        memory.block(1 << 30)


def test_what_is_left_is_less_than_what_there_is():
    assert 0 < platform.available_bytes()
    if platform.linux():
        assert platform.available_bytes() <= platform.physical_bytes() + swap_bytes()


def swap_bytes():
    lines = Path("/proc/meminfo").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("SwapTotal:"))


def test_compiling_asks_first(monkeypatch):
    """LLVM would end the process."""
    monkeypatch.setattr(engine, "_spare", lambda nbytes: False)
    new = rt.jit(lambda x: x * 0.8203125 - rnp.tanh(x) * 0.1484375)
    monkeypatch.setattr(engine.engine(), "folder", None)
    with pytest.raises(OutOfMemory, match="compiling: no memory for"):
        new(X[:5])
    monkeypatch.undo()
    assert new(X[:5]).shape == (5,)


def test_without_threads_it_compiles_in_this_one(monkeypatch):
    texts = {f"some{k}": f"define i64 @k_some{k}() {{\n  ret i64 {k}\n}}" for k in range(4)}
    made, here = engine.engine(), []

    def full(pool, function, text):
        here.append(text)
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor.submit", full)
    monkeypatch.setattr(platform, "threads", lambda: 4)
    assert all(made._compile([*texts.values()]))
    assert here == [*texts.values()]


# what a process may still take, in steps from nothing to enough
LIMITED = """
import resource, sys
import rustorch_fn as rt
from rustorch_fn import numpy as rnp
from rustorch_fn.errors import OutOfMemory
x = rnp.ones(1000)
rt.jit(lambda x: (x * 3).sum())(x)
top = resource.getrlimit(resource.RLIMIT_AS)[1]
pages = lambda: int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
seen = set()
for spare in map(int, sys.argv[1:]):
    resource.setrlimit(resource.RLIMIT_AS, (pages() + (spare << 20), top))
    for k in range(3):
        f = rt.jit(lambda x: (rnp.tanh(x * (k + spare + 2.25)) @ rnp.ones((1000, 7 + k))).sum() + rnp.cumsum(x * x)[k])
        kept = []
        try:
            f(x)
            seen.add("computed")
            while True:
                kept.append(rnp.full((1 << 18,), k * 1.0) + 1)
                kept.append(rt.jit(lambda x: x + 1)(kept[-1]))
        except OutOfMemory as error:
            seen.add(error.what.partition(":")[0])
        del kept
    resource.setrlimit(resource.RLIMIT_AS, (top, top))
    assert float(rt.jit(lambda x: (x * 7.5).sum())(x)) == 7500, spare
print(*sorted(seen), sep=", ")
"""


def under_limits(*spare):
    done = python("-c", LIMITED, *spare, RT_CACHE_DIR="off")
    assert done.returncode == 0, done.stderr[-2000:]
    return set(done.stdout.strip().split(", "))


# only Linux counts what a process has mapped, and holds it to the limit
if sys.platform.startswith("linux") and resource.getrlimit(resource.RLIMIT_AS)[1] == resource.RLIM_INFINITY:

    def test_a_process_at_its_limit_lives_on():
        seen = under_limits(0, 16, 200)
        assert {"compiling", "computed"} <= seen
        assert seen <= {"compiling", "computed", "array", "add", "full"}

    @pytest.mark.slow
    def test_a_process_at_any_limit_lives_on():
        assert {"compiling", "computed"} <= under_limits(*range(0, 256, 32))
