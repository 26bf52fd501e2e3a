"""What the Python array API standard asks of a namespace beside its functions: version 2024.12."""

from __future__ import annotations

import sys
from typing import Any

from rustorch_fn import dtypes, errors
from rustorch_fn.device import devices
from rustorch_fn.typing import Array, Device

__array_api_version__ = "2024.12"

_KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]


def check_device(name: str, device: Any) -> None:
    """Raise where a device is asked for that does not exist."""
    if device is not None and device not in devices() and device != "cpu":
        raise errors.TargetError(f"{name}: there is no such device", got=repr(device), hint="There is cpu:0.")


class Info:
    """What arrays there are: `rt.numpy.__array_namespace_info__()`.

    >>> rt.numpy.__array_namespace_info__().default_dtypes()["real floating"]
    dtype('float32')
    """

    __slots__ = ()

    def capabilities(self) -> dict[str, Any]:
        """What does not hang on arguments: masks as indices work eagerly, and shapes may follow from values there."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64}

    def default_device(self) -> Device:
        """Where arrays are made."""
        return devices()[0]

    def devices(self) -> list[Device]:
        """Where arrays can be."""
        return devices()

    def default_dtypes(self, *, device: Device | None = None) -> dict[str, Any]:
        """What arrays are made of where nothing says more: 32 bits."""
        check_device("default_dtypes", device)
        names = {"real floating": "float32", "complex floating": "complex64", "integral": "int32", "indexing": "int32"}
        return {kind: dtypes.asdtype(name) for kind, name in names.items()}

    def dtypes(self, *, device: Device | None = None, kind: str | tuple[str, ...] | None = None) -> dict[str, Any]:
        """The standard's types of a kind, by name."""
        check_device("dtypes", device)
        kinds = kind if isinstance(kind, tuple) else ("bool", "numeric") if kind is None else (kind,)
        for each in kinds:
            if each not in _KINDS:
                raise errors.BadArgument("dtypes", "kind", each, ", ".join(map(repr, _KINDS)))
        return {name: dtypes.asdtype(name) for each in kinds for name in _KINDS[each]}


def __array_namespace_info__() -> Info:
    """What arrays there are, in the words of the array API standard.

    >>> rt.numpy.__array_namespace_info__().capabilities()["boolean indexing"]
    True
    """
    return Info()


def array_namespace(self: Array, *, api_version: str | None = None) -> Any:
    """The module whose functions work on the array: rt.numpy."""
    if api_version not in (None, "2021.12", "2022.12", "2023.12", __array_api_version__):
        raise errors.BadArgument("__array_namespace__", "api_version", api_version, repr(__array_api_version__))
    return sys.modules["rustorch_fn.numpy"]


def to_device(self: Array, device: Any, /, *, stream: None = None) -> Array:
    """The array on a device: there is one."""
    check_device("to_device", device)
    if stream is not None:
        raise errors.BadArgument("to_device", "stream", stream, "None, as there are no streams,")
    return self
