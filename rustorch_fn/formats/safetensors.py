"""Nested dicts of arrays in safetensors files, under PyTorch's names (`fc1.weight`).

    rt.formats.safetensors.save("net.safetensors", params)
    params = rt.formats.safetensors.load("net.safetensors")

A file is written whole or not at all. Reading checks the header and runs no code of the file's.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

from rustorch_fn import boundary
from rustorch_fn import numpy as rnp
from rustorch_fn.errors import BadType, FileFormat
from rustorch_fn.formats.files import write_atomic
from rustorch_fn.nn import flatten_names, unflatten_names

__all__ = [
    "dumps", "load", "loads", "metadata", "save",
]  # fmt: skip

_DTYPES: dict[str, Any] = {
    "BOOL": np.bool_, "U8": np.uint8, "I8": np.int8, "U16": np.uint16, "I16": np.int16, "U32": np.uint32,
    "I32": np.int32, "U64": np.uint64, "I64": np.int64, "F16": np.float16, "BF16": ml_dtypes.bfloat16,
    "F32": np.float32, "F64": np.float64, "C64": np.complex64, "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
}  # fmt: skip
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}


def save(path: str | os.PathLike[str], tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Write nested dicts of arrays, and words about them.

    >>> from rustorch_fn.formats import safetensors
    >>> safetensors.save("two.safetensors", {"fc": {"weight": rt.numpy.ones(2), "bias": rt.numpy.zeros(())}})
    >>> sorted(rt.nn.state_dict(safetensors.load("two.safetensors")))
    ['fc.bias', 'fc.weight']
    """
    write_atomic(path, dumps(tensors, metadata))


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The nested dicts of arrays that a file holds, in the dtypes in which it holds them.

    Raises FileFormat where there is no such file or its header is not sound.

    >>> from rustorch_fn.formats import safetensors
    >>> safetensors.save("one.safetensors", {"fc": {"weight": rt.numpy.ones(2)}})
    >>> safetensors.load("one.safetensors")
    {'fc': {'weight': Array([1., 1.], dtype=float32)}}
    """
    return loads(_read(path), path)


def metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The words about the arrays that a file holds.

    >>> from rustorch_fn.formats import safetensors
    >>> safetensors.save("one.safetensors", {"w": rt.numpy.ones(2)}, metadata={"made by": "me"})
    >>> safetensors.metadata("one.safetensors")
    {'made by': 'me'}
    """
    data = _read(path)
    loads(data, path)
    size = int.from_bytes(data[:8], "little")
    words: dict[str, str] = json.loads(data[8 : 8 + size]).get("__metadata__", {})
    return words


def dumps(tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a file that holds nested dicts of arrays: equal for equal arrays and words.

    The header is written here, as the safetensors package gives its words in an order that changes.

    >>> from rustorch_fn.formats import safetensors
    >>> data = safetensors.dumps({"w": rt.numpy.ones(3)})
    >>> len(data) % 4
    0
    """
    arrays = {name: _contiguous(name, value) for name, value in flatten_names(tensors).items()}
    words = {} if metadata is None else dict(metadata)
    for name, text in words.items():
        if not isinstance(text, str):
            raise BadType("safetensors.save", f"metadata[{name!r}]", text, "A string")
    header: dict[str, Any] = {"__metadata__": words} if words else {}
    end = 0
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))  # so that every array is aligned
    for name in order:
        array = arrays[name]
        begin, end = end, end + array.nbytes
        header[name] = {
            "dtype": _NAMES[array.dtype.newbyteorder("=")],
            "shape": array.shape,
            "data_offsets": (begin, end),
        }
    shown = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    head = shown + b" " * (-len(shown) % 8)
    return b"".join([len(head).to_bytes(8, "little"), head, *(arrays[name].tobytes() for name in order)])


def _contiguous(name: str, value: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(value, order="C")
    if array.dtype.newbyteorder("=") not in _NAMES:
        raise BadType("safetensors.save", name, value, "A nested dict of arrays of bools or real numbers")
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def loads(data: bytes, name: object = "bytes") -> dict[str, Any]:
    """The nested dicts of arrays that bytes in the form of a file hold.

    >>> from rustorch_fn.formats import safetensors
    >>> safetensors.loads(safetensors.dumps({"w": rt.numpy.ones(2)}))
    {'w': Array([1., 1.], dtype=float32)}
    """
    from safetensors import SafetensorError, deserialize

    try:
        entries = deserialize(data)
    except SafetensorError as error:
        # "Error while deserializing: header too large", of which some versions write HeaderTooLarge
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(error).partition(": ")[2]).lower()
        raise FileFormat(name, f"is no safetensors file: {words or error}", hint="save writes one.") from None
    return unflatten_names({key: _array(name, key, entry) for key, entry in entries})


def _array(name: object, key: str, entry: Mapping[str, Any]) -> Any:
    if entry["dtype"] not in _DTYPES:
        hint = f"It can be read where it is one of {', '.join(_DTYPES)}."
        raise FileFormat(name, f"{key} is of dtype {entry['dtype']}, which has no counterpart here", hint=hint)
    array = np.frombuffer(entry["data"], _DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return rnp.asarray(array, dtype=array.dtype)


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileFormat(path, f"cannot be read: {error.strerror}", hint="Check the path.") from None


def __dir__() -> list[str]:
    return __all__


boundary.close(sys.modules[__name__])
