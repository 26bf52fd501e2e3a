"""Operators and methods of arrays: the room's functions with the array in front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rustorch_fn.lax import lift
from rustorch_fn.numpy import creation, indexing, products, reductions, search, shapes, standard, ufuncs
from rustorch_fn.typing import Array, ArrayLike, Device, DTypeLike, Shape


def _shape_method(self: Array, *shape: int | Shape, order: str = "C") -> Array:
    """The elements under another shape: x.reshape(2, -1) or x.reshape((2, -1))."""
    sizes: Any = shape[0] if len(shape) == 1 else shape
    return shapes.reshape(self, sizes, order)


def _transpose_method(self: Array, *axes: int | Sequence[int] | None) -> Array:
    """The axes in another order: x.transpose(), x.transpose(1, 0) or x.transpose((1, 0))."""
    if not axes or axes == (None,):
        return shapes.transpose(self)
    order: Any = axes[0] if len(axes) == 1 and not hasattr(axes[0], "__index__") else axes
    return shapes.transpose(self, order)


def _astype_method(self: Array, dtype: DTypeLike, copy: bool = False, device: Device | None = None) -> Array:
    """The values in another dtype: floats lose their fraction towards 0 and saturate."""
    return creation.astype(self, dtype)


def _compress_method(self: Array, condition: ArrayLike | Sequence[Any], axis: int | None = None) -> Array:
    """The slices along an axis, or the elements, where condition holds."""
    return search.compress(condition, self, axis)


METHODS: dict[str, Any] = {
    "reshape": _shape_method, "transpose": _transpose_method,
    "T": property(shapes.transpose, doc="The axes in reversed order."),
    "mT": property(shapes.matrix_transpose, doc="The last two axes swapped."),
    "real": property(ufuncs.real, doc="The real part."), "imag": property(ufuncs.imag, doc="The imaginary part."),
    "astype": _astype_method,
    "copy": creation.copy, "flatten": shapes.ravel, "ravel": shapes.ravel, "squeeze": shapes.squeeze,
    "swapaxes": shapes.swapaxes, "repeat": shapes.repeat, "diagonal": shapes.diagonal, "trace": shapes.trace,
    "sum": reductions.sum, "prod": reductions.prod, "mean": reductions.mean, "var": reductions.var,
    "std": reductions.std, "max": reductions.max, "min": reductions.min, "all": reductions.all, "any": reductions.any,
    "argmax": reductions.argmax, "argmin": reductions.argmin, "cumsum": reductions.cumsum,
    "cumprod": reductions.cumprod, "ptp": reductions.ptp, "dot": products.dot, "clip": ufuncs.clip,
    "round": ufuncs.round, "__round__": ufuncs.round, "conj": ufuncs.conjugate, "conjugate": ufuncs.conjugate,
    "take": indexing.take, "sort": search.sort, "argsort": search.argsort, "nonzero": search.nonzero,
    "searchsorted": search.searchsorted,
    "compress": _compress_method,
    "to_device": standard.to_device, "__array_namespace__": standard.array_namespace,
}  # fmt: skip

for _name, _method in METHODS.items():
    if getattr(_method, "__module__", "") == __name__:
        _method.__name__ = _method.__qualname__ = _name
    lift.register_method(_name, _method)

_COMPARED: dict[str, Callable[..., Any]] = {
    "eq": ufuncs.equal, "ne": ufuncs.not_equal, "lt": ufuncs.less, "le": ufuncs.less_equal, "gt": ufuncs.greater,
    "ge": ufuncs.greater_equal,
}  # fmt: skip
_TWO: dict[str, Callable[..., Any]] = {
    "add": ufuncs.add, "sub": ufuncs.subtract, "mul": ufuncs.multiply, "truediv": ufuncs.divide,
    "floordiv": ufuncs.floor_divide, "mod": ufuncs.remainder, "divmod": ufuncs.divmod, "pow": ufuncs.power,
    "matmul": products.matmul, "and": ufuncs.bitwise_and, "or": ufuncs.bitwise_or, "xor": ufuncs.bitwise_xor,
    "lshift": ufuncs.left_shift, "rshift": ufuncs.right_shift, **_COMPARED,
}  # fmt: skip
_ONE: dict[str, Callable[..., Any]] = {
    "neg": ufuncs.negative, "pos": ufuncs.positive, "abs": ufuncs.abs, "invert": ufuncs.invert,
}  # fmt: skip
_NUMBERS = frozenset((lift.Array, float, int, bool))


def _operator(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """What `x + y` and its kin mean; operands of foreign types are left to them."""

    def apply(x: Any, y: Any) -> Any:
        if (type(x) in _NUMBERS or lift.is_arraylike(x)) and (type(y) in _NUMBERS or lift.is_arraylike(y)):
            return function(x, y)
        return NotImplemented

    return apply


for _name, _function in _ONE.items():
    lift.register_operator(_name, _function, 1)
for _name, _function in _TWO.items():
    lift.register_operator(_name, _operator(_function), 2, _name not in _COMPARED)
lift.roles.operator = lambda name, x, y: _TWO[name](x, y)
