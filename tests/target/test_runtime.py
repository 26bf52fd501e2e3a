"""The CPU runtime: programs as data, their memory, the executor, the pool, the allocator and the disk cache.

Kernels are a few lines of IR each, so that every rule of the runtime is seen alone.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import textwrap
import threading
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from target.runtime_kernels import KEYS, TEXTS, B, N, bits, build, counting, kernel, launch, run

from rustorch_fn.errors import CompileError, InternalError, OutOfMemory
from rustorch_fn.kernel import plan
from rustorch_fn.kernel.plan import Branch, Copy, Fill, Host, Launch, Loop, Program, Slot, While
from rustorch_fn.target.llvm import arrays, cache, engine, executor, memory
from rustorch_fn.target.llvm.executor import Executable

ROOT = Path(__file__).absolute().parents[2]


# --- programs ---


def test_launches_share_an_arena_and_give_the_right_numbers():
    slots = [Slot("input", B, 0), Slot("input", B, 1), Slot("output", B, 0), Slot("temp", B), Slot("temp", B)]
    e = build(slots, [launch("add", 0, 1, 3), launch("mul", 3, 0, 4), launch("add", 4, 3, 2)])
    a, b, out = np.arange(N) * 1.0, np.ones(N), np.zeros(N)
    run(e, [a, b], [out])
    assert (out == (a + b) * a + (a + b)).all()


def test_aliases_and_constants_resolve_to_addresses():
    table = np.full(N, 10.0)
    slots = [Slot("input", B, 0), Slot("output", B, 0), Slot("const", B, 0), Slot("alias", B - 16, 0, 16)]
    e = build(slots, [Fill((1, 0), B), launch("add", 3, 2, 1, extent=N - 2)], consts=[table.ctypes.data], keep=table)
    a, out = np.arange(N) * 1.0, np.ones(N)
    run(e, [a], [out])
    assert list(out) == [12.0, 13.0, 14.0, 15.0, 0.0, 0.0]


def test_copy_with_offsets():
    e = build([Slot("input", B, 0), Slot("output", B, 0)], [Fill((1, 0), B, 255), Copy((0, 8), (1, 16), 16)])
    a, out = np.arange(N) * 1.0, np.zeros(N)
    run(e, [a], [out])
    assert list(out[2:4]) == [1.0, 2.0]
    assert out.view(np.int64)[0] == -1


@pytest.mark.parametrize("limit", [0.0, 1.0, 2.0, 7.0])
def test_while_leaves_the_last_carry_in_its_slot_after_odd_and_even_rounds(limit):
    slots = [Slot("input", 8, 0), Slot("output", 8, 0), Slot("temp", 8), Slot("temp", 1)]
    loop = While((launch("less", 1, 3, value=bits(limit)),), 3, (launch("next", 1, 2, extent=1),), ((1, 2, 8),))
    e = build(slots, [Copy((0, 0), (1, 0), 8), loop])
    x, out = np.zeros(1), np.full(1, -1.0)
    run(e, [x], [out])
    assert out[0] == limit
    assert x[0] == 0


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("length", [0, 1, 4, 5])
def test_loop_with_rows_and_carries(reverse, length):
    slots = [Slot("input", B, 0), Slot("input", B * 5, 1), Slot("output", B, 0), Slot("output", B * 5, 1)]
    slots += [Slot("row", B), Slot("row", B), Slot("temp", B)]
    body = (launch("add", 2, 4, 6), launch("mul", 2, 4, 5))
    e = build(slots, [Copy((0, 0), (2, 0), B), Loop(length, body, ((2, 6, B),), ((4, 1, B), (5, 3, B)), reverse)])
    start, rows = np.ones(N), np.arange(5.0 * N).reshape(5, N)
    carry, ys, want = np.zeros(N), np.zeros((5, N)), start.copy()
    run(e, [start, rows], [carry, ys])
    for i in reversed(range(length)) if reverse else range(length):
        assert (ys[i] == want * rows[i]).all()
        want = want + rows[i]
    assert (carry == want).all()


def test_loops_nest_and_rotate_carries():
    """Fibonacci by rotation, the outer loop over rows of a table."""
    slots = [Slot("output", 8 * 12, 0), Slot("row", 8 * 4), Slot("row", 8)]
    slots += [Slot("temp", 8), Slot("temp", 8), Slot("temp", 8)]
    inner = (Copy((3, 0), (2, 0), 8), launch("add", 3, 4, 5, extent=1))
    carries = ((3, 4, 8), (4, 5, 8))
    steps = [Fill((3, 0), 8), Fill((4, 0), 8), launch("next", 4, 4, extent=1)]
    steps += [Loop(3, (Loop(4, inner, carries, ((2, 1, 8),)),), (), ((1, 0, 32),))]
    out = np.zeros(12)
    run(build(slots, steps), [], [out])
    assert list(out) == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89]


@pytest.mark.parametrize("width", [4, 8])
def test_loop_counter(width):
    slots = [Slot("output", 8 * 5, 0), Slot("row", 8), Slot("temp", width)]
    out = np.zeros(5, np.int64)
    run(build(slots, [Loop(5, (Copy((2, 0), (1, 0), width),), (), ((1, 0, 8),), counter=2)]), [], [out])
    assert list(out) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_branch_clamps_its_index(dtype):
    slots = [Slot("input", np.dtype(dtype).itemsize, 0), Slot("output", 8, 0)]
    e = build(slots, [Branch(0, tuple((Fill((1, 0), 8, byte),) for byte in (1, 2, 3)))])
    for index, byte in ((0, 1), (1, 2), (2, 3), (9, 3), *(((-4, 1),) if dtype != np.uint8 else ())):
        out = np.zeros(8, np.uint8)
        run(e, [np.array([index], dtype)], [out])
        assert (out == byte).all()


def test_branches_inside_a_while():
    slots = [Slot("input", 8, 0), Slot("output", 8, 0), Slot("temp", 8), Slot("temp", 1), Slot("temp", 1)]
    steps = (launch("next", 1, 2, extent=1), launch("next", 2, 2, extent=1)), (launch("next", 1, 2, extent=1),)
    body = (launch("less", 1, 4, value=bits(10.0)), Branch(4, steps))
    loop = While((launch("less", 1, 3, value=bits(15.0)),), 3, body, ((1, 2, 8),))
    out = np.zeros(1)
    run(build(slots, [Copy((0, 0), (1, 0), 8), loop]), [np.zeros(1)], [out])
    assert out[0] == 16  # by ones to 10, then by twos


def test_host_steps_see_addresses_and_numbers():
    seen = []

    def double(pointers, ctx):
        seen.append(ctx)
        for source, to in [pointers]:
            ctypes.c_double.from_address(to).value = 2 * ctypes.c_double.from_address(source).value

    e = build([Slot("input", 8, 0), Slot("output", 8, 0)], [Host(7, ((0, 0), (1, 0)), (3, -4))], hosts={7: double})
    out = np.zeros(1)
    run(e, [np.array([21.0])], [out])
    assert out[0] == 42
    assert seen == [(3, -4)]


def test_an_exception_of_a_host_step_ends_the_program():
    def refuse(pointers, ctx):
        raise LookupError("not today")

    slots = [Slot("output", 8, 0), Slot("temp", 8)]
    body = (launch("next", 0, 1, extent=1), Host(0, ()))
    e = build(slots, [Fill((0, 0), 8), Loop(4, body, ((0, 1, 8),))], hosts={0: refuse})
    before = memory.stats()["live_bytes"]
    for _ in range(3):
        with pytest.raises(LookupError, match="not today"):
            run(e, [], [np.zeros(1)])
    assert memory.stats()["live_bytes"] == before


def test_a_host_step_may_run_a_program():
    inner = build([Slot("input", 8, 0), Slot("output", 8, 0)], [launch("next", 0, 1, extent=1)])
    e = build([Slot("input", 8, 0), Slot("output", 8, 0)], [Host(0, ((0, 0), (1, 0)))],
              hosts={0: lambda p, ctx: inner.run(p[:1], p[1:])})  # fmt: skip
    out = np.zeros(1)
    run(e, [np.array([1.0])], [out])
    assert out[0] == 2


def test_a_status_names_its_step():
    slots = [Slot("input", 1, 0), Slot("output", 8, 0)]
    steps = [Fill((1, 0), 8), Branch(0, ((), (launch("fail"), launch("fail", value=77, site=5)))), Fill((1, 0), 8, 9)]
    told = []
    e = build(slots, steps, explain=lambda step, status: told.append((step, status)) or ValueError("told"))
    out = np.ones(1)
    run(e, [np.array([0], np.uint8)], [out])
    assert out.view(np.uint8)[0] == 9
    with pytest.raises(ValueError, match="told"):
        run(e, [np.array([1], np.uint8)], [out])
    assert told == [(steps[1].branches[1][1], 77)]
    assert out[0] == 0
    e.explain = executor._explain
    with pytest.raises(InternalError, match="status 77"):
        run(e, [np.array([1], np.uint8)], [out])


def test_wrong_number_of_arrays():
    e = build([Slot("input", 8, 0), Slot("output", 8, 0)], [Copy((0, 0), (1, 0), 8)])
    made, image = executor.runtime(), e._image.buffer_info()[0]
    with pytest.raises(TypeError, match="another number of arrays"):
        made.by_fastcall(image)(0)
    slow = made.by_ctypes(image)
    with pytest.raises(TypeError, match="takes 2 arrays, got 1"):
        slow(0, 1)
    x, out = np.ones(1), np.zeros(1)
    assert slow(0, x.ctypes.data, out.ctypes.data) is None
    assert out[0] == 1


def test_calls_keep_the_counts_of_what_they_take():
    e = build([Slot("input", 8, 0), Slot("output", 8, 0)], [Copy((0, 0), (1, 0), 8)])
    x, out = np.ones(1), np.zeros(1)
    given, address = 0, (x.ctypes.data, out.ctypes.data)
    call = executor.runtime().by_fastcall(e._image.buffer_info()[0])
    before = [sys.getrefcount(o) for o in (*address, call)]
    for _ in range(50_000):
        call(given, *address)
    assert [sys.getrefcount(o) for o in (*address, call)] == before
    for wrong in ((given,), (given, *address, 0), (given, "a", "b"), (given, *address[:1], None)):
        with pytest.raises(TypeError):
            call(*wrong)


def test_check_tells_what_is_wrong():
    temp, row, given = Slot("temp", 8), Slot("row", 8), Slot("input", 8)
    wrong = {
        "no slot 3": ((temp,), (Fill((3, 0), 1),)),
        "outside of slot 0": ((temp,), (Fill((0, 9), 1),)),
        "cannot be a carry": ((given, temp), (Loop(1, (), ((0, 1, 8),)),)),
        "carried twice": ((temp, temp, temp), (Loop(1, (), ((0, 2, 8), (1, 2, 8))),)),
        "a row was needed": ((temp, temp), (Loop(1, (), (), ((0, 1, 8),)),)),
        "no branches": ((temp,), (Branch(0, ()),)),
        "its carry needs 16": ((temp, temp), (Loop(1, (), ((0, 1, 16),)),)),
        "leave slot 0": ((temp, Slot("alias", 8, 0, 4)), ()),
        "grain 0": ((row,), (Launch("k", (), grain=0),)),
        "an output rotates": ((Slot("output", 8), Slot("output", 8, 1)), (Loop(1, (), ((0, 1, 8),)),)),
    }
    for message, (slots, steps) in wrong.items():
        with pytest.raises(ValueError, match=message):
            plan.check(Program(slots, steps))
    with pytest.raises(ValueError, match="not an encoded program"):
        plan.decode(b"[1, 2, 3]")


# --- memory of a program ---


@st.composite
def programs(draw):
    """Random programs of launches, copies, branches and nested loops that read only what was written before."""
    count = draw(st.integers(8, 14))
    temps = range(3, count + 3)
    slots = [Slot("input", B, 0), Slot("output", B, 0), Slot("input", 1, 1), *(Slot("temp", B) for _ in temps)]

    def block(ready: list[int], kept: frozenset[int], old: frozenset[int], depth: int) -> tuple[list, list[int]]:
        """Steps, and what can be read after them. `kept` are the carries of loops around, which are not written;
        `old` is what their next rounds may read."""
        steps, free = [], [t for t in temps if t not in kept]
        for _ in range(draw(st.integers(1, 6))):
            a, b = draw(st.sampled_from(ready)), draw(st.sampled_from(ready))
            out = draw(st.sampled_from(free))
            kind = draw(st.sampled_from(["launch", "launch", "copy", "loop", "branch"] if depth else ["launch"]))
            if kind == "branch":
                parts = [block(ready, kept, old, depth - 1) for _ in range(2)]
                steps.append(Branch(2, tuple(tuple(part) for part, _ in parts)))
                ready = [r for r in parts[0][1] if r in parts[1][1]]
            elif kind == "loop" and out not in old and [r for r in ready if r in free and r != out]:
                carry = draw(st.sampled_from([r for r in ready if r in free and r != out]))
                inside = [r for r in ready if r != out]
                body, after = block(inside, kept | {carry, out}, old | set(inside), depth - 1)
                last = launch("add", draw(st.sampled_from(after)), carry, out)
                steps.append(Loop(draw(st.integers(0, 3)), (*body, last), ((carry, out, B),)))
                ready = inside
            else:
                steps.append(
                    Copy((a, 0), (out, 0), B)
                    if kind == "copy"
                    else launch(kind_of(draw), a, b, out, updates=((out, a), (out, b)))
                )
                ready = list(dict.fromkeys([*ready, out]))
        return steps, ready

    steps, ready = block([0], frozenset(), frozenset(), 3)
    return Program(tuple(slots), (*steps, Copy((draw(st.sampled_from(ready)), 0), (1, 0), B)))


def kind_of(draw) -> str:
    return draw(st.sampled_from(["add", "mul"]))


def interpret(program: Program, x: np.ndarray, choice: int) -> np.ndarray:
    """The same program with a numpy array for every slot."""
    values = {k: np.full(N, np.nan) for k in range(len(program.slots))}
    values[0] = x

    def steps(some):
        for s in some:
            match s:
                case Launch():
                    a, b, out = (k for k, _ in s.bufs)
                    values[out] = values[a] + values[b] if s.kernel == KEYS["add"] else values[a] * values[b]
                case Copy():
                    values[s.dst[0]] = values[s.src[0]]
                case Branch():
                    steps(s.branches[choice])
                case Loop():
                    for _ in range(s.length):
                        steps(s.body)
                        values.update({into: values[out] for into, out, _ in s.carries})

    with np.errstate(over="ignore"):
        steps(program.steps)
    return values[1]


@settings(max_examples=100, deadline=None)
@given(programs(), st.integers(0, 1))
def test_sharing_memory_never_shows(program, choice):
    plan.check(program)
    assert plan.decode(program.encode()) == program
    x, out = np.linspace(0.5, 1.5, N), np.zeros(N)
    run(Executable(program, engine.kernels(TEXTS)), [x, np.array([choice], np.uint8)], [out])
    assert np.array_equal(out, interpret(program, x, choice), equal_nan=True)


def test_a_chain_needs_two_places_and_one_in_place():
    slots = [Slot("input", B), Slot("output", B), *(Slot("temp", B) for _ in range(20))]
    steps = [launch("next", 0, 2), *(launch("next", k, k + 1) for k in range(2, 21)), Copy((21, 0), (1, 0), B)]
    layout = plan.place(Program(tuple(slots), tuple(steps)))
    # one place is the output's, as it is written last
    assert (layout.nbytes, layout.total) == (64, 20 * B)
    same = [launch("next", k, k + 1, updates=((k + 1, k),)) for k in range(2, 21)]
    program = Program(tuple(slots), (steps[0], *same, steps[-1]))
    assert plan.place(program).nbytes == 64
    out = np.zeros(N)
    run(Executable(program, engine.kernels(TEXTS)), [np.zeros(N)], [out])
    assert (out == 20).all()


def test_what_a_loop_reads_stays_through_all_of_its_rounds():
    slots = [Slot("input", B), Slot("output", B), Slot("temp", B), Slot("temp", B), Slot("temp", B), Slot("temp", B)]
    body = (launch("add", 3, 2, 4), launch("next", 3, 5), launch("add", 4, 5, 4))
    steps = (launch("next", 0, 2), Copy((0, 0), (3, 0), B), Loop(3, body, ((3, 4, B),)), Copy((3, 0), (1, 0), B))
    program = Program(tuple(slots), steps)
    x, out, want = np.ones(N), np.zeros(N), np.ones(N)
    for _ in range(3):
        want = want + 2 + (want + 1)
    run(Executable(program, engine.kernels(TEXTS)), [x], [out])
    assert (out == want).all()


FLUSH = """define i32 @flush(i32 %mode) {
  %word = alloca i32, align 4
  call void @llvm.x86.sse.stmxcsr(ptr %word)
  %before = load i32, ptr %word
  store i32 %mode, ptr %word
  call void @llvm.x86.sse.ldmxcsr(ptr %word)
  ret i32 %before
}
declare void @llvm.x86.sse.stmxcsr(ptr)
declare void @llvm.x86.sse.ldmxcsr(ptr)
"""


def test_denormals_stay_though_a_thread_flushes_them():
    e = build([Slot("input", 16), Slot("output", 16)], [launch("mul", 0, 0, 1, extent=2)])
    x, out, flushed = np.array([1e-160, 2.0]), np.zeros(2), 0x9FC0
    if executor.platform.x86():
        address = engine.engine().library(FLUSH, ["flush"])["flush"]
        mode = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_uint32)(address)
        before = mode(flushed)
        try:
            run(e, [x], [out])
            assert mode(flushed) & 0xFFC0 == flushed  # ours for the call only
        finally:
            mode(before)
    else:
        run(e, [x], [out])
    assert out[0] == 1e-160 * 1e-160 > 0


# --- threads, signals, forks ---


@pytest.mark.parametrize(("n", "grain"), [(2, 1), (3, 1), (7, 2), (64, 1), (100, 1), (1000, 3)])
def test_every_chunk_of_every_job_runs_once(n, grain):
    """10^5 fork-joins each; a stale or lost claim would show as a count that is off."""
    out = np.zeros(n, np.int64)
    run(counting(n, grain, 100_000 if n < 100 else 20_000), [], [out])
    assert (out == (100_000 if n < 100 else 20_000)).all()


def test_eight_threads_run_one_program_and_share_the_pool():
    e = counting(16, 1, 20_000)
    outs = [np.zeros(16, np.int64) for _ in range(8)]
    threads = [threading.Thread(target=run, args=(e, [], [out])) for out in outs]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all((out == 20_000).all() for out in outs)


def test_scratch_belongs_to_one_thread():
    n = 64
    step = Launch(KEYS["scratch"], ((0, 0),), (0,), n, 1, 1e6, scratch=8)
    e = build([Slot("output", 8 * n)], [Loop(2000, (step,))])
    out = np.zeros(n, np.int64)
    run(e, [], [out])
    assert (out == np.arange(n)).all()


def test_the_first_failing_chunk_speaks():
    for work in (0, 1e6):
        e = build([], [launch("picky", extent=64, work=work)], explain=lambda step, status: ValueError(status))
        for _ in range(50):
            if work:
                with pytest.raises(ValueError, match=r"^11$"):
                    e.run([], [])
            else:
                e.run([], [])


HEAD = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]\nfrom target.runtime_kernels import *\n"


def script(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python text after the names of `runtime_kernels`."""
    names = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, "-c", HEAD + textwrap.dedent(text)],
        capture_output=True, text=True, timeout=60, env=names, check=False,
    )  # fmt: skip


FOREVER = """
import ctypes, numpy as np, os, signal, threading, time
from rustorch_fn.target.llvm import memory
from rustorch_fn.kernel.plan import Fill, While
slots = [Slot("output", 8), Slot("temp", 8), Slot("temp", 1)]
cond = (launch("less", 0, 2, value=bits(1e300)),)
forever = build(slots, [Fill((0, 0), 8), While(cond, 2, (launch("next", 0, 1, extent=1),), ((0, 1, 8),))])
"""


@pytest.mark.parametrize("portable", ["0", "1"])
def test_ctrl_c_ends_a_compiled_loop(portable):
    text = (
        FOREVER
        + """
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs begin with it ignored
ticks = 0
def count():
    global ticks
    while True:
        ticks += 1
        time.sleep(0.001)
threading.Thread(target=count, daemon=True).start()
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
began, out = time.monotonic(), np.zeros(1)
try:
    run(forever, [], [out])
except KeyboardInterrupt:
    spent = time.monotonic() - began
assert 0.4 < spent < 1.5, spent
assert ticks > 50, ticks
assert memory.stats()["live_bytes"] == 0
numbers = np.zeros(64, np.int64)
run(counting(64, 1, 1000), [], [numbers])
assert (numbers == 1000).all()
print("sound")
"""
    )
    done = script(text, RT_PORTABLE=portable)
    assert done.stdout == "sound\n", done.stderr


def test_a_signal_handler_may_raise_anything_or_nothing():
    text = (
        FOREVER
        + """
seen = []
def note(number, frame):
    seen.append(number)
    if len(seen) == 3:
        raise ZeroDivisionError("enough")
signal.signal(signal.SIGALRM, note)
signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
try:
    run(forever, [], [np.zeros(1)])
except ZeroDivisionError:
    print(len(seen))
"""
    )
    done = script(text)
    assert done.stdout == "3\n", done.stderr


def test_a_child_of_a_fork_makes_its_own_pool():
    text = """
import os, threading, numpy as np
e = counting(64, 1, 2000)
def check():
    out = np.zeros(64, np.int64)
    run(e, [], [out])
    assert (out == 2000).all()
check()
busy = [threading.Thread(target=lambda: [check() for _ in range(20)]) for _ in range(2)]
for b in busy: b.start()
codes = []
for _ in range(5):
    child = os.fork()
    if not child:
        check()
        engine.kernels(dict([keyed("late", kernel("late", 1, f"%z = fadd double %x0, {os.getpid()}.0"))]))
        os._exit(7)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
for b in busy: b.join()
check()
print(codes)
"""
    done = script(text, RT_NUM_THREADS="3")
    assert done.stdout == "[7, 7, 7, 7, 7]\n", done.stderr


# --- the allocator ---


@pytest.fixture(params=["plain", "native"])
def shelves(request):
    """Both kinds of shelves, empty."""
    if request.param == "plain":
        return memory.Shelves()
    address = engine.engine().library(executor.text().replace("rt_", "rt2_"), [f"rt2_{n[3:]}" for n in arrays.EXPORTS])
    return arrays.Native({f"rt_{name[4:]}": where for name, where in address.items()})


def test_blocks_are_aligned_reused_and_counted(shelves):
    a = memory.Allocator(1 << 30, shelves=shelves)
    for nbytes in (0, 1, 63, 64, 65, 4096, 5000, 1 << 20, 3 << 20):
        first = a.block(nbytes)
        where = first.ptr
        assert where % 64 == 0
        assert first.nbytes >= nbytes
        ctypes.memset(where, 1, nbytes)
        del first
        assert a.block(nbytes).ptr == where
    stats = a.stats()
    assert (stats["live_bytes"], stats["live_blocks"]) == (0, 0)
    assert stats["peak_bytes"] == 3 << 20
    held = [a.block(1000) for _ in range(100)]
    assert len({block.ptr for block in held}) == 100
    assert a.stats()["live_bytes"] == 100 * 1024
    a.reset_peak()
    held.clear()
    assert a.stats()["live_blocks"] == 0
    assert a.stats()["peak_bytes"] == 100 * 1024
    a.trim()
    assert a.stats()["cached_bytes"] == a._slabs


def test_a_block_shows_its_bytes(shelves):
    block = memory.Allocator(1 << 30, shelves=shelves).block(100)
    where = block.ptr
    bytes_ = np.asarray(block)
    assert bytes_.shape == (128,)
    assert not bytes_.flags.writeable
    assert bytes_.__array_interface__["data"][0] == where
    count = sys.getrefcount(block)
    del bytes_
    assert sys.getrefcount(block) == count - 1


def test_only_the_runtime_makes_blocks():
    block = executor.runtime() and memory.block(64)
    with pytest.raises(TypeError, match="cannot create"):
        type(block)()
    with pytest.raises(AttributeError):
        block.ptr = 0


@given(st.integers(0, 1 << 40))
def test_size_classes_waste_little(nbytes):
    size = memory.SIZES[memory.size_class(nbytes)]
    assert size >= nbytes
    assert size % 64 == 0
    assert memory.SIZES[memory.size_class(size)] == size
    assert size - nbytes <= max(64, nbytes / 4 if size <= memory.LARGE else nbytes / 32)


def test_cached_bytes_stay_within_the_bound(shelves):
    a = memory.Allocator(4 << 20, shelves=shelves)
    held = [a.block(1 << 20) for _ in range(10)]
    held.clear()
    # the interpreter looks after it between two of its steps
    assert a.stats()["cached_bytes"] <= 4 << 20
    a.set_bound(1 << 20)
    assert a.stats()["cached_bytes"] <= 1 << 20


def test_a_slightly_larger_block_does_as_well(shelves):
    a = memory.Allocator(1 << 30, shelves=shelves)
    where = a.block((1 << 20) + (1 << 16)).ptr
    assert a.block(1 << 20).ptr == where
    assert a.block(1 << 19).ptr != where


def test_memory_to_work_in_is_lent_again(shelves):
    a = memory.Allocator(1 << 30, shelves=shelves)
    loans = [a.borrow(5000), a.borrow(8000)]
    assert len({pointer for _, pointer in loans}) == 2
    assert a.stats()["work_bytes"] == 2 * 8192
    assert a.stats()["live_bytes"] == a.stats()["cached_bytes"] == 0
    for loan in loans:
        a.give_back(*loan)
    assert {a.borrow(6000), a.borrow(4097)} == set(loans)
    for loan in loans:
        a.give_back(*loan)
    a.trim()
    assert a.stats()["work_bytes"] == 0


def test_out_of_memory_empties_the_cache_first():
    given: list[int] = []
    room = [3 << 20]

    def take(nbytes: int) -> int:
        if room[0] < nbytes:
            return 0
        room[0] -= nbytes
        given.append(nbytes)
        return 1 << 30 | len(given) << 24

    def give(pointer: int) -> None:
        room[0] += given[(pointer >> 24 & 63) - 1]

    a = memory.Allocator(1 << 30, take, give)
    a.block(2 << 20)
    held = a.block(3 << 20)  # needs what is cached
    with pytest.raises(OutOfMemory, match="no memory for 1,048,576 bytes"):
        a.block(1 << 20)
    with pytest.raises(MemoryError):
        a.block(1 << 20)
    assert held.nbytes == 3 << 20


@pytest.mark.parametrize("nbytes", [1 << 47, 1 << 64, (1 << 64) + 64])
def test_sizes_that_no_machine_has(nbytes):
    with pytest.raises(OutOfMemory):
        memory.block(nbytes)


def test_allocator_under_threads(shelves):
    a = memory.Allocator(1 << 26, shelves=shelves)

    def work(seed: int) -> None:
        random, held = np.random.default_rng(seed), []
        for n in random.integers(1, 20_000, 3000).tolist():
            block = a.block(n)
            word = ctypes.c_int64.from_address(block.ptr)
            word.value = id(block)
            held.append(block)
            if len(held) > 20:
                gone = held.pop(int(random.integers(0, 20)))
                # nobody else was given the same memory
                assert ctypes.c_int64.from_address(gone.ptr).value == id(gone)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert a.stats()["live_blocks"] == 0
    assert a.stats()["live_bytes"] == 0


# --- the engine ---


def test_what_an_engine_remembers(tmp_path, monkeypatch):
    monkeypatch.setattr(engine.cache, "open_default", lambda: cache.Folder(tmp_path / "c"))
    first = engine.Engine()
    assert first.find(["small"]) is None
    first.kernels({"small": "define i64 @k_small() {\n ret i64 5\n}\n"})
    first.remember("plan of x", b"steps")
    second = engine.Engine()
    assert second.recall("plan of x") == b"steps"
    assert second.recall("plan of y") is None
    assert ctypes.CFUNCTYPE(ctypes.c_int64)(second.find(["small"])["small"])() == 5
    assert second.find(["small", "other"]) is None
    assert second.stats()["compiled"] == 0
    monkeypatch.setattr(engine, "engine", lambda: second)
    engine.clear_disk_cache()
    assert second.recall("plan of x") is None


def test_text_that_llvm_does_not_take_is_told():
    with pytest.raises(CompileError, match="does not take the kernel k_broken"):
        engine.kernels({"broken": "define i64 @k_broken() { ret i32 0 }"})


def test_threads_compile_the_same_bytes(monkeypatch):
    made, found = engine.engine(), []
    for team in (1, 3):
        monkeypatch.setattr(engine.platform, "threads", lambda team=team: team)
        found.append(made._compile(list(TEXTS.values())))
    assert found[0] == found[1]
    module = made.binding.parse_assembly(TEXTS[KEYS["fail"]])
    assert made.target_machine().emit_object(module) == found[0][list(KEYS).index("fail")]
    with pytest.raises(CompileError, match="k_wrong"):
        made._compile([*TEXTS.values(), "define void @k_wrong() { ret i64 1 }"])


def test_a_text_is_made_only_when_missing():
    made = []

    def text() -> str:
        made.append(1)
        return kernel("lazy", 1, f"%z = fadd double %x0, {time.time()}")

    key = "lazy"
    engine.engine().folder, before = None, engine.engine().folder
    try:
        assert engine.kernels({key: text}) == engine.kernels({key: text})
    finally:
        engine.engine().folder = before
    assert made == [1]


def test_generations_nobody_holds_are_dropped(monkeypatch):
    made = engine.Engine()
    made.folder = None
    monkeypatch.setattr(engine, "BOUND", 0)
    monkeypatch.setattr(engine, "GENERATION", 2)

    def texts(*names):
        return {n: f"define i64 @k_{n}() {{\n ret i64 {ord(n)}\n}}\n" for n in names}

    held = made.kernels(texts("a", "b"))
    made.kernels(texts("c", "d"))
    made.kernels(texts("e", "f"))
    assert set(made.addresses) == {"a", "b", "e", "f"}
    assert ctypes.CFUNCTYPE(ctypes.c_int64)(held["a"])() == ord("a")
    del held
    made.kernels(texts("g"))
    assert set(made.addresses) == {"g"}
    assert made.stats()["generations"] == 1


@pytest.mark.parametrize(("cpu", "width"), [("avx2", 32), ("sse4", 16)])
def test_narrower_features_can_be_asked_for(cpu, width):
    """Of an x86 processor; others have no such names."""
    asked = executor.platform.x86()
    text = f"""
machine = engine.machine()
assert machine.width_bytes == {width if asked else 16} and not machine.amx and not machine.masks
out = np.zeros(64, np.int64)
run(counting(64, 1, 1000), [], [out])
assert (out == 1000).all()
print(machine.name)
"""
    done = script(text, RT_CPU=cpu)
    assert done.stdout.startswith("x86-64" if asked else engine.machine().name), done.stderr


def test_every_packaged_source_says_why_it_is_there():
    manifest = tomllib.loads((ROOT / "kernels" / "MANIFEST.toml").read_text())
    assert {f.name for f in (ROOT / "kernels").iterdir() if f.suffix == ".ll"} <= set(manifest)
    for name, entry in manifest.items():
        assert (ROOT / "kernels" / name).is_file()
        assert entry.keys() >= {"language", "role", "instead", "reason", "test"}
        assert (ROOT / entry["test"].partition("::")[0]).is_file()
