"""Names of rt.numpy that multiply and add: products, convolutions, polynomials, statistics of pairs."""

import numpy as np
from peers.draw import ANY, FLOAT, INEXACT, REAL, Case, Draw
from peers.rows import room

row = room("numpy")
NUMBERS = tuple(c for c in ANY if c != "bool")
MATRICES = (((3, 4), (4, 2)), ((2, 3, 4), (4, 2)), ((4,), (4, 2)), ((3, 4), (4,)), ((2, 1, 3, 4), (5, 4, 2)),
            ((0, 4), (4, 2)), ((3, 0), (0, 2)))  # fmt: skip


def pair(*shapes, classes=ANY, **choices):
    """f(a, b) of arrays of shapes that fit."""

    def draw(d: Draw) -> Case:
        x, y = d.pick("shapes", *shapes)
        dtype = d.dtype(classes)
        other = d.dtype(REAL, "another") if not d.slopes and d.pick("mixed", False, False, True) else dtype
        return d.case(d.array(dtype, x), d.array(other, y), **{k: d.pick(k, *v) for k, v in choices.items()})

    return draw


VECTORS = (((4,), (4,)), ((2, 3, 4), (4,)), ((2, 1, 4), (3, 4)), ((0,), (0,)), ((3, 0), (3, 0)))
SCALARS = (((), ()), ((), (3,)), ((2, 3), ()))


def along_axis(d: Draw) -> Case:
    x, y = d.pick("shapes", *VECTORS)
    dtype, axis = d.dtype(NUMBERS), d.pick("axis", -1, 0)
    a, b = (d.array(dtype, s) for s in (x, y))
    return d.case(*(np.moveaxis(v, -1, 0) if axis == 0 and len(x) == len(y) else v for v in (a, b)),
                  axis=axis if len(x) == len(y) else -1)  # fmt: skip


row("matmul", pair(*MATRICES))
row("dot", pair(*MATRICES[:2], *VECTORS[:2], *SCALARS, ((2, 3, 4), (4, 2))))
row("inner", pair(*VECTORS[:2], ((2, 3, 4), (5, 4)), *SCALARS))
row("outer", pair(((2,), (3,)), ((2, 3), (4,)), ((0,), (3,)), ((), (2, 3, 2))))
row("vdot", pair(((4,), (4,)), ((2, 3), (2, 3)), ((), ()), ((0,), (0,)), ((2, 2, 2), (2, 2, 2))))
row("vecdot", along_axis)
row("matvec", pair(((3, 4), (4,)), ((2, 3, 4), (4,)), ((2, 3, 4), (5, 1, 4)), ((0, 4), (4,))))
row("vecmat", pair(((4,), (4, 3)), ((2, 4), (4, 3)), ((5, 1, 4), (2, 4, 3)), ((4,), (4, 0))))
row("kron", pair(((2,), (3,)), ((2, 3), (3, 2)), ((2, 1, 2), (2,)), ((), (3,)), ((0,), (3,))))
row("tensordot", pair(((2, 4, 4), (4, 4, 2)), ((4, 4), (4, 4)), ((2, 3, 4, 4), (4, 4)),
                      axes=(2, 1, ((-2, -1), (1, 0)), ((-1,), (0,)))))  # fmt: skip


def crossed(d: Draw) -> Case:
    x, y = d.pick("shapes", ((3,), (3,)), ((2, 3), (3,)), ((3, 3), (3, 3)), ((2, 1, 3), (4, 3)), ((0, 3), (3,)))
    dtype = d.dtype(NUMBERS)
    ends = {"axisa": d.pick("axisa", -1, len(x) - 1), "axisb": d.pick("axisb", -1, len(y) - 1)}
    return d.case(
        d.array(dtype, x), d.array(dtype, y), **ends, axisc=d.pick("axisc", -1, 0), axis=d.pick("axis", None, -1)
    )


row("cross", crossed)

EQUATIONS = (
    ("ij,jk", ((2, 3), (3, 4))), ("ij,jk->ki", ((2, 3), (3, 4))), ("bij,bjk->bik", ((2, 3, 4), (2, 4, 1))),
    ("ii->i", ((3, 3),)), ("ii", ((3, 3),)), ("...ij->...ji", ((2, 3, 4),)), ("i,i->", ((4,), (4,))),
    ("ij,j,i->", ((2, 3), (3,), (2,))), ("ijk->k", ((2, 3, 4),)), (",ij->ij", ((), (2, 3))), ("ij,ij->ij", ((0, 3), (0, 3))),
    ("...i,...i->...", ((2, 1, 3), (4, 3))), ("iji->j", ((2, 3, 2),)), ("ij->", ((0, 3),)),
)  # fmt: skip


def summed(d: Draw) -> Case:
    equation, shapes = d.pick("subscripts", *EQUATIONS)
    dtype = d.dtype(ANY)
    optimize = d.pick("optimize", "auto", "optimal", True)
    return d.case(equation, *(d.array(dtype, s) for s in shapes), optimize=optimize)


row("einsum", summed)


def slid(modes):
    def draw(d: Draw) -> Case:
        x, y = d.pick("sizes", (5, 3), (3, 5), (4, 4), (1, 3))
        dtype = d.dtype(NUMBERS)
        return d.case(d.array(dtype, (x,)), d.array(dtype, (y,)), d.pick("mode", *modes))

    return draw


WHOLE = {"dtype int uint long": "of integers it is integers, as in NumPy; JAX gives floats"}
row("convolve", slid(("full", "same", "valid")), lacks="scalar empty deep", differs=WHOLE)
row("correlate", slid(("valid", "same", "full")), lacks="scalar empty deep", differs=WHOLE)

# --- polynomials ---

LINES = {"lacks": "scalar empty deep"}
row("polyadd polysub", pair(((3,), (2,)), ((2,), (4,)), ((3,), (3,)), classes=NUMBERS), **LINES)
row("polymul", pair(((3,), (2,)), ((2,), (4,)), classes=NUMBERS, trim_leading_zeros=(False,)), **LINES,
    steady={"trim_leading_zeros": "hangs on values"})  # fmt: skip
row("polyval", pair(((3,), (4,)), ((2,), (2, 3, 4)), ((3,), ()), ((4,), (0, 3)), classes=NUMBERS),
    steady={"unroll": "is how, not what"})  # fmt: skip


def derived(d: Draw) -> Case:
    return d.case(d.array(d.dtype(NUMBERS), (d.pick("size", 4, 5),)), d.pick("m", 1, 2))


row("polyder", derived, lacks="scalar empty broadcast deep")


def integrated(d: Draw) -> Case:
    m = d.pick("m", 1, 2)
    return d.case(d.array(d.dtype(NUMBERS), (d.pick("size", 4, 5),)), m, d.pick("k", None, d.array("float32", (m,))))


row("polyint", integrated, lacks="scalar empty broadcast deep")
row("vander", lambda d: d.case(d.array(d.dtype(NUMBERS), d.pick("shape", (3,), (4,))), d.pick("N", None, 3),
                               d.pick("increasing", False, True)), lacks="scalar empty broadcast deep")  # fmt: skip

# --- statistics of pairs ---


def paired(**choices):
    def draw(d: Draw) -> Case:
        shape = d.pick("shape", (3, 4), (4,))
        dtype = d.dtype(REAL)
        x, y = d.array(dtype, shape), d.array(dtype, shape)
        return d.case(
            x, d.pick("y", None, y), d.pick("rowvar", True, False), **{k: d.pick(k, *v) for k, v in choices.items()}
        )

    return draw


row("corrcoef", paired(dtype=(None, "float32")), lacks="scalar empty deep")


def weighed(d: Draw) -> Case:
    case = paired(bias=(False, True), ddof=(None, 0), dtype=(None, "float32"))(d)
    x, rowvar = case.args[0], case.args[2]
    n = x.shape[0] if x.ndim == 2 and not rowvar else x.shape[-1]
    if d.pick("fweights", False, True):
        case.kwargs["fweights"] = d.array("int32", (n,), 1, 4)
    if d.pick("aweights", False, True):
        case.kwargs["aweights"] = d.array("float64" if x.dtype == "float64" else "float32", (n,), 0.5, 2)
    return case


row("cov", weighed, lacks="scalar empty deep")


def gradient(d: Draw) -> Case:
    shape = d.pick("shape", (4,), (3, 4), (2, 3, 4))
    axis = d.axis(shape, None)
    return d.case(d.array(d.dtype(INEXACT), shape), *d.pick("spacing", (), (2.0,)), axis=axis)


row(
    "gradient",
    gradient,
    lacks="scalar empty broadcast",
    steady={"edge_order": "1 is what there is", "varargs": "tuple"},
)


def trapezes(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape)
    x = d.array("float32", (shape[axis],), 0, 3)
    return d.case(d.array(d.dtype(REAL), shape), d.pick("x", None, x), d.pick("dx", 1.0, 0.5), axis)


row("trapezoid", trapezes)


def differences(d: Draw) -> Case:
    shape = d.shape(1)
    axis = d.axis(shape)
    dtype = d.dtype(REAL)
    line = [1 if k == axis % len(shape) else n for k, n in enumerate(shape)]
    ends = {e: d.pick(e, None, d.array(dtype, line)) for e in ("prepend", "append")}
    return d.case(d.array(dtype, shape), d.pick("n", 1, 2, 0), axis, **ends)


row("diff", differences, lacks="empty")


def steps(d: Draw) -> Case:
    dtype = d.dtype(NUMBERS)
    ends = {e: d.pick(e, None, d.array(dtype, (2,))) for e in ("to_end", "to_begin")}
    return d.case(d.array(dtype, d.shape(1)), **ends)


row("ediff1d", steps, lacks="empty")


def unwrapped(d: Draw) -> Case:
    shape = d.shape(1)
    discont, period = d.pick("discont", None, 4.0), d.pick("period", 6.283185307179586, 3)
    return d.case(d.array(d.dtype(FLOAT), shape, -9, 9), discont, d.axis(shape), period)


row("unwrap", unwrapped)


def between(d: Draw) -> Case:
    dtype = d.dtype(("float", "double"))
    at, values = d.array(dtype, (4,)), d.array(dtype, (4,))
    at.sort()
    x = d.array(dtype, d.shape(), -4, 4)
    left, right, period = d.pick("left", None, 0.5), d.pick("right", None, 0.5), d.pick("period", None, 5.0)
    return d.case(x, at, values, left, right, period)


row("interp", between)
