"""Control flow as users write it: cond, switch, while_loop, fori_loop, scan, map, associative_scan."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

from rustorch_fn import dtypes, errors, tree
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import EVAL, aval_of, current, evaluate_func, trace
from rustorch_fn.core.typing import ArrayLike
from rustorch_fn.lax import branching, loops, unjitted
from rustorch_fn.transform.grad import Flat, lifted, name_of
from rustorch_fn.transform.jit import Jitted
from rustorch_fn.transform.vmap import vmap

LONG = 1 << 14  # turns of a loop from which on its counter is no array


class Traced:
    """A user's function as a Func with what it captured, and the structure of its result."""

    def __init__(self, f: Callable[..., Any], args: Sequence[Any], avals: Sequence[Aval], treedef: Any) -> None:
        flat = Flat(f, treedef, name=name_of(f))
        self.func, self.captured = trace(flat, avals)
        self.out_tree, self.name = flat.out_tree, name_of(f)

    @property
    def out_avals(self) -> tuple[Aval, ...]:
        return self.func.out_avals


def traced(f: Callable[..., Any], args: tuple[Any, ...], avals: Sequence[Aval]) -> Traced:
    """Trace f on types that are laid out like `args`."""
    return Traced(f, args, avals, tree.structure(args))


def closed(parts: Sequence[Traced], avals: Sequence[Aval]) -> tuple[list[Any], list[Func]]:
    """The captured values of several Funcs as common leading operands."""
    captured = [x for p in parts for x in p.captured]
    out, at = [], 0
    for p in parts:
        start, n = at, len(p.captured)
        at += n

        def f(*xs: Any, p: Traced = p, start: int = start, n: int = n) -> list[Any]:
            return evaluate_func(p.func, [*xs[start : start + n], *xs[len(captured) :]])

        out.append(branching.build(f, [*(aval_of(x) for x in captured), *avals]))
    return captured, out


# --- cond and switch ---


def switch(index: ArrayLike, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """branches[index](*operands), the index clamped into range. All branches return the same types.

    >>> import rustorch_fn as rt
    >>> float(rt.lax.switch(1, [lambda x: x, lambda x: x * x], 3.0))
    9.0
    """
    if not branches:
        raise errors.BadArgument("switch", "branches", branches, "At least one function")
    index = roles.asarray(index)
    if index.shape or index.dtype not in dtypes.INTS:
        raise errors.BadArgument("switch", "index", index.aval, "An integer scalar")
    return _branch("switch", index, branches, operands)


def _branch(what: str, index: Any, branches: Sequence[Callable[..., Any]], operands: tuple[Any, ...]) -> Any:
    if unjitted.asked() and (found := unjitted.switch(index, branches, operands)) is not None:
        return found[0]
    leaves, treedef = tree.flatten(operands)
    leaves = lifted(what, branches[0], leaves)
    avals = [aval_of(x) for x in leaves]
    parts = [Traced(b, operands, avals, treedef) for b in branches]
    parts = agree(what, parts, avals)
    captured, funcs = closed(parts, avals)
    index = roles.convert(index, dtypes.int32)
    outs = branching.cond(index, *captured, *leaves, branches=tuple(funcs))
    return tree.unflatten(parts[0].out_tree, outs)


def agree(what: str, parts: list[Traced], avals: Sequence[Aval]) -> list[Traced]:
    """Branches with equal result types: weak types give way, all else must be equal."""
    first = parts[0]
    for p in parts[1:]:
        if p.out_tree != first.out_tree:
            raise errors.BranchMismatch(what, "the structure of their results", [p.out_tree for p in parts])
    for k, kinds in enumerate(zip(*(p.out_avals for p in parts), strict=True)):
        strong = {a.dtype for a in kinds if not a.weak_type}
        dtype = next(iter(strong)) if len(strong) == 1 else kinds[0].dtype
        same = all(a.shape == kinds[0].shape and (a.dtype == dtype or a.weak_type) for a in kinds)
        if not same:
            raise errors.BranchMismatch(what, f"result leaf {k}", kinds)
        if any(a != kinds[0] for a in kinds):
            weak = all(a.weak_type for a in kinds)
            for p in parts:
                p.func = converted(p.func, k, dtype, weak)
    return parts


def converted(func: Func, k: int, dtype: Any, weak: bool) -> Func:
    """The Func with result k in another type."""

    def f(*xs: Any) -> list[Any]:
        outs = evaluate_func(func, xs)
        outs[k] = roles.convert(outs[k], dtype, weak_type=weak)
        return outs

    return branching.build(f, func.in_avals)


_nothing: Any = object()


def cond(
    pred: ArrayLike,
    true_fun: Callable[..., Any],
    false_fun: Callable[..., Any],
    *operands: Any,
    operand: Any = _nothing,
) -> Any:
    """true_fun(*operands) if pred else false_fun(*operands); only the chosen one runs.

    Both return the same tree of shapes and types (else BranchMismatch). Under vmap with a mapped `pred` both
    run, and each lane selects.

    >>> import rustorch_fn as rt
    >>> float(rt.lax.cond(True, lambda x: x + 1, lambda x: x - 1, 5.0))
    6.0
    """
    for name, f in (("true_fun", true_fun), ("false_fun", false_fun)):
        if not callable(f):
            raise errors.BadType("cond", name, f, "A function")
    if operand is not _nothing:  # None is a tree without leaves, which the functions take
        operands = (operand,)
    pred = roles.asarray(pred)
    if pred.shape:
        raise errors.BadArgument("cond", "pred", pred.aval, "A scalar; rt.numpy.where chooses elementwise and")
    index = roles.convert(pred if pred.dtype == dtypes.bool_ else roles.operator("ne", pred, 0), dtypes.int32)
    return _branch("cond", index, [false_fun, true_fun], operands)


def platform_dependent(
    *args: Any, default: Callable[..., Any] | None = None, **per_platform: Callable[..., Any]
) -> Any:
    """per_platform["cpu"](*args), as programs run on CPUs here; default(*args) where there is no such function.

    Raises BadArgument where there is neither.

    >>> import rustorch_fn as rt
    >>> rt.lax.platform_dependent(3.0, cpu=lambda x: x + 1, gpu=lambda x: x - 1)
    4.0
    """
    chosen = per_platform.get("cpu", default)
    if chosen is None:
        names = sorted(per_platform)
        raise errors.BadArgument("platform_dependent", "per_platform", names, "A function for cpu, or default=,")
    return chosen(*args)


# --- while_loop and fori_loop ---


def while_loop(cond_fun: Callable[[Any], Any], body_fun: Callable[[Any], Any], init_val: Any) -> Any:
    """val = init_val; while cond_fun(val): val = body_fun(val), as one compiled loop.

    The carry keeps its tree, shapes and types (else CarryMismatch). Forward mode works; reverse mode raises
    WhileReverse, which names the alternatives.

    >>> import rustorch_fn as rt
    >>> int(rt.lax.while_loop(lambda n: n < 100, lambda n: n * 2, 1))
    128
    """
    if unjitted.asked() and (found := unjitted.while_loop(cond_fun, body_fun, init_val)) is not None:
        return found[0]
    leaves, treedef = tree.flatten((init_val,))
    leaves = lifted("while_loop", body_fun, leaves)
    body, leaves = steady("while_loop", body_fun, treedef, leaves, [], (init_val,), lambda p: p.out_avals)
    avals = [aval_of(x) for x in leaves]
    test = Traced(cond_fun, (init_val,), avals, treedef)
    if [(a.shape, a.dtype) for a in test.out_avals] != [((), dtypes.bool_)]:
        raise errors.BadArgument("while_loop", "cond_fun's result", test.out_avals, "One boolean scalar")
    outs = loops.while_(
        *test.captured, *body.captured, *leaves,
        test=test.func, body=body.func, test_consts=len(test.captured), body_consts=len(body.captured),
    )  # fmt: skip
    return tree.unflatten(body.out_tree, outs)


def steady(
    what: str, f: Any, treedef: Any, carry: list[Any], rest: Sequence[Aval], shown: Any, out: Callable[[Any], Any]
) -> tuple[Traced, list[Any]]:
    """Trace a loop body whose carry keeps its type; weak types of the start give way to what the body makes."""
    avals = [aval_of(x) for x in carry]
    part = Traced(f, shown, [*avals, *rest], treedef)
    found = out(part)
    want = tree.structure(shown[0])
    got = part.out_tree if what != "scan" else part.out_tree.children()[0]
    if want != got:
        raise errors.CarryMismatch(what, "the carry's structure", want, got)
    fixed = []
    for k, (x, a, b) in enumerate(zip(carry, avals, found, strict=True)):
        if a == b:
            fixed.append(x)
        elif a.shape == b.shape and a.weak_type and (a.dtype == b.dtype or not b.weak_type or a.dtype != b.dtype):
            fixed.append(roles.convert(x, b.dtype, weak_type=b.weak_type))
        elif a.shape == b.shape and a.dtype == b.dtype:
            # the body's result is weak, the start is not: it is converted inside
            part.func = converted(part.func, k, a.dtype, a.weak_type)
            fixed.append(x)
        else:
            raise errors.CarryMismatch(what, f"carry leaf {k}", a, b)
    if any(x is not y for x, y in zip(fixed, carry, strict=True)):
        return steady(what, f, treedef, fixed, rest, shown, out)
    return part, fixed


def fori_loop(
    lower: ArrayLike, upper: ArrayLike, body_fun: Callable[[Any, Any], Any], init_val: Any, *, unroll: Any = None
) -> Any:
    """for i in range(lower, upper): val = body_fun(i, val), as one compiled loop.

    With bounds that are known while tracing it can be differentiated in reverse; with traced bounds it is a
    while_loop.

    >>> import rustorch_fn as rt
    >>> int(rt.lax.fori_loop(0, 5, lambda i, s: s + i, 0))
    10
    """
    known = all(isinstance(b, int) or (hasattr(b, "concrete") and current() is EVAL) for b in (lower, upper))
    lo, hi = roles.asarray(lower), roles.asarray(upper)
    dtype = lo.dtype if not lo.weak_type else hi.dtype
    if lo.dtype not in dtypes.INTS or hi.dtype not in dtypes.INTS or lo.shape or hi.shape:
        raise errors.BadArgument("fori_loop", "its bounds", (lo.aval, hi.aval), "Integer scalars")
    if known:
        start, steps = int(lo), max(int(hi) - int(lo), 0)
        if steps > LONG and current() is EVAL and not unjitted.asked():
            # staged, the counter takes no memory
            return Jitted(lambda val: fori_loop(start, start + steps, body_fun, val, unroll=unroll))(init_val)

        def counted(val: Any, i: Any) -> Any:
            return body_fun(roles.operator("add", i, start) if start else i, val), None

        return scan(counted, init_val, roles.iota(steps, dtype), unroll=unroll or 1)[0]
    lo, hi = roles.convert(lo, dtype), roles.convert(hi, dtype)

    def body(state: Any) -> Any:
        i, end, val = state
        return roles.operator("add", i, 1), end, body_fun(i, val)

    return while_loop(lambda s: roles.operator("lt", s[0], s[1]), body, (lo, hi, init_val))[2]


# --- scan ---


def scan(
    f: Callable[[Any, Any], Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
    unroll: int | bool = 1,
    _split_transpose: bool = False,
) -> Any:
    """(carry, ys) of f(carry, x) -> (carry, y) for each x in xs along their leading axis, as one compiled loop.

    `xs` None needs `length`. The carry keeps its tree, shapes and types (else CarryMismatch).
    `unroll` steps are written out in each turn of the loop.

    >>> import rustorch_fn as rt
    >>> total, sums = rt.lax.scan(lambda c, x: (c + x, c + x), 0.0, rt.numpy.arange(4.0))
    >>> sums
    Array([0., 1., 3., 6.], dtype=float32)
    """
    if not callable(f):
        raise errors.BadType("scan", "f", f, "A function")
    if not isinstance(unroll, bool) and unroll < 1:
        raise errors.BadArgument("scan", "unroll", unroll, "True, False or a number of at least 1")
    carry, carry_tree = tree.flatten(init)
    rows, rows_tree = tree.flatten(xs)
    carry, rows = lifted("scan", f, carry), lifted("scan", f, rows)
    n = _length(f, rows, length)
    row_avals = [aval_of(x).like(shape=aval_of(x).shape[1:]) for x in rows]
    shown = (carry_tree.unflatten(carry), rows_tree.unflatten(rows))
    if unjitted.asked() and (found := unjitted.scan(f, *shown, n, reverse)) is not None:
        return found
    count = len(carry)

    def pair(c: Any, x: Any) -> Any:
        out = f(c, x)
        if not isinstance(out, tuple | list) or len(out) != 2:
            raise errors.BadOutput("scan", name_of(f), "the result, which should be (carry, y),", out)
        return tuple(out)

    body, carry = steady("scan", pair, tree.structure(shown), carry, row_avals, shown, lambda p: p.out_avals[:count])
    consts = len(body.captured)
    turns = n if unroll is True else int(unroll)
    if turns > 1 and n > 1:
        return _unrolled(body, consts, count, carry, rows, n, min(turns, n), reverse)
    outs = loops.scan(*body.captured, *carry, *rows, body=body.func, length=n, reverse=reverse,
                      consts=consts, carries=count)  # fmt: skip
    return tuple(tree.unflatten(body.out_tree, outs))


def _length(f: Any, rows: Sequence[Any], length: int | None) -> int:
    sizes = set()
    for k, x in enumerate(rows):
        if not x.shape:
            raise errors.BadArgument("scan", f"xs, leaf {k},", x.aval, "An array with a leading axis")
        sizes.add(x.shape[0])
    if length is not None:
        sizes.add(int(length))
    if len(sizes) > 1:
        hint = "All leaves of xs have the same leading axis, and length= agrees with it."
        raise errors.ShapeError(f"scan({name_of(f)}): the lengths of xs differ", got=sorted(sizes), hint=hint)
    if not sizes:
        raise errors.BadArgument("scan", "length", None, "xs, or length=,")
    return int(next(iter(sizes)))


def _unrolled(
    body: Traced, consts: int, count: int, carry: list[Any], rows: list[Any], n: int, turns: int, reverse: bool
) -> Any:
    """A scan whose body is `turns` steps; what is left over runs as steps of its own at the end."""
    whole = n // turns * turns
    avals = body.func.in_avals

    def many(*xs: Any) -> list[Any]:
        c, k, blocks = xs[:consts], list(xs[consts : consts + count]), xs[consts + count :]
        ys: list[list[Any]] = [[] for _ in body.func.outputs[count:]]
        for j in reversed(range(turns)) if reverse else range(turns):
            outs = evaluate_func(body.func, [*c, *k, *(b[j] for b in blocks)])
            k = outs[:count]
            for got, y in zip(ys, outs[count:], strict=True):
                got.append(y)
        return [*k, *(roles.stack(got[::-1] if reverse else got) for got in ys)]

    def run(k: list[Any], part: list[Any], inner: Func, length: int) -> tuple[list[Any], list[Any]]:
        outs = loops.scan(*body.captured, *k, *part, body=inner, length=length, reverse=reverse,
                          consts=consts, carries=count)  # fmt: skip
        return outs[:count], outs[count:]

    blocks = [a.like(shape=(turns, *a.shape)) for a in avals[consts + count :]]
    inner = branching.build(many, [*avals[: consts + count], *blocks])
    cut = [(roles.reshape(x[:whole], (n // turns, turns, *x.shape[1:])), x[whole:]) for x in rows]
    pieces = []
    order = ("tail", "main") if reverse else ("main", "tail")
    for piece in order:
        if piece == "main":
            carry, ys = run(carry, [a for a, _ in cut], inner, n // turns)
            pieces.append([roles.reshape(y, (whole, *y.shape[2:])) for y in ys])
        elif n > whole:
            carry, ys = run(carry, [b for _, b in cut], body.func, n - whole)
            pieces.append(ys)
    if reverse:
        pieces.reverse()
    joined = [roles.concat(list(parts)) if len(parts) > 1 else parts[0] for parts in zip(*pieces, strict=True)]
    return tuple(tree.unflatten(body.out_tree, [*carry, *joined]))


def map(f: Callable[[Any], Any], xs: Any, *, batch_size: int | None = None) -> Any:
    """f of each row of xs, one after the other, stacked; `batch_size` rows at once where given.

    >>> import rustorch_fn as rt
    >>> rt.lax.map(lambda x: x * x, rt.numpy.arange(3.0))
    Array([0., 1., 4.], dtype=float32)
    """
    if batch_size is None:
        return scan(lambda _, x: ((), f(x)), (), xs)[1]
    if batch_size < 1:
        raise errors.BadArgument("map", "batch_size", batch_size, "None or a number of at least 1")
    leaves, treedef = tree.flatten(xs)
    leaves = lifted("map", f, leaves)
    n = _length(f, leaves, None)
    size = builtins.max(1, builtins.min(batch_size, n))
    whole = n // size * size
    out = []
    if whole:
        blocks = [roles.reshape(x[:whole], (whole // size, size, *x.shape[1:])) for x in leaves]
        ys = scan(lambda _, x: ((), vmap(f)(x)), (), treedef.unflatten(blocks))[1]
        out.append(tree.map(lambda y: roles.reshape(y, (whole, *y.shape[2:])), ys))
    if whole < n or not n:
        out.append(vmap(f)(treedef.unflatten([x[whole:] for x in leaves])))
    return out[0] if len(out) == 1 else tree.map(lambda *ys: roles.concat(list(ys)), *out)


def associative_scan(fn: Callable[[Any, Any], Any], elems: Any, reverse: bool = False, axis: int = 0) -> Any:
    """All prefixes of elems under an associative function, in O(log n) rounds of whole-array calls.

    `fn(a, b)` works on trees of arrays whose `axis` may have any length.

    >>> import rustorch_fn as rt
    >>> rt.lax.associative_scan(rt.numpy.add, rt.numpy.arange(4))
    Array([0, 1, 3, 6], dtype=int32)
    """
    leaves, treedef = tree.flatten(elems)
    leaves = lifted("associative_scan", fn, leaves)
    for x in leaves:
        if not -x.ndim <= axis < x.ndim:
            raise errors.AxisError.out_of_range("associative_scan", axis, x.ndim)
    if not leaves:
        return elems
    axis = axis % leaves[0].ndim
    n = leaves[0].shape[axis]
    if any(x.shape[axis] != n for x in leaves):
        raise errors.ShapeError("associative_scan: the lengths differ", got=[x.shape for x in leaves])
    if reverse:
        leaves = [roles.flip(x, (axis,)) for x in leaves]

    def combine(a: list[Any], b: list[Any]) -> list[Any]:
        return tree.leaves(fn(treedef.unflatten(a), treedef.unflatten(b)))

    def cut(x: Any, start: int, stop: int | None, step: int = 1) -> Any:
        return x[(slice(None),) * axis + (slice(start, stop, step),)]

    def prefixes(xs: list[Any]) -> list[Any]:
        size = xs[0].shape[axis]
        if size < 2:
            return xs
        pairs = combine([cut(x, 0, size - 1, 2) for x in xs], [cut(x, 1, None, 2) for x in xs])
        odd = prefixes(pairs)
        earlier = [cut(y, 0, (size - 1) // 2) for y in odd]
        even = combine(earlier, [cut(x, 2, None, 2) for x in xs])
        even = [roles.concat([cut(x, 0, 1), e], axis) for x, e in zip(xs, even, strict=True)]
        return [roles.interleave(e, o, axis) for e, o in zip(even, odd, strict=True)]

    out = prefixes(leaves)
    if reverse:
        out = [roles.flip(x, (axis,)) for x in out]
    return treedef.unflatten(out)
