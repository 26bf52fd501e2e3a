"""Where arrays live, and what the compiler did: public functions."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Any

from rustorch_fn import errors, tree
from rustorch_fn.core.array import CPU, Array, Device
from rustorch_fn.core.roles import roles
from rustorch_fn.core.targets import target
from rustorch_fn.transform import jit as _jit
from rustorch_fn.transform.jit import default_backend, set_default_backend

__all__ = [
    "block_until_ready", "clear_caches", "compile_stats", "default_backend", "default_device", "device_count",
    "device_get", "device_put", "devices", "live_arrays", "local_device_count", "local_devices", "set_default_backend",
    "typeof",
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


def local_devices(
    process_index: int | None = None, backend: str | None = None, host_id: int | None = None
) -> list[Device]:
    """The devices of this process, which is the only one, number 0.

    >>> rt.local_devices()
    [cpu:0]
    """
    index = process_index if process_index is not None else host_id
    if index not in (None, 0):
        raise errors.BadArgument("local_devices", "process_index", index, "0, as there is one process,")
    return devices(backend)


def device_count(backend: str | None = None) -> int:
    """How many devices there are.

    >>> rt.device_count()
    1
    """
    return len(devices(backend))


def local_device_count(backend: str | None = None) -> int:
    """How many devices this process has.

    >>> rt.local_device_count()
    1
    """
    return len(local_devices(backend=backend))


@contextlib.contextmanager
def default_device(device: Device | str | None = None) -> Iterator[None]:
    """`with default_device(d):` puts new arrays on a device: the CPU, as it is the only one.

    >>> with rt.default_device(rt.devices()[0]):
    ...     rt.numpy.ones(2).device
    cpu:0
    """
    if device is not None and device is not CPU and device not in ("cpu", "llvm", "numpy"):
        raise errors.TargetError("default_device: there is no such device", got=repr(device), hint=f"There is {CPU!r}.")
    yield


def live_arrays(platform: str | None = None) -> list[Array]:
    """All arrays that somebody holds and that were not deleted.

    >>> x = rt.numpy.ones(2)
    >>> any(x is y for y in rt.live_arrays())
    True
    """
    devices(platform)
    return [x for x in gc.get_objects() if type(x) is Array and not x.is_deleted()]


def typeof(x: Any) -> Any:
    """The type of a value, known while tracing too: `.shape`, `.dtype`, `.weak_type`.

    >>> rt.typeof(rt.numpy.ones(3)), rt.typeof(1.0).weak_type
    (f32[3], True)
    """
    return roles.asarray(x).aval


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
    """Forget compiled programs and the traces of jitted functions (and, with `disk`, the kernels on disk).

    >>> rt.clear_caches()
    """
    _jit.clear_programs()
    if disk:
        target("llvm").clear_disk_cache()


def __dir__() -> list[str]:
    return __all__
