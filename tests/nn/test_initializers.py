"""rustorch_fn.nn.initializers against jax.nn.initializers: the same draws for the same key."""

import jax
import jax.random as jr
import numpy as np
import pytest
from together import in_one_program

import rustorch_fn as rt
from rustorch_fn import errors
from rustorch_fn.nn import initializers as ours

SCALED = [
    f"{name}({args})(k, {shape})"
    for name in ("glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform")
    for args, shape in [("", (3, 4)), ("in_axis=0, out_axis=1", (4, 3, 5)), ("batch_axis=0", (2, 3, 4))]
]
MODES = [
    f"variance_scaling(2.0, {mode!r}, {kind!r}, in_axis=(0, 1))(k, (3, 2, 5))"
    for mode in ("fan_in", "fan_out", "fan_avg", "fan_geo_avg")
    for kind in ("normal", "uniform", "truncated_normal")
]
CASES = [
    "zeros(k, (2, 3))",
    "ones(k, (2, 3), 'int32')",
    "constant(-7)(k, (2, 3))",
    "constant(0.5, 'float16')(k, (2,))",
    "uniform()(k, (50,))",
    "uniform(3.0, 'bfloat16')(k, (50,))",
    "normal()(k, (50,))",
    "normal(2.0)(k, (50,), 'float16')",
    "truncated_normal()(k, (50,))",
    "truncated_normal(3.0, lower=-1.0, upper=0.5)(k, (50,))",
    "xavier_uniform()(k, (3, 4))",
    "xavier_normal()(k, (3, 4))",
    "kaiming_uniform()(k, (3, 4))",
    "kaiming_normal()(k, (3, 4))",
    *SCALED,
    *MODES,
]


@pytest.fixture(scope="module")
def drawn():
    def case(text):
        return lambda key: eval(text, {"k": key, **vars(jax.nn.initializers)})

    return in_one_program({text: case(text) for text in CASES}, jr.key(3))


@pytest.mark.parametrize("text", CASES)
def test_as_jax(text, drawn):
    got, want = np.asarray(eval(text, {"k": rt.random.key(3), **vars(ours)})), np.asarray(drawn[text])
    assert got.dtype == want.dtype
    assert got.shape == want.shape
    if "normal" in text:
        assert np.all(np.abs(got.astype(float) - want) <= 8 * np.spacing(np.abs(want)))
    else:
        assert got.tobytes() == want.tobytes()


def test_doubles_and_jit():
    with jax.enable_x64(True):
        want = np.asarray(jax.nn.initializers.he_uniform()(jr.key(3), (3, 4), "float64"))
    got = rt.jit(lambda k: ours.he_uniform()(k, (3, 4), "float64"))(rt.random.key(3))
    assert np.asarray(got).dtype == np.float64
    np.testing.assert_allclose(np.asarray(got), want, rtol=1e-15)


MISTAKES = {
    "a vector": lambda: ours.he_normal()(rt.random.key(0), (3,)),
    "no such mode": lambda: ours.variance_scaling(1.0, "fan_sum", "normal"),
    "no such distribution": lambda: ours.variance_scaling(1.0, "fan_in", "cauchy"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_told(case):
    with pytest.raises(errors.BadArgument, match=r"initializers|variance_scaling"):
        MISTAKES[case]()


FACTORED = [
    "orthogonal(2.0)(k, (3, 4))",
    "orthogonal(column_axis=0)(k, (3, 4, 2))",
    "orthogonal()(k, (4, 4), 'complex64')",
    "orthogonal()(k, (0, 4))",
    "delta_orthogonal()(k, (3, 2, 4))",
    "delta_orthogonal(0.5)(k, (3, 4, 2, 3))",
    "delta_orthogonal()(k, (2, 3, 1, 2, 2))",
    "he_normal()(k, (3, 4), 'complex64')",
    "glorot_uniform()(k, (3, 4), 'complex64')",
    "variance_scaling(1.0, 'fan_in', 'normal')(k, (3, 4), 'complex64')",
]


@pytest.mark.parametrize("text", FACTORED)
def test_what_is_rotated_or_complex(text):
    got = np.asarray(eval(text, {"k": rt.random.key(3), **vars(ours)}))
    want = np.asarray(eval(text, {"k": jr.key(3), **vars(jax.nn.initializers)}))
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got, want, atol=2e-6)


@pytest.mark.parametrize(
    "text", ["orthogonal()(k, (3,))", "delta_orthogonal()(k, (3, 3))", "delta_orthogonal()(k, (3, 3, 2))"]
)
def test_shapes_that_cannot_be_rotated_are_told(text):
    with pytest.raises(errors.BadArgument, match="orthogonal"):
        eval(text, {"k": rt.random.key(3), **vars(ours)})
