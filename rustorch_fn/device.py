"""Where arrays live, and what the compiler did: public functions."""

from __future__ import annotations

from typing import Any

from rustorch_fn import errors, tree
from rustorch_fn.core.array import CPU, Array, Device
from rustorch_fn.core.roles import roles
from rustorch_fn.core.targets import target
from rustorch_fn.transform import jit as _jit
from rustorch_fn.transform.jit import default_backend, set_default_backend

__all__ = [
    "block_until_ready", "clear_caches", "compile_stats", "default_backend", "device_get", "device_put", "devices",
    "set_default_backend",
]  # fmt: skip

compile_listeners = _jit.compile_listeners


def devices(backend: str | None = None) -> list[Device]:
    """The devices that programs can run on.

    >>> rt.devices()
    [cpu:0]
    """
    if backend not in (None, "cpu", "llvm", "numpy"):
        raise errors.TargetError(f"there is no backend {backend!r}", hint="There are cpu, llvm and numpy.")
    return [CPU]


def device_put(x: Any, device: Any = None) -> Any:
    """A tree of values as arrays on a device.

    >>> rt.device_put({"w": np.ones(2)})
    {'w': Array([1., 1.], dtype=float32)}
    """
    if device is not None and device is not CPU:
        raise errors.TargetError("device_put: there is no such device", got=repr(device), hint=f"There is {CPU!r}.")
    return tree.map(roles.asarray, x)


def device_get(x: Any) -> Any:
    """A tree of arrays as NumPy arrays.

    >>> type(rt.device_get(rt.numpy.ones(2))).__name__
    'ndarray'
    """
    return tree.map(lambda y: y.concrete("array") if isinstance(y, Array) else y, x)


def block_until_ready(x: Any) -> Any:
    """The tree itself: execution on the CPU is synchronous.

    >>> rt.block_until_ready({"w": rt.numpy.ones(2)})
    {'w': Array([1., 1.], dtype=float32)}
    """
    return x


def compile_stats() -> dict[str, Any]:
    """What the kernel compiler did in this process: kernels compiled, loaded from disk, found in memory, seconds.

    >>> sorted(rt.compile_stats())[:2]
    ['bytes', 'compile_ms']
    """
    return {**target("llvm").stats(), "programs": len(_jit._programs)}


def clear_caches(disk: bool = False) -> None:
    """Forget compiled programs (and, with `disk`, the kernels on disk).

    >>> rt.clear_caches()
    """
    _jit.clear_programs()
    if disk:
        target("llvm").clear_disk_cache()


def __dir__() -> list[str]:
    return __all__
