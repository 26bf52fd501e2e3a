"""Names of rt.numpy that take functions, slices, texts or buffers; sets, bars, and polynomials by their zeros."""

import numpy as np
from peers.draw import ANY, COMPLEX, FLOAT, INT, REAL, Case, Draw, Of
from peers.rows import room, unary

row = room("numpy")
NUMBERS = (*FLOAT, *INT)
NOTHING = {"lacks": "scalar empty broadcast deep"}
LINES = {"lacks": "scalar empty broadcast deep"}


def wide(d: Draw) -> Case:
    """An operand, and a word which lets JAX have 64 bits."""
    return d.case(*unary(REAL, 0, 3, special=False)(d).args, "float64")


row("float64 int64 uint64 complex128", wide, call=lambda lib, f, x, word: f(x))
row("float8_e4m3fn float8_e5m2", unary(REAL, 0, 3, special=False), order=0)

# --- written with brackets ---


def indexed(*keys):
    """f[key], of keys that are known."""

    def draw(d: Draw) -> Case:
        key = d.pick("key", *keys)
        return d.case(Of(lambda lib: key, repr(key)))

    return draw


GRIDS = (slice(0, 4), slice(None, 1, 5j), (slice(0, 2), slice(3)), (slice(0, 1, 3j), slice(2, 8, 3), slice(0, 1)),
         (slice(0.0, 1.0, 0.5), slice(2)))  # fmt: skip
row("mgrid", indexed(*GRIDS), **NOTHING, call=lambda lib, f, key: f[key])
row("ogrid", indexed(*GRIDS), **NOTHING, call=lambda lib, f, key: list(f[key]) if isinstance(key, tuple) else f[key])
row("s_ index_exp", indexed(*GRIDS, 3, (1, None, ...)), host=True, **NOTHING, call=lambda lib, f, key: repr(f[key]))


def rows_of(d: Draw, *directives: str) -> Case:
    shape, dtype = d.pick("shape", (3,), (2, 3), (1, 2, 3)), d.dtype(ANY)
    arrays = [d.array(dtype, shape), d.array(d.dtype(REAL, "another"), shape)]
    word = d.pick("directive", "", *directives)
    if shape == (3,) and not word:
        arrays.append(d.pick("part", slice(3), slice(0, 1, 3j), 2))
        arrays = [x if not isinstance(x, slice) else Of(lambda lib, x=x: x, repr(x)) for x in arrays]
    return d.case(arrays, word)


def joined(lib, f, parts, word):
    return f[(word, *parts) if word else tuple(parts)]


row("r_", lambda d: rows_of(d, "0,2", "1,2,0", "-1,3,1", "r", "c"), call=joined, lacks="scalar empty broadcast")
row("c_", lambda d: rows_of(d, "0,2", "-1,2,-1", "0,3,0", "r"), call=joined, lacks="scalar empty broadcast")


def vectors(d: Draw) -> Case:
    dtype = d.dtype((*INT, *FLOAT))
    return d.case(*(d.array(dtype, (n,)) for n in d.pick("sizes", (2, 3), (1,), (2, 0, 3))))


row("ix_", vectors, lacks="scalar broadcast deep", steady={"args": "are arrays"}, order=0)

# --- functions that work on arrays ---


def lined(d: Draw) -> Case:
    shape = d.shape(1)
    f = d.pick("f", Of(lambda lib: lambda x, k: lib.numpy.sum(x) * k, "sum"),
               Of(lambda lib: lambda x, k: x[..., None] * x[0] + k, "outer"))  # fmt: skip
    return d.case(f, d.axis(shape), d.array(d.dtype(ANY), shape), d.pick("more", 2, 3))


row("apply_along_axis", lined, lacks="empty", steady={"func1d": "functions", "args": "one", "kwargs": "none"})


def over(d: Draw) -> Case:
    f = d.pick("f", Of(lambda lib: lib.numpy.sum, "sum"), Of(lambda lib: lib.numpy.flip, "flip"))
    return d.case(f, d.array(d.dtype(ANY), d.shape(2)), d.pick("axes", (0,), (0, -1)))


row("apply_over_axes", over, steady={"func": "functions"})


def mapped(d: Draw) -> Case:
    kind = d.pick("signature", None, "(n),(n)->()", "(n),()->(n)", "two", "excluded", "named")
    shapes = d.pick("shapes", ((2, 1, 3), (4, 3)), ((3,), (3,)), ((1, 3), (2, 4, 3)))
    dtype = d.dtype(ANY)
    return d.case(d.array(dtype, shapes[0]), d.array(dtype, shapes[1]), Of(lambda lib: kind, str(kind)))


def vectorized(lib, f, x, y, kind):
    """A function of elements or lines, mapped over all there are."""
    if kind == "two":
        return f(lambda a, b: (a + b, a * b), signature="(),()->(),()")(x, y)
    if kind == "excluded":
        return f(lambda a, k, b: a * k + b, excluded={1})(x, 2, y)
    if kind == "named":
        return f(lambda a, b, k: a * k + b, excluded={"k"})(x, y, k=2)
    if kind == "(n),()->(n)":
        return f(lambda a, b: a * b, signature=kind)(x, y[..., 0])
    return f(lambda a, b: (a * b).sum(), signature=kind)(x, y)


row("vectorize", mapped, call=vectorized, lacks="scalar empty")


def pieces(d: Draw) -> Case:
    shape = d.pick("shape", (4,), (), (2, 3, 2))
    dtype = d.dtype(NUMBERS)
    values = d.pick("values", [lambda x, k: x * k, 2], [1, lambda x, k: x + k, lambda x, k: x * 0], [0, 1, 2.5])
    return d.case(d.array(dtype, shape), [d.array(bool, shape), d.array(bool, shape)],
                  Of(lambda lib: values, f"{len(values)} functions"), d.pick("k", 2, 3))  # fmt: skip


def first_of(lib, f, x, conditions, functions, k):
    """piecewise of conditions of which one holds at most: of others JAX takes the first, and NumPy and ours the last."""
    first, second = conditions
    return f(x, [first, second & ~first], functions, k)


row("piecewise", pieces, call=first_of, lacks="empty broadcast")


def from_places(d: Draw) -> Case:
    shape = d.pick("shape", (2, 3), (4,), (2, 0), ())
    f = d.pick("f", Of(lambda lib: lambda *at: sum(at, lib.numpy.ones(())), "sum"),
               Of(lambda lib: lambda *at: lib.numpy.stack([lib.numpy.zeros(()), *at]), "stack"))  # fmt: skip
    return d.case(f, shape, dtype=d.pick("dtype", "float32", "int32", "bfloat16"))


row("fromfunction", from_places, **NOTHING, steady={"kwargs": "JAX maps over them, NumPy and ours pass them on"})


def masked(d: Draw) -> Case:
    n, k = d.pick("n", 3, 4), d.pick("k", 0, 1)
    mask = d.pick("mask", Of(lambda lib: lib.numpy.triu, "triu"), Of(lambda lib: lib.numpy.tril, "tril"))
    return d.case(n, mask, k, size=d.pick("size", None, 4, 20))


row("mask_indices", masked, **NOTHING, host=True, steady={"mask_func": "functions"})

# --- texts and buffers ---


def shown(d: Draw) -> Case:
    """An array and how many digits to show: without, JAX shows each number as a float64, which has more."""
    x = d.array(d.dtype(ANY), d.shape())
    return d.case(x, max_line_width=d.pick("width", None, 30), precision=d.pick("precision", 3, 2),
                  suppress_small=d.pick("suppress", None, True))  # fmt: skip


def letters(lib, f, *args, **kwargs):
    """The text without spaces, which hang on how long the class's name is, and without the dtypes that NumPy leaves out.

    JAX lets NumPy write, which names the class ArrayImpl; ours is what repr gives.
    """
    text = "".join(f(*args, **kwargs).replace("ArrayImpl", "Array").split())
    for usual in ("bool", "int64", "float64", "complex128"):
        text = text.replace(f",dtype={usual}", "")
    return text


TEXTS = {"host": True, "order": 0, "differs": {"values half": "JAX's text of these has an Array for each element"}}
row("array_repr", shown, **TEXTS, call=letters)
row("array_str", shown, **TEXTS, call=letters, lacks="scalar")
BYTES = bytes(range(32))
row("frombuffer", lambda d: d.case(BYTES, d.pick("dtype", "uint8", "int32", "float16", "bfloat16", "int64"), d.pick(
    "count", -1, 2), d.pick("offset", 0, 8)), **NOTHING, steady={"buffer": "bytes"})  # fmt: skip


def listed(lib, f, items, dtype, count):
    """fromiter, which JAX leaves to NumPy."""
    try:
        return f(items, dtype, count)
    except NotImplementedError:
        return lib.numpy.asarray(np.fromiter(items, dtype, count))


row("fromiter", lambda d: d.case(range(d.pick("n", 5, 3)), d.pick("dtype", "int32", "float32", "uint8", "float64"),
    d.pick("count", -1, 2)), **NOTHING, call=listed)  # fmt: skip


def shared(lib, f, x, copy):
    """What from_dlpack makes of a NumPy array that may be written to: JAX takes no other."""
    return f(np.array(x), copy=copy)


def lent(d: Draw) -> Case:
    return d.case(d.array(d.dtype(("int", "uint", "float", "long", "double", *COMPLEX)), d.shape()), d.pick(
        "copy", None, True))  # fmt: skip


row("from_dlpack", lent, host=True, call=shared, order=0)
row("einsum_path", lambda d: d.case(*d.pick("call", ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("ij,jk->ik", (2, 3), (3, 4)),
    ("i,j,k->", (2,), (3,), (4,))), optimize=d.pick("optimize", "optimal", "greedy", True)), host=True, **NOTHING,
    steady={"operands": "arrays"}, call=lambda lib, f, words, *shapes, optimize: [str(step) for step in f(
        words, *map(lib.numpy.zeros, shapes), optimize=optimize)[0]])  # fmt: skip

# --- sets ---


def two_sets(d: Draw, alone: bool = False, **more) -> Case:
    x, y = d.shapes(2)
    dtype = d.dtype(INT)
    size = d.pick("size", 3, 6)
    a, b = d.array(dtype, x, 0, 5), d.array(dtype, y, 0, 5)
    return d.case(a, b, size=size, fill_value=d.pick("fill", None, 0), **more)


def known_sets(d: Draw) -> Case:
    """Sets of sizes that hang on values."""
    dtype = d.dtype(NUMBERS)
    return d.case(d.array(dtype, d.pick("x", (4,), (2, 3)), 0, 5), d.array(dtype, d.pick("y", (3,), ()), 0, 5))


UNIQUE = {"assume_unique": "only promises"}
row("setdiff1d setxor1d", two_sets, steady=UNIQUE)
# of two empty arrays JAX gives places without a size, whatever size= says
row(
    "intersect1d",
    lambda d: two_sets(d, return_indices=d.pick("return_indices", False, True)),
    steady=UNIQUE,
    lacks="empty",
)
row("sort_complex", unary(ANY), lacks="scalar")


def edged(d: Draw) -> Case:
    x = d.array(d.dtype((*ANY,)), d.pick("shape", (6,), (3, 4), (2, 3, 4), (0,)), 0, 2)
    flat = x.ravel()
    flat[: flat.size // 2] = 0
    return d.case(x, d.pick("trim", "fb", "f", "b"), d.pick("axis", None, 0, -1))


row("trim_zeros", edged, host=True, lacks="scalar")

# --- bars ---


def in_cells(d: Draw, sample: bool) -> Case:
    dtype, n = d.dtype(("float", "int")), d.pick("n", 6, 9)
    weights = d.pick("weights", None, d.array("float32", (n,)))
    kwargs = {"range": d.pick("range", [(0, 4), (0, 4)], [(1, 3), (0, 3)]), "density": d.pick("density", None, True)}
    points = d.array(dtype, (n, 2), 0, 4)
    each = (points,) if sample else (points[:, 0], points[:, 1])
    return d.case(*each, d.pick("bins", 3, [2, 4]), weights=weights, **kwargs)


row("histogram2d", lambda d: in_cells(d, False), **LINES, order=0)
row("histogramdd", lambda d: in_cells(d, True), **LINES, order=0)

# --- polynomials ---


def of_zeros(d: Draw) -> Case:
    return d.case(d.array(d.dtype(NUMBERS), (d.pick("n", 3, 2, 0, 1),)))


row("poly", of_zeros, lacks="scalar broadcast deep")


def divided(d: Draw) -> Case:
    x, y = d.pick("sizes", (4, 2), (2, 4), (3, 3), (3, 1))
    dtype = d.dtype(NUMBERS)
    return d.case(d.array(dtype, (x,), 1, 3), d.array(dtype, (y,), 1, 3))


row("polydiv", divided, **LINES, steady={"trim_leading_zeros": "hangs on values"})


def with_zeros(d: Draw) -> Case:
    return d.case(
        d.array(d.dtype((*FLOAT[:2], *COMPLEX, "int")), (d.pick("n", 4, 3, 1, 2),), 1, 3),
        strip_zeros=d.pick("strip", False, False),
    )


def zeros_in_order(lib, f, p, strip_zeros):
    """The sums of the first powers of the zeros: what does not hang on their order."""
    zeros = f(p, strip_zeros=strip_zeros)
    return lib.numpy.stack([(zeros**k).sum() for k in (1, 2, 3)]) if zeros.size else zeros


row("roots", with_zeros, **LINES, call=zeros_in_order, order=1)


def fitted(d: Draw) -> Case:
    n = d.pick("n", 6, 8)
    dtype = d.dtype(("float", "double"))
    x = np.arange(n).astype(dtype) / 2 + d.array(dtype, (n,), 0, 0.2)
    y = d.array(dtype, d.pick("y", (n,), (n, 2)))
    more = d.pick("more", {}, {"cov": True}, {"full": True}, {"rcond": 1e-3})
    return d.case(x, y, d.pick("deg", 2, 1), w=d.pick("w", None, d.array("float32", (n,), 0.5, 2)), **more)


def without_rcond(lib, f, *args, **kwargs):
    """What polyfit gives, but for the number rcond at the end of what full= gives."""
    found = f(*args, **kwargs)
    return found[:4] if isinstance(found, tuple) else found


row("polyfit", fitted, **LINES, order=1, call=without_rcond)
