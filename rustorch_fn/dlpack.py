"""Arrays of other libraries, by DLPack: see `rt.numpy.from_dlpack`."""

from rustorch_fn.numpy import from_dlpack

__all__ = ["from_dlpack"]


def __dir__() -> list[str]:
    return __all__
