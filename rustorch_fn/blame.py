"""Whose fault a bare error is: the arguments of a public function are held against its annotations, after the fact.

Functions check what they can check well, and say it in words of their own. What slips through and makes Python or
NumPy fail below is looked at here, where it leaves the package: the first argument that is not what its annotation
says is to blame. So the checks cost nothing where a call goes well. If no argument is to blame, we are.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import numbers
import operator
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rustorch_fn import dtypes
from rustorch_fn.errors import BadArgument, BadType, InternalError, OutOfMemory, RustorchError

Check = Callable[[Any], bool]
MOST = 2**31  # beyond it, a number is no size that an array could have


def _indexable(x: Any) -> bool:
    try:
        operator.index(x)
    except TypeError:
        return False
    return True


def _indexables(x: Any) -> bool:
    return _listed(x) and all(map(_indexable, x))


def _listed(x: Any) -> bool:
    return isinstance(x, Sequence | np.ndarray) and not isinstance(x, str | bytes)


def _array(x: Any) -> bool:
    """Whether x is an array of ours, or what NumPy has numbers for."""
    if hasattr(x, "aval") or (isinstance(x, numbers.Complex) and not isinstance(x, np.generic)):
        return True
    return isinstance(x, np.ndarray | np.generic) and x.dtype in dtypes.SHORT


def _number(x: Any) -> bool:
    return _array(x) and not getattr(x, "shape", ())


def _dtype(x: Any) -> bool:
    try:
        dtypes.asdtype(x)
    except (TypeError, ValueError):
        return False
    return not hasattr(x, "aval")


# what an annotation lets through, and how people call it
KINDS: Mapping[str, tuple[Check, str]] = {
    "None": (lambda x: x is None, "None"),
    "bool": (lambda x: isinstance(x, bool | np.bool_), "True or False"),
    "int": (lambda x: _indexable(x) and not isinstance(x, bool | np.bool_), "an int"),
    "float": (_number, "a number"),
    "str": (lambda x: isinstance(x, str), "a string"),
    "PyTreeDef": (lambda x: hasattr(x, "unflatten"), "a structure, such as rt.tree.structure(x)"),
    "type": (lambda x: isinstance(x, type), "a class"),
    "Array": (_array, "an array"),
    "ArrayLike": (_array, "an array or a number"),
    "Axis": (lambda x: x is None or _indexable(x) or _indexables(x), "an int, a tuple of ints or None"),
    "Shape": (lambda x: _indexable(x) or _indexables(x), "a tuple of ints"),
    "DTypeLike": (_dtype, "a dtype, such as 'float32'"),
    "Sequence[int]": (_indexables, "a tuple of ints"),
    "tuple[int, ...]": (_indexables, "a tuple of ints"),
    "Pair": (lambda x: _indexable(x) or (_indexables(x) and len(x) == 2), "an int or a pair of ints"),
    "Sequence": (_listed, "a tuple or list"),
    "tuple": (lambda x: isinstance(x, tuple), "a tuple"),
    "Iterable": (lambda x: isinstance(x, Iterable), "a tuple or list"),
    "Mapping": (lambda x: isinstance(x, Mapping), "a dict"),
    "dict": (lambda x: isinstance(x, dict), "a dict"),
    "Callable": (callable, "a function"),
    "Schedule": (callable, "a function of the step"),
    "IsLeaf": (callable, "a function"),
    "Policy": (callable, "a policy"),
}
# what parameters of these names take where their annotation leaves it open
NAMES: Mapping[str, str] = {
    **dict.fromkeys(("axis", "axes"), "Axis"),
    **dict.fromkeys(("shape", "newshape"), "Shape"),
    "dtype": "DTypeLike | None",
    **dict.fromkeys(("keepdims", "allow_negative_indices"), "bool"),
    **dict.fromkeys(("f", "fun", "func"), "Callable"),
    **dict.fromkeys(("x", "y", "a", "b", "arr", "m", "v", "input", "target", "operand", "update"), "Array"),
    **dict.fromkeys(("alpha", "negative_slope", "loc", "scale", "minval", "maxval"), "ArrayLike"),
    **dict.fromkeys(("index", "start_index"), "ArrayLike"),
    **dict.fromkeys(("initial", "where", "weights", "variance", "mean", "fill_value"), "ArrayLike | None"),
    **dict.fromkeys(("repeats", "shift", "indices_or_sections", "reps", "obj"), "ArrayLike | Sequence"),
    "bins": "ArrayLike | Sequence | str",
    **dict.fromkeys(("range", "optimize"), "bool | str | Sequence | None"),
    **dict.fromkeys(("mode", "ord", "order", "casting", "approximate"), "str | float | None"),
    **dict.fromkeys(("lr", "learning_rate", "momentum", "weight_decay"), "ArrayLike | Callable"),
}  # fmt: skip
_BARE = (
    *(TypeError, ValueError, AttributeError, LookupError, ArithmeticError, AssertionError, BufferError),
    *(RuntimeError, MemoryError),
)


def explained(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], error: BaseException) -> Any:
    """The error of ours that says what `error` means for a call of a public function; None where it speaks for itself.

    It does where it is ours, where a function of the user's raised it, and where the call does not fit the signature.
    """
    if not isinstance(error, _BARE) or isinstance(error, RustorchError | RecursionError):
        return None
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return _refused(function, kwargs)
    op = title(function)
    for name, parameter, value in (*_given(bound), *_fields(bound)):
        works = wanted(parameter, value)
        if works:
            return BadType(op, name, value, works)
    if isinstance(error, MemoryError):
        return OutOfMemory(_bytes(error), op=op)
    if _ARITY.match(str(error)):
        return None
    accused = _odd_one(op, bound, str(error)) or _complained_of(op, bound, str(error))
    if accused is not None:
        return accused
    if any(_opaque(value) for _, _, value in _given(bound)):
        return None
    return InternalError(f"{op} failed within rustorch_fn", got=f"{type(error).__name__}: {error}")


def _refused(function: Any, kwargs: Mapping[str, Any]) -> Any:
    """The error for an argument of NumPy's that no function here has; None where there is no such argument."""
    if kwargs.get("out") is None or "out" in inspect.signature(function).parameters:
        return None
    return BadArgument(title(function), "out", type(kwargs["out"]).__name__, "Using the result (arrays do not change)")


# Python's own words for a function that takes other arguments than it was given: they need no other
_ARITY = re.compile(r"[\w.<>]+\(\) (takes|missing|got)")
# Python's words about a value of a type, and what would work in its place
COMPLAINTS = (
    ("as an integer", "An int"),
    ("os.PathLike", "A path"),
    ("has no attribute", "An array"),
    ("not iterable", "A tuple or list"),
    ("unpack non-iterable", "A tuple or list"),
    ("has no len()", "A tuple or list"),
    ("subscriptable", "An array, a tuple or a list"),
    ("not callable", "A function"),
    ("unsupported operand", "An array or a number"),
    ("bad operand", "An array or a number"),
    ("not supported between", "A number"),
    ("unhashable", "A number, a string or a tuple"),
    ("must be", "A number"),
)


def _complained_of(op: str, bound: inspect.BoundArguments, said: str) -> RustorchError | None:
    """The error about the one argument of the type that Python complains of."""
    works = next((works for words, works in COMPLAINTS if words in said), "")
    quoted = [*re.findall(r"'([\w.]+)'", said), *re.findall(r"not (\w+)$", said)]
    kinds = {kind.rpartition(".")[2] for kind in quoted}
    found = [(name, value) for name, _, value in _given(bound) if type(value).__name__ in kinds]
    return BadType(op, *found[0], works) if works and len(found) == 1 else None


def _odd_one(op: str, bound: inspect.BoundArguments, said: str) -> RustorchError | None:
    """The error about the first argument that few functions can do anything with."""
    for name, parameter, value in _given(bound):
        works = _odd(value, said)
        if isinstance(value, str | bytes) and parameter.annotation in ("Any", parameter.empty):
            works = "An array of real numbers"
        if not works and ("index out of range" in said or "to unpack" in said):
            kinds = f"{parameter.annotation} {NAMES.get(parameter.name)}"
            works = "An array with more axes" if "Array" in kinds and _array(value) else ""
        if works:
            return BadArgument(op, name, value, works)
    return None


def _odd(value: Any, said: str) -> str:
    """What would work in place of a value that few functions can do anything with; else an empty string."""
    if isinstance(value, int) and abs(value) > MOST:
        return "A smaller number"
    if isinstance(value, int) and value < 0 and ("negative" in said or ">= 0" in said):
        return "A number from 0"
    if isinstance(value, float) and not math.isfinite(value):
        return "A finite number"
    if isinstance(value, complex | set) or (isinstance(value, np.ndarray | np.generic) and not _array(value)):
        return "An array of real numbers"
    if getattr(value, "dtype", None) is dtypes.key:
        return "An array of numbers, such as rt.random.key_data(key),"
    if "as an integer" in said and (
        isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"
    ):
        return "An int"
    if ("truth value" in said or "0-dimensional" in said) and getattr(value, "size", 1) != 1:
        return "One value"
    if "Unable to cast" in said and callable(value):
        return "A function that returns True or False"
    return _odd_items(value, said) if isinstance(value, list | tuple) else ""


def _odd_items(values: Sequence[Any], said: str) -> str:
    """The same for a list or tuple: what is odd about it or about an item."""
    if "inhomogeneous" in said and any(isinstance(v, list | tuple) for v in values):
        return "Rows of equal lengths"
    return next(filter(None, (_odd(v, said) for v in values)), "")


def title(function: Any) -> str:
    """How messages call a function: a method with its class, a constructor by its class alone."""
    name: str = function.__qualname__.removesuffix(".__init__").removesuffix(".__call__")
    return name.replace(".<locals>", "").removesuffix(".<lambda>")


def _given(bound: inspect.BoundArguments) -> Iterator[tuple[str, inspect.Parameter, Any]]:
    """(name, parameter, value) of all that was given, each of *args and **kwargs on its own."""
    for name, value in bound.arguments.items():
        parameter = bound.signature.parameters[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            yield from ((f"{name}[{k}]", parameter, each) for k, each in enumerate(value))
        elif parameter.kind is parameter.VAR_KEYWORD:
            yield from ((key, parameter, each) for key, each in value.items())
        else:
            yield name, parameter, value


def _fields(bound: inspect.BoundArguments) -> Iterator[tuple[str, inspect.Parameter, Any]]:
    """The same for the fields of a record whose method was called: a constructor may not have looked at them."""
    record = bound.arguments.get("self")
    for f in dataclasses.fields(record) if dataclasses.is_dataclass(record) else ():
        if isinstance(f.type, str) and hasattr(record, f.name):
            said = inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, annotation=f.type)
            yield f.name, said, getattr(record, f.name)


def wanted(parameter: inspect.Parameter, value: Any) -> str:
    """What a parameter takes, if this value is not it; else an empty string."""
    if value is parameter.default:
        return ""
    said = parameter.annotation if isinstance(parameter.annotation, str) else "Any"
    kinds = [_kind(part) for part in _parts(NAMES.get(parameter.name, said) if said == "Any" else said)]
    known = [kind for kind in kinds if kind is not None]
    if len(known) < len(kinds) or any(check(value) for check, _ in known):
        return ""
    *most, last = dict.fromkeys(word for _, word in known)
    works = f"{', '.join(most)} or {last}" if most else last
    return works[0].upper() + works[1:]


def _parts(annotation: str) -> list[str]:
    """The alternatives of an annotation: those of `int | Sequence[int | None]` are two."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(annotation):
        depth += (letter == "[") - (letter == "]")
        if letter == "|" and not depth:
            parts.append(annotation[start:at].strip())
            start = at + 1
    return [*parts, annotation[start:].strip()]


@functools.cache
def _kind(annotation: str) -> tuple[Check, str] | None:
    return KINDS.get(annotation) or KINDS.get(annotation.partition("[")[0])


def _opaque(value: Any) -> bool:
    """Whether a value may raise errors of its own that leave no frame of the user's: a function written in C."""
    if not callable(value) or isinstance(value, types.FunctionType | types.MethodType):
        return False
    return type(value).__module__.partition(".")[0] != __name__.partition(".")[0]


def _bytes(error: MemoryError) -> int:
    """How much NumPy asked for, if it says so."""
    shape, dtype = getattr(error, "shape", ()), getattr(error, "dtype", None)
    return int(np.prod([int(n) for n in shape], dtype=object) * dtype.itemsize) if dtype is not None else 0
