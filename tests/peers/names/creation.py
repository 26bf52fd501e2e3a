"""Names of rt.numpy that make arrays, name types, or look at sets of values."""

import numpy as np
from peers.draw import ANY, FLOAT, INT, REAL, Case, Draw, Of
from peers.rows import room, unary

row = room("numpy")
NOTHING = {"lacks": "scalar empty broadcast deep"}
SIZES = ((), (3,), (0, 3), (2, 3, 4))
DTYPES = ("float32", "int32", None, "bool", "complex64", "uint8", "float64", "bfloat16")


def made(**choices):
    """f(name=value, …) without operands."""
    return lambda d: d.case(**{k: d.pick(k, *v) for k, v in choices.items()})


row("zeros ones empty", made(shape=SIZES, dtype=DTYPES), **NOTHING)
row("full", lambda d: d.case(d.pick("shape", *SIZES), d.operand(d.dtype(REAL), (), 0, 3), d.pick("dtype", *DTYPES)),
    lacks="empty broadcast deep")  # fmt: skip
row(
    "zeros_like ones_like empty_like",
    lambda d: d.case(
        d.operand(d.dtype(ANY), d.shape()), d.pick("dtype", None, "float32"), d.pick("shape", None, (2, 5))
    ),
)
row("full_like", lambda d: d.case(d.operand(d.dtype(ANY), d.shape()), d.pick("fill", 1, 0), d.pick("dtype", None, "float32"),
                                  d.pick("shape", None, (2, 5))))  # fmt: skip
row("eye", made(N=(3, 0), M=(None, 4), k=(0, 1, -1), dtype=DTYPES), **NOTHING)
row("identity", made(n=(3, 0), dtype=DTYPES), **NOTHING)
row("tri", made(N=(3, 2), M=(None, 4), k=(0, 1), dtype=(None, "int32")), **NOTHING)
row("indices", made(dimensions=((2, 3), (2,)), dtype=(None, "float32"), sparse=(False, True)), **NOTHING)
row("diag_indices", made(n=(3, 0), ndim=(2, 3)), **NOTHING)
row("tril_indices triu_indices", made(n=(3, 4), k=(0, 1), m=(None, 5)), **NOTHING)
row("bartlett blackman hamming hanning", made(M=(5, 1, 0, 8)), **NOTHING)
row("kaiser", made(M=(5, 1), beta=(2.0, 14.0)), **NOTHING)
row("broadcast_shapes", lambda d: d.case(*d.pick("shapes", ((2, 1), (3,)), ((), (4,)), ((0, 1), (1, 3)))), host=True,
    **NOTHING, steady={"shapes": "tuples"})  # fmt: skip


def ranged(d: Draw) -> Case:
    ends = d.pick("ends", (5, None, None), (1, 7, 2), (0.0, 1.0, 0.25), (5, 0, -2), (3.0, None, None), (2, 2, None))
    return d.case(*ends, dtype=d.pick("dtype", None, "float32", "int32"))


row("arange", ranged, **NOTHING)


def spaced(low, high, **choices):
    def draw(d: Draw) -> Case:
        x, y = d.shapes(2)
        dtype = d.dtype((*FLOAT, "int"))
        kwargs = {
            "num": d.pick("num", 5, 2, 1),
            "endpoint": d.pick("endpoint", True, False),
            "axis": d.pick("axis", 0, -1),
        }
        ends = d.array(dtype, x, low, high), d.array(dtype, y, low, high)
        return d.case(*ends, **kwargs, **{k: d.pick(k, *v) for k, v in choices.items()})

    return draw


row("linspace", spaced(-3, 3, retstep=(False, True), dtype=(None, "float32")))
row("logspace", spaced(0, 2, base=(10.0, 2.0), dtype=(None,)), steady={"dtype": "linspace's"})
row("geomspace", spaced(1, 9, dtype=(None, "float32")), order=1)


def arrayed(d: Draw, **more) -> Case:
    return d.case(d.operand(d.dtype(ANY), d.shape()), d.pick("dtype", None, "float32", "complex64"), **more)


row("array", lambda d: arrayed(d, copy=d.pick("copy", True, False), ndmin=d.pick("ndmin", 0, 2)),
    steady={"order": "arrays are row-major", "args": "refused"})  # fmt: skip
row("asarray", lambda d: arrayed(d, copy=d.pick("copy", None, True)), steady={"order": "arrays are row-major"})
row("astype", lambda d: d.case(d.array(d.dtype(REAL), d.shape(), 0, 3), d.pick("dtype", "float32", "int8", "bool"),
                               copy=d.pick("copy", False, True)))  # fmt: skip
row("float32 float16 bfloat16 complex64 int32 int16 int8 uint32 uint16 uint8 bool", unary(REAL, 0, 3, special=False))


def meshed(d: Draw) -> Case:
    kwargs = {k: d.pick(k, *v) for k, v in {"sparse": (False, True), "indexing": ("xy", "ij")}.items()}
    dtype = d.dtype(ANY)
    arrays = [d.array(dtype, (n,)) for n in d.pick("sizes", (3, 2), (2,), (2, 3, 4), (0, 2))]
    return d.case(*arrays, copy=d.pick("copy", True, True), **kwargs)


row("meshgrid", meshed, lacks="scalar broadcast deep", steady={"copy": "arrays do not change", "xi": "arrays"})

# --- questions about types ---

TYPES = ("int8", "uint8", "int32", "uint32", "int64", "float16", "bfloat16", "float32", "float64", "bool", "complex64")


def types(n):
    return lambda d: d.case(*(d.pick(f"type {k}", *TYPES) for k in range(n)))


row("promote_types", types(2), host=True, **NOTHING)
row("can_cast", lambda d: d.case(d.pick("from", *TYPES), d.pick("to", *TYPES), d.pick("casting", "safe", "same_kind")),
    host=True, **NOTHING)  # fmt: skip
row("isdtype", lambda d: d.case(np.dtype(d.pick("type", "int8", "float32", "bool", "complex64")), d.pick(
    "kind", "integral", "real floating", ("bool", "numeric"), "complex floating")), host=True, **NOTHING)  # fmt: skip


def kinds(d: Draw) -> Case:
    kind = d.pick("kind", "floating", "integer", "number", "signedinteger")
    return d.case(d.pick("type", *TYPES), Of(lambda lib: getattr(lib.numpy, kind), kind))


row("issubdtype", kinds, host=True, **NOTHING)
row("result_type", lambda d: d.case(*d.operands(REAL, 2)), host=True, steady={"args": "operands"})
row("dtype", lambda d: d.case(d.pick("type", *TYPES)), host=True, **NOTHING, steady={
    "align": "of records", "copy": "of records", "kwargs": "of records"})  # fmt: skip
row("shape ndim", lambda d: d.case(d.array(d.dtype(ANY), d.shape())), host=True)
row("size", lambda d: (lambda s: d.case(d.array(d.dtype(ANY), s), d.pick("axis", None, -1)))(d.shape(1)), host=True)
row("isscalar iterable", lambda d: d.case(d.pick("x", 3, 2.5, "text", [1])), host=True, **NOTHING)
row("finfo", lambda d: d.case(d.pick("type", "float32", "float16", "bfloat16", "float64")), host=True, **NOTHING,
    call=lambda lib, f, t: [float(getattr(f(t), n)) for n in ("eps", "max", "min", "tiny", "bits")])  # fmt: skip
row("iinfo", lambda d: d.case(d.pick("type", "int8", "uint8", "int32", "uint64")), host=True, **NOTHING,
    call=lambda lib, f, t: [int(f(t).min), int(f(t).max), f(t).bits])  # fmt: skip
row("pi e euler_gamma inf nan newaxis", lambda d: d.case(), host=True, order=0, **NOTHING, call=lambda lib, f: f)

# --- sets and places of values ---


def values(d: Draw, shape=None, classes=REAL):
    return d.array(d.dtype(classes), d.shape() if shape is None else shape, 0, 4)


def distinct(**choices):
    def draw(d: Draw) -> Case:
        kwargs = {k: d.pick(k, *v) for k, v in choices.items()}
        return d.case(values(d, classes=INT), size=d.pick("size", 3, 6), fill_value=d.pick("fill", None, 0), **kwargs)

    return draw


row("unique_values unique_counts unique_inverse unique_all", distinct(), lacks="empty")


def different(d: Draw) -> Case:
    flags = {f"return_{k}": d.pick(k, False, True) for k in ("index", "inverse", "counts")}
    shape = d.shape()
    axis, x = d.axis(shape, None), values(d, shape, (*INT, "float"))
    if x.dtype.kind == "f":
        x[x > 3] = np.nan
    return d.case(np.asarray(np.floor(x), x.dtype), **flags, axis=axis, equal_nan=d.pick("equal_nan", True, False),
                  size=d.pick("size", 3, 6), fill_value=d.pick("fill", None, 0), sorted=d.pick("sorted", True, False))  # fmt: skip


row("unique", different, lacks="empty")


def two_sets(**choices):
    def draw(d: Draw) -> Case:
        x, y = d.shapes(2)
        dtype = d.dtype(INT)
        kwargs = {k: d.pick(k, *v) for k, v in choices.items()}
        return d.case(d.array(dtype, x, 0, 5), d.array(dtype, y, 0, 5), **kwargs)

    return draw


SIZED = {"size": (3, 6), "fill_value": (None, 0)}
row("union1d", two_sets(**SIZED), lacks="empty")
row("isin", two_sets(invert=(False, True)), steady={"assume_unique": "only promises", "method": "is how"})


def searched(d: Draw) -> Case:
    dtype = d.dtype((*FLOAT, *INT))
    a = d.array(dtype, (d.pick("size", 5, 3),))
    sorter = np.argsort(a).astype(np.int32) if d.pick("sorter", False, True) else None
    if sorter is None:
        a.sort()
    return d.case(a, d.array(dtype, d.shape()), d.pick("side", "left", "right"), sorter)


row("searchsorted", searched, steady={"method": "is how"})


def digits(d: Draw) -> Case:
    dtype = d.dtype((*FLOAT, *INT))
    bins = d.array(dtype, (4,))
    bins.sort()
    return d.case(d.array(dtype, d.shape()), bins, d.pick("right", False, True))


row("digitize", digits, steady={"method": "is how"})


def counted(d: Draw) -> Case:
    x = d.array(d.dtype(INT), (d.pick("n", 4, 6, 0),), 0, 5)
    weights = d.pick("weights", None, d.array("float32", x.shape))
    return d.case(x, weights, d.pick("minlength", 0, 3), length=d.pick("length", 6, 8))


row("bincount", counted, lacks="scalar broadcast deep")


def parted(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape)
    return d.case(d.array(d.dtype((*FLOAT, *INT)), shape), d.pick("kth", 0, min(1, shape[axis] - 1)), axis)


def in_order(lib, f, x, kth, axis):
    """What a partition promises: the kth value, and which values stand before and after it."""
    np_, found = lib.numpy, f(x, kth, axis)
    values = np_.take_along_axis(x, found, axis) if f is np_.argpartition else found
    parts = [np_.sort(part, axis) for part in np_.split(values, (kth, kth + 1), axis)]
    return [*parts, np_.sort(found, axis)]


row("partition argpartition", parted, lacks="empty", order=0, call=in_order)


def keyed(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case([d.array(d.dtype(REAL), shape, 0, 2), d.array(d.dtype(REAL), shape, 0, 2)], d.pick("axis", -1, 0))


row("lexsort", keyed)


def barred(d: Draw) -> Case:
    x = d.array(d.dtype(("float", "int")), d.shape(1), 0, 4)
    weights = d.pick("weights", None, d.array("float32", x.shape))
    kwargs = {"range": d.pick("range", (0, 4), (1, 3)), "density": d.pick("density", None, True)}
    return d.case(x, d.pick("bins", 10, 4), weights=weights, **kwargs)


row("histogram", barred, order=0)
row("histogram_bin_edges", lambda d: d.case(d.array(d.dtype(("float", "int")), d.shape(1), 0, 4), d.pick("bins", 10, 4),
    d.pick("range", None, (0, 3))), lacks="empty", order=0, steady={"weights": "not looked at"})  # fmt: skip


def packed(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(
        d.array(d.dtype(("bool", "int")), shape, 0, 1), d.axis(shape, None), d.pick("bitorder", "big", "little")
    )


row("packbits", packed)


def unpacked(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(
        d.array("uint8", shape, 0, 255), d.axis(shape, None), d.pick("count", None, 3), d.pick("o", "big", "little")
    )


row("unpackbits", unpacked, lacks="empty")
row("unravel_index", lambda d: d.case(d.array(d.dtype(INT), d.shape(), 0, 5), d.pick("shape", (2, 3), (3, 2))))
row("ravel_multi_index", lambda d: d.case(tuple(d.array("int32", s, 0, 2) for s in d.shapes(2)), d.pick("dims", (3, 3), (4, 5)),
    d.pick("mode", "wrap", "clip"), d.pick("order", "C", "F"), dtype=d.pick("dtype", None, "int16")))  # fmt: skip
