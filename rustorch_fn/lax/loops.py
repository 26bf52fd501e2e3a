"""Loops as primitives: while and scan hold Funcs, and answer every transform by rewriting them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from rustorch_fn import errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func, Var, prune
from rustorch_fn.core.primitive import BatchAxis, Hole, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of, evaluate_func, reference
from rustorch_fn.lax.branching import Control, build, pick, spread, strong, wide
from rustorch_fn.transform.batch import batch_func, move_to
from rustorch_fn.transform.call import linear_func
from rustorch_fn.transform.linearize import Split, instantiate, linearize_func, pushforward
from rustorch_fn.transform.transpose import transpose_func

# --- while ---


class While(Control):
    """Run `body` while `test` holds. Operands: constants of test, constants of body, carry."""

    name = "while"
    returns = False

    def shape(self, *avals: Aval, test: Func, body: Func, test_consts: int, body_consts: int) -> list[Aval]:
        return list(body.out_avals)

    def ref(self, *args: Any, test: Func, body: Func, test_consts: int, body_consts: int) -> Any:
        c, b = args[:test_consts], args[test_consts : test_consts + body_consts]
        carry = list(args[test_consts + body_consts :])
        while reference(test, [*c, *carry])[0]:
            carry = reference(body, [*b, *carry])
        return carry

    def _active(self, active: tuple[bool, ...], body: Func, test_consts: int, body_consts: int) -> tuple[bool, ...]:
        """The carries that get a tangent, by fixpoint."""
        consts = active[test_consts : test_consts + body_consts]
        carry = active[test_consts + body_consts :]
        while True:
            _, out = pushforward(body, (*consts, *carry))
            more = tuple(a or b for a, b in zip(carry, out, strict=True))
            if more == carry:
                return carry
            carry = more

    def push(
        self,
        active: tuple[bool, ...],
        xs: Sequence[Any],
        ts: Sequence[Any],
        *,
        test: Func,
        body: Func,
        test_consts: int,
        body_consts: int,
    ) -> tuple[list[Any], list[Any]]:
        split = test_consts + body_consts
        carry_on = self._active(active, body, test_consts, body_consts)
        consts_on = active[test_consts:split]
        both, has = pushforward(body, (*consts_on, *carry_on))
        n, tc = len(body.outputs), sum(consts_on)

        def test_both(*args: Any) -> list[Any]:
            return evaluate_func(test, args[: test_consts + n])

        def body_both(*args: Any) -> list[Any]:
            b, bt, carry = args[:body_consts], args[body_consts : body_consts + tc], args[body_consts + tc :]
            outs = evaluate_func(both, [*b, *carry[:n], *bt, *carry[n:]])
            tangents = spread(outs[n:], has)
            return [
                *outs[:n],
                *(z for z, on in zip(instantiate(tangents, body.out_avals), carry_on, strict=True) if on),
            ]

        carry_avals = list(body.out_avals) + strong(pick(body.out_avals, carry_on))
        bc = list(body.in_avals[:body_consts])
        wide_test = build(test_both, [*test.in_avals[:test_consts], *carry_avals])
        wide_body = build(body_both, [*bc, *strong(pick(bc, consts_on)), *carry_avals])
        start = [z for z, on in zip(instantiate(ts[split:], body.out_avals), carry_on, strict=True) if on]
        const_ts = pick(ts[test_consts:split], consts_on)
        outs = while_(
            *xs[:split], *const_ts, *xs[split:], *start,
            test=wide_test, body=wide_body, test_consts=test_consts, body_consts=body_consts + tc,
        )  # fmt: skip
        return outs[:n], spread(outs[n:], carry_on)

    def lin(self, active: tuple[bool, ...], *xs: Any, **attrs: Any) -> Any:
        def push(*ts: Any) -> list[Any]:
            # the loop runs again beside its tangents: linear in them, though it cannot be transposed
            return self.push(active, xs, ts, **attrs)[1]

        return while_(*xs, **attrs), push

    def linear(self, tainted: tuple[bool, ...], *, test: Func, body: Func, test_consts: int, body_consts: int) -> bool:
        split = test_consts + body_consts
        consts = tainted[test_consts:split]
        carry = _carry_fixpoint(
            lambda on: depends(body, on), (*consts, *tainted[split:]), body_consts, len(body.outputs)
        )
        # the values beside the tangents decide when to stop, so only they may reach the test
        reaches = depends(test, (*tainted[:test_consts], *carry))[0]
        return not reaches and linear_func(body, (*consts, *carry))

    def transpose(self, cts: Any, *xs: Any, **attrs: Any) -> Any:
        raise errors.WhileReverse()

    def batch(
        self, axis: BatchAxis, xs: Any, ds: Any, *, test: Func, body: Func, test_consts: int, body_consts: int
    ) -> Any:
        split = test_consts + body_consts
        mapped = tuple(d is not None for d in ds)
        tc, bc, carry = mapped[:test_consts], mapped[test_consts:split], mapped[split:]
        while True:
            lanes = batch_func(test, axis, (*tc, *carry))[1][0]
            out = batch_func(body, axis, (*bc, *carry), carry)[1]
            more = (True,) * len(carry) if lanes else tuple(a or b for a, b in zip(carry, out, strict=True))
            if more == carry:
                break
            carry = more
        args = [x if d is None else move_to(x, d, 0, axis) for x, d in zip(xs[:split], ds[:split], strict=True)]
        start = [
            move_to(x, d, 0, axis) if on or d is not None else x
            for x, d, on in zip(xs[split:], ds[split:], carry, strict=True)
        ]
        wide_test = batch_func(test, axis, (*tc, *carry))[0]
        wide_body = batch_func(body, axis, (*bc, *carry), carry)[0]
        dims = [0 if on else None for on in carry]
        if not lanes:
            return while_(*args, *start, test=wide_test, body=wide_body,
                          test_consts=test_consts, body_consts=body_consts), dims  # fmt: skip

        def any_lane(*inputs: Any) -> list[Any]:
            return [roles.reduce_or(evaluate_func(wide_test, inputs)[0], (0,))]

        def masked(*inputs: Any) -> list[Any]:
            c, b, now = inputs[:test_consts], inputs[test_consts:split], inputs[split:]
            on = evaluate_func(wide_test, [*c, *now])[0]
            new = evaluate_func(wide_body, [*b, *now])
            return [
                roles.select(roles.broadcast(on, aval_of(y).shape, (0,)), y, x) for y, x in zip(new, now, strict=True)
            ]

        test_c = wide_test.in_avals[:test_consts]
        body_c, carry_avals = wide_body.in_avals[:body_consts], wide_body.in_avals[body_consts:]
        return while_(
            *args[:test_consts], *args, *start,
            test=build(any_lane, wide_test.in_avals), body=build(masked, [*test_c, *body_c, *carry_avals]),
            test_consts=test_consts, body_consts=split,
        ), dims  # fmt: skip


# --- scan ---


class Scan(Control):
    """Carry values through `length` steps of body(consts, carry, x) -> (carry, y), stacking the ys."""

    name = "scan"

    def shape(self, *avals: Aval, body: Func, length: int, reverse: bool, consts: int, carries: int) -> list[Aval]:
        return [*body.out_avals[:carries], *(wide(a, length) for a in body.out_avals[carries:])]

    def ref(self, *args: Any, body: Func, length: int, reverse: bool, consts: int, carries: int) -> Any:
        c, carry, xs = args[:consts], list(args[consts : consts + carries]), args[consts + carries :]
        ys = [
            np.zeros((length, *a.shape), a.dtype if a.dtype.kind != "K" else np.uint64)
            for a in body.out_avals[carries:]
        ]
        for k in range(length - 1, -1, -1) if reverse else range(length):
            outs = reference(body, [*c, *carry, *(x[k] for x in xs)])
            carry = outs[:carries]
            for y, value in zip(ys, outs[carries:], strict=True):
                y[k] = value
        return [*carry, *ys]

    def lin(
        self, active: tuple[bool, ...], *args: Any, body: Func, length: int, reverse: bool, consts: int, carries: int
    ) -> Any:
        first = consts + carries
        carry_on = _carry_fixpoint(lambda on: linearize_func(body, on).active, active, consts, carries)
        on = (*active[:consts], *carry_on, *active[first:])
        split = linearize_func(body, on)
        count = len(body.outputs)
        invariant = _invariant(split.fwd, consts)
        plan = _Residuals(split, consts, carries, count, invariant)
        stacked = build(lambda *xs: plan.outputs(xs, evaluate_func(split.fwd, xs)), body.in_avals)
        outs = scan(*args, body=stacked, length=length, reverse=reverse, consts=consts, carries=carries)
        fixed, rows = plan.values(args, outs)
        y_on = split.active[carries:]
        sizes = (sum(on[:consts]), sum(carry_on), sum(on[first:]))

        def lin_body(*xs: Any) -> list[Any]:
            it = iter(xs)
            f = [next(it) for _ in fixed]
            tc, tk = [next(it) for _ in range(sizes[0])], [next(it) for _ in range(sizes[1])]
            r = [next(it) for _ in rows]
            tx = list(it)
            ts = spread(evaluate_func(split.lin, [*plan.merge(f, r), *tc, *tk, *tx]), split.active)
            carry = [
                z for z, keep in zip(instantiate(ts[:carries], body.out_avals[:carries]), carry_on, strict=True) if keep
            ]
            return [*carry, *(t for t in ts[carries:] if t is not None)]

        tangent = strong(body.in_avals)
        linear = build(lin_body, [
            *(aval_of(x).strong() for x in fixed), *pick(tangent[:consts], on[:consts]),
            *pick(tangent[consts:first], carry_on),
            *(aval_of(x).like(shape=aval_of(x).shape[1:]).strong() for x in rows), *pick(tangent[first:], on[first:]),
        ])  # fmt: skip

        def push(*ts: Any) -> list[Any]:
            start = [
                z
                for z, keep in zip(instantiate(ts[consts:first], body.in_avals[consts:first]), carry_on, strict=True)
                if keep
            ]
            back = scan(
                *fixed, *pick(ts[:consts], on[:consts]), *start, *rows, *pick(ts[first:], on[first:]),
                body=linear, length=length, reverse=reverse, consts=len(fixed) + sizes[0], carries=sizes[1],
            )  # fmt: skip
            return spread(back, (*carry_on, *y_on))

        return outs[:count], push

    def push(
        self,
        active: tuple[bool, ...],
        xs: Sequence[Any],
        ts: Sequence[Any],
        *,
        body: Func,
        length: int,
        reverse: bool,
        consts: int,
        carries: int,
    ) -> tuple[list[Any], list[Any]]:
        first = consts + carries
        carry_on = _carry_fixpoint(lambda on: pushforward(body, on)[1], active, consts, carries)
        on = (*active[:consts], *carry_on, *active[first:])
        both, has = pushforward(body, on)
        n, tc, tk = len(body.outputs), sum(on[:consts]), sum(carry_on)

        def pushed(*args: Any) -> list[Any]:
            at = iter(args)
            take = lambda k: [next(at) for _ in range(k)]  # noqa: E731
            c, ct, k, kt, x = take(consts), take(tc), take(carries), take(tk), take(len(body.inputs) - first)
            outs = evaluate_func(both, [*c, *k, *x, *ct, *kt, *at])
            tangents = spread(outs[n:], has)
            filled = [
                z
                for z, keep in zip(instantiate(tangents[:carries], body.out_avals[:carries]), carry_on, strict=True)
                if keep
            ]
            return [*outs[:carries], *filled, *outs[carries:n], *(t for t in tangents[carries:] if t is not None)]

        tangent = strong(body.in_avals)
        avals = body.in_avals
        wide_body = build(pushed, [
            *avals[:consts], *pick(tangent[:consts], on[:consts]), *avals[consts:first],
            *pick(tangent[consts:first], carry_on), *avals[first:], *pick(tangent[first:], on[first:]),
        ])  # fmt: skip
        start = [
            z for z, keep in zip(instantiate(ts[consts:first], avals[consts:first]), carry_on, strict=True) if keep
        ]
        outs = scan(
            *xs[:consts], *pick(ts[:consts], on[:consts]), *xs[consts:first], *start,
            *xs[first:], *pick(ts[first:], on[first:]),
            body=wide_body, length=length, reverse=reverse, consts=consts + tc, carries=carries + tk,
        )  # fmt: skip
        ys = outs[carries + tk :]
        values = [*outs[:carries], *ys[: n - carries]]
        return values, [*spread(outs[carries : carries + tk], carry_on), *spread(ys[n - carries :], has[carries:])]

    def linear(self, tainted: tuple[bool, ...], *, body: Func, consts: int, carries: int, **attrs: Any) -> bool:
        return linear_func(body, _tainted(body, tainted, consts, carries))

    def transpose(
        self, cts: Sequence[Any], *args: Any, body: Func, length: int, reverse: bool, consts: int, carries: int
    ) -> list[Any]:
        first = consts + carries
        holes = tuple(isinstance(x, Hole) for x in args)
        # a carry that starts as a known zero is linear too, if a linear value ever reaches it
        linear = _tainted(body, holes, consts, carries)
        if not all(linear[consts:first]):
            raise errors.NonDifferentiable("scan: transposition needs every carry to be linear",
                                           hint="Make counters inputs (xs) of the scan.")  # fmt: skip
        c_on, x_on = linear[:consts], linear[first:]
        nc, nx = consts - sum(c_on), len(x_on) - sum(x_on)
        tangent = strong(body.in_avals)
        want = pick(tangent, linear)
        back, nonzero = transpose_func(body, linear, (True,) * len(body.outputs), consts)
        n_acc = sum(c_on)

        def step(*inputs: Any) -> list[Any]:
            it = iter(inputs)
            take = lambda k: [next(it) for _ in range(k)]  # noqa: E731
            c, acc, carry, x, ct_y = take(nc), take(n_acc), take(carries), take(nx), list(it)
            found = evaluate_func(back, [*c, *x, *carry, *ct_y, *acc])
            return instantiate(pick(spread(found, nonzero), linear), want)

        inner = build(step, [
            *[a for a, on in zip(body.in_avals[:consts], c_on, strict=True) if not on], *pick(tangent[:consts], c_on),
            *strong(body.out_avals[:carries]),
            *[a for a, on in zip(body.in_avals[first:], x_on, strict=True) if not on],
            *strong(body.out_avals[carries:]),
        ])  # fmt: skip
        ct_carry = instantiate(cts[:carries], body.out_avals[:carries])
        ct_ys = instantiate(cts[carries:], [wide(a, length) for a in body.out_avals[carries:]])
        start = [roles.zeros(a) for a in pick(tangent[:consts], c_on)]
        outs = scan(
            *[x for x, on in zip(args[:consts], c_on, strict=True) if not on], *start, *ct_carry,
            *[x for x, on in zip(args[first:], x_on, strict=True) if not on], *ct_ys,
            body=inner, length=length, reverse=not reverse, consts=nc, carries=n_acc + carries,
        )  # fmt: skip
        back_carry = [ct if hole else None for ct, hole in zip(outs[n_acc:], holes[consts:first], strict=False)]
        return [*spread(outs[:n_acc], c_on), *back_carry, *spread(outs[n_acc + carries :], x_on)]

    def batch(
        self, axis: BatchAxis, xs: Any, ds: Any, *, body: Func, length: int, reverse: bool, consts: int, carries: int
    ) -> Any:
        first = consts + carries
        mapped = tuple(d is not None for d in ds)
        c_on, carry, x_on = mapped[:consts], mapped[consts:first], mapped[first:]
        extra = (False,) * (len(body.outputs) - carries)
        while True:
            inner, out = batch_func(body, axis, (*c_on, *carry, *x_on), (*carry, *extra))
            more = tuple(a or b for a, b in zip(carry, out, strict=False))
            if more == carry:
                break
            carry = more
        args = [x if d is None else move_to(x, d, 0, axis) for x, d in zip(xs[:consts], ds[:consts], strict=True)]
        args += [
            move_to(x, d, 0, axis) if on else x
            for x, d, on in zip(xs[consts:first], ds[consts:first], carry, strict=True)
        ]
        args += [x if d is None else move_to(x, d, 1, axis) for x, d in zip(xs[first:], ds[first:], strict=True)]
        outs = scan(*args, body=inner, length=length, reverse=reverse, consts=consts, carries=carries)
        return outs, [0 if on else None for on in carry] + [1 if on else None for on in out[carries:]]


def _carry_fixpoint(out: Callable[[Any], Any], active: tuple[bool, ...], consts: int, carries: int) -> tuple[bool, ...]:
    """The carries that get a tangent in some step."""
    carry = active[consts : consts + carries]
    while True:
        found = out((*active[:consts], *carry, *active[consts + carries :]))[:carries]
        more = tuple(a or b for a, b in zip(carry, found, strict=True))
        if more == carry:
            return carry
        carry = more


@lru_cache(1024)
def depends(func: Func, marked: tuple[bool, ...]) -> tuple[bool, ...]:
    """Which results depend on a marked input."""
    reach = {v for v, on in zip(func.inputs, marked, strict=True) if on}
    for e in func.equations:
        if not reach.isdisjoint(e.inputs):
            reach.update(e.outputs)
    return tuple(a in reach for a in func.outputs)


def _tainted(body: Func, marked: tuple[bool, ...], consts: int, carries: int) -> tuple[bool, ...]:
    """The inputs of a loop body that a marked one reaches in some step, with the marked ones."""
    carry = _carry_fixpoint(lambda on: depends(body, on), marked, consts, carries)
    return (*marked[:consts], *carry, *marked[consts + carries :])


def _invariant(func: Func, consts: int) -> frozenset[Var]:
    """The variables that depend on the constants alone."""
    known = set(func.inputs[:consts])
    for e in func.equations:
        if all(not isinstance(a, Var) or a in known for a in e.inputs) and not e.effects:
            known.update(e.outputs)
    return frozenset(known)


class _Residuals:
    """Where a scan's residuals come from: constants and what is computed of them alone stay out of the stack."""

    def __init__(self, split: Split, consts: int, carries: int, count: int, invariant: frozenset[Var]) -> None:
        self.split, self.consts, self.carries, self.count = split, consts, carries, count
        self.kinds: list[tuple[str, Any]] = []
        self.hoisted: list[Var] = []
        self.stacked: list[tuple[str, int]] = []
        for where, k in split.sources:
            var = split.fwd.inputs[k] if where == "in" else split.fwd.outputs[k]
            if where == "in" and k < consts:
                self.kinds.append(("const", k))
            elif where == "in" and k >= consts + carries:
                self.kinds.append(("row", k))
            elif where == "out" and carries <= k < count:
                self.kinds.append(("y", k))
            elif var in invariant:
                self.kinds.append(("hoisted", len(self.hoisted)))
                self.hoisted.append(var)
            else:
                self.kinds.append(("stack", len(self.stacked)))
                self.stacked.append((where, k))

    def outputs(self, xs: Sequence[Any], outs: Sequence[Any]) -> list[Any]:
        """What the forward body gives: its results, and the residuals that differ from step to step."""
        return [*outs[: self.count], *(xs[k] if where == "in" else outs[k] for where, k in self.stacked)]

    def values(self, args: Sequence[Any], outs: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """(the same in every step, one row a step)."""
        consts = self.split.fwd.inputs[: self.consts]
        once = prune(Func(consts, _only(self.split.fwd, self.hoisted), self.hoisted))
        hoisted = evaluate_func(once, args[: self.consts]) if self.hoisted else []
        fixed = [args[k] if kind == "const" else hoisted[k] for kind, k in self.kinds if kind in ("const", "hoisted")]
        where = {"row": args, "y": outs, "stack": outs[self.count :]}
        return fixed, [where[kind][k] for kind, k in self.kinds if kind in where]

    def merge(self, fixed: Sequence[Any], rows: Sequence[Any]) -> list[Any]:
        """Both kinds in the order that the linear map takes."""
        f, r = iter(fixed), iter(rows)
        return [next(f) if kind in ("const", "hoisted") else next(r) for kind, _ in self.kinds]


def _only(func: Func, want: Sequence[Var]) -> list[Any]:
    """The equations that these variables need."""
    return list(prune(Func(func.inputs, func.equations, want)).equations)


while_: Any = register(While())
scan: Any = register(Scan())
