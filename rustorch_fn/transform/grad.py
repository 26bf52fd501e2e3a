"""The derivatives that users call: grad, vjp, jvp, linearize, jacobians, hessian."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal, ParamSpec, TypeVar, overload

import numpy as np

from rustorch_fn import dtypes, errors, tree
from rustorch_fn.boundary import boundary
from rustorch_fn.core.array import Array, form
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import BatchAxis, Hole
from rustorch_fn.core.roles import roles
from rustorch_fn.core.trace import aval_of, current, evaluate_func, trace
from rustorch_fn.transform.batch import batch, move_to
from rustorch_fn.transform.linearize import Differentiate, Linear, forward, instantiate
from rustorch_fn.transform.linearize import linearize as taped
from rustorch_fn.transform.transpose import backward

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")

float0 = np.dtype([("float0", np.void, 0)])


class Flat:
    """A function of pytrees as a function of leaves; `out_tree` and `aux` are known after the first call."""

    def __init__(self, f: Callable[..., Any], treedef: Any, has_aux: bool = False, name: str = "") -> None:
        self.f, self.treedef, self.has_aux, self.name = f, treedef, has_aux, name or name_of(f)
        self.out_tree: Any = None
        self.aux: Any = None

    def __call__(self, *leaves: Any) -> list[Any]:
        out = self.f(*tree.unflatten(self.treedef, leaves))
        if self.has_aux:
            if not isinstance(out, tuple) or len(out) != 2:
                raise errors.BadOutput("has_aux", self.name, "the result, which should be (value, aux),", out)
            out, aux = out
            now = current()
            # what else the function gives has no tangents, and outlives them
            self.aux = tree.map(lambda x: now.split(x)[0], aux) if isinstance(now, Differentiate) else aux
        ys, self.out_tree = tree.flatten(out)
        try:
            return [roles.asarray(y) for y in ys]
        except errors.BadType:
            path, y = _no_array(out)
            if path is None:
                raise
            raise errors.BadOutput(current().title, self.name, path, y) from None


def _no_array(out: Any) -> tuple[str | None, Any]:
    """Which part of a result is no array, and that part."""
    for path, y in tree.leaves_with_path(out):
        try:
            roles.asarray(y)
        except errors.BadType:
            return f"the result{tree.keystr(path)}", y
    return None, None


def name_of(f: Any) -> str:
    """How messages call a function."""
    return getattr(f, "__name__", type(f).__name__)


def lifted(transform: str, f: Any, leaves: Sequence[Any]) -> list[Any]:
    """Leaves as arrays and tracers, or the error that names the one which is neither."""
    try:
        return [roles.asarray(x) for x in leaves]
    except errors.BadType:
        for k, x in enumerate(leaves):
            try:
                roles.asarray(x)
            except errors.BadType:
                raise errors.BadOutput(transform, name_of(f), f"leaf {k} of the arguments", x) from None
        raise


def function_of(transform: str, fun: Any) -> None:
    """Raise where what is to be transformed is no function."""
    if not callable(fun):
        raise errors.BadType(transform, "fun", fun, "A function")


def chosen(argnums: int | Sequence[int], count: int, what: str) -> tuple[int, ...]:
    """Argument positions, checked."""
    nums = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    if not all(isinstance(n, int) for n in nums):
        raise errors.BadType(what, "argnums", argnums, "An int or a tuple of ints")
    for n in nums:
        if not -count <= n < count:
            raise errors.BadArgument(what, "argnums", argnums, f"Positions from 0 to {count - 1}")
    return tuple(n % count for n in nums)


def at_positions(f: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any], nums: Sequence[int]) -> Any:
    """f as a function of some of its arguments, the others fixed."""

    def inner(*chosen: Any) -> Any:
        full = list(args)
        for n, x in zip(nums, chosen, strict=True):
            full[n] = x
        return f(*full, **kwargs)

    return inner


def zero_of(x: Any, aval: Aval) -> Any:
    """What the public border gives for a zero derivative: float0 for types without tangents."""
    return roles.zeros(aval.strong()) if aval.tangent() else np.zeros(aval.shape, float0)


def value_and_grad(
    fun: Callable[P, R],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, tuple[R, Any]]:
    """The function that gives (value, gradient), or ((value, aux), gradient) with `has_aux`.

    `fun` returns one real number, or with `holomorphic` one complex number for complex arguments. By a complex
    argument x + iy the gradient of a real result is its derivative by x minus i times that by y. The gradient has the
    shape and type of the arguments at `argnums`.
    Raises NonDifferentiable for integer arguments (unless `allow_int`) and for other outputs.

    >>> import rustorch_fn as rt
    >>> value, slope = rt.value_and_grad(lambda x: x * x)(3.0)
    >>> float(value), float(slope)
    (9.0, 6.0)
    """
    function_of("value_and_grad", fun)

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nums = chosen(argnums, len(args), "grad")
        leaves, treedef = tree.flatten(tuple(args[n] for n in nums))
        leaves = lifted("grad", fun, leaves)
        for k, x in enumerate(leaves):
            if aval_of(x).tangent() or not allow_int:
                differentiable_input("grad", k, x, holomorphic)
        flat = Flat(at_positions(fun, args, kwargs, nums), treedef, has_aux, name_of(fun))
        ys, linear = taped(flat, leaves, [aval_of(x).tangent() for x in leaves])
        if len(ys) != 1 or ys[0].shape or not ys[0].aval.tangent():
            shown = ys[0].aval if len(ys) == 1 else f"{len(ys)} arrays"
            raise errors.NonDifferentiable.of_output("grad", shown)
        differentiable_output("grad", ys[0].aval, holomorphic)
        grads = pull(linear, leaves, [roles.ones(aval_of(ys[0]).strong())])
        back = tree.unflatten(treedef, grads)
        value = tree.unflatten(flat.out_tree, ys)
        result = back[0] if isinstance(argnums, int) else back
        return ((value, flat.aux) if has_aux else value), result

    return wrapped


def differentiable_input(what: str, k: int, x: Any, holomorphic: bool, mixed: bool = True) -> Aval:
    """The strong type of a leaf that must have a derivative: a complex one where `holomorphic`, else a real one,
    or a complex one too where `mixed`."""
    aval = aval_of(x)
    where = f"leaf {k} of the differentiated arguments"
    if not aval.tangent():
        raise errors.NonDifferentiable.of_input(what, where, aval)
    is_complex = aval.dtype in dtypes.COMPLEX
    if holomorphic and not is_complex:
        raise errors.NonDifferentiable.holomorphic(what, where, aval)
    if is_complex and not (holomorphic or mixed):
        raise errors.NonDifferentiable.of_complex(what, where, aval)
    return aval.strong()


def differentiable_output(what: str, aval: Aval, holomorphic: bool) -> None:
    """Raise unless a result is real, or complex where `holomorphic`."""
    is_complex = aval.dtype in dtypes.COMPLEX
    if holomorphic and not is_complex:
        raise errors.NonDifferentiable.holomorphic(what, "the function's output", aval)
    if is_complex and not holomorphic:
        raise errors.NonDifferentiable.of_complex(what, "the function's output", aval)


@overload
def grad(
    fun: Callable[P, tuple[Any, A]],
    argnums: int | Sequence[int] = 0,
    *,
    has_aux: Literal[True],
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, tuple[Any, A]]: ...
@overload
def grad(
    fun: Callable[P, tuple[Any, A]],
    argnums: int | Sequence[int],
    has_aux: Literal[True],
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, tuple[Any, A]]: ...
@overload
def grad(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: Literal[False] = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, Any]: ...
def grad(
    fun: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[..., Any]:
    """The gradient of a function that returns one real number; with `has_aux`, (gradient, aux).

    Raises NonDifferentiable for integer arguments and for results that are no single number.

    >>> slope = rt.grad(lambda w, x: ((w * x) ** 2).sum())
    >>> slope(rt.numpy.array([1.0, 2.0]), rt.numpy.array([3.0, 0.5]))
    Array([18.,  1.], dtype=float32)
    """
    function_of("grad", fun)
    both = value_and_grad(fun, argnums, has_aux, holomorphic, allow_int)

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        value, slope = both(*args, **kwargs)
        return (slope, value[1]) if has_aux else slope

    return wrapped


def pull(linear: Linear, xs: Sequence[Any], cts: Sequence[Any]) -> list[Any]:
    """Cotangents of the inputs `xs` for cotangents of the outputs; float0 zeros where there are none."""
    func = linear.func
    holes = [Hole(v.aval) for v in func.inputs[len(linear.residuals) :]]
    live = [ct for ct, on in zip(cts, linear.active, strict=True) if on]
    back = iter(backward(func, [*linear.residuals, *holes], live)[len(linear.residuals) :])
    out: list[Any] = []
    for x in xs:
        aval = aval_of(x)
        ct = next(back) if aval.tangent() else None
        out.append(zero_of(x, aval) if ct is None else ct)
    return out


@overload
def vjp(
    fun: Callable[..., tuple[R, A]], *primals: Any, has_aux: Literal[True], reduce_axes: Sequence[Any] = ()
) -> tuple[R, Callable[[Any], tuple[Any, ...]], A]: ...
@overload
def vjp(
    fun: Callable[..., R], *primals: Any, has_aux: Literal[False] = False, reduce_axes: Sequence[Any] = ()
) -> tuple[R, Callable[[Any], tuple[Any, ...]]]: ...
def vjp(fun: Callable[..., Any], *primals: Any, has_aux: bool = False, reduce_axes: Sequence[Any] = ()) -> Any:
    """(value, pull), where pull(cotangent of the value) is a tuple of cotangents of `primals`; has_aux adds aux.

    >>> value, pull = rt.vjp(lambda x, y: x * y, 3.0, 4.0)
    >>> [float(x) for x in pull(rt.numpy.float32(1.0))]
    [4.0, 3.0]
    """
    leaves, treedef = tree.flatten(primals)
    leaves = lifted("vjp", fun, leaves)
    flat = Flat(fun, treedef, has_aux)
    ys, linear = taped(flat, leaves, [aval_of(x).tangent() for x in leaves])
    avals = [aval_of(y) for y in ys]
    out_tree = flat.out_tree

    @boundary
    def pull_back(cotangent: Any) -> Any:
        cts = cotangents_like("vjp", out_tree, avals, cotangent)
        return tree.unflatten(treedef, pull(linear, leaves, cts))

    value = tree.unflatten(out_tree, ys)
    return (value, pull_back, flat.aux) if has_aux else (value, pull_back)


def cotangents_like(what: str, out_tree: Any, avals: Sequence[Aval], given: Any) -> list[Any]:
    """Given (co)tangents as leaves, checked against the types that they belong to."""
    parts = tree.flatten_up_to(out_tree, given, what)
    out: list[Any] = []
    for ct, aval in zip(parts, avals, strict=True):
        if not aval.tangent():
            out.append(None)
            continue
        ct = roles.asarray(ct)
        if ct.weak_type or ct.aval.dtype != aval.dtype:
            if not ct.weak_type:
                raise errors.DtypeError(f"{what}: a (co)tangent of another type", got=f"{ct.aval} for {aval}",
                                        hint="It has the type of the value that it belongs to.")  # fmt: skip
            ct = roles.convert(ct, aval.dtype)
        if ct.shape != aval.shape:
            raise errors.ShapeError(f"{what}: a (co)tangent of another shape", got=f"{ct.aval} for {aval}",
                                    hint="It has the shape of the value that it belongs to.")  # fmt: skip
        out.append(ct)
    return out


@overload
def jvp(
    fun: Callable[..., tuple[R, A]], primals: Sequence[Any], tangents: Sequence[Any], has_aux: Literal[True]
) -> tuple[R, R, A]: ...
@overload
def jvp(
    fun: Callable[..., R], primals: Sequence[Any], tangents: Sequence[Any], has_aux: Literal[False] = False
) -> tuple[R, R]: ...
def jvp(fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False) -> Any:
    """(value, tangent of the value) for tangents of the arguments, in forward mode; (…, aux) with `has_aux`.

    >>> import rustorch_fn as rt
    >>> [float(x) for x in rt.jvp(lambda x: x * x, (3.0,), (1.0,))]
    [9.0, 6.0]
    """
    if not isinstance(primals, tuple | list) or not isinstance(tangents, tuple | list):
        raise errors.BadType("jvp", "primals and tangents", (primals, tangents), "Two tuples, one item an argument,")
    leaves, treedef = tree.flatten(tuple(primals))
    leaves = lifted("jvp", fun, leaves)
    ts = cotangents_like("jvp", treedef, [aval_of(x) for x in leaves], tuple(tangents))
    flat = Flat(fun, treedef, has_aux)
    ys, out = forward(flat, leaves, ts)
    tangent = [zero_of(y, aval_of(y)) if t is None else t for y, t in zip(ys, out, strict=True)]
    value = tree.unflatten(flat.out_tree, ys), tree.unflatten(flat.out_tree, tangent)
    return (*value, flat.aux) if has_aux else value


@overload
def linearize(
    fun: Callable[..., tuple[R, A]], *primals: Any, has_aux: Literal[True]
) -> tuple[R, Callable[..., R], A]: ...
@overload
def linearize(fun: Callable[..., R], *primals: Any, has_aux: Literal[False] = False) -> tuple[R, Callable[..., R]]: ...
def linearize(fun: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """(value, push): `push(*tangents)` is the derivative at `primals` as a function, without running `fun` again.

    >>> value, push = rt.linearize(lambda x: x**2, 3.0)
    >>> float(value), float(push(1.0))
    (9.0, 6.0)
    """
    leaves, treedef = tree.flatten(primals)
    leaves = lifted("linearize", fun, leaves)
    flat = Flat(fun, treedef, has_aux)
    ys, linear = taped(flat, leaves, [aval_of(x).tangent() for x in leaves])
    if any(e.op.name == "pullback" for e in linear.func.equations):
        name = next(e.attrs["rule"].name for e in linear.func.equations if e.op.name == "pullback")
        raise errors.ForwardOverCustomVjp(name)
    avals, in_avals, out_tree = [aval_of(y) for y in ys], [aval_of(x) for x in leaves], flat.out_tree

    @boundary
    def push(*tangents: Any) -> Any:
        ts = [t for t in cotangents_like("linearize", treedef, in_avals, tangents) if t is not None]
        out = [zero_of(None, a) if t is None else t for t, a in zip(linear(ts), avals, strict=True)]
        return tree.unflatten(out_tree, out)

    value = tree.unflatten(out_tree, ys)
    return (value, push, flat.aux) if has_aux else (value, push)


def linear_transpose(
    fun: Callable[..., Any], *primals: Any, reduce_axes: Sequence[Any] = ()
) -> Callable[[Any], tuple[Any, ...]]:
    """The transpose of a linear function; `primals` give shapes and types only. Raises where `fun` is not linear.

    >>> back = rt.linear_transpose(lambda x: 3.0 * x, 1.0)
    >>> [float(x) for x in back(2.0)]
    [6.0]
    """
    leaves, treedef = tree.flatten(primals, is_leaf=lambda x: hasattr(x, "shape") and hasattr(x, "dtype"))
    avals = [x.aval.strong() if hasattr(x, "aval") else abstract(x).strong() for x in leaves]
    flat = Flat(fun, treedef)
    func, captured = trace(flat, avals)
    out_tree = flat.out_tree

    @boundary
    def transposed(cotangent: Any) -> Any:
        cts = cotangents_like("linear_transpose", out_tree, [a.strong() for a in func.out_avals], cotangent)
        back = backward(func, [*captured, *map(Hole, avals)], cts)[len(captured) :]
        return tree.unflatten(treedef, instantiate(back, avals))

    return transposed


def abstract(x: Any) -> Aval:
    """The type of an array, a scalar, or anything with shape and dtype."""
    if hasattr(x, "shape") and hasattr(x, "dtype") and not isinstance(x, np.ndarray | np.generic):
        return Aval(tuple(x.shape), dtypes.asdtype(x.dtype), bool(getattr(x, "weak_type", False)))
    return aval_of(roles.asarray(x))


# --- jacobians: the linear map applied to every basis vector at once ---


def basis(avals: Sequence[Aval]) -> tuple[int, list[Any]]:
    """All unit vectors of a list of types, along a leading axis."""
    sizes = [a.size for a in avals]
    total, at, out = sum(sizes), 0, []
    for a, n in zip(avals, sizes, strict=True):
        try:
            part = np.zeros((total, n), dtypes.physical(a.dtype))
        except MemoryError:
            raise errors.OutOfMemory(total * n * a.dtype.itemsize, op="jacobian") from None
        part[at + np.arange(n), np.arange(n)] = 1
        out.append(Array.of(part.reshape(total, *a.shape), form(a.like(shape=(total, *a.shape), weak_type=False))))
        at += n
    return total, out


def unstack(x: Any, avals: Sequence[Aval], axis: int) -> list[Any]:
    """Cut `axis` of x, which runs over all elements of `avals`, into one block a type."""
    out, at = [], 0
    for a in avals:
        index = tuple([slice(None)] * axis + [slice(at, at + a.size)])
        shape = (*x.shape[:axis], *a.shape, *x.shape[axis + 1 :])
        out.append(roles.reshape(x[index], shape))
        at += a.size
    return out


def jacfwd(
    fun: Callable[P, Any], argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[P, Any]:
    """The Jacobian, column by column in forward mode: for each output leaf a tree like the arguments at `argnums`.

    >>> rt.jacfwd(lambda x: x * x[0])(rt.numpy.array([2.0, 3.0]))
    Array([[4., 0.],
           [3., 2.]], dtype=float32)
    """
    function_of("jacfwd", fun)

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nums = chosen(argnums, len(args), "jacfwd")
        leaves, treedef = tree.flatten(tuple(args[n] for n in nums))
        leaves = lifted("jacfwd", fun, leaves)
        avals = [differentiable_input("jacfwd", k, x, holomorphic, mixed=False) for k, x in enumerate(leaves)]
        flat = Flat(at_positions(fun, args, kwargs, nums), treedef, has_aux, name_of(fun))
        total, units = basis(avals)
        axis = BatchAxis(total)
        values: list[Any] = []

        def push(*ts: Any) -> list[Any]:
            ys, out = forward(flat, leaves, ts)
            values[:] = ys
            for y in ys if holomorphic else ():
                differentiable_output("jacfwd", aval_of(y), True)
            return instantiate(out, [aval_of(y) for y in ys])

        outs, ds = batch(push, axis, units, [0] * len(units))
        outs = [move_to(y, d, y.ndim - (d is not None), axis) for y, d in zip(outs, ds, strict=True)]
        rows = [tree.unflatten(treedef, unstack(y, avals, y.ndim - 1)) for y in outs]
        result = tree.unflatten(flat.out_tree, [r[0] if isinstance(argnums, int) else r for r in rows])
        return (result, flat.aux) if has_aux else result

    return wrapped


def jacrev(
    fun: Callable[P, Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    holomorphic: bool = False,
    allow_int: bool = False,
) -> Callable[P, Any]:
    """The Jacobian, row by row in reverse mode: for each output leaf a tree like the arguments at `argnums`.

    >>> rt.jacrev(lambda x: x * x[0])(rt.numpy.array([2.0, 3.0]))
    Array([[4., 0.],
           [3., 2.]], dtype=float32)
    """
    function_of("jacrev", fun)

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nums = chosen(argnums, len(args), "jacrev")
        leaves, treedef = tree.flatten(tuple(args[n] for n in nums))
        leaves = lifted("jacrev", fun, leaves)
        for k, x in enumerate(leaves):
            if aval_of(x).tangent() or not allow_int:
                differentiable_input("jacrev", k, x, holomorphic)
        flat = Flat(at_positions(fun, args, kwargs, nums), treedef, has_aux, name_of(fun))
        ys, linear = taped(flat, leaves, [aval_of(x).tangent() for x in leaves])
        out_avals = [aval_of(y).strong() for y in ys]
        for k, a in enumerate(out_avals):
            if not a.tangent():
                raise errors.NonDifferentiable.of_output(f"jacrev (output leaf {k})", a)
            differentiable_output("jacrev", a, holomorphic)
        total, units = basis(out_avals)
        axis = BatchAxis(total)
        outs, ds = batch(lambda *cts: pull(linear, leaves, cts), axis, units, [0] * len(units))
        blocks = [unstack(move_to(y, d, 0, axis), out_avals, 0) for y, d in zip(outs, ds, strict=True)]
        rows = [tree.unflatten(treedef, [b[k] for b in blocks]) for k in range(len(ys))]
        result = tree.unflatten(flat.out_tree, [r[0] if isinstance(argnums, int) else r for r in rows])
        return (result, flat.aux) if has_aux else result

    return wrapped


jacobian = jacrev


def hessian(
    fun: Callable[P, Any], argnums: int | Sequence[int] = 0, has_aux: bool = False, holomorphic: bool = False
) -> Callable[P, Any]:
    """The matrix of second derivatives: forward over reverse.

    >>> rt.hessian(lambda x: (x**3).sum())(rt.numpy.array([1.0, 2.0]))
    Array([[ 6.,  0.],
           [ 0., 12.]], dtype=float32)
    """
    return jacfwd(jacrev(fun, argnums, has_aux, holomorphic), argnums, has_aux, holomorphic)


def closure_convert(fun: Callable[..., R], *example_args: Any) -> tuple[Callable[..., R], list[Any]]:
    """(f, consts): f(*args, *consts) is `fun` with the traced values that it closes over made into arguments.

    >>> scale = rt.numpy.array([2.0])
    >>> f, consts = rt.closure_convert(lambda x: scale * x, rt.numpy.array([1.0]))
    >>> f(rt.numpy.array([3.0]), *consts)
    Array([6.], dtype=float32)
    """
    leaves, treedef = tree.flatten(example_args)
    leaves = lifted("closure_convert", fun, leaves)
    flat = Flat(fun, treedef)
    func, captured = trace(flat, [aval_of(x) for x in leaves])
    count, out_tree = len(leaves), flat.out_tree

    @boundary
    def converted(*args: Any) -> Any:
        given, consts = args[: len(example_args)], args[len(example_args) :]
        xs, structure = tree.flatten(given)
        if structure != treedef or len(xs) != count:
            raise errors.TreeMismatch("closure_convert: the arguments differ from the examples", got=structure)
        if len(consts) != len(captured):
            raise errors.BadArgument("closure_convert", "consts", len(consts), f"The {len(captured)} that it gave")
        return tree.unflatten(out_tree, evaluate_func(func, [*consts, *map(roles.asarray, xs)]))

    return converted, captured
