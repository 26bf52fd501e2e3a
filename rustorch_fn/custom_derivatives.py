"""Functions with derivatives of their own, and the zeros that their rules may ask to see."""

from rustorch_fn.transform.custom import custom_gradient, custom_jvp, custom_vjp
from rustorch_fn.transform.grad import closure_convert
from rustorch_fn.transform.zeros import (
    CustomVJPPrimal,
    SymbolicZero,
    custom_vjp_primal_tree_values,
    zero_from_primal,
)

__all__ = [
    "CustomVJPPrimal", "SymbolicZero", "closure_convert", "custom_gradient", "custom_jvp", "custom_vjp",
    "custom_vjp_primal_tree_values", "zero_from_primal",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
