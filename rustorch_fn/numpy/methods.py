"""Operators and methods of arrays: the room's functions with the array in front."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rustorch_fn.lax import lift
from rustorch_fn.numpy import creation, indexing, products, reductions, search, shapes, ufuncs


def _shape_method(self: Any, *shape: Any, order: str = "C") -> Any:
    """The elements under another shape: x.reshape(2, -1) or x.reshape((2, -1))."""
    return shapes.reshape(self, shape[0] if len(shape) == 1 else shape, order)


def _transpose_method(self: Any, *axes: Any) -> Any:
    """The axes in another order: x.transpose(), x.transpose(1, 0) or x.transpose((1, 0))."""
    if not axes or axes == (None,):
        return shapes.transpose(self)
    return shapes.transpose(self, axes[0] if len(axes) == 1 and not hasattr(axes[0], "__index__") else axes)


METHODS: dict[str, Any] = {
    "reshape": _shape_method, "transpose": _transpose_method,
    "T": property(shapes.transpose, doc="The axes in reversed order."),
    "mT": property(shapes.matrix_transpose, doc="The last two axes swapped."),
    "real": property(ufuncs.real, doc="The real part."),
    "astype": lambda self, dtype, copy=False, device=None: creation.astype(self, dtype),
    "copy": creation.copy, "flatten": shapes.ravel, "ravel": shapes.ravel, "squeeze": shapes.squeeze,
    "swapaxes": shapes.swapaxes, "repeat": shapes.repeat, "diagonal": shapes.diagonal, "trace": shapes.trace,
    "sum": reductions.sum, "prod": reductions.prod, "mean": reductions.mean, "var": reductions.var,
    "std": reductions.std, "max": reductions.max, "min": reductions.min, "all": reductions.all, "any": reductions.any,
    "argmax": reductions.argmax, "argmin": reductions.argmin, "cumsum": reductions.cumsum,
    "cumprod": reductions.cumprod, "ptp": reductions.ptp, "dot": products.dot, "clip": ufuncs.clip,
    "round": ufuncs.round, "__round__": ufuncs.round, "conj": ufuncs.conjugate, "conjugate": ufuncs.conjugate,
    "take": indexing.take, "sort": search.sort, "argsort": search.argsort, "nonzero": search.nonzero,
    "searchsorted": search.searchsorted,
    "compress": lambda self, condition, axis=None: search.compress(condition, self, axis),
}  # fmt: skip

for _name, _method in METHODS.items():
    lift.register_method(_name, _method)

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": ufuncs.add, "sub": ufuncs.subtract, "mul": ufuncs.multiply, "truediv": ufuncs.divide,
    "floordiv": ufuncs.floor_divide, "mod": ufuncs.remainder, "divmod": ufuncs.divmod, "pow": ufuncs.power,
    "matmul": products.matmul, "and": ufuncs.bitwise_and, "or": ufuncs.bitwise_or, "xor": ufuncs.bitwise_xor,
    "lshift": ufuncs.left_shift, "rshift": ufuncs.right_shift, "eq": ufuncs.equal, "ne": ufuncs.not_equal,
    "lt": ufuncs.less, "le": ufuncs.less_equal, "gt": ufuncs.greater, "ge": ufuncs.greater_equal,
    "neg": ufuncs.negative, "pos": ufuncs.positive, "abs": ufuncs.abs, "invert": ufuncs.invert,
}  # fmt: skip


def operator(name: str, *operands: Any) -> Any:
    """What `x + y` and its kin mean; operands of foreign types are left to them."""
    for x in operands:
        if not isinstance(x, lift.Value) and not lift.is_arraylike(x):
            return NotImplemented
    return _OPERATORS[name](*operands)


lift.roles.operator = operator
