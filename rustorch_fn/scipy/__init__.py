"""SciPy's functions on arrays that can be traced, room by room; each room comes when it is asked for.

>>> float(rt.scipy.integrate.trapezoid(rt.numpy.array([0.0, 1.0, 2.0])))
2.0
"""

import importlib as _importlib
import typing as _typing

__all__ = [
    "integrate", "interpolate", "linalg", "ndimage", "optimize", "signal", "sparse", "special", "stats",
]  # fmt: skip

if _typing.TYPE_CHECKING:
    from rustorch_fn.scipy import integrate, interpolate, linalg, ndimage, optimize, signal, sparse, special, stats
else:

    def __getattr__(name: str) -> object:
        """A room that nothing has asked for yet."""
        if name in __all__:
            return _importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
