"""rustorch_fn: functional transformations of array programs, compiled for the CPU.

>>> import rustorch_fn as rt
>>> float(rt.grad(lambda x: x**2)(3.0))
6.0
"""

import sys as _sys
import typing as _typing

from rustorch_fn import (
    boundary,
    checkpoint_policies,
    debug,
    dtypes,
    errors,
    flags,
    lax,
    nn,
    numpy,
    optim,
    random,
    tree,
    typing,
)
from rustorch_fn.core.array import Array, Device
from rustorch_fn.core.ir import Func
from rustorch_fn.core.text import parse
from rustorch_fn.debug import debug_infs, debug_nans, disable_jit, explain_cache_misses
from rustorch_fn.device import (
    block_until_ready,
    clear_caches,
    compile_stats,
    default_backend,
    default_device,
    device_count,
    device_get,
    device_put,
    devices,
    live_arrays,
    local_device_count,
    local_devices,
    set_default_backend,
    typeof,
)
from rustorch_fn.lax.callbacks import pure_callback
from rustorch_fn.lax.pointwise import checkpoint_name
from rustorch_fn.transform.custom import custom_gradient, custom_jvp, custom_vjp
from rustorch_fn.transform.grad import (
    closure_convert,
    float0,
    grad,
    hessian,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linear_transpose,
    linearize,
    value_and_grad,
    vjp,
)
from rustorch_fn.transform.jit import ShapeDtypeStruct, eval_shape, jit, make_jaxpr
from rustorch_fn.transform.names import named_call, named_scope
from rustorch_fn.transform.remat import checkpoint, remat
from rustorch_fn.transform.vmap import vmap
from rustorch_fn.version import __version__

__all__ = [
    "Array", "Device", "Func", "ShapeDtypeStruct", "__version__", "block_until_ready", "checkpoint",
    "checkpoint_name", "checkpoint_policies", "clear_caches", "closure_convert", "compat", "compile_stats",
    "custom_derivatives", "custom_gradient", "custom_jvp", "custom_vjp", "data", "debug", "debug_infs",
    "debug_nans", "default_backend", "default_device", "device_count", "device_get", "device_put", "devices",
    "disable_jit", "dlpack", "dtypes", "errors", "eval_shape", "explain_cache_misses", "flags", "flatten_util",
    "float0", "formats", "grad", "hessian", "image", "jacfwd", "jacobian", "jacrev", "jit", "jvp", "lax",
    "linear_transpose", "linearize", "live_arrays", "local_device_count", "local_devices", "make_jaxpr",
    "named_call", "named_scope", "nn", "numpy", "ops", "optim", "parse", "pure_callback", "random", "remat",
    "scipy", "set_default_backend", "test_util", "tree", "tree_util", "typeof", "typing", "value_and_grad", "vjp",
    "vmap",
]  # fmt: skip

_ROOMS = (
    "compat", "custom_derivatives", "data", "dlpack", "flatten_util", "formats", "image", "ops", "scipy", "test_util",
    "tree_util",
)  # fmt: skip
_LATER = frozenset(
    "NamedSharding P make_array_from_callback make_array_from_single_device_arrays make_mesh pmap process_count "
    "process_index shard_map".split()
)

if _typing.TYPE_CHECKING:
    from rustorch_fn import (
        compat,
        custom_derivatives,
        data,
        dlpack,
        flatten_util,
        formats,
        image,
        ops,
        scipy,
        test_util,
        tree_util,
    )
else:

    def __getattr__(name: str) -> object:
        """Rooms that most programs do without come when they are asked for."""
        if name in _ROOMS:
            import importlib

            return importlib.import_module(f"{__name__}.{name}")
        if name in _LATER:
            raise AttributeError(f"{__name__}.{name} comes later: programs run on one device in one process so far.")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


boundary.close(checkpoint_policies, dtypes, flags, lax, nn, nn.init, numpy, numpy.linalg, optim, random, tree)
boundary.close(lax.linalg, numpy.fft, _sys.modules[__name__])
boundary.close_class(numpy.indexing.Place)
