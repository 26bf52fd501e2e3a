"""Names of rt.lax: arrays of one value, convolutions, folds by a function, implicit solutions, classes of dimensions."""

import typing

import numpy as np
from peers.draw import ANY, COMPLEX, FLOAT, INEXACT, INT, REAL, Case, Draw, Of
from peers.rows import room

row = room("lax")
NUMBERS = (*FLOAT, *INT, *COMPLEX)
NOTHING = {"lacks": "scalar empty broadcast deep"}
SIZES = ((), (3,), (0, 3), (2, 3, 4))
DTYPES = ("float32", "int32", "bool", "complex64", "uint8", "float64", "bfloat16")

# --- arrays of one value, and of places ---


def made(**choices):
    """f(value, …) without operands."""
    return lambda d: d.case(*(d.pick(k, *v) for k, v in choices.items()))


row("iota", made(dtype=("float32", "int32", "uint8", "bfloat16", "complex64"), size=(5, 0)), **NOTHING)
row("broadcasted_iota", made(dtype=("float32", "int32", "uint8"), shape=((2, 3), (3, 0)), dimension=(0, 1)), **NOTHING)
row("empty", made(shape=SIZES, dtype=DTYPES), **NOTHING, call=lambda lib, f, *args: lib.numpy.zeros_like(f(*args)))
row("full", lambda d: d.case(d.pick("shape", *SIZES), d.operand(d.dtype(REAL), (), 0, 3), d.pick("dtype", None, *DTYPES)),
    lacks="empty broadcast deep")  # fmt: skip
row("full_like", lambda d: d.case(d.array(d.dtype(ANY), d.shape()), d.pick("fill", 1, 0), d.pick("dtype", None, "float32"),
                                  d.pick("shape", None, (2, 5))))  # fmt: skip
row("dtype", lambda d: d.case(d.operand(d.dtype(ANY), d.shape())), host=True)
row("broadcast_shapes", lambda d: d.case(*d.pick("shapes", ((2, 1), (3,)), ((), (4,)), ((0, 1), (1, 3)))), host=True,
    **NOTHING, steady={"shapes": "tuples"})  # fmt: skip


def orders(d: Draw) -> Case:
    return d.case(d.pick("m", 1, 2, 3), d.array(d.dtype(("float", "double")), d.shape(), 0.5, 5))


row("polygamma", orders, lacks="broadcast", order=1, call=lambda lib, f, m, x: f(lib.lax.full_like(x, m), x))


def reduced(d: Draw) -> Case:
    return d.case(
        d.operand(d.dtype(FLOAT), d.shape()), d.pick("exponent_bits", 8, 5), d.pick("mantissa_bits", 7, 3, 10)
    )


row("reduce_precision", reduced, differs={
    "grad": "ours is that of x where no type has these bits; JAX rounds what flows back as well"})  # fmt: skip


def drawn(d: Draw) -> Case:
    key = d.array("uint32", (4,), 0, 2**32 - 1)
    algorithm = d.pick("algorithm", "RNG_DEFAULT", "RNG_THREE_FRY", "RNG_PHILOX")
    return d.case(key, d.pick("shape", (3,), (), (0, 3), (2, 3, 4)), d.pick("dtype", "uint32", "uint8", "uint16"),
                  Of(lambda lib: lib.lax.RandomAlgorithm[algorithm], algorithm))  # fmt: skip


row("rng_bit_generator", drawn, **NOTHING, vmap=False)

# --- convolutions ---

CONV = {"lacks": "scalar empty"}


def images(d: Draw, last: bool = False) -> list:
    """Images and a kernel of one to three axes of space: channels before them, or behind."""
    rank, dtype = d.pick("axes of space", 2, 1, 3), d.dtype(INEXACT)
    space, window = (5, 6, 4)[:rank], (2, 3, 2)[:rank]
    if last:
        return [d.array(dtype, (2, *space, 3)), d.array(dtype, (*window, 3, 2))]
    return [d.array(dtype, (2, 3, *space)), d.array(dtype, (2, 3, *window))]


def convolved(d: Draw) -> Case:
    x, kernel = images(d)
    n = x.ndim - 2
    return d.case(x, kernel, d.pick("window_strides", (1,) * n, (2, 1, 2)[:n]), d.pick("padding", "SAME", "VALID"))


row("conv", convolved, **CONV, order=1)


def padded(d: Draw) -> Case:
    x, kernel = images(d)
    n = x.ndim - 2
    padding = d.pick("padding", "SAME", [(1, 0), (0, 2), (1, 1)][:n])
    left = None if isinstance(padding, str) else d.pick("lhs_dilation", None, (1, 2, 1)[:n])
    return d.case(x, kernel, d.pick("window_strides", (1,) * n, (2, 1, 2)[:n]), padding, left,
                  d.pick("rhs_dilation", None, (2, 1, 1)[:n]))  # fmt: skip


row("conv_with_general_padding", padded, **CONV, order=1)


def transposed(d: Draw) -> Case:
    x, kernel = images(d, last=True)
    n = x.ndim - 2
    padding = d.pick("padding", "SAME", "VALID", [(1, 0), (0, 2), (1, 1)][:n])
    turned = d.pick("transpose_kernel", False, True)
    if turned:
        kernel = np.swapaxes(kernel, -1, -2)
    return d.case(x, kernel, d.pick("strides", (1,) * n, (2, 1, 2)[:n]), padding, d.pick("rhs_dilation", None, (2, 1, 1)[:n]),
                  transpose_kernel=turned, use_consistent_padding=d.pick("consistent", False, True))  # fmt: skip


row("conv_transpose", transposed, **CONV, order=1, steady={"dimension_numbers": "conv_general_dilated's"})


def patched(d: Draw) -> Case:
    x, kernel = images(d)
    n = x.ndim - 2
    return d.case(x, kernel.shape[2:], d.pick("window_strides", (1,) * n, (2, 1, 2)[:n]), d.pick("padding", "SAME", "VALID",
                  [(1, 0), (0, 2), (1, 1)][:n]), rhs_dilation=d.pick("rhs_dilation", None, (2, 1, 1)[:n]))  # fmt: skip


row("conv_general_dilated_patches", patched, lacks="scalar empty broadcast", order=1, steady={
    "lhs_dilation": "conv_general_dilated's", "dimension_numbers": "conv_general_dilated's"})  # fmt: skip
WORDS = (None, ("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NHWC"), ("HWNC", "IOHW", "CNHW"))
row("conv_dimension_numbers", made(lhs=((2, 3, 4, 5), (1, 4, 4, 6)), rhs=((4, 3, 2, 2), (5, 4, 2, 2)), words=WORDS),
    host=True, **NOTHING, call=lambda lib, f, *args: [list(part) for part in f(*args)])  # fmt: skip


def spelled(d: Draw) -> Case:
    dtype = d.dtype(FLOAT)
    return d.case(
        d.array(dtype, (1, 4, 5, 2)), d.array(dtype, (2, 2, 2, 3)), d.pick("form", "words", "numbers", "none")
    )


def numbered(lib, f, x, kernel, form):
    """A convolution by dimension numbers in one of their forms."""
    numbers = lib.lax.ConvDimensionNumbers
    if f is numbers:
        dims = (
            f((0, 3, 1, 2), (3, 2, 0, 1), (0, 3, 1, 2))
            if form != "none"
            else f((0, 3, 1, 2), (3, 2, 0, 1), (1, 0, 2, 3))
        )
    else:
        dims = {
            "words": ("NHWC", "HWIO", "NCHW"),
            "numbers": numbers((0, 3, 1, 2), (3, 2, 0, 1), (0, 1, 2, 3)),
            "none": None,
        }[form]
        assert isinstance(dims, tuple(typing.get_origin(kind) or kind for kind in typing.get_args(f)))
        if dims is None:
            x, kernel = lib.numpy.transpose(x, (0, 3, 1, 2)), lib.numpy.transpose(kernel, (3, 2, 0, 1))
    return lib.lax.conv_general_dilated(x, kernel, (1, 1), "SAME", dimension_numbers=dims)


row("ConvDimensionNumbers ConvGeneralDilatedDimensionNumbers", spelled, call=numbered, lacks="scalar empty", order=1)


def multiplied(d: Draw) -> Case:
    dtype = d.dtype(NUMBERS)
    dims = d.pick("dims", (((1,), (0,)), ((), ())), (((0,), (1,)), ((), ())))
    return d.case(d.array(dtype, (3, 3)), d.array(dtype, (3, 3)), dims)


row("DotDimensionNumbers", multiplied, lacks="scalar empty broadcast deep", call=lambda lib, f, x, y, dims: (
    lib.lax.dot_general(x, y, dims), isinstance(dims, typing.get_origin(f)), len(typing.get_args(f))))  # fmt: skip
row("Precision", lambda d: d.case(d.array(d.dtype(FLOAT), (3, 3)), d.pick("name", "DEFAULT", "HIGH", "HIGHEST")),
    lacks="scalar empty broadcast deep", call=lambda lib, f, x, name: (lib.lax.dot(x, x, precision=f[name]), int(
        f[name].value)))  # fmt: skip

# --- folds by a function ---


def folded(d: Draw) -> Case:
    shape = d.shape(1)
    dtype = d.dtype((*FLOAT, *INT))
    f, start = d.pick("computation", ("add", 0), ("mul", 1), ("max", -9), ("both", 1), ("pair", 0))
    axes = d.pick("dimensions", (0,), tuple(range(len(shape))))
    start = max(start, 0) if np.dtype(dtype).kind == "u" else start
    x, init = d.array(dtype, shape, 0, 2), np.asarray(start, dtype)
    if f == "pair":
        return d.case((x, d.array(dtype, shape, 0, 2)), (init, init), pairs(f), axes)
    return d.case(x, init, pairs(f), axes)


def pairs(name: str) -> Of:
    """A function of two values, by name."""
    known = {
        "both": lambda lib: lambda a, b: a * b,
        "pair": lambda lib: lambda a, b: (a[0] + b[0], lib.lax.max(a[1], b[1])),
    }
    return Of(known.get(name, lambda lib: getattr(lib.lax, name)), name)


row(
    "reduce",
    folded,
    steady={"computation": "functions", "init_values": "operands"},
    lacks="empty broadcast scalar",
    order=1,
)


def windowed(d: Draw) -> Case:
    shape = d.pick("shape", (5,), (4, 6), (2, 3, 4))
    n, dtype = len(shape), d.dtype((*FLOAT, *INT))
    f, start = d.pick("computation", ("add", 0), ("max", -9), ("min", 9), ("both", 1))
    start = max(start, 0) if np.dtype(dtype).kind == "u" else start
    window = d.pick("window_dimensions", (2,) * n, (2, 1, 3)[:n])
    padding = d.pick("padding", "VALID", "SAME", [(1, 0)] * n)
    steps = d.pick("window_strides", None, (2, 1, 2)[:n])
    apart = {k: d.pick(k, None, (1, 2, 1)[:n]) for k in ("base_dilation", "window_dilation")}
    return d.case(d.array(dtype, shape), np.asarray(start, dtype), pairs(f), window, steps, padding, **apart)


row("reduce_window", windowed, lacks="empty broadcast scalar", steady={"computation": "functions", "init_value": "operands"},
    order=1)  # fmt: skip


def grouped(d: Draw) -> Case:
    m, k, n = d.pick("sizes", (5, 3, 2), (4, 1, 2))
    dtype = d.dtype(FLOAT)
    sizes = d.pick("groups", [2, 0, m - 2], [1, m - 1])
    return d.case(d.array(dtype, (m, k)), d.array(dtype, (len(sizes), k, n)), np.asarray(sizes, np.int32))


row("ragged_dot", grouped, lacks="scalar empty", vmap=False, steady={"group_offset": "JAX refuses it"}, order=1)


def by_platform(d: Draw) -> Case:
    return d.case(d.array(d.dtype(ANY), d.shape()), d.pick("way", "cpu", "default", "tpu"))


def on_platform(lib, f, x, way):
    ways = {"cpu": {"cpu": lambda a: a + a, "default": lambda a: a}, "default": {"default": lambda a: a + a}, "tpu": {
        "tpu": lambda a: a, "default": lambda a: a * 3}}[way]  # fmt: skip
    return f(x, **ways)


row("platform_dependent", by_platform, call=on_platform)

# --- implicit solutions ---


def rooted(d: Draw) -> Case:
    return d.case(
        d.array(d.dtype(("float", "double")), d.pick("shape", (), (3,), (2, 1, 3)), 1, 8),
        d.pick("has_aux", False, True),
    )


def cube_root(lib, f, x, has_aux):
    """Where y³ + y = x, by Newton's steps."""

    def solve(g, y):
        steps = lib.lax.fori_loop(0, 30, lambda _, y: y - g(y) / (3 * y * y + 1), y)
        return (steps, lib.numpy.sum(steps) * 0 + 7) if has_aux else steps

    return f(lambda y: y * y * y + y - x, x / 2, solve, lambda g, t: t / g(lib.numpy.ones_like(t)), has_aux=has_aux)


row("custom_root", rooted, call=cube_root, lacks="empty broadcast")


def solvable(d: Draw) -> Case:
    dtype, n = d.dtype(("float", "double")), 3
    a = d.array(dtype, (n, n), -1, 1) + 4 * np.eye(n, dtype=dtype)
    symmetric = d.pick("symmetric", False, True)
    a = (a + a.T) / 2 if symmetric else a
    return d.case(a, d.array(dtype, (n,)), symmetric, d.pick("has_aux", False, True))


def solution(lib, f, a, b, symmetric, has_aux):
    """Where a x = b; a stays what it is under a linear solve, as its gradient is the matvec's."""

    def solve(matrix):
        def run(mv, b):
            x = lib.numpy.linalg.solve(lib.lax.stop_gradient(matrix), b)
            return (x, lib.numpy.sum(x) * 0 + 7) if has_aux else x

        return run

    whole = (a + a.T) / 2 if symmetric else a
    return f(lambda x: whole @ x, b, solve(whole), solve(whole.T), symmetric=symmetric, has_aux=has_aux)


row("custom_linear_solve", solvable, call=solution, lacks="scalar empty deep", order=1)
