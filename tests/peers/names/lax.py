"""Names of rt.lax: primitives under JAX's names."""

import numpy as np
from peers.draw import ANY, BITS, COMPLEX, FLOAT, INEXACT, INT, REAL, Case, Draw, Number, Of
from peers.rows import room, unary

row = room("lax")
NUMBERS = tuple(c for c in ANY if c != "bool")
ACCURACY = {"steady": {"accuracy": "is a wish to other processors"}}
ALIKE = {"lacks": "broadcast"}


def alike(n, classes=ANY, low=-3, high=3, special=True):
    """f(x, y, …) of arrays of one shape and type."""

    def draw(d: Draw) -> Case:
        shape, dtype = d.shape(), d.dtype(classes)
        return d.case(*(d.array(dtype, shape, low, high, special) for _ in range(n)))

    return draw


# --- element by element ---

row("sin cos exp expm1 tanh", unary(INEXACT), **ACCURACY)
row("tan", unary(INEXACT, low=-1, high=1), **ACCURACY)
row("exp2 cbrt", unary(FLOAT), **ACCURACY)
row("logistic", unary(INEXACT, special=False), **ACCURACY)
row("sinh cosh", unary(INEXACT))
row("asinh", unary(INEXACT, special=False))
row("log log1p sqrt", unary(FLOAT, 0, 9), **ACCURACY)
row("rsqrt", unary(FLOAT, 0.1, 9), **ACCURACY)
row("acosh", unary(FLOAT, 1, 9))
row("asin acos atanh", unary(FLOAT, -0.9, 0.9))
row("atan", unary(FLOAT))
row("floor ceil is_finite erf erfc bessel_i0e bessel_i1e", unary(FLOAT))
row("erf_inv", unary(FLOAT, -0.9, 0.9))
row("lgamma digamma", unary(FLOAT, 0.5, 9, special=False))
row("neg sign square", unary(NUMBERS, special=False))
row("abs", unary((*INEXACT, "int"), special=False))
row("reciprocal", unary(INEXACT, 0.5, 3, special=False))
row("bitwise_not", unary(BITS))
row("clz population_count", unary(INT))
row("real imag conj", unary(COMPLEX))
row("stop_gradient", unary(ANY))
row("integer_pow", lambda d: d.case(d.array(d.dtype(NUMBERS), d.shape(), 1, 3), d.pick("y", 2, 3, 5, 1)))
row("round", lambda d: d.case(d.array(d.dtype(FLOAT), d.shape(), special=True), *d.pick("method", (), (1,))))
row("add mul", alike(2, NUMBERS), **ALIKE, steady={"out_dtype": "is the operands'"})
row("sub", alike(2, NUMBERS), **ALIKE)
row("eq ne", alike(2), **ALIKE)
row("lt le gt ge max min", alike(2, REAL), **ALIKE)
row("div", alike(2, NUMBERS, 1, 9, special=False), **ALIKE)
row("rem", alike(2, (*FLOAT, *INT), 1, 9, special=False), **ALIKE)
row("pow", alike(2, FLOAT, 0.5, 3, special=False), **ALIKE)
row("atan2", alike(2, FLOAT), **ALIKE)
row("nextafter", alike(2, ("float", "double")), **ALIKE)
row("bitwise_and bitwise_or bitwise_xor", alike(2, BITS), **ALIKE)
row("shift_left shift_right_arithmetic shift_right_logical", alike(2, INT, 0, 5), **ALIKE)
row("mulhi", alike(2, ("int", "uint"), 0, 2**30), **ALIKE)
row("complex", alike(2, ("float", "double")), **ALIKE)
row("igamma igammac", alike(2, ("float", "double"), 0.5, 5, special=False), **ALIKE, order=1)
row("betainc", alike(3, ("float", "double"), 0.1, 0.9, special=False), **ALIKE, order=1)
row("zeta", alike(2, ("float", "double"), 1.5, 5, special=False), **ALIKE, order=1)


def clamped(d: Draw) -> Case:
    shape, dtype = d.shape(), d.dtype(REAL)
    ends = d.pick("ends", (), shape)
    return d.case(d.array(dtype, ends, 0, 1), d.array(dtype, shape), d.array(dtype, ends, 1, 2))


row("clamp", clamped)


def selected(d: Draw) -> Case:
    shape, dtype = d.shape(), d.dtype(ANY)
    return d.case(d.array(bool, shape), d.array(dtype, shape), d.array(dtype, shape))


row("select select_n", selected, **ALIKE)
DTYPES = ("float32", "int32", "bfloat16", "uint8", "bool")
row(
    "convert_element_type",
    lambda d: d.case(d.operand(d.dtype(REAL), d.shape(), 0, 3), d.pick("dtype", *DTYPES)),
    order=0,
)
row(
    "bitcast_convert_type",
    lambda d: d.case(d.array(d.dtype(("float", "int")), d.shape()), d.pick("dtype", "uint32", "int32")),
)
# --- shapes ---

row("transpose", lambda d: (lambda s: d.case(d.array(d.dtype(ANY), s), d.pick("to", tuple(range(len(s)))[::-1],
                                                                           tuple(range(len(s))))))(d.shape()))  # fmt: skip


def reshaped(d: Draw) -> Case:
    shape = d.shape()
    sizes = d.pick("new_sizes", (*shape, 1), (1, *shape[::-1]))
    return d.case(d.array(d.dtype(ANY), shape), sizes, d.pick("dimensions", None, tuple(range(len(shape)))))


row("reshape", reshaped)


def turned(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(d.array(d.dtype(ANY), shape), d.pick("dimensions", (0,), tuple(range(len(shape)))))


row("rev", turned)
row("expand_dims", lambda d: d.case(d.array(d.dtype(ANY), d.shape()), d.pick("dimensions", (0,), (-1,), (0, 1))))
row("broadcast", lambda d: d.case(d.array(d.dtype(ANY), d.shape()), d.pick("sizes", (2,), (2, 3), ())))


def squeezed(d: Draw) -> Case:
    shape = d.shape()
    ones = tuple(k for k, n in enumerate(shape) if n == 1)
    return d.case(d.array(d.dtype(ANY), shape), d.pick("dimensions", (), ones))


row("squeeze", squeezed, steady={"dimensions": "ones are rare among the shapes"})


def into(d: Draw) -> Case:
    shape = d.shape()
    lead = d.pick("lead", (), (2,))
    return d.case(d.array(d.dtype(ANY), shape), (*lead, *shape), tuple(range(len(lead), len(lead) + len(shape))))


row("broadcast_in_dim", into)
row("broadcast_to_rank", lambda d: d.case(d.array(d.dtype(ANY), d.shape()), d.pick("rank", 5, 6)))
row(
    "tile",
    lambda d: (lambda s: d.case(d.array(d.dtype(ANY), s), d.pick("reps", (2,) * len(s), (1,) * len(s))))(d.shape()),
)


def collapsed(d: Draw) -> Case:
    return d.case(d.array(d.dtype(ANY), d.shape(2)), d.pick("start", 0, 1), d.pick("stop", None, 2))


row("collapse", collapsed)


def joined(d: Draw, *dimensions: int) -> Case:
    shape, dtype = d.shape(1), d.dtype(ANY)
    return d.case([d.array(dtype, shape) for _ in range(2)], d.pick("dimension", *dimensions, len(shape) - 1))


row("concatenate stack", lambda d: joined(d, 0))
row("unstack", lambda d: d.case(d.array(d.dtype(ANY), d.shape(1)), axis=d.pick("axis", 0, -1)))


def parted(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.pick("axis", 0, len(shape) - 1)
    return d.case(d.array(d.dtype(ANY), shape), (min(1, shape[axis]), max(shape[axis] - 1, 0)), axis)


row("split", parted)


def padded(d: Draw) -> Case:
    shape, dtype = d.shape(), d.dtype(ANY)
    return d.case(
        d.array(dtype, shape), d.array(dtype, ()), [d.pick("config", (1, 0, 0), (0, 1, 1), (-1, 2, 0))] * len(shape)
    )


row("pad", padded)


def sliced(d: Draw) -> Case:
    shape = d.shape(1)
    start, limit = [0 for _ in shape], [max(n - 1, 0) for n in shape]
    start = d.pick("start", start, [min(1, k) for k in limit])
    return d.case(d.array(d.dtype(ANY), shape), start, limit, d.pick("strides", None, [2] * len(shape)))


row("slice", sliced)


def sliced_in_dim(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(d.array(d.dtype(ANY), shape), d.pick("start", 0, None), d.pick("limit", None, -1),
                  d.pick("stride", 1, 2), d.pick("axis", 0, -1))  # fmt: skip


row("slice_in_dim", sliced_in_dim, lacks="scalar")


def at_index(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(
        d.array(d.dtype(ANY), shape), d.pick("index", 0, -1), d.pick("axis", 0, -1), d.pick("keepdims", True, False)
    )


row("index_in_dim", at_index, lacks="empty")

HINT = {"allow_negative_indices": "is how, not what"}


def moving(d: Draw, least: int = 1) -> tuple:
    shape = d.shape(least)
    return shape, d.array(d.dtype(ANY), shape), Number(d.pick("place", 0, 1))


def dynamic_index(d: Draw) -> Case:
    _, x, place = moving(d)
    return d.case(x, place, d.pick("axis", 0, -1), d.pick("keepdims", True, False))


row("dynamic_index_in_dim", dynamic_index, lacks="empty", steady=HINT)


def dynamic_slice(d: Draw) -> Case:
    shape, x, place = moving(d)
    sizes = d.pick("sizes", [1] * len(shape), list(shape))
    return d.case(x, [place] * len(shape), sizes)


row("dynamic_slice", dynamic_slice, lacks="empty", steady=HINT)


def dynamic_slice_in_dim(d: Draw) -> Case:
    _, x, place = moving(d)
    return d.case(x, place, d.pick("size", 1, 1), d.pick("axis", 0, -1))


row("dynamic_slice_in_dim", dynamic_slice_in_dim, lacks="empty", steady={**HINT, "slice_size": "1 fits everywhere"})


def dynamic_update(d: Draw) -> Case:
    shape, x, place = moving(d)
    update = d.array(x.dtype, d.pick("sizes", [1] * len(shape), shape))
    return d.case(x, update, [place] * len(shape))


row("dynamic_update_slice", dynamic_update, lacks="empty", steady=HINT)


def dynamic_update_in_dim(d: Draw) -> Case:
    shape, x, place = moving(d)
    axis = d.pick("axis", 0, len(shape) - 1)
    return d.case(x, d.array(x.dtype, [1 if k == axis else n for k, n in enumerate(shape)]), place, axis)


row("dynamic_update_index_in_dim dynamic_update_slice_in_dim", dynamic_update_in_dim, lacks="empty", steady=HINT)

# --- folds ---


def folded(classes):
    def draw(d: Draw) -> Case:
        shape = d.shape()
        return d.case(
            d.array(d.dtype(classes), shape), d.pick("axes", tuple(range(len(shape))), tuple(range(len(shape)))[-1:])
        )

    return draw


row("reduce_sum reduce_prod", folded(NUMBERS))
row("reduce_max reduce_min", folded(REAL), lacks="empty")
row("reduce_and reduce_or reduce_xor", folded(BITS))


def best(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(
        d.array(d.dtype(REAL), shape), d.pick("axis", 0, len(shape) - 1), d.pick("index_dtype", "int32", "uint8")
    )


row("argmax argmin", best, lacks="empty")


def running(classes):
    def draw(d: Draw) -> Case:
        shape = d.shape(1)
        return d.case(
            d.array(d.dtype(classes), shape), d.pick("axis", 0, len(shape) - 1), d.pick("reverse", False, True)
        )

    return draw


row("cumsum cumprod", running(NUMBERS))
row("cummax cummin", running((*FLOAT, *INT)))
row("cumlogsumexp", running(FLOAT))


def sorted_(d: Draw) -> Case:
    shape = d.shape(1)
    dimension, stable = d.pick("dimension", -1, 0), d.pick("is_stable", True, False)
    x = d.array(d.dtype(REAL), shape)
    keys = d.pick("num_keys", 0, 1, 2)
    if not keys:
        return d.case(x, dimension, stable)
    few = np.floor(d.array("float32", shape, 0, 3)) if keys == 2 else d.array("float32", shape)
    return d.case((few, x), dimension, stable or keys == 1, keys)


row("sort", sorted_)


def sorted_pairs(d: Draw) -> Case:
    shape = d.shape(1)
    keys, values = d.array(d.dtype(FLOAT), shape), d.array(d.dtype(REAL, "values"), shape)
    return d.case(keys, values, d.pick("dimension", -1, 0), d.pick("is_stable", True, False))


row("sort_key_val", sorted_pairs, **ALIKE)


def top(d: Draw) -> Case:
    return d.case(d.array(d.dtype((*FLOAT, *INT)), d.shape(1)), d.pick("k", 1, 0), axis=d.pick("axis", -1, 0))


row("top_k", top, lacks="empty")

# --- products ---


def dotted(d: Draw) -> Case:
    x, y, dims = d.pick("dims", ((2, 3), (3, 4), (((1,), (0,)), ((), ()))), ((2, 3, 4), (2, 4, 3), (((2,), (1,)), ((0,), (0,)))),
                        ((3, 0), (0, 2), (((1,), (0,)), ((), ()))), ((4,), (4,), (((0,), (0,)), ((), ()))))  # fmt: skip
    dtype = d.dtype(NUMBERS)
    return d.case(d.array(dtype, x), d.array(dtype, y), dims)


row("dot_general", dotted)
row("dot", lambda d: (lambda s, t: d.case(d.array(t, s[0]), d.array(t, s[1])))(
    d.pick("shapes", ((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((0, 3), (3, 2))), d.dtype(NUMBERS)),
    steady={"dimension_numbers": "are dot_general's"})  # fmt: skip


def convolved(d: Draw) -> Case:
    dtype = d.dtype(INEXACT)
    groups, batches = d.pick("groups", (1, 1), (2, 1), (1, 2))
    x, w = d.array(dtype, (2, 4, 5, 6)), d.array(dtype, (2, 4 // groups, 2, 3))
    layout = d.pick("dimension_numbers", None, ("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NHWC"))
    if layout and layout[0] == "NHWC":
        x, w = x.transpose(0, 2, 3, 1), w.transpose(2, 3, 1, 0)
    named = {"lhs_dilation": d.pick("lhs_dilation", None, (2, 1)), "rhs_dilation": d.pick("rhs_dilation", None, (1, 2))}
    # JAX says itself what the sizes of a padding in words are only where nothing is dilated
    padding = [(1, 0), (0, 2)] if named["lhs_dilation"] else d.pick("padding", "SAME", "VALID", [(1, 0), (0, 2)])
    return d.case(x, w, d.pick("strides", (1, 1), (2, 1)), padding, **named, dimension_numbers=layout,
                  feature_group_count=groups, batch_group_count=batches)  # fmt: skip


row("conv_general_dilated", convolved, lacks="scalar empty", order=1)

# --- control flow ---


def looped(d: Draw) -> Case:
    x = d.array(d.dtype(INEXACT), d.shape(), 0, 1)
    return d.case(0, d.pick("upper", 3, 0), Of(lambda lib: lambda i, x: lib.numpy.sin(x) * 2), x)


row("fori_loop", looped, steady={"lower": "0", "body_fun": "a function", "unroll": "is how, not what"}, order=1)


def scanned(d: Draw) -> Case:
    xs = d.array(d.dtype(INEXACT), d.shape(1), 0, 1)
    init = d.array(xs.dtype, xs.shape[1:])
    f = Of(lambda lib: lambda c, x: (lib.numpy.sin(c) + x, c * x))
    return d.case(f, init, xs, reverse=d.pick("reverse", False, True), unroll=d.pick("unroll", 1, 2))


row("scan", scanned, steady={"f": "a function", "length": "is that of xs", "_split_transpose": "is how"})
row("map", lambda d: d.case(Of(lambda lib: lib.numpy.sin), d.array(d.dtype(INEXACT), d.shape(1)),
                            batch_size=d.pick("batch_size", None, 2)), steady={"f": "a function"})  # fmt: skip


def chosen(d: Draw) -> Case:
    x = d.array(d.dtype(INEXACT), d.shape())
    yes, no = Of(lambda lib: lib.numpy.sin), Of(lambda lib: lambda x: x * x)
    return d.case(d.array(bool, ()), yes, no, x)


row("cond", chosen, steady={"true_fun": "a function", "false_fun": "a function", "operand": "is positional"})


def switched(d: Draw) -> Case:
    x = d.array(d.dtype(INEXACT), d.shape())
    return d.case(Number(d.pick("index", 0, 1, 5)), [Of(lambda lib: lib.numpy.sin), Of(lambda lib: lambda x: x * x)], x)


row("switch", switched, steady={"branches": "functions", "operand": "is positional"})


def repeated(d: Draw) -> Case:
    x = d.array(d.dtype(FLOAT), d.shape(), 0.1, 1)
    return d.case(Of(lambda lib: lambda c: c[0] < 3), Of(lambda lib: lambda c: (c[0] + 1, c[1] * 2)), (0, x))


row("while_loop", repeated, steady={"cond_fun": "a function", "body_fun": "a function"}, order=0)


def associated(d: Draw) -> Case:
    x = d.array(d.dtype(FLOAT), d.shape(1))
    return d.case(Of(lambda lib: lib.numpy.add), x, d.pick("reverse", False, True), d.pick("axis", 0, -1))


row("associative_scan", associated, steady={"fn": "a function"}, lacks="empty")
