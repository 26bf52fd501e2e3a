"""Libraries written against JAX's public API run on rustorch_fn: asked for by name, never by surprise.

    import rustorch_fn as rt

    rt.compat.as_jax()  # before anything imports jax

    import optax  # its `import jax` gives rustorch_fn

`with rt.compat.as_jax():` does so for the imports of a block. What is imported keeps what it was given, so a library
that imports jax late, inside of its functions, wants the first form.
"""

from __future__ import annotations

import sys as _sys

from rustorch_fn import boundary as _boundary
from rustorch_fn.compat.settings import Config, config
from rustorch_fn.compat.standing_in import StandIn, as_jax

__all__ = ["Config", "StandIn", "as_jax", "config"]

_boundary.close(_sys.modules[__name__])


def __dir__() -> list[str]:
    return __all__
