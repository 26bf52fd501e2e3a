"""Names of rt.numpy that move elements: shapes, joins, parts, windows on them."""

import math

import numpy as np
from peers.draw import ANY, INT, REAL, Case, Draw, Of
from peers.rows import over_axes, room

row = room("numpy")


def alone(least=0, classes=ANY, **choices):
    """f(x, …) of one array."""

    def draw(d: Draw) -> Case:
        x = d.array(d.dtype(classes), d.shape(least))
        return d.case(x, **{name: d.pick(name, *options) for name, options in choices.items()})

    return draw


def with_axes(names, least=2, **choices):
    """f(x, axis1=…, axis2=…) of one array with axes that differ."""

    def draw(d: Draw) -> Case:
        shape = d.shape(least)
        n = len(shape)
        axes = d.pick("axes", (0, 1), (-1, 0), (n - 1, -n), (1, -2) if n > 2 else (1, 0))
        kwargs = {name: d.pick(name, *options) for name, options in choices.items()}
        return d.case(d.array(d.dtype(ANY), shape), **dict(zip(names, axes, strict=True)), **kwargs)

    return draw


row("flip", over_axes(ANY))
row("fliplr", alone(2))
row("flipud", alone(1))
row("rot90", lambda d: d.case(d.array(d.dtype(ANY), d.shape(2)), d.pick("k", 1, 2, -1), d.pick("axes", (0, 1), (1, 0))))
row("ravel", alone(order=("C", "F")))
row("copy", alone(order=(None, "K")))
row("matrix_transpose", alone(2))
row("diagflat", alone(k=(0, 1, -2)))
row("tril triu", alone(2, k=(0, 1, -1)))
row("swapaxes", with_axes(("axis1", "axis2")))
row("moveaxis", with_axes(("source", "destination")))
row("diagonal", with_axes(("axis1", "axis2"), offset=(0, 1, -1)))
row("trace", with_axes(("axis1", "axis2"), offset=(0, 1, -1), dtype=(None, "float32")))


def diag(d: Draw) -> Case:
    return d.case(d.array(d.dtype(ANY), d.shape(1, 2)), d.pick("k", 0, 1, -1))


row("diag", diag, lacks="deep")


def transposed(d: Draw, given: bool = False) -> Case:
    shape = d.shape()
    n = len(shape)
    axes = d.pick("axes", tuple(range(n))[::-1], tuple(range(-1, n - 1)))
    return d.case(d.array(d.dtype(ANY), shape), axes if given else d.pick("none", None, axes))


row("transpose", transposed)
row("permute_dims", lambda d: transposed(d, True))


def expanded(d: Draw) -> Case:
    return d.case(d.array(d.dtype(ANY), d.shape()), d.pick("axis", 0, -1, (0, -1)))


row("expand_dims", expanded)


def squeezed(d: Draw) -> Case:
    shape = d.shape()
    ones = tuple(k for k, n in enumerate(shape) if n == 1)
    return d.case(d.array(d.dtype(ANY), shape), d.pick("axis", None, ones))


row("squeeze", squeezed)


def rolled(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape, None)
    return d.case(d.array(d.dtype(ANY), shape), d.pick("shift", 1, -2, 5), axis)


row("roll", rolled)


def rolled_axis(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(d.array(d.dtype(ANY), shape), d.axis(shape), d.pick("start", 0, len(shape)))


row("rollaxis", rolled_axis)


def reshaped(d: Draw) -> Case:
    shape = d.shape()
    flat = (-1,) if 0 not in shape else (0,)
    to = d.pick("shape", flat, shape[::-1], (1, *shape))
    return d.case(d.array(d.dtype(ANY), shape), to, d.pick("order", "C", "F"), copy=d.pick("copy", None, True))


row("reshape", reshaped)


def resized(d: Draw) -> Case:
    return d.case(d.array(d.dtype(ANY), d.shape()), d.pick("new_shape", (7,), (2, 3), (1, 2, 2)))


row("resize", resized)


def spread(d: Draw) -> Case:
    shape = d.shape()
    return d.case(d.array(d.dtype(ANY), shape), d.pick("shape", (2, *shape), (1, 2, *shape)))


row("broadcast_to", spread)


def tiled(d: Draw) -> Case:
    return d.case(d.array(d.dtype(ANY), d.shape()), d.pick("reps", 2, (2, 1), (1, 2, 3)))


row("tile", tiled)


def repeated(d: Draw) -> Case:
    shape = d.shape()
    axis = d.axis(shape, None)
    x, each = d.array(d.dtype(ANY), shape), d.pick("each", False, True)
    n = x.size if axis is None else x.shape[axis]
    if not each or not shape or not n:
        return d.case(x, d.pick("repeats", 2, 3), axis)
    return d.case(x, d.array("int32", (n,), 0, 3), axis, total_repeat_length=n + d.pick("more", 0, 2))


row("repeat", repeated)


def several(d: Draw, least: int = 0, same: bool = True, n: int = 3) -> list:
    """Arrays of one shape."""
    shape = d.shape(least)
    kinds = [d.dtype(ANY)] * n
    if d.pick("mixed", False, True) and not d.slopes:
        kinds[1] = d.dtype(REAL, "another")
    return [d.array(kind, shape) for kind in kinds]


def joined(least=0, **choices):
    def draw(d: Draw) -> Case:
        arrays = several(d, least)
        return d.case(arrays, **{name: d.pick(name, *options) for name, options in choices.items()})

    return draw


row("concatenate", joined(1, axis=(0, -1, None), dtype=(None, "float32")))
row("concat", joined(1, axis=(0, -1, None)))
row("stack", joined(axis=(0, -1), dtype=(None, "float32")))
row("hstack vstack dstack", joined(dtype=(None, "float32")))
row("column_stack block", joined())
row("broadcast_arrays atleast_1d atleast_2d atleast_3d",
    lambda d: d.case(*[d.array(d.dtype(ANY), s) for s in d.shapes(d.pick("n", 2, 3))]))  # fmt: skip


def appended(d: Draw) -> Case:
    shape = d.shape(1)
    dtype = d.dtype(ANY)
    return d.case(d.array(dtype, shape), d.array(dtype, shape), d.axis(shape, None))


row("append", appended)


def parted(even: bool):
    def draw(d: Draw) -> Case:
        shape = d.shape(1)
        axis = d.axis(shape)
        cuts = d.pick("indices", 1, [1], [1, 2]) if even else d.pick("indices", 2, 3, [1])
        return d.case(d.array(d.dtype(ANY), shape), cuts, axis)

    return draw


row("split", parted(True))
row("array_split", parted(False))


def parts_of(least: int):
    return lambda d: d.case(d.array(d.dtype(ANY), d.shape(least)), d.pick("indices", 1, [1], [1, 2]))


row("hsplit", parts_of(1))
row("vsplit", parts_of(2))
row("dsplit", parts_of(3))


def unstacked(d: Draw) -> Case:
    shape = d.shape(1)
    return d.case(d.array(d.dtype(ANY), shape), axis=d.axis(shape))


row("unstack", unstacked)


def padded(d: Draw) -> Case:
    shape = d.shape(1)
    mode = d.pick("mode", "constant", "edge", "reflect", "symmetric", "wrap", "maximum", "mean", "linear_ramp", "empty")
    width = d.pick("pad_width", 1, (1, 0), [(0, 1)] * len(shape))
    more = {"constant_values": 2} if mode == "constant" and d.pick("values", True, False) else {}
    if mode in ("reflect", "symmetric") and not d.slopes:
        more["reflect_type"] = d.pick("reflect_type", "even", "odd")
    x = d.array(d.dtype(ANY), shape)
    return d.case(x, width, mode, **more)


def pad(lib, f, x, width, mode, **more):
    """What is padded; only its shape and dtype where what is added is undefined."""
    y = f(x, width, mode, **more)
    return lib.numpy.zeros_like(y) if mode == "empty" else y


row("pad", padded, call=pad)


def triangle(d: Draw) -> Case:
    return d.case(d.array(d.dtype(REAL), d.pick("shape", (3, 3), (3, 4))), d.pick("k", 0, 1, -1))


row("tril_indices_from triu_indices_from", triangle, lacks="scalar empty broadcast deep")
row("diag_indices_from", lambda d: d.case(d.array(d.dtype(REAL), (3,) * d.pick("rank", 2, 3))), lacks="scalar empty")

# --- elements at places ---


def taken(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape, None)
    size = 1
    for n in shape if axis is None else (shape[axis],):
        size *= n
    mode = d.pick("mode", None, "clip", "wrap", "fill")
    at = d.array(d.dtype(INT, "places"), d.pick("places", (), (2,), (2, 2)), 0, max(size - 1, 0))
    return d.case(d.array(d.dtype(ANY), shape), at, axis, mode=mode, fill_value=d.pick("fill", None, 1),
                  unique_indices=d.pick("unique", False, False), indices_are_sorted=False)  # fmt: skip


UNUSED = {"unique_indices": "only promises", "indices_are_sorted": "only promises"}
row("take", taken, lacks="empty", steady=UNUSED)


def taken_along(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape)
    kind, mode = d.dtype(("int", "uint"), "places"), d.pick("mode", None, "clip", "fill")
    low = -2 if mode and np.dtype(kind).kind == "i" else 0
    at = d.array(kind, shape, low, max(shape[axis] - 1, 0))
    return d.case(d.array(d.dtype(ANY), shape), at, axis, mode, d.pick("fill", None, 1),
                  **d.pick("wrap", {}, *({"wrap_negative_indices": wrap} for wrap in (True, False))))  # fmt: skip


row("take_along_axis", taken_along, lacks="empty")


def put_along(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape)
    at = d.array(np_int, shape, 0, max(shape[axis] - 1, 0))
    at[...] = at.take([0], axis)  # what is put twice has no order
    dtype = d.dtype(ANY)
    value = d.array(dtype, [1 if k == axis % len(shape) else n for k, n in enumerate(shape)])
    return d.case(d.array(dtype, shape), at, value, axis, inplace=False, mode=d.pick("mode", None, "clip"))


np_int = "int32"
row("put_along_axis", put_along, lacks="empty", steady={"inplace": "arrays do not change"})


def compressed(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape, None)
    n = 3 if axis is None else shape[axis]
    keep = d.array(bool, (n,))
    size, fill = d.pick("size", min(2, n), n), d.pick("fill", 0, 1)
    return d.case(keep, d.array(d.dtype(ANY), shape), axis, size=size, fill_value=fill)


row("compress", compressed, lacks="empty")


def extracted(d: Draw) -> Case:
    x = d.array(d.dtype(ANY), d.shape(0))
    size = d.pick("size", min(2, x.size), x.size)
    return d.case(d.array(bool, x.shape), x, size=size, fill_value=d.pick("fill", 0, 1))


row("extract", extracted)


def places(least: int):
    def draw(d: Draw) -> Case:
        x = d.array(d.dtype(ANY), d.shape(least), -1, 1)
        return d.case(x, size=d.pick("size", 3, 5), fill_value=d.pick("fill", None, 1))

    return draw


row("nonzero", places(1))
row("argwhere flatnonzero", places(0))


def chosen(d: Draw) -> Case:
    at, x, y = d.shapes(3)
    dtype = d.dtype(ANY)
    mode = d.pick("mode", "wrap", "clip")
    return d.case(d.array("int32", at, -1, 3), [d.array(dtype, x), d.array(dtype, y)], mode=mode)


row("choose", chosen)


def selected(d: Draw) -> Case:
    p, x, y = d.shapes(3)
    dtype = d.dtype(ANY)
    conditions = [d.array(bool, p), d.array(bool, p)]
    return d.case(conditions, [d.array(dtype, x), d.array(dtype, y)], d.pick("default", 0, 1))


row("select", selected)


def filled(d: Draw) -> Case:
    x = d.array(d.dtype(ANY), d.pick("shape", (3, 3), (4, 3), (3, 3, 3)))
    return d.case(x, d.pick("val", 1, d.array("int32", (2,))), inplace=False)


row("fill_diagonal", filled, lacks="scalar empty broadcast",
    steady={"inplace": "arrays do not change", "wrap": "True is refused"})  # fmt: skip


def known(values: list) -> Of:
    """Values that stay known under jit."""
    return Of(lambda lib: np.array(values, dtype=type(values[0])), str(values))


def deleted(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape, None)
    n = math.prod(shape) if axis is None else shape[axis]
    obj = d.pick("obj", 0, slice(0, 2), known([0, -1, 0]), known([True] + [False] * (n - 1)), "traced")
    traced = isinstance(obj, str)
    at = d.array("int32", (1,), 0, n - 1) if traced else obj
    return d.case(d.array(d.dtype(ANY), shape), at, axis, assume_unique_indices=traced)


row("delete", deleted, lacks="empty")


def inserted(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape, None)
    n = math.prod(shape) if axis is None else shape[axis]
    obj = d.pick("obj", 0, -n, slice(0, 2), known([0, n]), known([n]), "traced")
    if isinstance(obj, str):
        obj = d.array("int32", d.pick("places", (), (1,), (3,)), -n, n)
    dtype = d.dtype(ANY)
    values = d.array(dtype, (1,) if axis is None else (1,) * len(shape))
    return d.case(d.array(dtype, shape), obj, d.pick("values", 1, values), axis)


row("insert", inserted)
