"""What primitives say to operands that do not fit: the op's name, what was got, and what would work."""

from __future__ import annotations

from typing import Any

import pytest

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.primitive import REGISTRY
from rustorch_fn.lax import basics, contraction  # noqa: F401  (the registry must be full)


def f32(*shape: int) -> Aval:
    return Aval(shape, dtypes.float32)


def i32(*shape: int) -> Aval:
    return Aval(shape, dtypes.int32)


PLACES = dict(offset_dims=(1,), collapsed_slice_dims=(0,), start_index_map=(0,), operand_batching_dims=(),
              start_indices_batching_dims=(), mode="fill")  # fmt: skip
CONV = dict(strides=(1,), pads=((0, 0),), lhs_dilation=(1,), rhs_dilation=(1,), reverse=(False,),
            dims=((0, 1, 2), (0, 1, 2), (0, 1, 2)))  # fmt: skip
WINDOWS = dict(window=(2,), strides=(1,), pads=((0, 0),), base_dilation=(1,), window_dilation=(1,))
SHAPE, DTYPE, AXIS, ARGUMENT = errors.ShapeError, errors.DtypeError, errors.AxisError, errors.BadArgument

# op, operands, attributes, class, words of the message
ERRORS: list[tuple[str, tuple[Aval, ...], dict[str, Any], type[Exception], tuple[str, ...]]] = [
    ("add", (f32(2), f32(3)), {}, SHAPE, ("add", "f32[2] · f32[3]", "broadcast")),
    ("add", (f32(2), i32(2)), {}, DTYPE, ("types differ", "astype")),
    ("sin", (i32(2),), {}, DTYPE, ("sin", "i32[2]", "f32")),
    ("and", (f32(), f32()), {}, DTYPE, ("and", "bool")),
    ("select", (f32(2), f32(2), f32(2)), {}, DTYPE, ("predicate is not bool", "!= 0")),
    ("select", (Aval((2,), dtypes.bool_), f32(2), f32(3)), {}, SHAPE, ("select", "where broadcasts")),
    ("convert", (Aval((), dtypes.key),), dict(dtype=dtypes.int32), DTYPE, ("random keys", "key_data")),
    ("bitcast", (f32(2),), dict(dtype=dtypes.int64), DTYPE, ("bitcast", "same number of bits")),
    ("iota", (), dict(shape=(2,), dtype=dtypes.int32, axis=1), AXIS, ("iota", "axis 1", "out of range")),
    ("broadcast", (f32(2),), dict(shape=(3, 4), dims=(0,)), SHAPE, ("broadcast", "f32[2]")),
    ("reshape", (f32(2, 3),), dict(shape=(4,)), SHAPE, ("reshape", "f32[2,3] to (4,)", "6 elements")),
    ("permute", (f32(2, 3),), dict(perm=(0, 0)), AXIS, ("permute", "(0, 1)")),
    ("slice", (f32(4),), dict(start=(2,), limit=(6,)), SHAPE, ("slice", "(2,):(6,)")),
    ("slice", (f32(4),), dict(start=(2, 0), limit=(6,)), SHAPE, ("one start, limit and stride",)),
    ("pad", (f32(2), f32()), dict(lo=(-2,), hi=(-1,), interior=(0,)), SHAPE, ("pad", "cropped")),
    ("pad", (f32(2), i32()), dict(lo=(0,), hi=(0,), interior=(0,)), SHAPE, ("pad", "scalar of x's type")),
    ("concat", (f32(2, 3), f32(2, 4)), dict(axis=0), SHAPE, ("concat", "axis 0")),
    ("flip", (f32(2),), dict(axes=(0, 0)), AXIS, ("flip", "named twice")),
    ("windows", (f32(3, 3),), WINDOWS, SHAPE, ("windows", "each axis")),
    ("windows", (f32(3),), WINDOWS | dict(strides=(0,)), ARGUMENT, ("windows", "at least 1")),
    ("reduce_sum", (f32(3),), dict(axes=(1,)), AXIS, ("reduce_sum", "axis 1", "-1 to 0")),
    ("reduce_sum", (Aval((2,), dtypes.bool_),), dict(axes=(0,)), DTYPE, ("reduce_sum", "bool[2]")),
    ("argmax", (f32(0),), dict(axis=0, index_dtype=dtypes.int32), SHAPE, ("argmax", "empty")),
    ("cumsum", (f32(2),), dict(axis=2), AXIS, ("cumsum", "axis 2")),
    ("sort", (f32(2), f32(3)), dict(axis=0), SHAPE, ("sort", "one shape")),
    ("gather", (f32(4, 3), f32(2, 1)), PLACES | dict(slice_sizes=(1, 3)), DTYPE, ("gather", "integer vectors")),
    ("gather", (f32(4, 3), i32(2, 2)), PLACES | dict(slice_sizes=(1, 3)), SHAPE, ("start_index_map",)),
    ("gather", (f32(4, 3), i32(2, 1)), PLACES | dict(slice_sizes=(2, 3)), SHAPE, ("slice sizes", "1 where")),
    ("gather", (f32(4, 3), i32(2, 1)), PLACES | dict(slice_sizes=(1, 3), mode="wrap"), ARGUMENT, ("mode", "clip")),
    ("scatter", (f32(4, 3), i32(2, 1), f32(5, 3)), PLACES | dict(op="add"), SHAPE, ("scatter", "updates")),
    ("scatter", (f32(4, 3), i32(2, 1), f32(2, 3)), PLACES | dict(op="div"), ARGUMENT, ("op", "set, add")),
    ("dynamic_slice", (f32(4), f32()), dict(sizes=(2,)), SHAPE, ("dynamic_slice", "integer scalar")),
    ("dynamic_slice", (f32(4), i32()), dict(sizes=(5,)), SHAPE, ("dynamic_slice", "does not fit")),
    ("dynamic_update", (f32(4), i32(2), i32()), {}, DTYPE, ("dynamic_update", "types differ")),
    ("dot", (f32(8, 16), f32(15, 16)), dict(contract=((1,), (0,))), SHAPE, ("inner sizes differ", ".T?")),
    ("dot", (f32(8, 16), f32(15, 4)), dict(contract=((1,), (0,))), SHAPE, ("inner sizes differ", "f32[15,4]")),
    ("dot", (f32(8, 16), f32(16, 4)), dict(contract=((2,), (0,))), AXIS, ("inner axes",)),
    ("dot", (f32(2, 2), i32(2, 2)), dict(contract=((1,), (0,))), DTYPE, ("dot", "one type")),
    ("conv", (f32(1, 3, 9), f32(4, 2, 3)), CONV, SHAPE, ("features differ", "take 3 features")),
    ("conv", (f32(1, 4, 9), f32(3, 2, 3)), CONV | dict(feature_groups=2), SHAPE, ("groups",)),
    ("conv", (f32(1, 3, 9, 9), f32(4, 3, 3, 3)), CONV, SHAPE, ("axis of space",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "avals", "attrs", "kind", "words"), ERRORS)
def test_message(
    name: str, avals: tuple[Aval, ...], attrs: dict[str, Any], kind: type[Exception], words: tuple[str, ...]
) -> None:
    with pytest.raises(kind) as caught:
        REGISTRY[name].shape(*avals, **attrs)
    for word in words:
        assert word in str(caught.value)
    assert "test_shape_errors.py" in str(caught.value)
