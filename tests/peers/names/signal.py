"""Names of the rooms of rt.scipy about samples, systems and minima: signal, ndimage, …, sparse.linalg, optimize."""

import functools

import numpy as np
from peers.draw import COMPLEX, FLOAT, INEXACT, Case, Draw, Of
from peers.names.linalg import SOLID, hermitian, regular
from peers.names.products import trapezes
from peers.rows import room

row = room("scipy.signal")
SHAPES = (((5,), (3,)), ((3,), (5,)), ((4, 3), (2, 3)), ((2, 3, 4), (1, 2, 2)))
HOW = {"precision": "is how, not what"}


def slid(shapes, classes, *methods):
    """f(x, y, mode, method); halves have no Fourier transform."""

    def draw(d: Draw) -> Case:
        x, y = d.pick("shapes", *shapes)
        dtype, mode = d.dtype(classes), d.pick("mode", "full", "same", "valid")
        method = [d.pick("method", *(methods[:2] if dtype.itemsize == 2 else methods))] if methods else []
        return d.case(d.array(dtype, x), d.array(dtype, y), mode, *method)

    return draw


KERNELS = tuple(s for s in SHAPES if s != SHAPES[1])
row("convolve correlate", slid(KERNELS, (*SOLID, "int", "uint", "half"), "auto", "direct", "fft"), steady=HOW)
row("convolve2d correlate2d", slid((((4, 3), (2, 3)), ((3, 3), (2, 2)), ((5, 4), (3, 1))), (*INEXACT, "int")), steady={
    **HOW, "boundary": "0 is beyond", "fillvalue": "0 is beyond"})  # fmt: skip


def transformed(d: Draw) -> Case:
    x, y, axes = d.pick(
        "shapes", *((*s, None) for s in KERNELS), ((2, 5), (2, 3), (1,)), ((2, 3, 4), (2, 2, 2), (-1, 1))
    )
    dtype = d.dtype((*SOLID, "int"))
    return d.case(d.array(dtype, x), d.array(dtype, y), d.pick("mode", "full", "same", "valid"), axes)


row("fftconvolve", transformed)


def detrended(d: Draw) -> Case:
    shape, axis = d.pick("shape", ((6,), -1), ((6, 3), 0), ((2, 3, 8), -1))
    kind, bp = d.pick("type", ("linear", 0), ("constant", 0), ("linear", (3,)))
    return d.case(d.array(d.dtype((*SOLID, "int")), shape), axis, kind, bp)


row("detrend", detrended, steady={"overwrite_data": "arrays do not change"})


def spectral(d: Draw, two: bool = False) -> Case:
    shape, axis = d.pick("shape", ((16,), -1), ((12, 2), 0), ((2, 1, 8), -1))
    dtype = d.dtype(SOLID if two else ("float", "double"))
    kwargs = {
        "fs": d.pick("fs", 1.0, 8.0), "window": d.pick("window", "hann", "boxcar"), "nperseg": d.pick("nperseg", 4, 8),
        "noverlap": d.pick("noverlap", None, 1), "nfft": d.pick("nfft", None, 10), "axis": axis,
        "detrend": d.pick("detrend", "constant", False, "linear"), "return_onesided": d.pick("sides", True, False),
        "scaling": d.pick("scaling", "density", "spectrum"), "average": d.pick("average", "mean", "median"),
    }  # fmt: skip
    if dtype.kind == "c":
        kwargs["return_onesided"] = False
    second = (d.pick("y", d.array(dtype, shape), None),) if two else ()
    return d.case(d.array(dtype, shape), *second, **kwargs)


row("welch", spectral)
row("csd", lambda d: spectral(d, True))


def timed(d: Draw) -> Case:
    shape, axis = d.pick("shape", ((16,), -1), ((12, 2), 0), ((2, 1, 8), -1))
    dtype = d.dtype(SOLID)
    kwargs = {
        "fs": d.pick("fs", 1.0, 8.0), "window": d.pick("window", "hann", "boxcar"), "nperseg": d.pick("nperseg", 4, 8),
        "noverlap": d.pick("noverlap", None, 1), "nfft": d.pick("nfft", None, 10), "axis": axis,
        "detrend": d.pick("detrend", False, "constant"), "return_onesided": d.pick("sides", True, False),
        "boundary": d.pick("boundary", "zeros", None, "even", "odd", "constant"), "padded": d.pick("padded", True, False),
    }  # fmt: skip
    if dtype.kind == "c":
        kwargs["return_onesided"] = False
    return d.case(d.array(dtype, shape), **kwargs)


row("stft", timed)


def untimed(d: Draw) -> Case:
    onesided, last = d.pick("sides", True, False), d.pick("last", True, False)
    shape = ((3, 5), (2, 3, 4))[d.pick("shape", 0, 1)] if onesided else (4, 5)
    z = d.array(d.dtype(COMPLEX), shape)
    if onesided:
        z[..., (0, -1), :] = z[..., (0, -1), :].real
    kwargs = {
        "fs": d.pick("fs", 1.0, 8.0), "window": d.pick("window", "hann", "hamming"), "input_onesided": onesided,
        "boundary": d.pick("boundary", True, False), "nperseg": d.pick("nperseg", None, 4),
        "noverlap": d.pick("noverlap", None, 2, 3), "nfft": d.pick("nfft", None, 4),
    }  # fmt: skip
    if last:
        return d.case(z, **kwargs)
    return d.case(z.swapaxes(-1, -2).copy(), **kwargs, time_axis=-2, freq_axis=-1)


row("istft", untimed)
room("scipy.integrate")("trapezoid", trapezes)


def sampled(d: Draw) -> Case:
    image = d.pick("image", (4,), (3, 4), (2, 3, 2))
    places = d.pick("places", (3,), (2, 3), (), (0,))
    dtype, where = d.dtype((*FLOAT, *COMPLEX, "int", "uint")), "float64" if d.slopes else "float32"
    coordinates = [d.array(where, places, -1.2, n + 0.2) for n in image]
    modes = ("constant", "nearest", "wrap", "mirror", "reflect")
    return d.case(
        d.array(dtype, image, 0, 3),
        coordinates,
        d.pick("order", 1, 0),
        d.pick("mode", *modes),
        d.pick("cval", 0.0, 2.0),
    )


row = room("scipy.ndimage")
row("map_coordinates", sampled, steady={"coordinates": "operands"})


def gridded(d: Draw) -> Case:
    dtype = d.dtype(("float", "double"))
    points = [np.cumsum(d.array(dtype, (n,), 0.5, 1)).astype(dtype) for n in d.pick("sizes", (4,), (3, 4))]
    more = d.pick("more", (), (2,))
    values = d.array(dtype, (*(p.size for p in points), *more))
    at = d.array(dtype, (*d.pick("places", (3,), (2, 3), (0,)), len(points)), 0.2, 3)
    return d.case(points, values, at, d.pick("method", "linear", "nearest"), d.pick("fill", np.nan, None, 0.5))


room("scipy.interpolate")("RegularGridInterpolator", gridded, call=lambda lib, f, points, values, at, method, fill: f(
    tuple(points), values, method, fill_value=fill)(at))  # fmt: skip

# --- systems of equations by iteration ---

HALF = Of(lambda lib: lambda x: lib.tree.map(lambda leaf: leaf * 0.125, x), "x / 8")


def iterated(make, **choices):
    def draw(d: Draw) -> Case:
        dtype = d.dtype(SOLID)
        b = d.array(dtype, (3,))
        kwargs = {k: d.pick(k, *v) for k, v in choices.items()}
        # the third step is exact
        return d.case(make(d, dtype, (3, 3)), b, d.pick("x0", None, d.array(dtype, (3,))), tol=1e-6, M=d.pick("M", None, HALF),
                      atol=d.pick("atol", 0.0, 1e-9), maxiter=d.pick("maxiter", None, 20), **kwargs)  # fmt: skip

    return draw


row = room("scipy.sparse.linalg")
SYSTEM = {
    "lacks": "scalar empty broadcast deep",
    "order": 1,
    "call": lambda lib, f, *args, **kwargs: f(*args, **kwargs)[0],
}
row("cg", iterated(hermitian), **SYSTEM)
row("bicgstab", iterated(regular), **SYSTEM)
row("gmres", iterated(regular, restart=(20, 3), solve_method=("batched", "incremental")), **SYSTEM)

# --- minima ---


def bowl(np_, x, a):
    return 1 + np_.sum(np_.arange(1, x.size + 1) * (x - a) ** 2)


def steep(np_, x, a):
    # of a valley that bends JAX's line search gives up, where it meets an interval whose better end is the right one
    return np_.sum(np_.cosh(x - a)) + (x[0] - x[1]) ** 2


def sought(d: Draw) -> Case:
    n, f = d.pick("f", (3, bowl), (2, steep))
    dtype, options = (
        d.dtype(("float", "double")),
        d.pick("options", (), (("maxiter", 2),), (("gtol", 1e-4), ("norm", 2))),
    )
    return d.case(f, d.array(dtype, (n,), -1, 1), d.array(dtype, (n,), 1, 2), options)


@functools.cache
def solver(lib, f, fun, options):
    """One program for all cases of a kind: such loops take long to compile."""
    return lib.jit(lambda x, a: f(lambda x, a: fun(lib.numpy, x, a), x, (a,), method="BFGS", options=dict(options)))


def least(lib, f, fun, x, a, options):
    """The least value and how it ended; in float64 the place and the way too, which in float32 rounding decides."""
    found = solver(lib, f, fun, options)(x, a)
    way = [found.x, found.nit, found.nfev, found.njev, found.hess_inv]
    wide = found.x.dtype == "float64"
    return [found.fun, found.success, found.status, *(x * wide for x in way)]


row = room("scipy.optimize")
row("minimize", sought, lacks="scalar empty broadcast deep", order=0, call=least)
row("OptimizeResults", lambda d: d.case(*range(9)), lacks="scalar empty broadcast deep", order=0, host=True,
    call=lambda lib, f, *args: [*f._fields, f(*args)])  # fmt: skip
