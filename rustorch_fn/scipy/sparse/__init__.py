"""Systems whose matrix is known by what it does to vectors."""

from rustorch_fn.scipy.sparse import linalg

__all__ = ["linalg"]


def __dir__() -> list[str]:
    return __all__
