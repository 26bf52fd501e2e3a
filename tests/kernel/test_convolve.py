"""Convolutions: compiled plans against a loop over window offsets, over attributes, layouts and types."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rustorch_fn.kernel import convolve
from rustorch_fn.kernel.convolve import Axis
from rustorch_fn.target.llvm import engine

from .test_contract import DTYPES, NARROW, TOLERANCE, launch

LAYOUTS = {  # order in memory of (group, batch, feature, *spatial), and of (group, out, in, *window)
    "channels first": (lambda d: (1, 0, 2, *d), lambda d: (0, 1, 2, *d)),
    "channels last": (lambda d: (1, *d, 0, 2), lambda d: (*d, 2, 0, 1)),
    "features first": (lambda d: (2, 0, 1, *d), lambda d: (2, *d, 1, 0)),
}


def reference(x, w, outputs, axes):
    """Every element, one window offset at a time."""
    out = np.zeros((*x.shape[:2], w.shape[1], *outputs))
    for t in np.ndindex(*w.shape[3:]):
        places, inside = [], np.ones(outputs, bool)
        for d, axis in enumerate(axes):
            tap = w.shape[3 + d] - 1 - t[d] if axis.reverse else t[d]
            u = np.arange(outputs[d]) * axis.stride + tap * axis.rhs_dilation - axis.low
            point = u // axis.lhs_dilation
            good = (u >= 0) & (u % axis.lhs_dilation == 0) & (point < x.shape[3 + d])
            places.append(np.clip(point, 0, x.shape[3 + d] - 1))
            inside &= good.reshape([-1 if i == d else 1 for i in range(len(axes))])
        patch = x[(slice(None),) * 3 + np.ix_(*places)] * inside
        out += np.einsum("gnc...,gfc->gnf...", patch, w[(slice(None),) * 3 + t])
    return out


def laid(rng, shape, order, dtype):
    x = rng.standard_normal([shape[i] for i in order]).astype(DTYPES[dtype])
    return x.transpose(np.argsort(order))


def side(x):
    return x.shape, tuple(s // x.itemsize for s in x.strides)


def convolve_and_compare(x, w, out, axes, dtype, machine=None, cuts=()):
    plans = convolve.plan(machine or engine.machine(), dtype, side(x), side(w), side(out), axes)
    if plans is None:  # left to a nest
        return ()
    for plan in plans:
        launch(plan, (x, w, out), cuts)
    want = reference(x.astype(np.float64), w.astype(np.float64), out.shape[3:], axes)
    scale = 1 + np.abs(want).max()
    assert np.abs(out.astype(np.float64) - want).max() <= TOLERANCE[dtype] * scale
    return plans


axis = st.builds(
    Axis,
    st.integers(1, 3),
    st.integers(-1, 3),
    st.sampled_from([1, 1, 2, 3]),
    st.sampled_from([1, 1, 2]),
    st.booleans(),
)
sizes = st.tuples(st.integers(1, 20), st.integers(1, 3), st.integers(-1, 3))


@given(
    groups=st.integers(1, 3), batch=st.integers(1, 3), inputs=st.sampled_from([1, 3, 8, 17]),
    features=st.sampled_from([1, 2, 16, 33]), spatial=st.lists(st.tuples(axis, sizes), min_size=1, max_size=3),
    layouts=st.tuples(*[st.sampled_from(list(LAYOUTS))] * 3), dtype=st.sampled_from(list(DTYPES)),
    machine=st.sampled_from([None, *NARROW]), cuts=st.lists(st.integers(0, 99), max_size=2),
)  # fmt: skip
def test_every_attribute_and_layout(groups, batch, inputs, features, spatial, layouts, dtype, machine, cuts):
    axes = tuple(a for a, _ in spatial)
    outputs = []
    for a, (size, taps, high) in spatial:
        span = (size - 1) * a.lhs_dilation + 1 + a.low + high - ((taps - 1) * a.rhs_dilation + 1)
        outputs.append(span // a.stride + 1 if span >= 0 else 0)
    assume(all(outputs))
    d = tuple(range(3, 3 + len(axes)))
    rng = np.random.default_rng(batch)
    lhs, weights, result = (LAYOUTS[name] for name in layouts)
    x = laid(rng, (groups, batch, inputs, *(s for _, (s, _, _) in spatial)), lhs[0](d), dtype)
    w = laid(rng, (groups, features, inputs, *(t for _, (_, t, _) in spatial)), weights[1](d), dtype)
    out = laid(rng, (groups, batch, features, *outputs), result[0](d), dtype)
    out[...] = np.nan
    convolve_and_compare(x, w, out, axes, dtype, NARROW.get(machine), cuts)


def test_a_window_of_one_is_a_plain_product():
    rng = np.random.default_rng(0)
    for order in (LAYOUTS["channels first"], LAYOUTS["channels last"]):
        x, out = (laid(rng, (1, 2, c, 20, 20), order[0]((3, 4)), "f32") for c in (8, 24))
        w = laid(rng, (1, 24, 8, 1, 1), order[1]((3, 4)), "f32")
        (plan,) = convolve_and_compare(x, w, out, (Axis(), Axis()), "f32")
        assert plan.tile.window == ""


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_gradients_of_a_strided_convolution_are_convolutions(layout):
    """Against the adjoint: <conv(x, w), y> = <x, gradient for x> = <w, gradient for w>."""
    rng = np.random.default_rng(0)
    of_image, of_weights = (make((3, 4)) for make in LAYOUTS[layout])
    x, y = laid(rng, (2, 3, 9, 11, 10), of_image, "f64"), laid(rng, (2, 3, 8, 6, 5), of_image, "f64")
    w, out = laid(rng, (2, 8, 9, 3, 3), of_weights, "f64"), np.empty((2, 3, 8, 6, 5))
    convolve_and_compare(x, w, out, (Axis(2, 1), Axis(2, 1)), "f64")
    dx, dw = np.empty_like(x), np.empty_like(w)
    plans = convolve_and_compare(y, w.swapaxes(1, 2), dx, (Axis(1, 1, 2, 1, True),) * 2, "f64")
    assert len(plans) == 4
    x, y = x.swapaxes(1, 2), y.swapaxes(1, 2)
    convolve_and_compare(x, y, dw.swapaxes(1, 2), (Axis(1, 1, 1, 2),) * 2, "f64")
    total = (out * y.swapaxes(1, 2)).sum()
    assert np.allclose([(x.swapaxes(1, 2) * dx).sum(), (w * dw).sum()], total)


@pytest.mark.parametrize("layout", list(LAYOUTS))
@pytest.mark.parametrize("dtype", ["f16", "bf16"])
def test_stored_narrow_in_several_blocks(dtype, layout):
    rng = np.random.default_rng(0)
    of_image, of_weights = (make((3, 4)) for make in LAYOUTS[layout])
    x, out = (laid(rng, (1, 2, c, 40, 40), of_image, dtype) for c in (4, 6))
    w = laid(rng, (1, 6, 4, 3, 3), of_weights, dtype)
    convolve_and_compare(x, w, out, (Axis(low=1), Axis(low=1)), dtype, NARROW["two cores"])
    convolve_and_compare(x, w, out, (Axis(low=1), Axis(low=1)), dtype)


def test_the_cut_changes_no_bits():
    rng = np.random.default_rng(0)
    x, w = laid(rng, (1, 3, 20, 30, 30), (0, 1, 2, 3, 4), "f32"), laid(rng, (1, 30, 20, 3, 3), (0, 1, 2, 3, 4), "f32")
    whole, cut = (np.empty((1, 3, 30, 30, 30), np.float32) for _ in range(2))
    convolve_and_compare(x, w, whole, (Axis(1, 1),) * 2, "f32", NARROW["two cores"])
    convolve_and_compare(x, w, cut, (Axis(1, 1),) * 2, "f32", NARROW["two cores"], cuts=(1, 2, 3))
    assert whole.tobytes() == cut.tobytes()


def test_channels_alone_are_left_to_a_nest():
    x, w = np.zeros((8, 2, 1, 9, 9), np.float32), np.zeros((8, 1, 1, 3, 3), np.float32)
    assert convolve.plan(engine.machine(), "f32", side(x), side(w), side(x), (Axis(1, 1),) * 2) is None
