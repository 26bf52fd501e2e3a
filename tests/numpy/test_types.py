"""Promotion: the same lattice as JAX's, and no 64 bits that nobody asked for."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import rustorch_fn.numpy as rnp
from rustorch_fn import dtypes

NARROW = "bool int8 int16 int32 uint8 uint16 uint32 float16 bfloat16 float32".split()
WIDE = [*NARROW, "int64", "uint64", "float64"]
PAIRS = list(itertools.combinations_with_replacement(NARROW, 2))
WIDER = [p for p in itertools.combinations_with_replacement(WIDE, 2) if p not in PAIRS]
PYTHON = [True, 1, 1.0]


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_narrow_types(a, b):
    assert rnp.promote_types(a, b) == jnp.promote_types(a, b)


@pytest.mark.parametrize(("a", "b"), WIDER)
def test_wide_types(a, b):
    with jax.enable_x64(True):
        want = jnp.promote_types(a, b)
    # a weak float, which uint64 and signed integers meet in, is float32 here by default
    if {a, b} & {"uint64"} and {a, b} & {"int8", "int16", "int32", "int64"}:
        assert rnp.promote_types(a, b) == np.float32
    else:
        assert rnp.promote_types(a, b) == want


@pytest.mark.parametrize("a", NARROW)
@pytest.mark.parametrize("scalar", PYTHON, ids=str)
def test_python_numbers_are_weak(a, scalar):
    x = rnp.zeros(2, a)
    peer = jnp.zeros(2, a)
    ours, theirs = rnp.maximum(x, scalar), jnp.maximum(peer, scalar)
    assert ours.dtype == theirs.dtype
    assert ours.weak_type == theirs.weak_type
    assert rnp.result_type(x, scalar) == jnp.result_type(peer, scalar)


@pytest.mark.parametrize("name", ["int8", "int32", "uint8", "float32", "float16", "bfloat16"])
def test_types_make_arrays_and_stand_for_dtypes(name):
    kind = getattr(rnp, name)
    assert kind(3).dtype == kind
    assert np.dtype(kind) == dtypes.asdtype(name)
    assert rnp.zeros(1, kind).dtype == name
    assert rnp.zeros(1).astype(kind).dtype == dtypes.asdtype(kind)
    assert hash(kind) == hash(dtypes.asdtype(name))


def test_kinds():
    assert rnp.issubdtype(rnp.bfloat16, rnp.floating)
    assert rnp.issubdtype("int8", rnp.integer)
    assert not rnp.issubdtype(rnp.float32, rnp.integer)
    assert rnp.isdtype("uint8", ("integral", "bool"))
    assert rnp.finfo(rnp.bfloat16).bits == 16
    assert rnp.iinfo("uint8").max == 255
