"""Steps of compiled programs that Python does, by an op's NumPy meaning."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.ir import Equation


class HostCall:
    """An equation run by its NumPy meaning, on the program's memory."""

    def __init__(self, e: Equation, shapes: Sequence[tuple[int, ...]]) -> None:
        self.op, self.attrs, self.source = e.op, e.attrs, e.source
        self.ins = [(a.aval.shape, dtypes.physical(a.aval.dtype)) for a in e.inputs]
        self.outs = [(v.aval.shape, dtypes.physical(v.aval.dtype)) for v in e.outputs]

    def __call__(self, pointers: tuple[int, ...], _: tuple[int, ...]) -> None:
        arrays = [
            array_at(p, shape, dtype) for p, (shape, dtype) in zip(pointers, [*self.ins, *self.outs], strict=True)
        ]
        count = len(self.ins)
        for x in arrays[:count]:
            x.flags.writeable = False
        try:
            with np.errstate(all="ignore"):
                results = self.op.ref(*arrays[:count], **self.attrs)
        except Exception as error:
            if self.source:
                error.add_note(f"while a compiled program did the step {self.op}: {errors.place_text(self.source)}")
            raise
        for out, y in zip(arrays[count:], results if self.op.multiple else (results,), strict=True):
            out[...] = y


class _Bytes:
    """Memory that someone else keeps alive, for NumPy to look at."""

    def __init__(self, pointer: int, nbytes: int) -> None:
        self.__array_interface__ = {"shape": (nbytes,), "typestr": "|u1", "data": (pointer, False), "version": 3}


def array_at(pointer: int, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """A NumPy array over raw memory."""
    nbytes = math.prod(shape) * dtype.itemsize
    if not nbytes:
        return np.empty(shape, dtype)
    return np.asarray(_Bytes(pointer, nbytes)).view(dtype).reshape(shape)


def announced(e: Equation) -> str:
    """What RT_DEBUG=2 says about a step that no kernel does."""
    where = f" ({errors.place_text(e.source)})" if e.source else ""
    shown = "".join(f" {v.aval}" for v in e.outputs)
    return f"{e.op}{shown} runs in Python inside of a compiled program{where}"
