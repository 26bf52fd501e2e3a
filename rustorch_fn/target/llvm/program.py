"""Programs on the CPU: a tidied Func is lowered to a plan, its kernels compiled or loaded, and called."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from rustorch_fn import dtypes
from rustorch_fn.core import targets
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.ir import Equation, Func, Var
from rustorch_fn.core.parts import real
from rustorch_fn.kernel import contract, convolve, plan
from rustorch_fn.kernel import sorting as _sorting  # noqa: F401  (lowering needs both, and no fork can come between here)
from rustorch_fn.kernel import steps as _steps  # noqa: F401
from rustorch_fn.kernel.expr import BYTES, FLOATS
from rustorch_fn.kernel.lower import lower
from rustorch_fn.kernel.machine import Machine
from rustorch_fn.kernel.nest import Nest, greedy, nodes
from rustorch_fn.kernel.recipes import plan_nest
from rustorch_fn.kernel.stored import Stored
from rustorch_fn.target.llvm import engine, gemm, lapack, memory, order, plans
from rustorch_fn.target.llvm.emit import compile_nest
from rustorch_fn.target.llvm.executor import Executable

# products below which a nest does as well as the contraction kernel: of a window with weights, of a matrix's two
# shorter sides (the longest, which may be a batch, does not decide)
SMALL_CONV, SMALL_DOT = 2048, 32


class LLVM:
    """Nests and contractions as launches, with the texts of their kernels."""

    name = "llvm"

    def __init__(self, machine: Machine | None = None) -> None:
        self.machine = machine or engine.machine()
        self.texts: dict[str, Any] = {}
        self.flops = 0.0

    def nest(self, nest: Nest, place_of: Callable[[Any], plan.Place], temp: Callable[[int], int]) -> list[plan.Step]:
        nests, temps = plan_nest(nest)
        own = {b: (temp(b.size * BYTES[b.dtype]), 0) for b in temps}
        self.flops += flops(nest)
        steps: list[plan.Step] = []
        for part in nests:
            kernel = compile_nest(greedy(part), self.machine)
            self.texts[kernel.key] = kernel.text
            bufs = tuple(own[b] if b in own else place_of(b) for b in kernel.buffers)
            where = dict(zip(kernel.buffers, bufs, strict=True))
            same = [(where[s], where[b]) for s, b in kernel.overwrites if s.size == b.size]
            updates = tuple((s, b) for (s, low), (b, shift) in same if low == shift == 0)
            numbers = (kernel.ctx, kernel.extent, kernel.grain, kernel.work)
            steps.append(plan.Launch(kernel.key, bufs, *numbers, updates=updates))
        return steps

    def wants(self, e: Equation) -> bool:
        """Whether a contraction kernel would be better than a nest."""
        dtype, out = e.inputs[0].aval.dtype, e.outputs[0].aval
        if dtype not in dtypes.FLOATS or out.dtype not in dtypes.FLOATS:
            return False
        if e.op.name == "conv":
            return out.size * e.inputs[1].aval.size // max(1, out.shape[e.attrs["dims"][2][1]]) > SMALL_CONV
        a, b = (x.aval for x in e.inputs)
        batch = math.prod(a.shape[d] for d in e.attrs.get("batch", ((), ()))[0])
        inner = math.prod(a.shape[d] for d in e.attrs["contract"][0])
        short, middle, _ = sorted((inner, a.size // (batch * inner), b.size // (batch * inner)))
        return inner > 1 and short * middle > SMALL_DOT

    def contraction(self, e: Equation, out: Stored, operands: Sequence[Stored]) -> list[plan.Step] | None:
        """Launches of the shared contraction kernels; None where the strides do not merge into one matrix."""
        plans = (_product if e.op.name == "dot" else _convolution)(self.machine, e, out, *operands)
        if plans is None:
            return None
        a, b = operands
        self.flops += 2.0 * out.size * _terms(e)
        return [self.launch(made, (a.place, b.place, out.place)) for made in plans]

    def order(
        self, words: Sequence[tuple[plan.Place, int]], places: plan.Place, rows: int, n: int, temp: Callable[[int], int]
    ) -> list[plan.Step]:
        """One launch over the rows; a single one has its room in the arena, which is given back after the call."""
        key, text = order.text()
        self.texts[key] = text
        ctx = (n, len(words), *(differing for _, differing in words))
        bufs, work = (*(place for place, _ in words), places), 12.0 * n * len(words) * rows
        if rows == 1:
            return [plan.Launch(key, (*bufs, (temp(order.room(n)), 0)), ctx, 1, 1, work)]
        return [plan.Launch(key, bufs, ctx, rows, 1, work, order.room(n))]

    def library(self, e: Equation, operands: Sequence[Stored], outs: Sequence[Stored]) -> list[plan.Step]:
        """One launch over the matrices of a batch."""
        op, attrs = e.op, dict(e.attrs)
        whole = op.whole([a.aval for a in e.inputs], attrs.pop("packed", ()))
        batch, cores = op.split(whole)
        count = math.prod(batch)

        def home(item: lapack.Item) -> Stored:
            return (operands if item.side == "in" else outs)[item.place]

        def apart(item: lapack.Item) -> int:
            return BYTES[home(item).dtype] * home(item).size // count

        made = lapack.kernel(lapack.call(op, whole[0].dtype, cores, attrs), apart)
        self.texts[made.key] = made.text
        bufs = tuple(home(item).place for item in made.items)
        # no row says how much arithmetic it is: about that of a product of such matrices, ten times
        sizes = sorted(n for core in cores for n in core)
        work = count * (500.0 + math.prod(sizes[-3:] if len(sizes) > 2 else sizes))
        return [plan.Launch(made.key, bufs, made.ctx, count, 1, work, made.scratch)]

    def launch(self, made: contract.GemmPlan, bufs: tuple[plan.Place, ...]) -> plan.Step:
        key, text = gemm.text(made.tile)
        self.texts[key] = text
        return plan.Launch(key, bufs, made.ctx, made.extent, made.grain, made.work_ns, made.scratch_bytes)


def flops(nest: Nest) -> float:
    """Floating-point operations of a nest: each node once for all values of the axes that it varies over."""
    total = 0.0
    for e in nodes(nest):
        if e.dtype in FLOATS and e.op not in ("const", "load", "select", "convert", "bitcast"):
            axes = e.args[0].axes if e.op == "fold" else e.axes
            total += math.prod(a.extent for a in axes)
    return total


def _terms(e: Equation) -> int:
    """Products that one element of a contraction's result is the sum of."""
    a, b = (x.aval for x in e.inputs)
    if e.op.name == "dot":
        return math.prod(a.shape[d] for d in e.attrs["contract"][0])
    return b.size // max(1, b.shape[e.attrs["dims"][1][0]])


def _product(machine: Machine, e: Equation, out: Stored, a: Stored, b: Stored) -> list[contract.GemmPlan] | None:
    """A dot as one batch of matrix products."""
    (ac, bc), (ab, bb) = e.attrs["contract"], e.attrs.get("batch", ((), ()))
    af = [d for d in range(len(a.shape)) if d not in ac and d not in ab]
    bf = [d for d in range(len(b.shape)) if d not in bc and d not in bb]
    nb, nm = len(ab), len(af)
    batch = [(a.shape[x], a.strides[x], b.strides[y], z) for x, y, z in zip(ab, bb, out.strides, strict=False)]
    rows = [(a.shape[d], a.strides[d], 0, z) for d, z in zip(af, out.strides[nb:], strict=False)]
    columns = [(b.shape[d], 0, b.strides[d], z) for d, z in zip(bf, out.strides[nb + nm :], strict=True)]
    inner = [(a.shape[x], a.strides[x], b.strides[y], 0) for x, y in zip(ac, bc, strict=True)]
    made = contract.plan_axes(machine, (a.dtype, b.dtype, out.dtype), batch, rows, columns, inner)
    return None if made is None else [made]


def _convolution(machine: Machine, e: Equation, out: Stored, x: Stored, w: Stored) -> list[contract.GemmPlan] | None:
    """A convolution as products of windows and weights."""
    at = e.attrs
    xd, wd, od = at["dims"]
    if len(xd) > 5:
        return None
    features, batches = at.get("feature_groups", 1), at.get("batch_groups", 1)
    groups = features * batches
    space = range(2, len(xd))
    n, c, o = x.shape[xd[0]], x.shape[xd[1]], w.shape[wd[0]]
    xn, xc, wo, of = x.strides[xd[0]], x.strides[xd[1]], w.strides[wd[0]], out.strides[od[1]]
    group = xc * (c // features) if features > 1 else xn * (n // batches)
    lhs = [groups, n // batches, c // features], [group, xn, xc]
    rhs = [groups, o // groups, w.shape[wd[1]]], [wo * (o // groups), wo, w.strides[wd[1]]]
    result = [groups, out.shape[od[0]], o // groups], [of * (o // groups), out.strides[od[0]], of]
    for (extents, strides), stored, dims in ((lhs, x, xd), (rhs, w, wd), (result, out, od)):
        extents += [stored.shape[dims[d]] for d in space]
        strides += [stored.strides[dims[d]] for d in space]
    axes = [
        convolve.Axis(stride, low, dilated, spread, turned)
        for stride, (low, _), dilated, spread, turned in zip(
            at["strides"], at["pads"], at["lhs_dilation"], at["rhs_dilation"], at["reverse"], strict=True
        )
    ]
    made = convolve.plan(machine, (x.dtype, w.dtype, out.dtype), lhs, rhs, result, axes)
    return None if made is None else list(made)


def _declines(*_: Array) -> None:
    """The short way where there is none."""


class Program(targets.Program):
    """A compiled Func: call it with arrays in the order of its inputs."""

    def __init__(self, func: Func, donated: Sequence[bool] = ()) -> None:
        self.func = func
        # an output that is an input is that array; one that is there twice is made once
        positions = {v: k for k, v in enumerate(func.inputs)}
        made: dict[Any, int] = {}
        self.wiring: list[tuple[bool, int]] = []
        for a in func.outputs:
            if isinstance(a, Var) and a in positions:
                self.wiring.append((True, positions[a]))
            else:
                self.wiring.append((False, made.setdefault(a, len(made))))
        self.plain = all(not given for given, _ in self.wiring) and len(made) == len(self.wiring)
        self.inner = real(Func(func.inputs, func.equations, list(made)))
        self.results = [(form(a.aval), max(a.aval.nbytes, 1)) for a in made]
        found = plans.recall(self.inner)
        kept, addresses, hosts = self.lowered() if found is None else (*found, {})
        engine.engine().recalled += found is not None
        self.plan, self.flops = kept.plan, kept.flops
        # the ops that Python does: plans with such steps are made anew in every process
        self.slow = [hosts[s.callback].op.name for s in plan.walk(kept.plan.steps) if isinstance(s, plan.Host)]
        pointers = [int(c.__array_interface__["data"][0]) for c in kept.consts]
        shown = {k for given, k in self.wiring if given}
        offered = {k for k, on in enumerate(donated) if on and k not in shown}
        # output -> the donated input whose memory it takes
        self.takeovers = plan.takeovers(self.plan, offered) if offered else {}
        words: dict[str, Any] = {"keep": kept.consts, "taken": self.takeovers}
        self.executable = Executable(self.plan, addresses, pointers, hosts, **words)
        wanted = [form(v.aval) for v in func.inputs]
        self.made = self.executable.short(wanted, self.results, self.takeovers) or _declines
        if self.plain:
            self.short = self.made  # type: ignore[method-assign]

    def fail(self, number: int) -> None:
        self.executable.fail(number)

    def lowered(self) -> tuple[plans.Kept, Any, dict[int, Any]]:
        """The plan, its kernels and its host steps, made anew."""
        target = LLVM()
        program, parts = lower(self.inner, target)
        addresses = engine.kernels(target.texts)
        engine.engine().lowered += 1
        kept = plans.Kept(program, tuple(parts.consts), target.flops)
        if not parts.hosts:
            plans.remember(self.inner, kept)
        return kept, addresses, dict(enumerate(parts.hosts))

    @functools.cached_property
    def texts(self) -> dict[str, Any]:
        """What the kernels were printed as: lowered again, as these texts are large and seldom asked for."""
        target = LLVM()
        lower(self.inner, target)
        return target.texts

    def __call__(self, args: Sequence[Array]) -> list[Array]:
        outs: Any = self.made(*args)
        if outs is None:
            outs = self.long(args)
        elif type(outs) is int:
            self.fail(outs)
        elif type(outs) is Array:
            outs = [outs]
        if self.takeovers:
            taken = sum(args[k].buffer is None for k in self.takeovers.values())
            made = engine.engine()
            made.donated += taken
            made.declined += len(self.takeovers) - taken
        return outs if self.plain else self.wired(args, outs)

    def wired(self, args: Sequence[Array], outs: list[Array]) -> list[Array]:
        """The results in their order: computed ones, and arguments."""
        return [args[k] if given else outs[k] for given, k in self.wiring]

    def long(self, args: Sequence[Array]) -> list[Array]:
        """Run by way of Python, into the memory of donated arguments that nobody else holds."""
        outs, taken = [], []
        for number, (f, size) in enumerate(self.results):
            k = self.takeovers.get(number, -1)
            if k >= 0 and args[k].sole() and sum(a is args[k] for a in args) == 1:
                taken.append(args[k])
                outs.append(Array.on(args[k].buffer, f))
            else:
                outs.append(Array.on(memory.block(size), f))
        # another thread may delete an argument meanwhile: its memory stays until we are done
        _held = [(a.buffer, a._view) for a in args]
        try:
            self.executable.run([a.ptr for a in args], [y.ptr for y in outs])
        finally:
            # overwritten, be it by half
            for a in taken:
                a.delete()
        return outs

    def memory(self) -> dict[str, int]:
        return {
            "argument_size_in_bytes": sum(a.nbytes for a in self.func.in_avals),
            "output_size_in_bytes": sum(a.nbytes for a in self.func.out_avals),
            "temp_size_in_bytes": self.executable.layout.nbytes,
            "alias_size_in_bytes": sum(self.results[k][0].aval.nbytes for k in self.takeovers),
            "generated_code_size_in_bytes": sum(len(t if isinstance(t, str) else t()) for t in self.texts.values()),
        }

    def cost(self) -> dict[str, float]:
        launches = [s for s in plan.walk(self.plan.steps) if isinstance(s, plan.Launch)]
        moved = sum(sum(self.plan.slots[slot].nbytes for slot, _ in s.bufs) for s in launches)
        return {
            "flops": self.flops,
            "bytes accessed": float(moved),
            "optimal_seconds": sum(s.work for s in launches) / 1e9,
            "python steps": float(len(self.slow)),
        }

    def text(self) -> str:
        slow = [f"; {name} runs in Python" for name in self.slow]
        return "\n".join([*slow, *(t if isinstance(t, str) else t() for t in self.texts.values())])
