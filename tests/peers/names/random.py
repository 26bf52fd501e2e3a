"""Names of rt.random: keys, and samplers, each of a drawn key.

A draw of another type is another draw: there is no truth in float64, and ours is held to JAX's own draw.
"""

from collections.abc import Callable

import numpy as np
from peers.draw import FLOAT, INT, Case, Draw, Key, Number, Of
from peers.rows import room

row = room("random")
NOTHING = {"lacks": "scalar empty broadcast deep"}
IMPLS = (None, "threefry2x32")
SIZES = ((), (4,), (0, 3), (2, 3, 4))
FLOATS = ("float32", "float64", None, "bfloat16", "float16")


def key(d: Draw, shape: tuple[int, ...] = ()) -> Key:
    return Key(int(d.random.integers(2**31)), shape)


# --- keys ---


def data_of(lib, f, *args, **kwargs):
    """What a maker of keys gives, as words."""
    made = f(*args, **kwargs)
    return made if made.dtype == np.uint32 else lib.random.key_data(made)


def seeded(d: Draw) -> Case:
    seed = d.pick("seed", 0, -1, 2**31, 2**63 + 5, Number(7), "array")
    seed = d.array(d.dtype(("int", "uint", "long")), (), 0, 99) if isinstance(seed, str) else seed
    return d.case(seed, impl=d.pick("impl", *IMPLS))


def typed(d: Draw) -> Case:
    case = seeded(d)
    other = Of(lambda lib: lib.random.key_dtype(), "key_dtype()") if case.kwargs["impl"] is None else None
    return d.case(*case.args, **case.kwargs, dtype=d.pick("dtype", None, other))


row("key", typed, lacks="empty broadcast deep", call=data_of)
row("PRNGKey", seeded, lacks="empty broadcast deep", call=data_of)
row("split", lambda d: d.case(key(d), d.pick("num", 2, 3, (2, 3), (), 0)), **NOTHING)
row("fold_in", lambda d: d.case(key(d), d.operand(d.dtype(INT), (), 0, 100)), lacks="empty broadcast deep")
row("clone key_data", lambda d: d.case(key(d, d.pick("keys", (), (2,), (2, 1, 3)))), **NOTHING)
row("key_impl", lambda d: d.case(key(d)), host=True, **NOTHING)
row("key_dtype", lambda d: d.case(d.pick("impl_spec", *IMPLS)), host=True, **NOTHING)
row("wrap_key_data", lambda d: d.case(d.array("uint32", (*d.shape(), 2), 0, 2**32 - 1), **d.pick(
    "named", {}, {"impl": "threefry2x32"}, {"dtype": "threefry2x32"})), lacks="scalar broadcast")  # fmt: skip

# --- of a shape and a dtype ---


def shaped(*types, **choices) -> Callable[[Draw], Case]:
    def draw(d: Draw) -> Case:
        given = {k: d.pick(k, *v) for k, v in choices.items()}
        return d.case(key(d), d.pick("shape", *SIZES), d.pick("dtype", *types), **given)

    return draw


row("bits", shaped(None, "uint8", "uint16", "uint32", "uint64"), **NOTHING)
row("normal", shaped(*FLOATS, "complex64", "complex128"), **NOTHING)
row("exponential laplace logistic cauchy maxwell", shaped(*FLOATS), **NOTHING)
row("gumbel", shaped(*FLOATS, mode=(None, "low", "high")), **NOTHING)
row("rademacher", shaped(None, "int8", "int64", "float32"), **NOTHING)
row("ball", lambda d: d.case(key(d), d.pick("d", 2, 3), d.pick("p", 2, 1, 3.5), d.pick("shape", (), (2,)),
                             d.pick("dtype", None, "float64")), **NOTHING)  # fmt: skip
row("generalized_normal", lambda d: d.case(key(d), d.pick("p", 1.5, 3), d.pick("shape", (), (0, 2), (3,)),
                                           d.pick("dtype", None, "float64")), **NOTHING)  # fmt: skip
row("orthogonal", lambda d: d.case(key(d), d.pick("n", 3, 2), d.pick("shape", (), (2,)), d.pick(
    "dtype", None, "float64", "complex64"), d.pick("m", None, 2, 4)), **NOTHING)  # fmt: skip

# --- with parameters ---


def parameters(*ranges, classes=(*FLOAT, "int"), shapes=True) -> Callable[[Draw], Case]:
    """Parameters between two ends each, which broadcast; the shape is theirs, or a larger one."""

    def draw(d: Draw) -> Case:
        sizes, kind = d.shapes(len(ranges)), d.dtype(classes)
        given = [d.operand(kind, s, low, high) for s, (low, high) in zip(sizes, ranges, strict=True)]
        size = np.broadcast_shapes(*sizes)
        shape = d.pick("shape", None, size, (2, *size)) if shapes else d.pick("shape", size, (2, *size))
        # of no type asked for JAX gives 64 bits where they are switched on
        own = kind.name if kind.kind not in "iu" else "float32"
        return d.case(key(d), *given, shape=shape, dtype=d.pick("dtype", None, own) if own == "float32" else own)

    return draw


ONE = {"lacks": "broadcast"}
row("pareto rayleigh lognormal wald", parameters((1, 4)), **ONE)
# by rejection: their programs are long
row("gamma", parameters((1, 6)), **ONE, dear=True)
row("loggamma chisquare t", parameters((1, 6), classes=("float", "double")), **ONE, dear=True)
row("truncated_normal", parameters((-3, -1), (0, 2)))
row("triangular", parameters((-3, -1), (0, 1), (2, 3)))
row("beta", parameters((1, 4), (1, 4), classes=("float", "double")), dear=True)
row("weibull_min", parameters((1, 3), (1, 3), shapes=False))
row("double_sided_maxwell", parameters((-1, 1), (1, 3), shapes=False))


def alike(d: Draw) -> Case:
    """JAX takes no parameters that broadcast here."""
    size, kind = d.shape(), d.dtype(("float", "double"))
    given = d.array(kind, size, 1, 4), d.array(kind, size, 3, 6)
    dtype = "float64" if kind == np.float64 else d.pick("dtype", None, "float32")
    return d.case(key(d), *given, d.pick("shape", None, size), dtype)


row("f", alike, **ONE, dear=True)


def uniform(d: Draw) -> Case:
    case = parameters((-3, 0), (1, 3), shapes=False)(d)
    k, low, high = case.args
    ends = {"minval": low, "maxval": high} if d.pick("ends", True, True, False) else {}
    return d.case(k, case.kwargs["shape"], case.kwargs["dtype"], **ends)


row("uniform", uniform)


def randint(d: Draw) -> Case:
    low, high = d.shapes(2)
    size, kind = np.broadcast_shapes(low, high), d.dtype(INT)
    ends = d.operand(kind, low, -4, 1), d.operand(kind, high, 0, 9)
    return d.case(key(d), d.pick("shape", size, (2, *size)), *ends, d.pick("dtype", kind.name, "int32", "uint8"))


row("randint", randint)


def bernoulli(d: Draw) -> Case:
    (size,) = d.shapes(1)
    shape = d.pick("shape", None, (2, *size))
    return d.case(key(d), d.operand(d.dtype(FLOAT), size, 0.1, 0.9), shape, d.pick("mode", "low", "high"))


row("bernoulli", bernoulli, **ONE)


def counts(*ranges, most=None) -> Callable[[Draw], Case]:
    def draw(d: Draw) -> Case:
        sizes, kind = d.shapes(len(ranges)), d.dtype(("float", "double"))
        given = [d.operand(kind, s, low, high) for s, (low, high) in zip(sizes, ranges, strict=True)]
        return d.case(key(d), *given, shape=d.pick("shape", None, np.broadcast_shapes(*sizes)),
                      dtype=d.pick("dtype", "int32", "int64" if kind == np.float64 else None))  # fmt: skip

    return draw


row("poisson", counts((0, 30)), **ONE, dear=True)
row("geometric", counts((0.1, 0.9)), **ONE)


def binomial(d: Draw) -> Case:
    (n, p), kind = d.shapes(2), d.dtype(("float", "double"))
    shape = d.pick("shape", None, np.broadcast_shapes(n, p))
    return d.case(key(d), d.operand(kind, n, 2, 60), d.operand(kind, p, 0.1, 0.9), shape, kind.name)


row("binomial", binomial, dear=True, steady={"dtype": "is the parameters'"})


def multinomial(d: Draw) -> Case:
    kind = d.dtype(("float", "double"))
    p = d.array(kind, d.pick("p", (3,), (2, 3), (2, 1, 4)), 0.1, 1)
    n = np.asarray(d.pick("n", 5, 12), kind)
    return d.case(key(d), n, p / p.sum(-1, keepdims=True), shape=d.pick("shape", None, p.shape), dtype=kind.name,
                  unroll=d.pick("unroll", 1, 2))  # fmt: skip


row("multinomial", multinomial, lacks="empty", order=0, dear=True,
    newer={"shape": "the shape asked for has been without the last axis since"})  # fmt: skip


def dirichlet(d: Draw) -> Case:
    kind = d.dtype(FLOAT)
    alpha = d.array(kind, d.pick("alpha", (3,), (2, 3), (2, 1, 4), (0, 3)), 0.5, 4)
    shape = d.pick("shape", None, (2, *alpha.shape[:-1]))
    return d.case(key(d), alpha, shape, kind.name if kind != np.float32 else d.pick("dtype", None, "float32"))


row("dirichlet", dirichlet, lacks="scalar broadcast", dear=True)


def correlated(d: Draw) -> Case:
    kind = d.dtype(("float", "double"))
    lead = d.pick("lead", (), (2,), (2, 2), (0,))
    root = d.array(kind, (*d.pick("cov", (), lead), 3, 3))
    cov = root @ np.swapaxes(root, -1, -2) + np.eye(3, dtype=kind)
    shape = d.pick("shape", None, (2, *lead))
    return d.case(key(d), d.array(kind, (*lead, 3)), cov, shape, kind.name, d.pick("method", "cholesky", "eigh", "svd"))


row("multivariate_normal", correlated, lacks="scalar")

# --- of things ---


def chosen(d: Draw) -> Case:
    axis = d.pick("axis", 0, 1, -1)
    n = 4
    a = d.pick("a", Number(n), (2, 4, 4), (4, 4, 2))
    a = n if isinstance(a, Number) else d.array(d.dtype(("float", "int", "double", "bool")), a)
    axis = 0 if isinstance(a, int) else axis
    n = n if isinstance(a, int) else a.shape[axis]
    replace = d.pick("replace", True, False)
    p = d.pick("p", None, d.array("float32", (n,), 0.1, 1))
    p = None if p is None or getattr(a, "dtype", None) == np.float64 else p / p.sum()
    return d.case(key(d), a, d.pick("shape", (), (2,), (1, 2)), replace, p, axis, d.pick("mode", None, "high"))


row("choice", chosen, lacks="empty", order=0)


def permuted(d: Draw) -> Case:
    x = d.pick("x", 5, "array")
    shape = d.shape(1)
    axis = 0 if x == 5 else d.axis(shape)
    x = x if x == 5 else d.array(d.dtype(("float", "int", "bool", "double", "half", "complex")), shape)
    return d.case(key(d), x, axis, d.pick("independent", False, True))


row("permutation", permuted, order=0)


def categorical(d: Draw) -> Case:
    shape = d.pick("logits", (4,), (3, 4), (2, 3, 4))
    axis, kind = d.axis(shape), d.dtype(FLOAT)
    rest = tuple(np.delete(shape, axis))
    size = d.pick("size", None, rest, (2, *rest))
    given = {"replace": d.pick("replace", True, False), "mode": d.pick("mode", None, "high")}
    return d.case(key(d), d.array(kind, shape), axis, size, **given)


row("categorical", categorical, lacks="scalar empty", order=0)
