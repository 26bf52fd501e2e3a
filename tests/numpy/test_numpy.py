"""rustorch_fn.numpy against jax.numpy on the same inputs: values, dtypes, weak types, shapes."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compare import agree, widened
from together import in_one_program

import rustorch_fn as rt
import rustorch_fn.numpy as rnp
from rustorch_fn import errors

_rng = np.random.default_rng(0)
_f = _rng.standard_normal((3, 4)).astype(np.float32)
_g = _rng.standard_normal((3, 4)).astype(np.float32)
_v = _rng.standard_normal(4).astype(np.float32)
_i = _rng.integers(-5, 6, (3, 4)).astype(np.int32)
_u = _rng.integers(0, 9, (3, 4)).astype(np.uint8)
_b = _rng.integers(0, 2, (3, 4)).astype(bool)
_h = _f.astype(np.float16)
_unit = np.abs(_f) / 4
_t = _rng.standard_normal((2, 3, 4)).astype(np.float32)
_special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.5, -2.5, 3.0], np.float32)


def same(ours, theirs, truth=None):
    """Structure, shape, dtype, weak type and values."""
    mine, peers = rt.tree.leaves(ours), rt.tree.leaves(theirs)
    assert len(mine) == len(peers)
    truths = [None] * len(mine) if truth is None else rt.tree.leaves(truth)
    for a, b, t in zip(mine, peers, truths, strict=True):
        if not hasattr(b, "dtype"):
            assert a == b
            continue
        if b.dtype != bool and hasattr(b, "weak_type"):
            assert a.weak_type == b.weak_type, f"weak type: ours {a.aval}, the peer's {b.aval}"
        if t is None:
            assert np.asarray(a).dtype == np.asarray(b).dtype
            assert a.shape == b.shape
            loose = 2e-3 if a.dtype == np.float16 else 2e-5
            np.testing.assert_allclose(np.asarray(a).astype(float), np.asarray(b).astype(float), rtol=loose, atol=2e-6)
        else:
            agree(np.asarray(a), np.asarray(b), np.asarray(t))


def each(names, operands):
    """The same operands for several functions."""
    return {name: operands for name in names.split()}


UNARY = {
    **each(
        "exp exp2 expm1 sin cos tan arctan sinh cosh tanh arcsinh cbrt floor ceil trunc rint abs fabs sign square "
        "negative positive isfinite isnan isinf isposinf isneginf signbit logical_not sinc nan_to_num deg2rad "
        "rad2deg reciprocal real conj round",
        [_f, _i, _special, 2, _h],
    ),
    "modf": [_f, 2, 0.5],
    **each("log log1p log2 log10 sqrt arccosh", [_unit + 1, _u, 2, 3.0]),
    **each("arcsin arccos arctanh", [np.tanh(_f), 0.5]),
    **each("invert bitwise_count", [_i, _u, 3]),
}
BINARY = {
    **each(
        "add subtract multiply divide maximum minimum fmax fmin arctan2 equal not_equal less less_equal greater "
        "greater_equal logical_and logical_or logical_xor floor_divide remainder fmod hypot logaddexp logaddexp2 "
        "copysign heaviside divmod isclose",
        [(_f, _g), (_f, _v), (_i, _i), (_i, 2), (2.5, _i), (_u, _i), (_f, 3), (_h, 2.0)],
    ),
    **each("bitwise_and bitwise_or bitwise_xor", [(_i, 3), (_u, _i), (_b, _b), (_b, True), (6, 3)]),
    **each("left_shift right_shift", [(_i, 2), (_i, 33), (_u, 1), (_u, _u), (7, _i)]),
    "power": [(_f, 2), (_f, 3), (_i, 2), (_unit + 1, _f), (_unit + 1, 0.5), (2, _f), (_i, _u), (2.0, _i), (_f, -1)],
    "float_power": [(_unit + 1, 2), (2, 3)],
    "nextafter": [(_f, _g)],
    "gcd": [(_i, 6), (_u, _u)],
    "lcm": [(_i, 6), (_u, _u)],
    "ldexp": [(_f, _i), (1.5, 100), (1e-30, 130)],
}


POINTWISE = {(name, k): (x,) for name, xs in UNARY.items() for k, x in enumerate(xs)}
POINTWISE |= {(name, k): pair for name, pairs in BINARY.items() for k, pair in enumerate(pairs)}
del POINTWISE["sign", 4], POINTWISE["square", 4]


def _strong(y, *_):
    return jnp.asarray(y, y.dtype)


# what JAX changed after 0.10, whose answers ours gives: the newer answer as the older one
CHANGED = {
    "log2": _strong,
    "hypot": _strong,
    "sinc": lambda y, x: jnp.where(jnp.isinf(x), jnp.nan, y),
}
NEWER = tuple(map(int, jax.__version__.split(".")[:2])) > (0, 10)


@pytest.fixture(scope="module")
def pointwise():
    """What JAX gives, and what it gives in float64."""
    cases = {case: lambda case=case: getattr(jnp, case[0])(*POINTWISE[case]) for case in POINTWISE}
    peers = in_one_program(cases)
    if NEWER:
        peers |= {case: CHANGED[case[0]](y, *POINTWISE[case]) for case, y in peers.items() if case[0] in CHANGED}
    # a newer sinc rounds its half floats elsewhere on the way: the truth judges both
    halves = [("sinc", 4)] if NEWER else []
    exact = {
        case: f for case, f in cases.items() if (POINTWISE[case][0] is _f or case in halves) and _floating(peers[case])
    }
    with jax.enable_x64(True):
        wide = {case: [widened(x) for x in POINTWISE[case]] for case in exact}
        truths = in_one_program({case: lambda case=case: getattr(jnp, case[0])(*wide[case]) for case in exact})
        return peers, rt.tree.map(np.asarray, truths)


@pytest.mark.parametrize("name", [*UNARY, *BINARY])
def test_pointwise(name, pointwise):
    peers, truths = pointwise
    for case, args in POINTWISE.items():
        if case[0] == name:
            same(getattr(rnp, name)(*args), peers[case], truths.get(case))


def _floating(tree):
    """Whether every leaf is a finite float array, which the comparison rule judges by a float64 truth."""
    return all(jnp.issubdtype(x.dtype, jnp.floating) and np.isfinite(np.asarray(x)).all() for x in rt.tree.leaves(tree))


REDUCTIONS = "sum prod mean max min all any argmax argmin var std cumsum cumprod count_nonzero ptp median".split()


FOLDED = {"f32": _f, "i32": _i, "u8": _u, "bool": _b, "f16": _h, "rank3": _t}


def foldings():
    """(function, operand, options) for each reduction, axis and keepdims that go together."""
    for name in REDUCTIONS:
        line = name.startswith(("cum", "arg"))
        for kind in FOLDED:
            if name in ("ptp", "median") and kind == "bool":
                continue
            for axis in (None, 0, -1) if line else (None, 0, -1, (0, 1)):
                yield name, kind, (("axis", axis),)
                if not line:
                    yield name, kind, (("axis", axis), ("keepdims", True))


@pytest.fixture(scope="module")
def folded():
    cases = {c: lambda c=c: getattr(jnp, c[0])(FOLDED[c[1]], **dict(c[2])) for c in foldings()}
    return in_one_program(cases)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("kind", FOLDED)
def test_reductions(name, kind, folded):
    for case, theirs in folded.items():
        if case[:2] != (name, kind):
            continue
        ours = getattr(rnp, name)(FOLDED[kind], **dict(case[2]))
        if kind == "f16" and name in ("cumsum", "cumprod"):
            # JAX rounds each partial result, ours only the last
            np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), atol=4e-3)
        else:
            same(ours, theirs)


NAN = "nansum nanprod nanmean nanmax nanmin nanvar nanstd nanargmax nanargmin nancumsum nancumprod nanmedian".split()


@pytest.mark.parametrize("name", NAN)
def test_folds_without_nan(name):
    x = _f.copy()
    x[0, 1] = x[2, 3] = np.nan
    for axis in (None, 0, 1):
        same(getattr(rnp, name)(x, axis=axis), getattr(jnp, name)(x, axis=axis))


# one line a case: both sides are this expression, with `np` standing for either library
EXPRESSIONS = """
np.array([1, 2, 3])
np.array([[1, 2.5], [3, 4]])
np.array(1.5)
np.asarray(True)
np.asarray(3)
np.array([])
np.array([np.array(1.0), 2])
np.array(_i, dtype='float32')
np.array(f, ndmin=4)
np.zeros((2, 3))
np.ones(2, int)
np.full((2,), 7)
np.full((2, 3), v[:3])
np.full_like(_i, 1.7)
np.zeros_like(f)
np.ones_like(_i, dtype=float)
np.arange(5)
np.arange(2, 10, 3)
np.arange(5.0)
np.arange(0, 1, 0.25)
np.arange(5, 0, -2)
np.arange(3, dtype='float16')
np.linspace(0, 1, 7)
np.linspace(1, 5, 4, endpoint=False)
np.linspace(f[0], f[1], 3, axis=1)
np.linspace(0, 10, 5, dtype=int)
np.logspace(0, 2, 5)
np.geomspace(1, 100, 4)
np.eye(3)
np.eye(2, 4, k=1, dtype=int)
np.identity(3)
np.tri(3, 4, 1)
np.tril(f)
np.triu(f, 1)
np.triu(t)
np.tril_indices(3)
np.triu_indices(3, 1)
np.diag(v)
np.diag(v, -1)
np.diag(f, 1)
np.diagonal(t, 0, 1, 2)
np.trace(f)
np.meshgrid(v, v[:2])
np.meshgrid(v, v[:2], indexing='ij', sparse=True)
np.indices((2, 3))
np.vander(v, 3)
np.mgrid[0:2, 0:3]
np.reshape(f, (4, -1))
np.reshape(f, (2, 6), order='F')
np.ravel(t)
f.T
t.transpose(1, 0, 2)
np.swapaxes(t, 0, 2)
np.moveaxis(t, 0, -1)
np.moveaxis(t, (0, 1), (1, 0))
np.rollaxis(t, 2)
np.expand_dims(f, (0, 2))
np.squeeze(f[None, :, None])
np.squeeze(f[None], 0)
np.broadcast_to(v, (3, 4))
np.broadcast_arrays(f, v)
np.atleast_2d(v)
np.atleast_3d(f)
np.concatenate([f, _i])
np.concatenate([f, f], axis=None)
np.stack([1, 2.0])
np.stack([f, f], axis=-1)
np.vstack([v, v])
np.hstack([f, f])
np.dstack([f, f])
np.column_stack([v, v])
np.append(f, f[:1], axis=0)
np.block([[f, f], [f, f]])
np.split(f, 2, axis=1)
np.split(v, [1, 3])
np.array_split(v, 3)
np.tile(f, (2, 1, 2))
np.tile(v, 2)
np.repeat(f, 2, axis=1)
np.repeat(v, np.array([1, 0, 2, 1]))
np.repeat(f, 3)
np.flip(f)
np.flip(t, (0, 2))
np.fliplr(f)
np.rot90(f)
np.rot90(f, 2)
np.rot90(f, 3)
np.roll(v, 1)
np.roll(f, (1, 2), (0, 1))
np.roll(f, -3)
np.resize(f, (3, 5))
np.pad(f, 1)
np.pad(f, ((1, 2), (0, 1)), constant_values=5)
np.pad(f, ((1, 2), (0, 1)), constant_values=((1, 2), (3, 4)))
np.pad(f, 2, mode='edge')
np.pad(f, 2, mode='reflect')
np.pad(f, 2, mode='symmetric')
np.pad(f, 2, mode='wrap')
np.pad(v, 2, mode='linear_ramp')
np.pad(v, (1, 2), mode='maximum')
np.where(f > 0, f, 0)
np.where(f > 0)
np.where(b, 1, 2.0)
np.clip(f, -0.5, 0.5)
np.clip(_i, 1)
np.clip(_i, max=1.5)
np.round(f, 2)
np.round(f * 100, -1)
np.matmul(f, f.T)
np.matmul(t, f.T)
np.matmul(v, f.T)
np.matmul(t, v)
np.matmul(t[:, None], t.swapaxes(1, 2))
np.matmul(t[0:1], t.swapaxes(1, 2))
np.matmul(_i, _i.T)
np.matmul(b, b.T)
f @ v
np.dot(f, v)
np.dot(t, f.T)
np.dot(2, 3.0)
np.vdot(f, f)
np.vecdot(f, v)
np.inner(f, v)
np.outer(v, v)
np.tensordot(t, f, axes=([1, 2], [0, 1]))
np.tensordot(t, f.T, 1)
np.kron(f, f[:2, :2])
np.cross(f[:, :3], f[:, 1:])
np.einsum('ij,kj->ik', f, f)
np.einsum('ij,ij', f, f)
np.einsum('bij,jk->bik', t, f.T)
np.einsum('ii->i', f[:, :3])
np.einsum('ii', f[:, :3])
np.einsum('...j,j', t, v)
np.einsum('ij->ji', f)
np.einsum('ij,jk,kl->il', f, f.T, f)
np.einsum('i,j->ij', v, v)
np.einsum('ij->', f)
np.sort(f)
np.sort(f, axis=None)
np.sort(f, descending=True)
np.argsort(_i, axis=0)
np.argsort(_u, descending=True)
np.lexsort((_i[0], _u[0]))
np.searchsorted(np.sort(v), f)
np.searchsorted(np.sort(v), v, side='right')
np.digitize(f, np.array([-1.0, 0, 1]))
np.nonzero(b)
np.nonzero(b, size=4)
np.argwhere(b)
np.flatnonzero(b)
np.compress(np.array([True, False, True]), f, axis=0)
np.unique(_i)
np.unique(_i, return_index=True, return_counts=True)
np.union1d(_i, _u)
np.intersect1d(_i, _u)
np.setdiff1d(_i, _u)
np.isin(_i, np.array([1, 2]))
np.bincount(_u[0], minlength=12)
np.bincount(_u[0], weights=f[0], length=9)
np.diff(f)
np.diff(f, n=2, axis=0, prepend=0)
np.quantile(f, 0.3)
np.quantile(f, np.array([0.1, 0.9]), axis=1)
np.percentile(f, 40, axis=0, keepdims=True)
np.median(f, axis=(0, 1))
np.average(f, axis=0, weights=np.array([1.0, 2, 3]))
np.mean(f, where=b)
np.sum(f, where=b, initial=2.0)
np.max(f, where=b, initial=-9.0)
np.std(f, ddof=1)
np.var(f, axis=0, correction=1)
np.cumulative_sum(v, include_initial=True)
np.allclose(f, f)
np.array_equal(f, f)
np.take(f, np.array([0, 2]), axis=0)
np.take(f, np.array([[1, 5], [0, -1]]))
np.take(f, np.array([7, -9]), axis=1, mode='clip')
np.take(f, np.array([7, -9]), axis=1, mode='wrap')
np.take(f, np.array([7, -1]), axis=1, mode='fill')
np.take_along_axis(f, np.argsort(f, axis=1), axis=1)
np.take_along_axis(f, np.array([[1], [0], [2]]), axis=1)
np.put_along_axis(f, np.array([[1], [0], [2]]), 9.0, axis=1, inplace=False)
np.result_type(1, 2.0)
np.result_type(f, 2.0)
np.promote_types('int8', 'uint8')
np.promote_types('uint32', 'int8')
np.float32(3)
np.int8(3) + 1
f + 1
1 + f
f + _i
_i + 1.5
_u + _i
_u - 1
_i / 2
_i // 2
7 // np.array([0, 2, -2])
7 % np.array([0, 2, -2])
7.0 // np.array([0, 2.0, -2])
7.0 % np.array([0, 2.0, -2])
divmod(_i, 3)
_i ** 2
2.0 ** _i
-f
abs(_i)
~_i
_i << 2
_i >> 33
b & True
b | b
b ^ b
b + b
b * b
f == f
f != 0
f < _i
f.sum()
f.mean(axis=1)
f.std()
f.max(axis=0)
f.argmax()
f.astype('int32')
(f * 1e10).astype('int8')
f.astype(bool)
f.reshape(2, 6)
f.flatten()
f.clip(0, 1)
f.round(1)
f.dot(v)
f.T.T.ravel()
_i.prod()
f[0]
f[-1]
f[1, 2]
f[:, 1]
f[..., 0]
f[::-1]
f[:, ::-2]
f[1:, 2:3]
f[None, :, None, 1]
f[5:]
t[1, :, 2]
t[..., None]
f[np.array([0, 2])]
f[np.array([[0, 1], [2, -1]])]
f[np.array([0, 2]), np.array([1, -1])]
f[:, np.array([0, 2])]
f[1, np.array([0, 2])]
t[np.array([0, 1]), :, np.array([1, 2])]
t[:, np.array([0, 1]), np.array([1, 2])]
t[:, np.array([[0], [1]]), np.array([1, 2])]
t[0, :, np.array([1, 2])]
t[:, 1, np.array([1, 2])]
t[np.array([0, 1]), None, :, 1]
t[::-1, np.array([2, 0]), 1:3]
f[b]
f[b[:, 0]]
f[:, b[0]]
t[:, b]
f.at[0].set(9)
f.at[0, 1].set(9.0)
f.at[:, 1].add(2)
f.at[::2].multiply(3)
f.at[::-1].set(f)
f.at[1:, 2:].set(v[:2])
f.at[1:, ::-2].add(v[:2])
f.at[np.array([0, 0, 2])].add(1.0)
f.at[np.array([0, 2])].set(v)
f.at[np.array([0, 2]), np.array([1, 3])].set(np.array([7.0, 8.0]))
f.at[:, np.array([0, 2])].max(0.1)
f.at[np.array([0, 2]), 1:3].min(0.1)
f.at[np.array([0, 2]), ::2].add(v[:2])
t.at[np.array([0, 1]), :, np.array([1, 2])].add(1.0)
t.at[:, 1].set(v)
f.at[b].set(0.0)
f.at[b[:, 0]].set(v)
f.at[None, 0].set(3.0)
f.at[0].divide(2.0)
f.at[0].power(2.0)
f.at[1].apply(np.sin)
f.at[np.array([0, 7])].set(1.0, mode='drop')
f.at[np.array([0, 7])].get(mode='fill', fill_value=-1)
f.at[np.array([0, 7])].get(mode='clip')
f.at[7].get(mode='fill')
f.at[7].set(1.0, mode='drop')
f.at[7].set(1.0, mode='clip')
_i.at[0].set(7)
_i.at[np.array([1, 1])].mul(2)
np.linalg.norm(f)
np.linalg.norm(f, axis=1)
np.linalg.norm(f, ord=1, axis=0, keepdims=True)
np.linalg.norm(f, ord='fro')
np.linalg.norm(v, ord=np.inf)
np.linalg.norm(v, ord=3)
np.linalg.norm(t, axis=(0, 2))
np.linalg.norm(f, ord=np.inf)
np.linalg.matrix_power(f[:, :3], 5)
np.linalg.multi_dot([f, f.T, f])
np.cov(f)
np.cov(f, rowvar=False, ddof=0)
np.cov(v, aweights=np.array([1.0, 2, 3, 4]))
np.corrcoef(f)
np.histogram(f, bins=5)
np.histogram(v, bins=np.array([-2.0, 0, 0.5, 2]), density=True)
np.histogram2d(f[0], f[1], bins=3)
np.convolve(v, f[0, :3])
np.convolve(v, f[0, :3], mode='same')
np.convolve(v[:2], f[0], mode='valid')
np.correlate(v, f[0, :3], mode='full')
np.correlate(v[:2], f[0], mode='same')
np.interp(f, np.array([-1.0, 0, 1]), np.array([3.0, 1, 2]))
np.interp(v, np.array([0.0, 1, 3]), np.array([3.0, 1, 2]), period=4)
np.gradient(f)
np.gradient(v, 0.5)
np.gradient(v, np.array([0.0, 1, 3, 4]))
np.trapezoid(f)
np.trapezoid(f, x=np.array([0.0, 1, 3, 4]))
np.ediff1d(v, to_end=1.0)
np.unwrap(v * 5)
np.bartlett(6)
np.blackman(6)
np.hamming(6)
np.hanning(6)
np.kaiser(6, 2.5)
np.i0(f)
np.imag(f)
np.isreal(f)
np.iscomplex(_i)
np.angle(f, deg=True)
np.polyval(v, f)
np.polyadd(v, v[:2])
np.polysub(v[:2], v)
np.polymul(v, v[:2])
np.polyder(v, 2)
np.polyint(v, 2)
np.polydiv(v, v[:2])
np.poly(v)
np.select([f > 0, f > -1], [f, _i], 7)
np.choose(np.array([0, 1, 0, 1]), [v, -v])
np.piecewise(v, [v < 0, v > 1], [-1, lambda x: x * 2, 0])
np.delete(f, 1, axis=0)
np.delete(v, np.array([0, 2]))
np.insert(v, 1, 9.0)
np.insert(f, np.array([0, 2]), 9.0, axis=1)
np.insert(f, 1, np.array([7.0, 8.0, 9.0]), axis=1)
np.insert(f, np.array([1]), np.array([[7.0, 8.0]]), axis=1)
np.insert(f, -1, np.ones((2, 4)), axis=0)
np.fill_diagonal(f, 5.0, inplace=False)
np.apply_along_axis(lambda r: r.sum(), 0, f)
np.apply_along_axis(lambda r: r * 2, 1, t)
np.apply_over_axes(np.sum, t, [0, 2])
np.vectorize(lambda x, y: x + y)(f, v)
np.vectorize(lambda x, y: x @ y, signature='(n),(n)->()')(f, v)
np.unravel_index(np.array([5, 7]), (3, 4))
np.ravel_multi_index((np.array([1, 2]), np.array([1, 3])), (3, 4))
f[np.ix_(np.array([0, 2]), np.array([1, 3]))]
np.r_[1:4, 0, v]
np.c_[v, v]
np.packbits(b, axis=1)
np.packbits(b, bitorder='little')
np.unpackbits(_u, axis=0)
np.unpackbits(_u, bitorder='little', count=20)
np.frexp(f)
np.unique_all(_i)
np.unique_counts(_i)
""".strip().splitlines()

_INPUTS = {"f": _f, "v": _v, "t": _t, "b": _b, "_i": _i, "_u": _u}


def evaluate(text, library, values):
    return eval(text, {"np": library, **values})


@pytest.fixture(scope="module")
def expected():
    cases = {text: lambda values, text=text: evaluate(text, jnp, values) for text in EXPRESSIONS}
    return in_one_program(cases, {k: jnp.asarray(v) for k, v in _INPUTS.items()})


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression(text, expected):
    same(evaluate(text, rnp, {k: rnp.asarray(v) for k, v in _INPUTS.items()}), expected[text])


# results whose shape depends on values have no meaning under a transform
_BY_VALUE = re.compile(
    r"nonzero|argwhere|unique|1d\(|where\(f > 0\)|\[b|, b[\[\]]|bincount\(_u|compress|isin|trim_zeros|_type"
)
INDEXED = [text for text in EXPRESSIONS if "[" in text and not _BY_VALUE.search(text)]


@pytest.mark.parametrize("text", INDEXED)
def test_traced_programs_mean_what_eager_ones_do(text):
    """Eager indices go straight to NumPy; with one lane of vmap the same expression goes through the primitives."""
    values = [rnp.asarray(v) for v in _INPUTS.values()]
    eager = evaluate(text, rnp, dict(zip(_INPUTS, values, strict=True)))
    lane = rt.vmap(lambda *xs: evaluate(text, rnp, dict(zip(_INPUTS, xs, strict=True))))(*(v[None] for v in values))
    for a, b in zip(rt.tree.leaves(eager), rt.tree.leaves(lane), strict=True):
        assert b.shape == (1, *a.shape)
        assert b.dtype == a.dtype
        np.testing.assert_allclose(np.asarray(b)[0], np.asarray(a), rtol=2e-6, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("text", [text for text in EXPRESSIONS if not _BY_VALUE.search(text)])
def test_compiled_programs_mean_what_eager_ones_do(text):
    values = [rnp.asarray(v) for v in _INPUTS.values()]
    eager = evaluate(text, rnp, dict(zip(_INPUTS, values, strict=True)))
    if not all(isinstance(leaf, rt.Array) for leaf in rt.tree.leaves(eager)):
        return
    compiled = rt.jit(lambda *xs: evaluate(text, rnp, dict(zip(_INPUTS, xs, strict=True))))(*values)
    for a, b in zip(rt.tree.leaves(eager), rt.tree.leaves(compiled), strict=True):
        assert a.aval == b.aval
        np.testing.assert_allclose(np.asarray(b).astype(float), np.asarray(a).astype(float), rtol=2e-5, atol=2e-6)


# --- traced indices follow JAX ---

TRACED = {
    "x[i]": lambda x, i: x[i],
    "x[:, i]": lambda x, i: x[:, i],
    "x[i, 1:3]": lambda x, i: x[i, 1:3],
    "x.at[i].set": lambda x, i: x.at[i].set(9.0),
    "x.at[i].add": lambda x, i: x.at[i].add(9.0),
    "x.at[:, i].add": lambda x, i: x.at[:, i].add(9.0),
    "x.at[i, 1].mul": lambda x, i: x.at[i, 1].mul(2.0),
    "x.at[i].get fill": lambda x, i: x.at[i].get(mode="fill", fill_value=7.0),
    "x.at[i].set clip": lambda x, i: x.at[i].set(9.0, mode="clip"),
    "x.at[i, ::2].set": lambda x, i: x.at[i, ::2].set(9.0),
}


@pytest.mark.parametrize("case", TRACED)
@pytest.mark.parametrize("index", [0, -1, 2, 7, -9, np.array([0, -1, 7], np.int32)], ids=str)
def test_traced_index(case, index):
    f = TRACED[case]
    ours = rt.vmap(f, in_axes=(None, 0))(rnp.asarray(_f), rnp.asarray(index)[None])
    same(ours, jax.vmap(f, in_axes=(None, 0))(jnp.asarray(_f), jnp.asarray(index)[None]))
    staged = rt.make_jaxpr(f)(rnp.asarray(_f), rnp.asarray(index))
    assert len(str(staged)) > 0


# --- what differs from JAX, on purpose ---


def test_64_bits_are_kept_where_asked_for():
    assert rnp.zeros(2, "float64").dtype == np.float64
    assert rnp.asarray(np.zeros(2)).dtype == np.float32
    assert rnp.asarray(np.zeros(2), dtype="float64").dtype == np.float64
    x = rnp.zeros(2, "float64")
    assert (x + 1).dtype == np.float64
    assert (x + np.ones(2)).dtype == np.float64
    assert (rnp.zeros(2) + np.ones(2)).dtype == np.float32
    assert (x + rnp.zeros(2)).dtype == np.float64
    assert (rnp.zeros(2, "int64") + 2**40).dtype == np.int64


@pytest.mark.parametrize(
    "make",
    [
        lambda: rnp.asarray(2**31),
        lambda: rnp.asarray([1, 2**40]),
        lambda: rnp.asarray(np.array([2**40])),
        lambda: rnp.zeros(2, "int8") + 300,
        lambda: rnp.zeros(2, "uint8") - 500,
    ],
)
def test_integers_that_do_not_fit_raise(make):
    with pytest.raises(errors.OverflowingLiteral, match="dtype="):
        make()


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x[3],
        lambda x: x[:, -5],
        lambda x: x[rnp.array([0, 3])],
        lambda x: x.at[3].set(0),
        lambda x: x.at[rnp.array([0, -4])].add(1),
        lambda x: rnp.take(x, rnp.array([4]), axis=1),
    ],
)
def test_known_indices_out_of_bounds_raise(use):
    with pytest.raises(IndexError, match="out of bounds"):
        use(rnp.asarray(_f))


def test_a_traced_mask_of_static_shape_can_be_written():
    ours = rt.jit(lambda x: x.at[x > 0].set(0.0))(rnp.asarray(_f))
    same(ours, jnp.where(_f > 0, 0, _f))


MISTAKES = {
    "add with a list": (lambda x: rnp.add([1], x), errors.BadType),
    "x + list": (lambda x: x + [1], TypeError),
    "shapes": (lambda x: x + rnp.ones(3), errors.ShapeError),
    "matmul": (lambda x: x @ x, errors.ShapeError),
    "out=": (lambda x: rnp.sum(x, out=x), errors.BadArgument),
    "axis": (lambda x: rnp.sum(x, axis=2), errors.AxisError),
    "float index": (lambda x: x[1.0], errors.BadType),
    "float array index": (lambda x: x[x], errors.DtypeError),
    "too many indices": (lambda x: x[0, 0, 0], errors.AxisError),
    "mask shape": (lambda x: x[rnp.ones(4, bool)], errors.ShapeError),
    "traced mask": (lambda x: rt.jit(lambda y: y[y > 0])(x), errors.NonConcreteIndex),
    "traced slice": (lambda x: rt.jit(lambda y, i: y[i:])(x, 1), errors.NonConcreteIndex),
    "write": (lambda x: x.__setitem__(0, 1), errors.ImmutableArray),
    "max of nothing": (lambda x: rnp.max(x[:0]), errors.ShapeError),
    "reshape": (lambda x: x.reshape(5, 3), errors.ShapeError),
    "negative power": (lambda x: rnp.arange(3) ** -1, errors.DtypeError),
    "floats into integers": (lambda x: rnp.arange(3).at[0].set(x[0, 0]), errors.DtypeError),
    "nonzero under jit": (lambda x: rt.jit(rnp.nonzero)(x), errors.NonConcreteIndex),
}  # fmt: skip


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    act, error = MISTAKES[case]
    with pytest.raises(error):
        act(rnp.asarray(_f))


@pytest.mark.parametrize("places", [[0], [3, 0, 3], [-1, 1, 1], []])
def test_places_may_be_traced(places):
    at, new = np.array(places, np.int32), np.arange(max(len(places), 1), dtype=np.float32)
    for axis in (1, None):
        found = rt.jit(lambda x, at, axis=axis: rnp.insert(x, at, new[: at.size], axis))(rnp.asarray(_f), at)
        assert np.array_equal(found, np.insert(_f, at, new[: at.size], axis))
    at = np.array(sorted({p % 4 for p in places}), np.int32)
    found = rt.jit(lambda x, at: rnp.delete(x, at, 1, assume_unique_indices=True))(rnp.asarray(_f), at)
    assert np.array_equal(found, np.delete(_f, at, 1))


def test_comparison_with_strangers_is_left_to_them():
    x = rnp.asarray(_f)
    assert (x == None) is False  # noqa: E711
    assert (x == "a") is False
    assert isinstance(_f + x, rt.Array)
    assert isinstance(np.float32(2) * x, rt.Array)


# --- derivatives and batches reach through ---

SMOOTH = {
    "index": lambda lib, x: (x[1:, ::2] ** 2).sum(),
    "take": lambda lib, x: (x[:, np.array([0, 0, 2])] ** 2).sum(),
    "at": lambda lib, x: (x.at[np.array([0, 2])].multiply(3.0) ** 2).sum(),
    "at set": lambda lib, x: (x.at[1:, ::2].set(x[:2, :2]) ** 2).sum(),
    "sort": lambda lib, x: (lib.sort(x, axis=1) * np.arange(4)).sum(),
    "logaddexp": lambda lib, x: lib.logaddexp(x, 2 * x).sum(),
    "einsum": lambda lib, x: lib.einsum("ij,kj->ik", x, x).sum(),
    "pad": lambda lib, x: (lib.pad(x, 1, mode="reflect") ** 2).sum(),
    "std": lambda lib, x: lib.std(x, axis=0).sum(),
    "cumprod": lambda lib, x: lib.cumprod(x, axis=1).sum(),
    "max": lambda lib, x: lib.max(x, axis=1).sum(),
    "median": lambda lib, x: lib.median(x, axis=1).sum(),
    "linspace": lambda lib, x: (lib.linspace(x[0], x[1], 5) ** 2).sum(),
    "hypot": lambda lib, x: lib.hypot(x, 2.0).sum(),
    "sinc": lambda lib, x: lib.sinc(x).sum(),
    "matmul": lambda lib, x: (x @ x.T @ x).sum(),
    "interp": lambda lib, x: lib.interp(x, np.array([-2.0, 0, 2]), np.array([3.0, 1, 2])).sum(),
}


@pytest.mark.parametrize("case", SMOOTH)
def test_gradient(case):
    f = SMOOTH[case]
    theirs = np.asarray(jax.jit(jax.grad(lambda x: f(jnp, x)))(_f))
    with jax.enable_x64(True):
        truth = np.asarray(jax.jit(jax.grad(lambda x: f(jnp, x)))(_f.astype(np.float64)))
    slope = rt.grad(lambda x: f(rnp, x))
    agree(np.asarray(slope(rnp.asarray(_f))), theirs, truth)
    agree(np.asarray(rt.vmap(slope)(rnp.stack([_f, _f]))[1]), theirs, truth)
