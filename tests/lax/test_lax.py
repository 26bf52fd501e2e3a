"""rustorch_fn.lax against jax.lax on the same inputs, and what it refuses."""

from fractions import Fraction

import jax
import jax.lax as jlax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import agree
from together import in_one_program

import rustorch_fn as rt
import rustorch_fn.numpy as rnp
from rustorch_fn import errors, lax

_rng = np.random.default_rng(0)
INPUTS = {
    "f": _rng.standard_normal((3, 4)).astype(np.float32),
    "g": _rng.standard_normal((3, 4)).astype(np.float32),
    "v": _rng.standard_normal(4).astype(np.float32),
    "i": _rng.integers(-5, 6, (3, 4)).astype(np.int32),
    "w": _rng.integers(0, 9, (3, 4)).astype(np.uint32),
    "t": _rng.standard_normal((2, 3, 4)).astype(np.float32),
    "x": _rng.standard_normal((2, 3, 7, 8)).astype(np.float32),
    "k": _rng.standard_normal((4, 3, 3, 2)).astype(np.float32),
    "xl": _rng.standard_normal((2, 7, 8, 3)).astype(np.float32),
    "kl": _rng.standard_normal((3, 2, 3, 4)).astype(np.float32),
    "c": _rng.standard_normal((6, 1, 3, 3)).astype(np.float32),
}

EXPRESSIONS = """
lax.add(f, 1.0)
lax.add(f, f[:1])
lax.mul(f, g)
lax.div(i, np.full((3, 4), 3, 'int32'))
lax.rem(i, np.full((3, 4), 3, 'int32'))
lax.max(f, g)
lax.pow(lax.abs(f), 2.5)
lax.integer_pow(f, -2)
lax.square(f)
lax.reciprocal(f)
lax.round(f * 2)
lax.round(f * 2, lax.RoundingMethod.TO_NEAREST_EVEN)
lax.sign(i)
lax.rsqrt(lax.abs(f))
lax.logistic(f)
lax.erf(f)
lax.erfc(f)
lax.erf_inv(f / 4)
lax.lgamma(f)
lax.digamma(f)
lax.is_finite(f)
lax.bitwise_not(i)
lax.population_count(w)
lax.clz(w)
lax.shift_left(w, np.full((3, 4), 33, 'uint32'))
lax.shift_right_arithmetic(i, np.full((3, 4), 40, 'int32'))
lax.shift_right_logical(i, np.full((3, 4), 1, 'int32'))
lax.nextafter(f, g)
lax.atan2(f, g)
lax.eq(f, g)
lax.select(f > 0, f, g)
lax.select_n(f > 0, f, g)
lax.select_n(lax.clamp(0, i, 2), f, g, f)
lax.clamp(-0.5, f, 0.5)
lax.convert_element_type(f * 1e10, 'int32')
lax.bitcast_convert_type(f, 'int32')
lax.bitcast_convert_type(f, 'uint8')
lax.bitcast_convert_type(lax.bitcast_convert_type(f, 'uint16'), 'float32')
lax.reduce_precision(f, 8, 7)
lax.full((2, 3), 1.5)
lax.full_like(f, 2)
lax.iota('int32', 5)
lax.broadcasted_iota('float32', (2, 3), 1)
lax.broadcast(v, (2,))
lax.broadcast_in_dim(v, (4, 3), (0,))
lax.broadcast_in_dim(f[:1], (5, 4), (0, 1))
lax.reshape(f, (2, 6))
lax.reshape(f, (12,), (1, 0))
lax.transpose(t, (2, 0, 1))
lax.squeeze(f[:1], (0,))
lax.expand_dims(f, (0, 3))
lax.collapse(t, 1)
lax.concatenate([f, g], 1)
lax.pad(f, 9.0, [(1, 2, 0), (0, -1, 1)])
lax.pad(f, 0.0, [(-1, 0, 0), (0, 0, 0)])
lax.rev(f, (1,))
lax.slice(f, (0, 1), (3, 4), (2, 1))
lax.slice_in_dim(f, 1, -1, axis=1)
lax.index_in_dim(f, -1, 0, False)
lax.tile(f, (2, 1))
lax.split(v, (1, 3))
lax.sort(f)
lax.sort((i, f), dimension=0)
lax.sort((i, f, g), num_keys=2)
lax.sort_key_val(i, f)
lax.top_k(i, 2)
lax.argmax(f, 1, 'int32')
lax.reduce_sum(t, (0, 2))
lax.reduce_max(t, (1,))
lax.reduce_prod(f, (0,))
lax.reduce_and(w, (0,))
lax.reduce_or(f > 0, (0,))
lax.reduce_xor(w, (1,))
lax.reduce(f, 0.0, lax.add, (1,))
lax.reduce(f, -np.inf, lax.max, (0,))
lax.reduce(f, 0.0, lambda a, b: b + a, (0, 1))
lax.reduce((f, i), (0.0, 0), lambda a, b: (a[0] + b[0], lax.max(a[1], b[1])), (1,))
lax.cumsum(f, 1)
lax.cumsum(f, 1, reverse=True)
lax.cumprod(f, 0)
lax.cummax(f, 1)
lax.cummin(f, 1, reverse=True)
lax.cumlogsumexp(f, 1)
lax.reduce_window(f, 0.0, lax.add, (2, 2), (1, 2), 'SAME')
lax.reduce_window(f, -np.inf, lax.max, (2, 2), (1, 1), 'VALID', window_dilation=(1, 2))
lax.reduce_window(f, np.inf, lax.min, (2, 2), (2, 2), ((1, 0), (0, 1)), base_dilation=(2, 1))
lax.reduce_window(f, 1.0, lax.mul, (1, 3), (1, 1), 'SAME')
lax.dynamic_slice(f, (1, 9), (2, 2))
lax.dynamic_slice(f, (-1, 0), (1, 4))
lax.dynamic_slice_in_dim(f, 1, 2)
lax.dynamic_index_in_dim(f, 2, 0, False)
lax.dynamic_update_slice(f, g[:2, :2], (2, 1))
lax.dynamic_update_slice_in_dim(f, g[:1], -1, 0)
lax.dynamic_update_index_in_dim(f, v, 1, 0)
lax.gather(f, np.array([[0], [2]]), lax.GatherDimensionNumbers((1,), (0,), (0,)), (1, 4))
lax.gather(f, np.array([[0, 1], [2, 9]]), lax.GatherDimensionNumbers((), (0, 1), (0, 1)), (1, 1), mode='clip')
lax.gather(f, np.array([[0, 1], [2, 9]]), lax.GatherDimensionNumbers((), (0, 1), (0, 1)), (1, 1), mode='fill')
lax.scatter(f, np.array([[0], [2]]), g[:2], lax.ScatterDimensionNumbers((1,), (0,), (0,)))
lax.scatter_add(f, np.array([[0], [0]]), g[:2], lax.ScatterDimensionNumbers((1,), (0,), (0,)))
lax.scatter_sub(f, np.array([[0], [7]]), g[:2], lax.ScatterDimensionNumbers((1,), (0,), (0,)))
lax.scatter_mul(f, np.array([[0], [1]]), g[:2], lax.ScatterDimensionNumbers((1,), (0,), (0,)))
lax.scatter_min(f, np.array([[0], [0]]), g[:2], lax.ScatterDimensionNumbers((1,), (0,), (0,)))
lax.scatter_max(f, np.array([[0], [0]]), g[:2], lax.ScatterDimensionNumbers((1,), (0,), (0,)))
lax.dot(f, v)
lax.dot(f, g.T)
lax.dot_general(t, t, (((2,), (2,)), ((0,), (0,))))
lax.dot_general(t, f, (((1, 2), (0, 1)), ((), ())))
lax.dot(f.astype('bfloat16'), v.astype('bfloat16'), preferred_element_type='float32')
lax.conv(x, c[:, :, :, :2].reshape(4, 3, 3, 1), (1, 2), 'SAME')
lax.conv_general_dilated(x, k, (2, 1), [(1, 1), (0, 2)])
lax.conv_general_dilated(x, k, (1, 1), [(0, 0), (0, 0)], lhs_dilation=(2, 1), rhs_dilation=(1, 2))
lax.conv_general_dilated(x, c, (1, 1), 'SAME', feature_group_count=3)
lax.conv_general_dilated(xl, kl, (1, 1), 'SAME', dimension_numbers=('NHWC', 'HWIO', 'NHWC'))
lax.conv_general_dilated(x, k[:4, :3], (1, 1), 'SAME', batch_group_count=2)
lax.conv_transpose(x.transpose(0, 2, 3, 1), k.transpose(2, 3, 1, 0), (2, 2), 'SAME')
lax.conv_transpose(x.transpose(0, 2, 3, 1), k.transpose(2, 3, 0, 1), (2, 1), 'VALID', transpose_kernel=True)
lax.conv_general_dilated_patches(x, (2, 3), (1, 2), 'SAME')
lax.conv_general_dilated_patches(xl, (2, 3), (1, 2), 'VALID', dimension_numbers=('NHWC', 'HWIO', 'NHWC'))
lax.stop_gradient(f)
lax.mulhi(w, w)
""".strip().splitlines()


def evaluate(text, library, array, values):
    return eval(text, {"lax": library, "np": array, **values})


@pytest.fixture(scope="module")
def expected():
    cases = {text: lambda values, text=text: evaluate(text, jlax, jnp, values) for text in EXPRESSIONS}
    return in_one_program(cases, {k: jnp.asarray(v) for k, v in INPUTS.items()})


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression(text, expected):
    ours = evaluate(text, lax, rnp, {k: rnp.asarray(v) for k, v in INPUTS.items()})
    for a, b in zip(rt.tree.leaves(ours), rt.tree.leaves(expected[text]), strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(np.asarray(a).astype(float), np.asarray(b).astype(float), rtol=2e-5, atol=2e-5)


SMOOTH = {
    "reduce_window": lambda lax, x: lax.reduce_window(x, 0.0, lax.add, (1, 1, 2, 2), (1, 1, 2, 2), "VALID"),
    "max_pool": lambda lax, x: lax.reduce_window(x, -np.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "SAME"),
    "conv": lambda lax, x: lax.conv(x, x[:, :, :3, :3], (1, 1), "SAME"),
    "top_k": lambda lax, x: lax.top_k(x, 3)[0],
    "dynamic_slice": lambda lax, x: lax.dynamic_slice(x, (0, 1, 2, 3), (1, 2, 3, 4)) ** 2,
    "dynamic_update_slice": lambda lax, x: lax.dynamic_update_slice(x, x[:1, :2] * 2, (1, 1, 0, 0)) ** 2,
    "cumlogsumexp": lambda lax, x: lax.cumlogsumexp(x, 3),
    "reduce": lambda lax, x: lax.reduce(x, 0.0, lax.add, (0, 1)) ** 2,
    "dot_general": lambda lax, x: lax.dot_general(x, x, (((3,), (3,)), ((0, 1), (0, 1)))),
}


@pytest.mark.parametrize("case", SMOOTH)
def test_gradient(case):
    f = SMOOTH[case]
    x = INPUTS["x"]
    ours = rt.grad(lambda y: f(lax, y).sum())(rnp.asarray(x))
    theirs = jax.jit(jax.grad(lambda y: f(jlax, y).sum()))(x)
    with jax.enable_x64(True):
        truth = np.asarray(jax.jit(jax.grad(lambda y: f(jlax, y).sum()))(x.astype(np.float64)))
    agree(np.asarray(ours), np.asarray(theirs), truth)


MISTAKES = {
    "types": (lambda x: lax.add(x, rnp.arange(4)), errors.DtypeError),
    "ranks": (lambda x: lax.add(x, x[0]), errors.ShapeError),
    "sizes": (lambda x: lax.add(x, x[:, :2]), errors.ShapeError),
    "sin of an integer": (lambda x: lax.sin(1), errors.DtypeError),
    "list": (lambda x: lax.sin([1.0]), errors.BadType),
    "permutation": (lambda x: lax.transpose(x, (0, 0)), errors.BadArgument),
    "slice": (lambda x: lax.slice(x, (0, 0), (9, 4)), errors.BadArgument),
    "pad": (lambda x: lax.pad(x, 0.0, [(1, 1, 0)]), errors.BadArgument),
    "dot": (lambda x: lax.dot(x, x), errors.ShapeError),
    "mode": (lambda x: x.at[0].set(1.0, mode="wrong"), errors.BadArgument),
    "select": (lambda x: lax.select(x, x, x), errors.DtypeError),
    "top_k": (lambda x: lax.top_k(x, 9), errors.BadArgument),
    "padding": (lambda x: lax.reduce_window(x, 0.0, lax.add, (2, 2), padding="FULL"), errors.BadArgument),
    "letters": (lambda x: lax.conv_dimension_numbers((1, 2, 3), (1, 2, 3), ("NCH", "OIW", "NCH")), errors.BadArgument),
    "negative power": (lambda x: lax.integer_pow(rnp.arange(3), -1), errors.DtypeError),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    act, error = MISTAKES[case]
    with pytest.raises(error):
        act(rnp.asarray(INPUTS["f"]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fma_rounds_once(dtype):
    x, y, z = (_rng.standard_normal(2000).astype(dtype) for _ in range(3))
    # cancellation shows the low half of the product
    z[::2] = -(x * y)[::2]
    ours = np.asarray(lax.fma(*(rnp.asarray(v, dtype=dtype) for v in (x, y, z))))
    exact = [Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c)) for a, b, c in zip(x, y, z, strict=True)]
    # a float64 is a Fraction rounded once; float32 takes one more rounding only where that one was exact enough
    wide = np.array([float(e) for e in exact])
    assert np.max(np.abs(ours - wide) / np.spacing(np.abs(wide).astype(dtype))) <= 0.500001


def test_rounding_to_half_that_overflows_is_quiet():
    x = rt.numpy.full(2, 60000.0, rt.numpy.float16)
    y = x.at[rt.numpy.array([0, 0])].multiply(rt.numpy.full(2, 300.0, rt.numpy.float16))
    assert y.tolist() == [float("inf"), 60000.0]
