"""Solutions of equations, whose derivatives follow from the equations alone (the implicit function theorem)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rustorch_fn import errors, tree
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Func
from rustorch_fn.core.primitive import BatchAxis, Hole, register
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of, evaluate_func
from rustorch_fn.core.typing import PyTree
from rustorch_fn.lax.branching import build
from rustorch_fn.lax.control import Traced
from rustorch_fn.lax.matrices import Composed
from rustorch_fn.transform.batch import batch_func, move_to
from rustorch_fn.transform.custom import custom_jvp
from rustorch_fn.transform.grad import lifted, name_of
from rustorch_fn.transform.linearize import forward, instantiate, linearize_func
from rustorch_fn.transform.transpose import transpose_func

Solver = Callable[[Callable[..., Any], Any], Any]


def _same_tree(what: str, part: Traced, want: Any, avals: Sequence[Aval], has_aux: bool = False) -> None:
    """Raise unless a function gives what it takes (and aux)."""
    found = part.out_tree.children()[0] if has_aux else part.out_tree
    if found != want:
        raise errors.TreeMismatch(f"{what}: {part.name} gives another structure", got=f"{found} for {want}")
    for a, b in zip(part.out_avals, avals, strict=False):
        if a.shape != b.shape or a.dtype != b.dtype:
            raise errors.ShapeError(f"{what}: {part.name} gives another type", got=f"{a} for {b}")


def custom_root(
    f: Callable[..., Any], initial_guess: PyTree, solve: Solver, tangent_solve: Solver, has_aux: bool = False
) -> Any:
    """x with f(x) = 0, which solve(f, initial_guess) finds, by whatever means; with `has_aux` it gives (x, aux).

    Derivatives with respect to what f closes over come from f alone: `tangent_solve(g, y)` solves the linear g(x) = y.
    The guess and what solve does have none. Raises TreeMismatch or ShapeError where f or solve give another type
    than the guess has.

    >>> def root(a):
    ...     newton = lambda f, x: rt.lax.fori_loop(0, 9, lambda _, x: x - f(x) / rt.grad(f)(x), x)
    ...     return rt.lax.custom_root(lambda x: x * x - a, a, newton, lambda g, y: y / g(1.0))
    >>> rt.value_and_grad(root)(4.0)
    (Array(2., dtype=float32), Array(0.25, dtype=float32))
    """
    for name, part in (("f", f), ("solve", solve), ("tangent_solve", tangent_solve)):
        if not callable(part):
            raise errors.BadType("custom_root", name, part, "A function")
    guess, treedef = tree.flatten(initial_guess)
    guess = lifted("custom_root", f, guess)
    avals, args_tree, n = [aval_of(x) for x in guess], tree.structure((initial_guess,)), len(guess)
    equation = Traced(f, (initial_guess,), avals, args_tree)
    _same_tree("custom_root", equation, treedef, avals)
    search = Traced(lambda x: solve(f, x), (initial_guess,), avals, args_tree)
    _same_tree("custom_root", search, treedef, avals, has_aux)

    @custom_jvp
    def root(consts: list[Any], others: list[Any], start: list[Any]) -> list[Any]:
        return evaluate_func(search.func, [*others, *start])

    @root.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        consts, others, start = primals
        outs = root(consts, others, start)
        x, count = outs[:n], len(consts)
        active = [t if aval_of(c).tangent() else None for c, t in zip(consts, tangents[0], strict=True)]
        _, moved = forward(lambda *xs: evaluate_func(equation.func, xs), [*consts, *x], [*active, *[None] * n])
        wanted = [-t for t in instantiate(moved, equation.out_avals)]

        def linear(v: Any) -> Any:
            ts = [roles.convert(roles.asarray(t), a.dtype) for t, a in zip(tree.leaves(v), avals, strict=True)]
            given = [*consts, *x], [*[None] * count, *ts]
            _, out = forward(lambda *xs: evaluate_func(equation.func, xs), *given)
            return tree.unflatten(treedef, instantiate(out, equation.out_avals))

        solved = tree.leaves(tangent_solve(linear, tree.unflatten(treedef, wanted)))
        return outs, [*solved, *(roles.zeros(aval_of(y).strong()) for y in outs[n:])]

    return tree.unflatten(search.out_tree, root(equation.captured, search.captured, guess))


# --- linear equations ---


class LinearSolve(Composed):
    """x with matvec(x) = b. Operands: the constants of the four Funcs, whose `counts` are given, and b.

    funcs: matvec and its transpose, solve and the transpose's solve (None where there is none). What solve gives
    beyond x is aux.
    """

    name = "linear_solve"
    multiple = True

    def shape(self, *avals: Aval, counts: tuple[int, ...], **funcs: Func) -> list[Aval]:
        return list(funcs["solve"].out_avals)

    def body(self, *xs: Any, counts: tuple[int, ...], **funcs: Any) -> list[Any]:
        start = sum(counts[:2])
        return evaluate_func(funcs["solve"], [*xs[start : start + counts[2]], *xs[sum(counts) :]])

    def lin(self, active: tuple[bool, ...], *xs: Any, counts: tuple[int, ...], **funcs: Any) -> Any:
        outs, n = linear_solve(*xs, counts=counts, **funcs), len(xs) - sum(counts)
        x, total, matvec = outs[:n], sum(counts), funcs["matvec"]
        split = linearize_func(matvec, (*active[: counts[0]], *[False] * n))
        values = evaluate_func(split.fwd, [*xs[: counts[0]], *x])
        residuals = split.residuals([*xs[: counts[0]], *x], values)

        def push(*ts: Any) -> list[Any]:
            moved = iter(evaluate_func(split.lin, [*residuals, *(t for t in ts[: counts[0]] if t is not None)]))
            turned = [next(moved) if on else None for on in split.active]
            right = []
            for t, m, like in zip(ts[total:], turned, x, strict=True):
                minus = None if m is None else -m
                both = [v for v in (t, minus) if v is not None]
                zero = roles.zeros(aval_of(like).strong())
                right.append(roles.add(*both) if len(both) == 2 else both[0] if both else zero)
            solved = linear_solve(*xs[:total], *right, counts=counts, **funcs)
            # aux has no derivative
            return [*solved[:n], *[None] * (len(outs) - n)]

        return outs, push

    def linear(self, tainted: tuple[bool, ...], *, counts: tuple[int, ...], **funcs: Any) -> bool:
        return not any(tainted[: sum(counts)])

    def transpose(self, cts: Sequence[Any], *xs: Any, counts: tuple[int, ...], **funcs: Any) -> list[Any]:
        total = sum(counts)
        b = xs[total:]
        if funcs["vecmat"] is None or funcs["transposed"] is None:
            raise errors.NonDifferentiable(
                "custom_linear_solve: reverse mode needs the solution of the transposed system",
                hint="Give transpose_solve=, or symmetric=True.",
            )
        given = [roles.zeros(x.aval.strong()) if ct is None else ct for x, ct in zip(b, cts, strict=False)]
        ends = [sum(counts[:k]) for k in range(5)]
        parts = [xs[i:j] for i, j in zip(ends, ends[1:], strict=False)]
        swapped = [*parts[1], *parts[0], *parts[3], *parts[2]]
        out = linear_solve(
            *swapped, *given, counts=(counts[1], counts[0], counts[3], counts[2]),
            matvec=funcs["vecmat"], vecmat=funcs["matvec"], solve=funcs["transposed"], transposed=funcs["solve"],
        )  # fmt: skip
        return [*[None] * total, *(y if isinstance(x, Hole) else None for x, y in zip(b, out, strict=False))]

    def batch(self, axis: BatchAxis, xs: Any, ds: Any, *, counts: tuple[int, ...], **funcs: Any) -> Any:
        total = sum(counts)
        ends = [sum(counts[:k]) for k in range(5)]
        moved = [x if d is None else move_to(x, d, 0, axis) for x, d in zip(xs[:total], ds[:total], strict=True)]
        right = [move_to(x, d, 0, axis) for x, d in zip(xs[total:], ds[total:], strict=True)]
        wide = {}
        for (name, func), i, j in zip(funcs.items(), ends, ends[1:], strict=False):
            mapped = (*(d is not None for d in ds[i:j]), *[True] * len(right))
            wide[name] = func and batch_func(func, axis, mapped, (True,) * len(func.outputs))[0]
        outs = linear_solve(*moved, *right, counts=counts, **wide)
        return outs, [0] * len(outs)


linear_solve: Any = register(LinearSolve())


def custom_linear_solve(
    matvec: Callable[..., Any],
    b: PyTree,
    solve: Solver,
    transpose_solve: Solver | None = None,
    symmetric: bool = False,
    has_aux: bool = False,
) -> Any:
    """x with matvec(x) = b, for a linear matvec, which solve(matvec, b) finds; with `has_aux` it gives (x, aux).

    Derivatives with respect to b and to what matvec closes over are solutions of such systems too. Reverse mode needs
    `transpose_solve(vecmat, b)`, which solves for the transpose, or `symmetric=True`, where solve does both. aux has
    no derivative. Raises TreeMismatch or ShapeError where matvec or solve give another type than b has.

    >>> def quotient(a, b):
    ...     return rt.lax.custom_linear_solve(lambda x: a * x, b, lambda matvec, b: b / matvec(1.0), symmetric=True)
    >>> rt.value_and_grad(quotient, argnums=(0, 1))(4.0, 2.0)
    (Array(0.5, dtype=float32), (Array(-0.125, dtype=float32), Array(0.25, dtype=float32)))
    """
    leaves, treedef = tree.flatten(b)
    leaves = lifted("custom_linear_solve", matvec, leaves)
    leaves = [roles.convert(x, aval_of(x).dtype) if aval_of(x).weak_type else x for x in leaves]
    avals, args_tree, like = [aval_of(x) for x in leaves], tree.structure((b,)), tree.unflatten(treedef, leaves)
    product = Traced(matvec, (like,), avals, args_tree)
    _same_tree("custom_linear_solve", product, treedef, avals)
    count = len(product.captured)
    turned: Func | None = None
    if symmetric:
        turned = product.func
    elif transpose_solve is not None:
        turned = _transposed(product.func, count, avals, name_of(matvec))

    def applied(func: Func) -> Callable[[Any], Any]:
        def apply(x: Any) -> Any:
            given = [roles.convert(roles.asarray(v), a.dtype) for v, a in zip(tree.leaves(x), avals, strict=True)]
            return tree.unflatten(treedef, evaluate_func(func, [*product.captured, *given]))

        return apply

    found = Traced(lambda x: solve(applied(product.func), x), (like,), avals, args_tree)
    _same_tree("custom_linear_solve", found, treedef, avals, has_aux)
    back = found if symmetric else None
    if turned is not None and not symmetric and transpose_solve is not None:
        vecmat, other = applied(turned), transpose_solve
        back = Traced(lambda x: other(vecmat, x), (like,), avals, args_tree)
        _same_tree("custom_linear_solve", back, treedef, avals, has_aux)
    vecmat_consts = product.captured if turned is not None else []
    back_consts = back.captured if back is not None else []
    operands = [product.captured, vecmat_consts, found.captured, back_consts]
    outs = linear_solve(
        *(x for part in operands for x in part), *leaves, counts=tuple(map(len, operands)),
        matvec=product.func, vecmat=turned, solve=found.func, transposed=back.func if back is not None else None,
    )  # fmt: skip
    return tree.unflatten(found.out_tree, outs)


def _transposed(func: Func, consts: int, avals: Sequence[Aval], name: str) -> Func:
    """The transpose of a linear function of all but its first inputs."""
    n = len(avals)
    split = linearize_func(func, (*[False] * consts, *[True] * n))
    holes = (*[False] * len(split.sources), *[True] * n)
    turned, nonzero = transpose_func(split.lin, holes, (True,) * sum(split.active))

    def vecmat(*xs: Any) -> list[Any]:
        # a linear function has one derivative everywhere, at 0 as well
        primals = [*xs[:consts], *(roles.zeros(a) for a in avals)]
        values = evaluate_func(split.fwd, primals)
        cts = [x for x, on in zip(xs[consts:], split.active, strict=True) if on]
        out = iter(evaluate_func(turned, [*split.residuals(primals, values), *cts]))
        found = [next(out) if on else None for on in nonzero]
        return instantiate(found[len(split.sources) :], avals)

    return build(vecmat, [*func.in_avals[:consts], *avals])
