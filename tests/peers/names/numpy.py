"""Names of rt.numpy: element by element, and along axes."""

from peers.draw import ANY, BITS, COMPLEX, FLOAT, INT, REAL, Case, Draw, Number
from peers.rows import operands, over_axes, room, unary

row = room("numpy")
NUMBERS = (*FLOAT, *INT)
FIELD = (*NUMBERS, *COMPLEX)

# --- of one operand ---

row("sin cos tan sinh cosh tanh arcsinh asinh arctan atan exp exp2 expm1", unary(ANY))
row("cbrt floor ceil trunc isneginf isposinf", unary())
row("abs absolute positive square rint deg2rad rad2deg degrees radians", unary(ANY))
row("isfinite isnan isinf iscomplex isreal real imag conj conjugate logical_not", unary(ANY))
row("negative sign reciprocal", unary(FIELD))
row("fabs signbit", unary(NUMBERS))
row("arcsin asin arccos acos arctanh atanh", unary(ANY, low=-0.9, high=0.9))
row("log log2 log10 log1p sqrt arccosh acosh", unary(ANY, low=0, high=9))
row("invert bitwise_not bitwise_invert", unary(BITS))
row("bitwise_count", unary(INT))
row("i0", unary(FLOAT, special=False))
row("spacing", unary(FLOAT, special=False))
row("frexp", unary(FLOAT, special=False))


def waning(lib, f, x):
    """sinc, but for infinities: nan, as NumPy's, where newer versions of JAX have the limit."""
    y = f(x)
    return lib.numpy.where(lib.numpy.isinf(x), lib.numpy.full_like(y, lib.numpy.nan), y)


row("sinc", unary(ANY), call=waning, newer={"values int uint": "multiples of pi have had no rounding since"})


def parted(lib, f, x):
    """modf, but for the fraction of infinity: ours is 0, as NumPy's, and JAX's is nan."""
    fraction, whole = f(x)
    return lib.numpy.where(lib.numpy.isinf(x), lib.numpy.zeros_like(fraction), fraction), whole


row("modf", unary(), call=parted)
row("iscomplexobj isrealobj", unary(ANY), host=True)


def rounded(d: Draw) -> Case:
    return d.case(d.operand(d.dtype(FIELD), d.shape(), -90, 90), d.pick("decimals", 0, 1, -1))


row("round around", rounded)


def plain_numbers(d: Draw) -> Case:
    x = d.operand(d.dtype(FIELD), d.shape(), special=True)
    kwargs = {k: d.pick(k, *v) for k, v in {"nan": (0.0, 2.5), "posinf": (None, 7.0), "neginf": (None, -7.0)}.items()}
    return d.case(x, copy=d.pick("copy", True, False), **kwargs)


row("nan_to_num", plain_numbers)


def angles(d: Draw) -> Case:
    return d.case(d.operand(d.dtype(FIELD), d.shape()), deg=d.pick("deg", False, True))


row("angle", angles)

# --- of several operands ---

row("add multiply maximum minimum fmax fmin logical_and logical_or logical_xor", operands(2, ANY))
row("equal not_equal less less_equal greater greater_equal", operands(2, ANY))
row("subtract logaddexp logaddexp2", operands(2, FIELD))
row("arctan2 atan2 hypot copysign heaviside", operands(2, NUMBERS))
row("divide true_divide", operands(2, FIELD))
row("remainder mod fmod divmod floor_divide", operands(2, NUMBERS, low=1, high=9, special=False))
row("nextafter", operands(2, FLOAT))
row("bitwise_and bitwise_or bitwise_xor", operands(2, BITS))
row("left_shift right_shift bitwise_left_shift bitwise_right_shift", operands(2, INT, low=0, high=5))
row("gcd lcm", operands(2, INT, low=-20, high=20))
row("power pow float_power", operands(2, FIELD, low=0.5, high=3, special=False))


def scaled(d: Draw) -> Case:
    x, y = d.shapes(2)
    return d.case(d.operand(d.dtype(FLOAT), x), d.array(d.dtype(("int",), "exponent"), y))


row("ldexp", scaled)


def clipped(d: Draw) -> Case:
    x, low, high = d.operands(NUMBERS, 3)
    return d.case(x, d.pick("min", None, low, low), d.pick("max", high, None, high))


row("clip", clipped)


def close(d: Draw) -> Case:
    x, y = d.shapes(2)
    dtype = d.dtype(FIELD)
    kwargs = {
        k: d.pick(k, *v) for k, v in {"rtol": (1e-5, 0.5), "atol": (1e-8, 1.0), "equal_nan": (False, True)}.items()
    }
    return d.case(d.operand(dtype, x, special=True), d.operand(dtype, y, special=True), **kwargs)


row("isclose allclose", close)


def same(d: Draw) -> Case:
    x, y = d.shapes(2)
    a = d.array(d.dtype(ANY), x, 0, 1)
    return d.case(a, d.pick("other", a, d.array(a.dtype, y, 0, 1)), **d.pick("rest", {}, {"equal_nan": True}))


row("array_equal", same)


def equivalent(d: Draw) -> Case:
    x, y = d.shapes(2)
    a = d.array(d.dtype(ANY), x, 0, 1)
    return d.case(a, d.pick("other", a, d.array(a.dtype, y, 0, 1)))


row("array_equiv", equivalent)


def chosen(d: Draw) -> Case:
    p, x, y = d.shapes(3)
    dtype = d.dtype(ANY)
    return d.case(d.array(bool, p), d.operand(dtype, x), d.operand(dtype, y))


row("where", chosen, steady={"size": "of the other form, nonzero's", "fill_value": "of the other form, nonzero's"})

# --- along axes ---


def folded(d: Draw, initial: tuple[object, ...] = (None, 2), **more: object) -> Case:
    """sum and its like: x, axis, dtype, keepdims, initial, where."""
    shape = d.shape()
    kwargs = {"axis": d.axis(shape, None, tuple(range(len(shape)))[-2:]), "keepdims": d.pick("keepdims", False, True)}
    where = d.where(shape)
    start = d.pick("initial", *initial)
    kwargs |= {"initial": start if where is None or start is not None else 1, "where": where, **more}
    return d.case(d.array(d.dtype(REAL), shape), **kwargs)


row("sum prod", lambda d: folded(d, dtype=d.pick("dtype", None, "float32"),
                                 promote_integers=d.pick("promote_integers", True, False)))  # fmt: skip
row("max min amax amin", lambda d: folded(d, (2, 3)))
row("nansum nanprod", lambda d: folded(d, dtype=d.pick("dtype", None, "float32")))
row("nanmax nanmin", lambda d: folded(d, (2, 3)))


def tested(d: Draw) -> Case:
    case = folded(d)
    case.kwargs.pop("initial")
    return case


row("any all", tested)


def averaged(d: Draw, **more: object) -> Case:
    """mean and its like: of what is not empty, as nothing has no mean."""
    shape = d.shape()
    kwargs = {"axis": d.axis(shape, None, tuple(range(len(shape)))[-2:]), "keepdims": d.pick("keepdims", False, True)}
    kwargs |= {"where": d.where(shape), "dtype": d.pick("dtype", None, "float32"), **more}
    return d.case(d.array(d.dtype(REAL), shape), **kwargs)


row("mean nanmean", averaged)


def spread(d: Draw) -> Case:
    return known_mean(d, averaged(d, **d.pick("rest", {}, {"ddof": 1}, {"correction": 1})))


def known_mean(d: Draw, case: Case) -> Case:
    """The case, sometimes with a mean that somebody computed before."""
    x, axis = case.args[0], case.kwargs["axis"]
    if d.pick("mean", False, True) and x.dtype.kind == "f":
        axes = range(x.ndim) if axis is None else [a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
        case.kwargs["mean"] = d.array(x.dtype, [1 if k in axes else n for k, n in enumerate(x.shape)])
    return case


row("std var", spread)
row("nanstd nanvar", lambda d: known_mean(d, averaged(d, ddof=d.pick("ddof", 0, 1))))
row("ptp", over_axes(NUMBERS, least=1, keepdims=(False, True)), lacks="empty")
row("argmax argmin", over_axes(least=0, several=False, keepdims=(None, True)), lacks="empty")
row("nanargmax nanargmin", over_axes(least=0, several=False, keepdims=(None, True)), lacks="empty")
row("count_nonzero", over_axes(keepdims=(False, True)))
row("cumsum cumprod nancumsum nancumprod", over_axes(several=False, dtype=(None, "float32")))


def cumulated(d: Draw) -> Case:
    shape = d.shape(1)
    kwargs = {"axis": d.axis(shape), "include_initial": d.pick("include_initial", False, True)}
    return d.case(d.array(d.dtype(REAL), shape), **kwargs, dtype=d.pick("dtype", None, "float32"))


row("cumulative_sum", cumulated)
row("cumulative_prod", cumulated, differs={
    "dtype int uint bool": "narrow integers become the default one, as the Array API says of cumulative_prod"})  # fmt: skip


def weighed(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape, None)
    weights = d.array("float32", shape, 0.5, 2)
    kwargs = {"weights": d.pick("weights", None, weights), "returned": d.pick("returned", False, True)}
    return d.case(d.array(d.dtype(REAL), shape), axis=axis, **kwargs, keepdims=d.pick("keepdims", False, True))


row("average", weighed, lacks="empty")


def ranked(d: Draw) -> Case:
    shape = d.shape(0)
    kwargs = {"stable": d.pick("stable", True, False), "descending": d.pick("descending", False, True)}
    return d.case(d.array(d.dtype(ANY), shape), axis=d.axis(shape, None), **kwargs)


row("sort argsort", ranked, steady={"kind": "stable says it", "order": "arrays have no fields",
    "dtype": "is the type of positions: numpy's argsort has none"})  # fmt: skip
row("median nanmedian", over_axes(least=0, keepdims=(False, True)), lacks="empty",
    steady={"overwrite_input": "arrays do not change"},
    differs={"shape": "with keepdims a scalar stays one, as in NumPy; JAX gives it an axis"})  # fmt: skip
PARTS = ("linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "inverted_cdf")


def parts(hundred: float):
    def draw(d: Draw) -> Case:
        shape = d.shape(0)
        axis = d.axis(shape, None, tuple(range(len(shape)))[-2:])
        dtype = d.dtype(FLOAT)  # JAX rounds to the narrower of it and that of the fractions
        q = d.pick(
            "q", Number(0.3 * hundred), d.array("float64" if dtype == "float64" else "float32", (3,), 0, hundred)
        )
        rest = {"method": d.pick("method", *PARTS), "keepdims": d.pick("keepdims", False, True)}
        along = axis if isinstance(axis, tuple) else range(len(shape)) if axis is None else (axis,)
        sizes = d.pick("weights", None, shape, [shape[a] for a in along])
        if sizes is not None and rest["method"] == "inverted_cdf":
            rest["weights"] = d.array("float32", tuple(sizes), 0.1, 2)
        return d.case(d.array(dtype, shape), q, axis=axis, **rest)

    return draw


STEADY = {"overwrite_input": "arrays do not change"}
KEPT = {"shape": "with keepdims a scalar stays one, as in NumPy; JAX gives it an axis"}
row("quantile nanquantile", parts(1), lacks="empty", steady=STEADY, differs=KEPT)
row("percentile nanpercentile", parts(100), lacks="empty", steady=STEADY, differs=KEPT)
