"""Plans on disk: what lowering a Func gave, so that a later process neither lowers it nor prints its kernels.

A plan is kept beside the kernels, under the digest of its Func, of the machine, and of this package's sources.
Programs with steps that Python does are not kept, as those hold functions.
"""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rustorch_fn.core.ir import Func
from rustorch_fn.kernel import plan
from rustorch_fn.target.llvm import engine
from rustorch_fn.version import __version__


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan with its constants as bytes, and the multiply-adds that it does."""

    plan: plan.Program
    consts: tuple[np.ndarray, ...]
    flops: float


def recall(func: Func) -> tuple[Kept, engine.Loaded] | None:
    """The plan of a Func and its kernels, where an earlier process left all of them."""
    data = engine.engine().recall(_name(func))
    if data is None:
        return None
    head, _, body = data.partition(b"\n")
    try:
        words = json.loads(head)
        consts = tuple(np.frombuffer(bytes.fromhex(text), np.uint8).copy() for text in words["consts"])
        kept = Kept(plan.decode(body), consts, float(words["flops"]))
    except (ValueError, KeyError, TypeError):
        return None
    addresses = engine.engine().find(kept.plan.kernels())
    return None if addresses is None else (kept, addresses)


def remember(func: Func, kept: Kept) -> None:
    """Keep a plan for later processes."""
    head = {"consts": [c.tobytes().hex() for c in kept.consts], "flops": kept.flops}
    engine.engine().remember(_name(func), json.dumps(head).encode() + b"\n" + kept.plan.encode())


def _name(func: Func) -> str:
    return f"plan {func.digest} {_around()}"


@functools.cache
def _around() -> str:
    """A digest of all that decides how a Func is lowered, besides itself."""
    package = Path(__file__).resolve().parents[2]
    rooms = ("core", "kernel", "lax", "target", "transform")
    files = sorted(file for room in rooms for file in package.glob(f"{room}/**/*.py"))
    states = [(file.name, state.st_size, state.st_mtime_ns) for file in files for state in (file.stat(),)]
    return hashlib.sha256(repr((__version__, engine.machine(), states)).encode()).hexdigest()
