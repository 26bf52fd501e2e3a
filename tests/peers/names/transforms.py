"""Names of the top level: each is used in a small program of our arrays and of JAX's."""

import logging

import numpy as np
from peers.draw import ANY, FLOAT, INEXACT, Case, Draw
from peers.rows import row

SMALL = {"lacks": "empty broadcast"}
SHAPES = ((3,), (), (2, 3, 2))


def pair(classes=FLOAT, shapes=SHAPES, **choices):
    """Two operands of one shape and dtype, and other arguments from their choices."""

    def draw(d: Draw) -> Case:
        shape, dtype = d.pick("shape", *shapes), d.dtype(classes)
        kwargs = {k: d.pick(k, *v) for k, v in choices.items()}
        return d.case(d.array(dtype, shape), d.array(dtype, shape), **kwargs)

    return draw


def wave(lib, x, y):
    """Numbers that hang on both operands, not linearly."""
    return lib.numpy.sin(x) * y + x * x * y


def loss(lib, complex_too=False):
    """One number, as gradients need it; real, or of the operands' kind."""

    def f(x, y):
        z = wave(lib, x, y)
        return lib.numpy.sum(z if complex_too else lib.numpy.real(z * lib.numpy.conj(z)))

    return f


# --- derivatives ---


def differentiated(lib, f, x, y, argnums, has_aux):
    """grad and its like, of a real number of real or complex operands."""
    g = loss(lib)
    return f(lambda x, y: (g(x, y), {"twice": x + x}) if has_aux else g(x, y), argnums=argnums, has_aux=has_aux)(x, y)


ARGUMENTS = {"argnums": (0, 1, (0, 1)), "has_aux": (False, True)}
row("grad value_and_grad", pair(INEXACT, **ARGUMENTS), call=differentiated, **SMALL, order=1)


def all_pairs(lib, f, x, y, argnums, has_aux):
    """Jacobians of the numbers themselves, with derivatives by each of their operands."""
    return f(lambda x, y: (wave(lib, x, y), x) if has_aux else wave(lib, x, y), argnums=argnums, has_aux=has_aux)(x, y)


row("jacfwd jacrev jacobian", pair(FLOAT, **ARGUMENTS), call=all_pairs, **SMALL, order=1)
row("hessian", pair(FLOAT, ((2,), (), (1, 2, 1)), **ARGUMENTS), call=differentiated, **SMALL, order=1)


def pushed(lib, f, x, y, has_aux):
    return f(lambda x, y: (wave(lib, x, y), y) if has_aux else wave(lib, x, y), (x, y), (y, x), has_aux=has_aux)


row("jvp", pair(INEXACT, has_aux=(False, True)), call=pushed, **SMALL)


def pulled(lib, f, x, y, has_aux):
    out, back, *more = f(lambda x, y: (wave(lib, x, y), y) if has_aux else wave(lib, x, y), x, y, has_aux=has_aux)
    return out, back(out), more


row("vjp", pair(INEXACT, has_aux=(False, True)), call=pulled, **SMALL)


def straight(lib, f, x, y, has_aux):
    out, push, *more = f(lambda x, y: (wave(lib, x, y), y) if has_aux else wave(lib, x, y), x, y, has_aux=has_aux)
    return out, push(y, x), push(x, x), more


row("linearize", pair(INEXACT, has_aux=(False, True)), call=straight, **SMALL)
row("linear_transpose", pair(INEXACT), call=lambda lib, f, x, y: f(lambda a, b: (lib.numpy.sum(a * 3, keepdims=True), b - a), x, y)((
    lib.numpy.sum(x, keepdims=True), y)), **SMALL)  # fmt: skip

# --- derivatives that are told ---


def with_jvp(lib, f, x, y, nondiff):
    """sin(x) y, whose derivative by x is said to be three times what it is."""
    if nondiff:
        g = f(lambda k, x, y: lib.numpy.sin(x) * y * k, **nondiff)
        g.defjvp(
            lambda k, at, t: (k * lib.numpy.sin(at[0]) * at[1], 3 * k * lib.numpy.cos(at[0]) * at[1] * t[0] + t[1])
        )
        return g(2, x, y), lib.jvp(lambda x, y: g(2, x, y), (x, y), (y, x))[1]
    g = f(lambda x, y: lib.numpy.sin(x) * y)
    g.defjvp(lambda at, t: (g(*at), 3 * lib.numpy.cos(at[0]) * at[1] * t[0] + t[1]))
    return g(x, y), lib.jvp(g, (x, y), (y, x))[1], lib.vjp(g, x, y)[1](x)


row(
    "custom_jvp",
    pair(INEXACT, nondiff=({}, {"nondiff_argnums": (0,)}, {"nondiff_argnames": ("k",)})),
    call=with_jvp,
    **SMALL,
)


def with_vjp(lib, f, x, y, nondiff):
    """The same for what flows back."""
    sin, cos = lib.numpy.sin, lib.numpy.cos
    if nondiff:
        g = f(lambda k, x, y: sin(x) * y * k, **nondiff)
        g.defvjp(
            lambda k, x, y: (sin(x) * y * k, (x, y)), lambda k, kept, ct: (3 * k * cos(kept[0]) * ct, kept[1] * ct)
        )
        return g(2, x, y), lib.vjp(lambda x, y: g(2, x, y), x, y)[1](x)
    g = f(lambda x, y: sin(x) * y)
    g.defvjp(lambda x, y: (sin(x) * y, (x, y)), lambda kept, ct: (3 * cos(kept[0]) * ct, kept[1] * ct))
    return g(x, y), lib.vjp(g, x, y)[1](x)


row(
    "custom_vjp",
    pair(INEXACT, nondiff=({}, {"nondiff_argnums": (0,)}, {"nondiff_argnames": ("k",)})),
    call=with_vjp,
    **SMALL,
)


def with_gradient(lib, f, x, y):
    g = f(lambda x, y: (lib.numpy.sin(x) * y, lambda ct: (3 * lib.numpy.cos(x) * ct, y * ct)))
    return g(x, y), lib.vjp(g, x, y)[1](y)


row("custom_gradient", pair(INEXACT), call=with_gradient, **SMALL)


def converted(lib, f, x, y):
    """A function that closes over y, and the same with y as an argument."""
    g, consts = f(lambda x: lib.numpy.sin(x) * y + x, x)
    return g(x, *consts), lib.vjp(lambda x: g(x, *consts), x)[1](x)


row("closure_convert", pair(), call=converted, **SMALL)


def rewound(lib, f, x, y, policy, static):
    """The derivatives of what is computed once more on the way back."""
    policy = policy and getattr(lib.checkpoint_policies, policy)
    if static:
        g = f(lambda x, k, y: wave(lib, x, y) * k, policy=policy, **static)
        return g(x, 3, y), lib.vjp(lambda x, y: g(x, 3, y), x, y)[1](x)
    g = f(lambda x, y: wave(lib, x, wave(lib, x, y)), policy=policy)
    return g(x, y), lib.vjp(g, x, y)[1](x)


POLICIES = (None, "everything_saveable", "nothing_saveable")
PLACE, NAME = {"static_argnums": (1,)}, {"static_argnames": "k"}
row("checkpoint", pair(INEXACT, policy=POLICIES, static=({}, PLACE, NAME)), call=rewound, **SMALL)
row("remat", pair(INEXACT, policy=POLICIES, static=({}, PLACE)), call=rewound, **SMALL)

# --- mapping and compiling ---


def mapped(d: Draw) -> Case:
    x, y, in_axes = d.pick("shapes", ((3, 2), (3, 2), 0), ((3, 2), (2,), (0, None)), ((2, 3), (3, 2), (1, 0)), ((2, 1, 3), (3,), (-1, 0)),
                           ((), (3,), (None, 0)))  # fmt: skip
    dtype = d.dtype(ANY)
    return d.case(
        d.array(dtype, x),
        d.array(dtype, y),
        in_axes,
        out_axes=d.pick("out_axes", 0, -1),
        size=d.pick("axis_size", None, 3),
    )


def of_rows(lib, f, x, y, in_axes, out_axes, size):
    return f(lambda a, b: (a + b, {"sum": lib.numpy.sum(a * b)[None] + b}), in_axes, out_axes, axis_size=size)(x, y)


row("vmap", mapped, call=of_rows, lacks="empty")


def compiled(lib, f, x, y, static, inline):
    """A function with an argument that is known while it is compiled, by place or by name."""
    g = f(lambda x, y, k=2, *, name="sum": wave(lib, x, y) * k if name == "sum" else x, inline=inline, **static)
    return g(x, y, 3), g(x, y, name="x") if "static_argnames" in static else g(x, y, 2)


row("jit", pair(INEXACT, SHAPES, static=({"static_argnums": 2, "static_argnames": ("name",)}, {"static_argnums": (2,)}, {
    "static_argnames": ("k", "name")}), inline=(False, True)), call=compiled, **SMALL)  # fmt: skip


def shaped(lib, f, x, y):
    """Shapes and dtypes of what a function gives, without calling it."""
    out = f(lambda x, y: {"a": wave(lib, x, y), "b": [lib.numpy.sum(x) > 0]}, x, y)
    return [(leaf.shape, str(leaf.dtype)) for leaf in lib.tree.leaves(out)]


row("eval_shape", pair(INEXACT), call=shaped, host=True, order=0, **SMALL)


def promised(lib, f, x, y):
    """The same of arrays that do not exist."""
    out = lib.eval_shape(lambda x, y: x @ y, f((*x.shape, 3), x.dtype), f(shape=(3, 4), dtype=x.dtype))
    one = f((2, 3), "float16")
    return (
        out.shape,
        str(out.dtype),
        one.shape,
        str(one.dtype),
        one.ndim,
        one.size,
        one == f((2, 3), "float16"),
        len(one),
    )


row("ShapeDtypeStruct", pair(INEXACT, ((), (5,))), call=promised, host=True, order=0, lacks="empty broadcast deep")


def programmed(lib, f, x, y, return_shape):
    """What goes into a program and comes out of it: the texts of programs are each library's own."""
    made = f(lambda x, k, y: (wave(lib, x, y) * k, x > 0), static_argnums=(1,), return_shape=return_shape)(x, 2, y)
    program, *more = made if return_shape else (made,)
    avals = [(a.shape, str(a.dtype)) for a in (*program.in_avals, *program.out_avals)]
    return avals, [(leaf.shape, str(leaf.dtype)) for leaf in lib.tree.leaves(more)]


row("make_jaxpr", pair(FLOAT, return_shape=(False, True)), call=programmed, host=True, order=0, **SMALL)
row(
    "named_call",
    pair(name=("wave", None)),
    call=lambda lib, f, x, y, name: f(lambda x, y: wave(lib, x, y), name=name)(x, y),
    **SMALL,
)


def scoped(lib, f, x, y, name):
    with f(name):
        return wave(lib, x, y)


row("named_scope", pair(name=("layer", "a b")), call=scoped, **SMALL)


def called_back(lib, f, x, y, method):
    """NumPy's hypot, called from a program."""
    shape = lib.ShapeDtypeStruct(x.shape, x.dtype)
    return f(lambda x, y: np.hypot(x, y).astype(x.dtype), shape, x, y, vmap_method=method)


row(
    "pure_callback",
    pair(("float", "double"), method=("expand_dims", "broadcast_all", "sequential")),
    call=called_back,
    **SMALL,
    order=0,
)


def untraced(lib, f, x, y, disable):
    """Whether values are known inside of jit, and what comes out."""
    known = []

    def g(x, y):
        try:
            known.append(bool(lib.numpy.all(x == x)))
        except lib.errors.ConcretizationTypeError:
            known.append(False)
        return wave(lib, x, y)

    with f(disable):
        out = lib.jit(g)(x, y)
    return out, known[0]


row("disable_jit", pair(disable=(True, False)), call=untraced, host=True, order=0, **SMALL)

# --- arrays and where they are ---


def one_tree(d: Draw) -> Case:
    return d.case(d.array(d.dtype(ANY), d.shape()))


row("device_put", one_tree, call=lambda lib, f, x: f({"a": x, "b": (x, None)}, lib.devices()[0]))
row("block_until_ready", one_tree, call=lambda lib, f, x: f({"a": x + x, "b": (x, None)}))
row(
    "device_get",
    one_tree,
    host=True,
    call=lambda lib, f, x: (f({"a": x, "b": [x]}), [type(v) is np.ndarray for v in f([x])]),
)
row(
    "Array",
    one_tree,
    host=True,
    call=lambda lib, f, x: [isinstance(v, f) for v in (x, x[..., None] if x.ndim else x, np.ones(2), 2.0)],
)
row("typeof", lambda d: d.case(d.operand(d.dtype(ANY), d.shape())), host=True, order=0, call=lambda lib, f, x: (
    f(x).shape, str(f(x).dtype), f(x).weak_type, f(x) == f(x)))  # fmt: skip


def words(d: Draw) -> Case:
    return d.case(d.pick("backend", None, "cpu"))


NOTHING = {"lacks": "scalar empty broadcast deep", "host": True, "order": 0}
row("device_count local_device_count", words, **NOTHING)
row("devices", words, **NOTHING, call=lambda lib, f, word: [(x.platform, x.id) for x in f(word)])
row("local_devices", words, **NOTHING, call=lambda lib, f, word: [(x.platform, x.id) for x in f(backend=word)])


def by_default(lib, f):
    """A program of the default backend, which ours names after what compiles, and JAX after the platform."""
    return lib.jit(lambda x: x + 1)(lib.numpy.ones(2)), f() in ("llvm", "cpu")


row("default_backend", lambda d: d.case(), **NOTHING, call=by_default)


def placed(lib, f, x, y, device):
    with f(lib.devices()[0] if device else None):
        return wave(lib, lib.numpy.asarray(x), y)


row("default_device", pair(device=(False, True)), call=placed, **SMALL)


def alive(lib, f, x):
    """Whether an array is among those that live: while it is held, and after it was deleted."""
    y = x + x
    held = any(y is z for z in f())
    again = any(y is z for z in f("cpu"))
    y.delete()
    return held, again, any(y is z for z in f())


row("live_arrays", one_tree, host=True, order=0, call=alive)


def forgotten(lib, f, x):
    """What a compiled function gives before and after; and that it was traced once more."""
    traced = []
    g = lib.jit(lambda x: (traced.append(1), x + x)[1])
    first = g(x), g(x)
    f()
    return first, g(x), len(traced)


row("clear_caches", lambda d: d.case(d.array(d.dtype(ANY), d.shape())), host=True, order=0, call=forgotten)


def explained(lib, f, x, y, on):
    """Whether a second shape is said to be new."""
    said = []

    class Heard(logging.Handler):
        def emit(self, record):
            said.append(record.getMessage())

    heard = Heard()
    logging.getLogger("").addHandler(heard)
    try:
        with f(on):
            g = lib.jit(lambda x, y: wave(lib, x, y))
            out = g(x, y), g(x[None], y)
    finally:
        logging.getLogger("").removeHandler(heard)
    return out, bool(said)


row("explain_cache_misses", pair(("float", "double"), on=(True, False)), call=explained, host=True, order=0, **SMALL)


def watched(lib, f, x, y, on, bad):
    """What a program gives, or that it is stopped where it makes a nan or an infinity."""
    with f(on):
        try:
            return lib.jit(lambda x, y: x / y)(x, y - y if bad else y), "done"
        except FloatingPointError:
            return "stopped"


row("debug_nans debug_infs", pair(("float", "double"), ((3,), (2, 3, 2)), on=(True, False), bad=(True, False)), call=watched, host=True,
    order=0, lacks="scalar empty broadcast")  # fmt: skip
