"""Functions with derivatives of their own: custom_jvp, custom_vjp, custom_gradient."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from rustorch_fn import errors, tree
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.primitive import BatchAxis, Hole, Primitive, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import EVAL, StageTracer, aval_of, current, evaluate_func, running, trace
from rustorch_fn.transform.batch import batch, move_to
from rustorch_fn.transform.call import Held, Rule, call, kept
from rustorch_fn.transform.linearize import instantiate
from rustorch_fn.transform.zeros import CustomVJPPrimal, is_zero, marked

Flat = Callable[..., list[Any]]
P = ParamSpec("P")
Q = ParamSpec("Q")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


class JvpRule(Held):
    """jvp(xs, ts) -> (ys, ts), flat. The first `captured` operands are what the function closed over.

    With `symbolic` the rule sees which tangents are zero, as SymbolicZeros, and may give such.
    """

    def __init__(
        self,
        name: str,
        captured: int,
        jvp: Callable[[list[Any], list[Any]], tuple[list[Any], list[Any]]],
        symbolic: bool = False,
    ) -> None:
        super().__init__(f"custom_jvp:{name}")
        self.title, self.captured, self.jvp, self.symbolic = name, captured, jvp, symbolic

    def own_derivative(self) -> bool:
        return True

    def differentiate(self, now: Any, func: Func, xs: Sequence[Any], ts: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        tangents = (marked if self.symbolic else instantiate)(ts, [aval_of(x) for x in xs])
        with running(now.linear):
            ys, out = self.jvp(list(xs[self.captured :]), tangents[self.captured :])
        if any(type(y) is StageTracer and y.owner is now.linear and not now.forward for y in ys):
            # value and tangent came out of one op: the value is computed on its own
            with running(now.parent):
                ys = evaluate_func(func, xs)
        return ys, [None if is_zero(t) or not v.aval.tangent() else t for t, v in zip(out, func.outputs, strict=True)]

    def lanes(self, axis: BatchAxis, mapped: tuple[bool, ...]) -> tuple[Rule, bool]:
        lanes = [0 if on else None for on in mapped[self.captured :]]

        def jvp(xs: list[Any], ts: list[Any]) -> tuple[list[Any], list[Any]]:
            zeros: list[Any] = []

            def both(*args: Any) -> list[Any]:
                given = iter(args[len(xs) :])
                lane = [t.lane(d == 0) if is_zero(t) else next(given) for t, d in zip(ts, lanes, strict=True)]
                ys, out = self.jvp(list(args[: len(xs)]), lane)
                zeros[:] = [t if is_zero(t) else None for t in out]
                return [*ys, *(t for t in out if not is_zero(t))]

            given = [(t, d) for t, d in zip(ts, lanes, strict=True) if not is_zero(t)]
            outs, ds = batch(both, axis, [*xs, *(t for t, _ in given)], [*lanes, *(d for _, d in given)])
            outs = [move_to(y, d, 0, axis) for y, d in zip(outs, ds, strict=True)]
            rest = iter(outs[len(zeros) :])
            return outs[: len(zeros)], [next(rest) if zero is None else zero for zero in zeros]

        return JvpRule(self.title, self.captured, jvp, self.symbolic), True


class VjpRule(Held):
    """fwd(xs, perturbed) -> (ys, residuals, bwd); bwd(residuals, cts) -> cts of xs (None is zero), all flat.

    With `symbolic` bwd sees which cotangents are zero, as SymbolicZeros.
    """

    def __init__(
        self,
        name: str,
        captured: int,
        fwd: Callable[[list[Any], Sequence[bool]], tuple[list[Any], list[Any], Any]],
        symbolic: bool = False,
    ) -> None:
        super().__init__(f"custom_vjp:{name}")
        self.title, self.captured, self.fwd, self.symbolic = name, captured, fwd, symbolic

    def own_derivative(self) -> bool:
        return True

    def differentiate(self, now: Any, func: Func, xs: Sequence[Any], ts: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        if now.forward:
            raise errors.ForwardOverCustomVjp(self.title)
        with running(now.parent):
            ys, residuals, bwd = self.fwd(list(xs[self.captured :]), [t is not None for t in ts[self.captured :]])
        avals = [aval_of(x) for x in xs[self.captured :]]
        tangents = instantiate(ts[self.captured :], avals)
        rule = Pullback(self.title, bwd, len(residuals), tuple(v.aval.strong() for v in func.outputs), self.symbolic)
        floats = [t for t, a in zip(tangents, avals, strict=True) if a.tangent()]
        rule.floats = tuple(a.tangent() for a in avals)
        with running(now.linear):
            out = pullback(*residuals, *floats, rule=rule)
        return ys, [t if v.aval.tangent() else None for t, v in zip(out, func.outputs, strict=True)]

    def lanes(self, axis: BatchAxis, mapped: tuple[bool, ...]) -> tuple[Rule, bool]:
        lanes = mapped[self.captured :]

        def fwd(xs: list[Any], perturbed: Sequence[bool]) -> tuple[list[Any], list[Any], Any]:
            inner: list[Any] = []

            def both(*args: Any) -> list[Any]:
                ys, residuals, bwd = self.fwd(list(args), perturbed)
                inner.extend((len(ys), bwd))
                return [*ys, *residuals]

            outs, ds = batch(both, axis, xs, [0 if on else None for on in lanes])
            count, bwd = inner
            ys = [move_to(y, d, 0, axis) for y, d in zip(outs[:count], ds[:count], strict=True)]
            return ys, outs[count:], batched_bwd(bwd, axis, ds[count:], lanes)

        return VjpRule(self.title, self.captured, fwd, self.symbolic), True


def batched_bwd(bwd: Any, axis: BatchAxis, residual_dims: Sequence[int | None], lanes: Sequence[bool]) -> Any:
    """bwd with one more axis: cotangents have it in front; those of inputs without it are summed over it."""

    def wide(residuals: list[Any], cts: list[Any]) -> list[Any]:
        present: list[bool] = []
        known = [ct for ct in cts if not is_zero(ct)]

        def flat(*args: Any) -> list[Any]:
            given = iter(args[len(residuals) :])
            lane = [ct.lane(True) if is_zero(ct) else next(given) for ct in cts]
            back = bwd(list(args[: len(residuals)]), lane)
            present.extend(b is not None for b in back)
            return [b for b in back if b is not None]

        outs, ds = batch(flat, axis, [*residuals, *known], [*residual_dims, *(0 for _ in known)])
        pairs = iter(zip(outs, ds, strict=True))
        back: list[Any] = []
        for on, mapped in zip(present, lanes, strict=True):
            if not on:
                back.append(None)
                continue
            y, d = next(pairs)
            y = move_to(y, d, 0, axis)
            back.append(y if mapped else roles.reduce_sum(y, (0,)))
        return back

    return wide


class Pullback(Held):
    """The linear map that only `bwd` defines: it can be transposed, not run."""

    floats: tuple[bool, ...]

    def __init__(self, name: str, bwd: Any, residuals: int, out: tuple[Aval, ...], symbolic: bool) -> None:
        super().__init__(name)
        self.bwd, self.residuals, self.out, self.symbolic = bwd, residuals, out, symbolic


class PullbackOp(Primitive):
    """(residuals, tangents) -> tangents of the results, known only by its transpose."""

    name = "pullback"
    multiple = True

    def shape(self, *avals: Aval, rule: Pullback) -> list[Aval]:
        return list(rule.out)

    def ref(self, *args: Any, rule: Pullback) -> Any:
        raise errors.ForwardOverCustomVjp(rule.name)

    def lin(self, active: tuple[bool, ...], *xs: Any, rule: Pullback) -> Any:
        raise errors.ForwardOverCustomVjp(rule.name)

    def linear(self, tainted: tuple[bool, ...], *, rule: Pullback) -> bool:
        return not any(tainted[: rule.residuals])

    def transpose(self, cts: Sequence[Any], *xs: Any, rule: Pullback) -> list[Any]:
        back = rule.bwd(list(xs[: rule.residuals]), (marked if rule.symbolic else instantiate)(cts, rule.out))
        floats = [b for b, on in zip(back, rule.floats, strict=True) if on]
        return [None] * rule.residuals + [
            b if isinstance(x, Hole) else None for b, x in zip(floats, xs[rule.residuals :], strict=True)
        ]

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, rule: Pullback) -> Any:
        n = rule.residuals
        ts = [move_to(t, d, 0, axis) for t, d in zip(xs[n:], ds[n:], strict=True)]
        bwd = batched_bwd(rule.bwd, axis, ds[:n], [True] * len(rule.floats))
        out = tuple(a.like(shape=(axis.size, *a.shape)) for a in rule.out)
        wide = Pullback(rule.name, bwd, n, out, rule.symbolic)
        wide.floats = rule.floats
        return pullback(*xs[:n], *ts, rule=wide), [0] * len(rule.out)


pullback: Any = register(PullbackOp())


# --- the public functions ---


def _positional(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """Arguments by position, with defaults filled in."""
    if not kwargs:
        return args
    bound = inspect.signature(f).bind(*args, **kwargs)
    bound.apply_defaults()
    if bound.kwargs:
        raise errors.BadArgument(f.__name__, "its arguments", tuple(bound.kwargs), "Arguments that can go by position")
    return bound.args


def _places(f: Callable[..., Any], names: Sequence[str]) -> list[int]:
    """Where the arguments of these names stand."""
    known = list(inspect.signature(f).parameters) if names else []
    for name in names:
        if name not in known:
            raise errors.BadArgument(
                getattr(f, "__name__", "the function"), "nondiff_argnames", name, f"Names among {', '.join(known)}"
            )
    return [known.index(name) for name in names]


class _Custom(Generic[P, R_co]):
    """What custom_jvp and custom_vjp share: static arguments, and tracing of the function."""

    def __init__(
        self, fun: Callable[P, R_co], nondiff_argnums: Sequence[int] = (), nondiff_argnames: Sequence[str] = ()
    ) -> None:
        functools.update_wrapper(self, fun)
        self.fun: Callable[..., R_co] = fun
        self.nondiff_argnums = (*nondiff_argnums, *_places(fun, nondiff_argnames))
        self._rules: dict[Any, Rule] = {}
        self.name = getattr(fun, "__name__", "function")

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(self: _Custom[Concatenate[T, Q], R_co], instance: T, owner: Any = None) -> _Custom[Q, R_co]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def _rule(self, captured: int, static: tuple[Any, ...], treedef: Any) -> Rule:
        raise NotImplementedError

    def _ready(self) -> bool:
        raise NotImplementedError

    def __call__(self, *given: P.args, **kwargs: P.kwargs) -> R_co:
        args = _positional(self.fun, given, kwargs)
        if current() is EVAL:
            return self.fun(*args)
        if not self._ready():
            raise errors.BadRule(f"{self.name} has no derivative rule yet", hint="Define it with defjvp or defvjp.")
        nondiff = {k % len(args) for k in self.nondiff_argnums}
        static = tuple(args[k] for k in sorted(nondiff))
        dynamic = tuple(a for k, a in enumerate(args) if k not in nondiff)
        leaves, treedef = tree.flatten(dynamic)
        leaves = [roles.asarray(x) for x in leaves]
        out_tree: list[Any] = []

        def flat(*xs: Any) -> list[Any]:
            it = iter(tree.unflatten(treedef, xs))
            full = [args[k] if k in nondiff else next(it) for k in range(len(args))]
            ys, structure = tree.flatten(self.fun(*full))
            out_tree[:] = [structure]
            return [roles.asarray(y) for y in ys]

        func, captured = trace(flat, [aval_of(x) for x in leaves])
        key = (len(captured), static, treedef)
        # 1, 1.0 and True are equal, yet not one static argument
        rule = kept(self._rules, (*key, *map(type, static)), lambda: self._rule(*key))
        out: R_co = tree.unflatten(out_tree[0], call(*captured, *leaves, func=func, rule=rule))
        return out


class custom_jvp(_Custom[P, R_co]):
    """A function with a forward derivative of its own, which serves reverse mode too.

    `f.defjvp(rule)` with rule(primals, tangents) -> (value, tangent); `f.defjvps(r1, r2, ...)` gives one
    function (t, value, *primals) for each argument, or None. Static arguments (`nondiff_argnums`) come first.

    >>> sine = rt.custom_jvp(lambda x: rt.numpy.sin(x))
    >>> rule = sine.defjvp(lambda primals, tangents: (sine(*primals), 10.0 * tangents[0]))
    >>> float(rt.grad(sine)(0.0))
    10.0
    """

    jvp: Callable[..., Any] | None = None
    symbolic = False

    def _ready(self) -> bool:
        return self.jvp is not None

    def defjvp(self, jvp: F, symbolic_zeros: bool = False) -> F:
        """Set the rule; usable as a decorator.

        With `symbolic_zeros` the tangents of what no derivative is taken by are SymbolicZeros, and the rule may
        return such.
        """
        if not callable(jvp):
            raise errors.BadType("defjvp", "jvp", jvp, "A function")
        self.jvp, self.symbolic = jvp, bool(symbolic_zeros)
        self._rules.clear()
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Set one rule for each argument; None means that the argument's tangent does not matter."""

        function: Callable[..., Any] = self

        def jvp(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
            value = function(*primals)
            terms = [rule(t, value, *primals) for rule, t in zip(jvps, tangents, strict=True) if rule is not None]
            total = functools.reduce(lambda a, b: tree.map(roles.add, a, b), terms) if terms else None
            return value, tree.map(lambda y: roles.zeros(aval_of(y)), value) if total is None else total

        self.jvp, self.symbolic = jvp, False
        self._rules.clear()

    def _rule(self, captured: int, static: tuple[Any, ...], treedef: Any) -> Rule:
        rule = self.jvp
        assert rule is not None

        def jvp(xs: list[Any], ts: list[Any]) -> tuple[list[Any], list[Any]]:
            both = rule(*static, tree.unflatten(treedef, xs), tree.unflatten(treedef, ts))
            if not isinstance(both, tuple | list) or len(both) != 2:
                raise errors.BadRule(f"the jvp rule of {self.name} must return (value, tangent)", got=both)
            y, t = both
            ys, structure = tree.flatten(y)
            tangents, other = tree.flatten(t)
            if structure != other:
                raise errors.BadRule(f"the jvp rule of {self.name} returns a tangent of another structure",
                                     got=f"{structure} · {other}")  # fmt: skip
            return [roles.asarray(y) for y in ys], [t if is_zero(t) else roles.asarray(t) for t in tangents]

        return JvpRule(self.name, captured, jvp, self.symbolic)


class custom_vjp(_Custom[P, R_co]):
    """A function with a reverse derivative of its own: `f.defvjp(fwd, bwd)`.

    fwd(*args) -> (value, residuals); bwd(*static, residuals, cotangent) -> one cotangent for each argument.

    >>> sine = rt.custom_vjp(lambda x: rt.numpy.sin(x))
    >>> sine.defvjp(lambda x: (rt.numpy.sin(x), None), lambda residuals, ct: (10.0 * ct,))
    >>> float(rt.grad(sine)(0.0))
    10.0
    """

    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any]
    symbolic = False

    def _ready(self) -> bool:
        return self.fwd is not None

    def defvjp(
        self,
        fwd: Callable[..., tuple[Any, Any]],
        bwd: Callable[..., Sequence[Any]],
        symbolic_zeros: bool = False,
        optimize_remat: bool = False,
    ) -> None:
        """Set the two rules.

        With `symbolic_zeros` each leaf that fwd is given is a CustomVJPPrimal, which says whether a derivative by it
        is asked for, and cotangents of results that nothing hangs on are SymbolicZeros.
        """
        for name, rule in (("fwd", fwd), ("bwd", bwd)):
            if not callable(rule):
                raise errors.BadType("defvjp", name, rule, "A function")
        self.fwd, self.bwd, self.symbolic = fwd, bwd, bool(symbolic_zeros)
        self._rules.clear()

    def _rule(self, captured: int, static: tuple[Any, ...], treedef: Any) -> Rule:
        rule, pullback, nondiff = self.fwd, self.bwd, self.nondiff_argnums
        assert rule is not None

        def fwd(xs: list[Any], perturbed: Sequence[bool]) -> tuple[list[Any], list[Any], Any]:
            told = [CustomVJPPrimal(x, on) for x, on in zip(xs, perturbed, strict=True)] if self.symbolic else xs
            dynamic = iter(tree.unflatten(treedef, told))
            fixed = iter(static)
            count = len(static) + treedef.num_children
            at = {k % count for k in nondiff}
            value, residuals = rule(*(next(fixed) if k in at else next(dynamic) for k in range(count)))
            ys, out_tree = tree.flatten(value)
            leaves, res_tree = tree.flatten(residuals)

            def bwd(res: list[Any], cts: list[Any]) -> list[Any]:
                back = pullback(*static, tree.unflatten(res_tree, res), tree.unflatten(out_tree, cts))
                return self.cotangents(back, treedef, xs)

            return [roles.asarray(y) for y in ys], [roles.asarray(r) for r in leaves], bwd

        return VjpRule(self.name, captured, fwd, self.symbolic)

    def cotangents(self, back: Any, treedef: Any, xs: Sequence[Any]) -> list[Any]:
        """bwd's result as one flat list; None stands for zeros of a whole argument."""
        if not isinstance(back, tuple | list) or len(back) != treedef.num_children:
            raise errors.BadRule(
                f"bwd of {self.name} must return a tuple of {treedef.num_children} cotangents", got=back
            )
        flat: list[Any] = []
        for part, child in zip(back, treedef.children(), strict=True):
            if is_zero(part):
                flat.extend([None] * child.num_leaves)
            else:
                leaves, structure = tree.flatten(part, is_leaf=lambda x: x is None)
                if len(leaves) != child.num_leaves:
                    raise errors.BadRule(f"bwd of {self.name} returns a cotangent of another structure",
                                         got=f"{structure} for {child}")  # fmt: skip
                flat.extend(None if is_zero(c) else roles.asarray(c) for c in leaves)
        for ct, x in zip(flat, xs, strict=True):
            if ct is not None and aval_of(x).tangent() and aval_of(ct).shape != aval_of(x).shape:
                raise errors.BadRule(f"bwd of {self.name} returns a cotangent of another shape than its argument",
                                     got=f"{aval_of(ct)} for {aval_of(x)}")  # fmt: skip
        return flat


def custom_gradient(fun: Callable[P, tuple[R, Any]]) -> custom_vjp[P, R]:
    """Define the gradient inside the function: fun(*args) -> (value, vjp), with vjp(ct) -> cotangents.

    >>> square = rt.custom_gradient(lambda x: (x**2, lambda ct: (ct * 100.0,)))
    >>> float(rt.grad(square)(3.0))
    100.0
    """

    @functools.wraps(fun)
    def value_only(*args: P.args, **kwargs: P.kwargs) -> R:
        return fun(*args, **kwargs)[0]

    wrapped = custom_vjp(value_only)
    both: Callable[..., tuple[R, Any]] = fun

    def fwd(*args: Any) -> Any:
        value, rule = both(*args)
        shapes = tree.map(lambda y: aval_of(roles.asarray(y)).strong(), value)
        leaves, structure = tree.flatten(shapes)
        func, captured = trace(
            lambda *cts: [roles.asarray(x) for x in _one_each(rule(tree.unflatten(structure, cts)), len(args))], leaves
        )
        return value, _Residual(func, captured)

    def bwd(residual: _Residual, ct: Any) -> tuple[Any, ...]:
        out = evaluate_func(residual.func, [*residual.captured, *tree.leaves(ct)])
        return tuple(out)

    wrapped.defvjp(fwd, bwd)
    return wrapped


def _one_each(cts: Any, count: int) -> list[Any]:
    flat = list(cts) if isinstance(cts, tuple | list) else [cts]
    if len(flat) != count:
        raise errors.BadRule(f"custom_gradient's vjp must return {count} cotangents", got=len(flat))
    return flat


class _Residual:
    """A traced vjp with what it closed over: the arrays are leaves, the program is structure."""

    def __init__(self, func: Func, captured: Sequence[Any]) -> None:
        self.func, self.captured = func, captured


tree.register_pytree_node(_Residual, lambda r: (tuple(r.captured), r.func), lambda func, xs: _Residual(func, list(xs)))
