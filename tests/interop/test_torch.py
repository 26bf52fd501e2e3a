"""Tensors of PyTorch beside our arrays."""

import numpy as np
import pytest
import torch

from rustorch_fn import numpy as rnp

DTYPES = "int8 int16 int32 int64 uint8 float16 float32 float64 bool complex64 bfloat16".split()


@pytest.mark.parametrize("dtype", DTYPES)
def test_dlpack_shares_memory_both_ways(dtype):
    x = rnp.arange(6, dtype="float32").reshape(2, 3).astype(dtype)
    theirs = torch.from_dlpack(x)
    assert (str(theirs.dtype), theirs.data_ptr()) == (f"torch.{dtype}", x.ptr)
    assert np.array_equal(theirs.to(torch.complex128).numpy(), np.asarray(x).astype("c16"))
    made = torch.arange(6).to(theirs.dtype)
    back = rnp.from_dlpack(made)
    assert (back.ptr, back.dtype) == (made.data_ptr(), x.dtype)
    assert rnp.asarray(made).ptr != made.data_ptr()


def test_transposed_tensors_keep_their_order():
    theirs = torch.arange(6.0).reshape(2, 3).T
    assert np.array_equal(rnp.from_dlpack(theirs), theirs.numpy())


def test_memory_outlives_its_maker():
    theirs = torch.from_dlpack(rnp.arange(3.0) + 1)
    assert theirs.tolist() == [1, 2, 3]
