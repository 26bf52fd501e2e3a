"""The rule of comparison, and that it can fail."""

import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from compare import agree, from_jax

from rustorch_fn.errors import TreeMismatch

F32 = np.float32
ONES = np.ones(3, F32)
TRUE = np.ones(3)


def off(by, dtype=F32):
    return np.array([1 + by, 1, 1], dtype)


@pytest.mark.parametrize(
    ("ours", "peer", "truth"),
    [
        (ONES, ONES, TRUE),
        (off(9e-6), ONES, TRUE),
        (off(3e-4), off(-2e-4), TRUE),
        (off(9e-3, ml_dtypes.bfloat16), ONES.astype(ml_dtypes.bfloat16), TRUE),
        (off(9e-3, np.float16), ONES.astype(np.float16), TRUE),
        (off(9e-11, np.float64), TRUE, None),
        (np.array([np.inf, np.nan, 1], F32), np.array([np.inf, np.nan, 1], F32), np.array([1e300, np.nan, 1])),
        ({"a": (ONES, None)}, {"a": (ONES, None)}, {"a": (TRUE, None)}),
        (np.zeros((0, 2), F32), np.zeros((0, 2), F32), np.zeros((0, 2))),
        (np.arange(3), np.arange(3), None),
        (off(9e-6, np.complex64), ONES.astype(np.complex64), TRUE.astype(complex)),
    ],
)
def test_what_agrees(ours, peer, truth):
    agree(ours, peer, truth)


@pytest.mark.parametrize(
    ("ours", "peer", "truth", "says"),
    [
        (off(1.2e-5), ONES, TRUE, "off by"),
        (off(5e-4), off(-2e-4), TRUE, "off by"),
        (off(2e-2, ml_dtypes.bfloat16), ONES.astype(ml_dtypes.bfloat16), TRUE, "off by"),
        (off(2e-10, np.float64), TRUE, None, "off by"),
        (np.array([np.inf, 1, 1], F32), ONES, TRUE, "infinities"),
        (np.array([-np.inf, 1], F32), np.array([np.inf, 1], F32), np.array([np.inf, 1]), "infinities"),
        (np.array([np.nan, 1, 1], F32), ONES, TRUE, "nans"),
        (ONES, np.array([np.nan, 1, 1], F32), TRUE, "nans"),
        (np.arange(3), np.array([0, 1, 3]), None, "1 elements differ"),
        (np.array([True]), np.array([False]), None, "differ"),
        (ONES, TRUE, TRUE, "float32"),
        (ONES, np.ones((3, 1), F32), TRUE, "[3, 1]"),
        (ONES, ONES, np.ones((3, 1)), "the truth"),
        ({"a": ONES, "b": off(1)}, {"a": ONES, "b": ONES}, {"a": TRUE, "b": TRUE}, "['b']"),
    ],
)
def test_what_does_not(ours, peer, truth, says):
    with pytest.raises(AssertionError) as caught:
        agree(ours, peer, truth)
    assert says in str(caught.value)


def test_structures_have_to_be_equal():
    with pytest.raises(TreeMismatch):
        agree({"a": ONES}, {"b": ONES}, {"a": TRUE})
    with pytest.raises(TreeMismatch):
        agree((ONES,), [ONES], (TRUE,))


def test_float32_needs_the_truth():
    with pytest.raises(TypeError, match="truth="):
        agree(ONES, ONES)


def test_denormals_count_unless_the_peer_flushes_them():
    ours, peer, truth = np.array([1e-40], F32), np.array([0], F32), np.array([1e-40])
    agree(ours, peer, truth, flushes=True)
    with pytest.raises(AssertionError):
        agree(np.array([1e-36], F32), peer, truth)
    with pytest.raises(AssertionError):
        agree(np.array([1e-36], F32), peer, truth, flushes=True)


def test_jax_gives_the_truth_in_float64():
    x = np.float32(0.1) * np.arange(4, dtype=F32)
    peer, truth = from_jax(lambda x: {"y": jnp.sin(x)}, x)
    assert peer["y"].dtype == F32
    assert truth["y"].dtype == np.float64
    np.testing.assert_array_equal(truth["y"], np.sin(x.astype(np.float64)))
    agree({"y": np.sin(x)}, peer, truth)
