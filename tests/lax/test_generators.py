"""rng_bit_generator gives JAX's bits; and the small names: ragged_dot, pswapaxes, platform_dependent."""

import jax
import numpy as np
import pytest
from compare import agree, from_jax

import rustorch_fn as rt
from rustorch_fn import errors

STATE = np.array([1, 2, 0xFFFFFFFE, 4], np.uint32)
SHAPES = [(), (5,), (6,), (0,), (3, 4), (3, 5), (5, 3, 1)]


@pytest.fixture(scope="module")
def theirs():
    with jax.enable_x64(True):

        def f(state):
            return {
                (shape, dtype, algorithm): jax.lax.rng_bit_generator(
                    state, shape, dtype, jax.lax.RandomAlgorithm(algorithm)
                )
                for shape in SHAPES if 0 not in shape
                for dtype in ("uint8", "uint16", "uint32", "uint64") for algorithm in (0, 1, 2)
            }  # fmt: skip

        return jax.tree.map(np.asarray, jax.jit(f)(STATE))


@pytest.mark.parametrize("algorithm", [0, 1, 2])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "uint64"])
def test_the_same_bits(dtype, algorithm, theirs):
    for shape in SHAPES:
        f = lambda s, shape=shape: rt.lax.rng_bit_generator(s, shape, dtype, rt.lax.RandomAlgorithm(algorithm))  # noqa: E731
        state, bits = f(rt.numpy.asarray(STATE, "uint32"))
        assert bits.shape == shape
        assert bits.dtype == dtype
        if 0 not in shape:
            want = theirs[shape, dtype, algorithm]
            assert np.asarray(state).tolist() == want[0].tolist()
            assert np.asarray(bits).tolist() == want[1].tolist()
            assert np.asarray(rt.jit(f)(STATE)[1]).tolist() == want[1].tolist()


def test_wide_states():
    wide = rt.numpy.asarray(STATE.view(np.uint64), "uint64")
    state, bits = rt.lax.rng_bit_generator(wide, (3,))
    again, same = rt.lax.rng_bit_generator(STATE, (3,))
    assert np.asarray(state).view(np.uint32).tolist() == again.tolist()
    assert bits.tolist() == same.tolist()


@pytest.mark.parametrize(
    ("key", "dtype", "algorithm"), [(STATE[:2], "uint32", 0), (STATE, "int32", 0), (STATE, "uint32", 7)]
)
def test_mistakes_are_told(key, dtype, algorithm):
    with pytest.raises(errors.RustorchError, match="rng_bit_generator"):
        rt.lax.rng_bit_generator(key, (2,), dtype, algorithm)


RNG = np.random.default_rng(0)
ROWS, GROUPS = RNG.standard_normal((7, 3)).astype(np.float32), RNG.standard_normal((4, 3, 2)).astype(np.float32)


@pytest.mark.parametrize("sizes", [[2, 0, 3, 2], [1, 1, 1, 1], [0, 7, 0, 0]])
def test_ragged_dot(sizes):
    sizes = np.array(sizes, np.int32)
    theirs = jax.jit(lambda x, w: jax.lax.ragged_dot(x, w, sizes))
    agree(rt.lax.ragged_dot(ROWS, GROUPS, sizes), *from_jax(theirs, ROWS, GROUPS))
    slopes = rt.jit(rt.grad(lambda x, w: (rt.lax.ragged_dot(x, w, sizes) ** 2).sum(), argnums=(0, 1)))(ROWS, GROUPS)
    agree(slopes, *from_jax(jax.jit(jax.grad(lambda x, w: (theirs(x, w) ** 2).sum(), argnums=(0, 1))), ROWS, GROUPS))


def test_ragged_dot_of_halves_and_mistakes():
    x, w, sizes = ROWS.astype(np.float16), GROUPS.astype(np.float16), np.array([2, 2, 2, 1], np.int32)
    wide = rt.lax.ragged_dot(x, w, sizes, preferred_element_type="float32")
    agree(wide, *from_jax(lambda x, w: jax.lax.ragged_dot(x, w, sizes, preferred_element_type="float32"), x, w))
    for bad in ((ROWS[0], GROUPS, sizes), (ROWS, GROUPS, sizes[:2]), (ROWS, GROUPS, sizes.astype(np.float32))):
        with pytest.raises(errors.ShapeError, match="ragged_dot"):
            rt.lax.ragged_dot(*bad)
    with pytest.raises(errors.BadArgument, match="group_offset"):
        rt.lax.ragged_dot(ROWS, GROUPS, sizes, group_offset=np.zeros(1, np.int32))


def test_pswapaxes():
    x = np.arange(18, dtype=np.int32).reshape(3, 2, 3)
    ours, theirs = (lib.vmap(lambda x, lib=lib: lib.lax.pswapaxes(x, "i", 1), axis_name="i")(x) for lib in (rt, jax))
    assert ours.tolist() == theirs.tolist()


def test_platform_dependent():
    choose = rt.lax.platform_dependent
    assert choose(1, cpu=lambda x: x + 1, default=lambda x: x) == jax.lax.platform_dependent(
        1, cpu=lambda x: x + 1, default=lambda x: x
    )
    assert rt.jit(lambda x: choose(x, tpu=lambda x: x * 0, default=lambda x: x * 2))(3) == 6
    with pytest.raises(errors.BadArgument, match="platform_dependent"):
        choose(1, tpu=lambda x: x)
