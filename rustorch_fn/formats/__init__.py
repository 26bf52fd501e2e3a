"""Arrays in files, and whole programs in the formats of others."""

from rustorch_fn.formats import safetensors

__all__ = ["safetensors"]


def __dir__() -> list[str]:
    return __all__
