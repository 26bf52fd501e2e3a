"""Kernels of a few lines of IR, and programs of them, for the tests of the runtime. Imports little, as subprocesses
import it too."""

from __future__ import annotations

import hashlib

import numpy as np

from rustorch_fn.kernel import plan
from rustorch_fn.kernel.plan import Launch, Loop, Program, Slot
from rustorch_fn.target.llvm import engine
from rustorch_fn.target.llvm.executor import Executable


def kernel(name: str, reads: int, body: str, dtype: str = "double") -> str:
    """IR of `out[i] = f(a[i], b[i], ...)`: `body` sets %z from %x0, %x1, ...; the output is the last buffer."""
    lines = [f"define i64 @k_{name}(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) {{", "entry:"]
    for k in range(reads + 1):
        lines += [f"  %p{k}.p = getelementptr ptr, ptr %bufs, i64 {k}", f"  %p{k} = load ptr, ptr %p{k}.p"]
    lines += ["  %c = load i64, ptr %ctx", "  br label %head", "head:"]
    lines += ["  %i = phi i64 [%begin, %entry], [%n, %body]", "  %more = icmp slt i64 %i, %end"]
    lines += ["  br i1 %more, label %body, label %out", "body:"]
    for k in range(reads):
        lines += [f"  %e{k} = getelementptr {dtype}, ptr %p{k}, i64 %i", f"  %x{k} = load {dtype}, ptr %e{k}"]
    lines += [f"  {body}", f"  %eo = getelementptr {dtype}, ptr %p{reads}, i64 %i", f"  store {dtype} %z, ptr %eo"]
    return "\n".join([*lines, "  %n = add i64 %i, 1", "  br label %head", "out:", "  ret i64 0", "}", ""])


LESS = """define i64 @k_less(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) {
  %a = load ptr, ptr %bufs
  %o.p = getelementptr ptr, ptr %bufs, i64 1
  %o = load ptr, ptr %o.p
  %limit = load double, ptr %ctx
  %x = load double, ptr %a
  %y = fcmp olt double %x, %limit
  %z = zext i1 %y to i8
  store i8 %z, ptr %o
  ret i64 0
}
"""
FAIL = "define i64 @k_fail(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) {\n  %s = load i64, ptr %ctx\n  ret i64 %s\n}\n"
PICKY = """define i64 @k_picky(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) {
  %late = icmp sge i64 %begin, 10
  %code = add i64 %begin, 1
  %status = select i1 %late, i64 %code, i64 0
  ret i64 %status
}
"""
SCRATCH = """define i64 @k_scratch(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) {
entry:
  %o = load ptr, ptr %bufs
  %s.p = getelementptr ptr, ptr %bufs, i64 1
  %s = load ptr, ptr %s.p
  br label %head
head:
  %i = phi i64 [%begin, %entry], [%n, %body]
  %more = icmp slt i64 %i, %end
  br i1 %more, label %body, label %out
body:
  store volatile i64 %i, ptr %s
  %again = load volatile i64, ptr %s
  %p = getelementptr i64, ptr %o, i64 %i
  store i64 %again, ptr %p
  %n = add i64 %i, 1
  br label %head
out:
  ret i64 0
}
"""
BY_NAME = {
    "add": kernel("add", 2, "%z = fadd double %x0, %x1"),
    "mul": kernel("mul", 2, "%z = fmul double %x0, %x1"),
    "next": kernel("next", 1, "%z = fadd double %x0, 1.0"),
    "count": kernel("count", 1, "%z = add i64 %x0, 1", "i64"),
    "shift": kernel("shift", 1, "%z = add i64 %x0, %c", "i64"),
    "less": LESS,
    "fail": FAIL,
    "picky": PICKY,
    "scratch": SCRATCH,
}


def keyed(name: str, text: str) -> tuple[str, str]:
    """A key made of the text, as the disk cache outlives this version of it, and the text under that key."""
    key = f"{name}_{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return key, text.replace(f"@k_{name}(", f"@k_{key}(")


KEYS = {name: keyed(name, text)[0] for name, text in BY_NAME.items()}
TEXTS = dict(keyed(name, text) for name, text in BY_NAME.items())
N = 6
B = 8 * N


def bits(x: float) -> int:
    """The bit pattern of a double, as ctx holds it."""
    return int(np.float64(x).view(np.int64))


def build(slots, steps, **options) -> Executable:
    """A checked program, sent through its own encoding, with the kernels above."""
    program = Program(tuple(slots), tuple(steps))
    plan.check(program)
    assert plan.decode(program.encode()) == program
    return Executable(program, engine.kernels(TEXTS), **options)


def run(executable: Executable, inputs, outputs) -> None:
    executable.run([x.ctypes.data for x in inputs], [x.ctypes.data for x in outputs])


def launch(name: str, *bufs: int, extent: int = N, **options) -> Launch:
    return Launch(KEYS[name], tuple((b, 0) for b in bufs), (options.pop("value", 0),), extent, **options)


def counting(n: int, grain: int, rounds: int, work: float = 1e6) -> Executable:
    """Adds 1 to n numbers, `rounds` times."""
    return build([Slot("output", 8 * n)], [Loop(rounds, (launch("count", 0, 0, extent=n, grain=grain, work=work),))])
