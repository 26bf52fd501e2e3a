"""What can go wrong, said to a friend: what happened, where, what was got, and what would work.

One class for each mistake. Each has a stable `code`, subclasses the builtin that fits, and builds its text from
fields, which stay readable on the exception (`error.what, error.got, error.hint, error.where`). `where` is the
user's line: the first frame outside this package, unless the one who raises blames another line.

    raise ShapeError("dot: inner sizes differ", got="x f32[8,16] · w f32[15,4]", hint="Did you mean w.T?")
    raise ConcretizationError("bool", "bool[]", made=tracer.place)
"""

from __future__ import annotations

import contextlib
import functools
import linecache
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from types import CodeType, FrameType
from typing import Any, ClassVar, TypeAlias

Place: TypeAlias = tuple[CodeType, int]
"""A line of the user's: a code object and the index of the instruction that was running."""

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_PLUMBING = (_HERE, "<frozen ", os.sep.join(("", "optree", "")), contextlib.__file__, functools.__file__)
_OURS: dict[str, bool] = {}


def _is_ours(filename: str) -> bool:
    """Whether frames of this file stand between the user and the error: our package and what it calls through."""
    known = _OURS.get(filename)
    if known is None:
        known = filename.startswith(_PLUMBING) or f"site-packages{os.sep}optree{os.sep}" in filename
        _OURS[filename] = known
    return known


def user_frame(depth: int = 1) -> Place:
    """The first frame outside the package, as (code, instruction): cheap enough to keep with every equation.

    Where the package itself is the program (`python -m rustorch_fn`), its outermost frame.

    >>> code, instruction = rt.errors.user_frame()
    >>> code.co_name
    '<module>'
    """
    frame: FrameType | None = sys._getframe(depth)
    outermost = frame
    while frame is not None:
        filename = frame.f_code.co_filename
        # dataclasses write constructors, and call the file <string>
        if not _is_ours(filename) and (filename, frame.f_code.co_name) != ("<string>", "__init__"):
            return frame.f_code, frame.f_lasti
        if filename.startswith(_HERE):
            outermost = frame
        frame = frame.f_back
    assert outermost is not None
    return outermost.f_code, outermost.f_lasti


class Scoped(tuple[CodeType, int]):
    """A Place inside of a named scope, which is told with it.

    >>> rt.errors.place_text(rt.errors.Scoped(rt.errors.user_frame(), "encoder")).endswith(":1, in encoder")
    True
    """

    scope: str

    def __new__(cls, place: Place, scope: str) -> Scoped:
        self = super().__new__(cls, place)
        self.scope = scope
        return self


def user_frame_of(filename: str) -> bool:
    """Whether a file is the user's, as far as we know.

    >>> rt.errors.user_frame_of(rt.errors.__file__)
    False
    """
    return not _is_ours(filename)


def line_number(place: Place) -> int:
    """The line of a place in its file.

    >>> rt.errors.line_number(rt.errors.user_frame())
    1
    """
    code, lasti = place
    position = next(islice(code.co_positions(), max(lasti, 0) // 2, None), None)
    return (position and position[0]) or code.co_firstlineno


def source_line(place: Place) -> str:
    """The text of a place's line, or an empty string where the source is not known.

    >>> rt.errors.source_line((compile("1", "nowhere.py", "eval"), 0))
    ''
    """
    return linecache.getline(place[0].co_filename, line_number(place)).strip()


def _cell(filename: str) -> str | None:
    """The name of the notebook cell that a file name stands for, if it stands for one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None:
        return None
    named = shell.compile.format_code_name(filename)
    return f"cell {named[1]}" if named else None


def place_text(place: Place) -> str:
    """A place as people read it: `train.py:31`, or `cell In[3], line 5` in a notebook.

    >>> rt.errors.place_text(rt.errors.user_frame()).endswith(":1")
    True
    """
    filename = place[0].co_filename
    line = line_number(place)
    cell = _cell(filename)
    scope = f", in {place.scope}" if isinstance(place, Scoped) else ""
    if cell is not None:
        return f"{cell}, line {line}{scope}"
    beside = os.path.join(os.getcwd(), "")
    return f"{filename.removeprefix(beside)}:{line}{scope}"


def _listed(names: Iterable[object]) -> str:
    return ", ".join(str(name) for name in names)


class RustorchError(Exception):
    """Any error that rustorch_fn raises on purpose.

    `what` names the operation and the mistake, `got` shows the operands, `hint` says what would work.
    """

    code: ClassVar[str] = "RT0000"

    def __init__(self, what: str, *, got: object = "", hint: str = "", where: Place | None = None) -> None:
        self.what = what
        self.got = str(got)
        self.hint = hint
        self.where = place_text(user_frame() if where is None else where)
        super().__init__(self.text())

    def text(self) -> str:
        """The whole sentence."""
        shown = f"{self.what}: {self.got}" if self.got else self.what
        hint = f" {self.hint}" if self.hint else ""
        return f"{shown} ({self.where}).{hint} [{self.code}]"

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[RustorchError], args: tuple[object, ...], fields: dict[str, object]) -> RustorchError:
    error = Exception.__new__(cls, *args)
    error.args = args
    error.__dict__.update(fields)
    return error


# Shapes, dtypes and values of arguments


class ShapeError(RustorchError, ValueError):
    """Shapes that do not fit together."""

    code = "RT0101"


class MaskMismatch(ShapeError, IndexError):
    """A mask as an index, with another shape than the axes that it stands on."""

    code = "RT0111"

    def __init__(self, mask: Iterable[int], shape: Iterable[int], *, where: Place | None = None) -> None:
        shown, hint = f"a mask {list(mask)} for {list(shape)}", "It has the shape of the axes that it stands on."
        super().__init__("index: the mask does not match", got=shown, hint=hint, where=where)


class DtypeError(RustorchError, TypeError):
    """A dtype that the operation does not take, or dtypes that do not fit together."""

    code = "RT0102"


class AxisError(RustorchError, ValueError, IndexError):
    """An axis out of range, an `in_axes` that does not fit its argument, or an axis name that nothing binds."""

    code = "RT0103"

    @classmethod
    def out_of_range(cls, op: str, axis: object, ndim: int, *, where: Place | None = None) -> AxisError:
        """An axis that an array of `ndim` dimensions does not have."""
        hint = f"Axes from {-ndim} to {ndim - 1} would work." if ndim else "An array without axes takes none."
        shown = f"an array with {ndim} dimension{'' if ndim == 1 else 's'}"
        return cls(f"{op}: axis {axis} is out of range", got=shown, hint=hint, where=where)

    @classmethod
    def unbound(cls, op: str, name: object, bound: Iterable[object] = (), *, where: Place | None = None) -> AxisError:
        """An axis name that no surrounding transform gives."""
        known = _listed(bound)
        hint = f'Call it inside vmap(..., axis_name="{name}")' + (f"; the names bound here: {known}." if known else ".")
        return cls(f"{op}: the axis name {name!r} is not bound", hint=hint, where=where)


class NotFinite(RustorchError, FloatingPointError):
    """A nan (or an infinity) where `rt.debug.nans()` (or `rt.debug_infs()`) forbids it."""

    code = "RT0110"

    def __init__(
        self, op: str, value: str, result: Any, bad: Any, operands: Sequence[Any] = (), *, where: Place | None = None
    ) -> None:
        place = tuple(int(k[0]) for k in bad.nonzero()) if result.ndim else ()
        shown = [str(x[place]) for x in operands if getattr(x, "shape", None) == result.shape]
        of = f" for {_listed(shown)}" if shown and len(shown) == len(operands) else ""
        got = f"{result.dtype}{list(result.shape)}, {int(bad.sum())} of {result.size}, the first at {list(place)}"
        super().__init__(f"{op} gave {value}{of}", got=got, where=where)


class OverflowingLiteral(RustorchError, OverflowError):
    """A Python or NumPy integer that does not fit the dtype it would get."""

    code = "RT0104"

    def __init__(self, value: int, dtype: object, works: object = "int64", *, where: Place | None = None) -> None:
        hint = f'Ask for a wider type: rt.numpy.asarray({value}, dtype="{works!s}").'
        super().__init__(f"the integer {value} does not fit {dtype!s}", hint=hint, where=where)


class IndexOutOfBounds(RustorchError, IndexError):
    """An index whose value is known and lies outside its axis."""

    code = "RT0105"

    def __init__(self, index: object, axis: int, size: int, *, op: str = "index", lowest: int | None = None,
                 where: Place | None = None) -> None:  # fmt: skip
        lowest = -size if lowest is None else lowest
        hint = f"Indices from {lowest} to {size - 1} would work" if size else "The axis is empty"
        hint += "; an explicit mode='clip', 'fill' or 'drop' allows others."
        super().__init__(f"{op}: {index} is out of bounds for axis {axis} of size {size}", hint=hint, where=where)


class BadArgument(RustorchError, ValueError):
    """An argument whose value the function does not take."""

    code = "RT0106"

    def __init__(self, op: str, argument: str, got: object, works: str, *, where: Place | None = None) -> None:
        self.argument = argument
        super().__init__(f"{op}: {argument} is not right", got=repr(got), hint=f"{works} would work.", where=where)


class BadType(RustorchError, TypeError):
    """An argument of a type that the function does not take."""

    code = "RT0107"

    def __init__(self, op: str, argument: str, got: object, works: str, *, where: Place | None = None) -> None:
        self.argument = argument
        shown = f"{argument} is of type {type(got).__name__}"
        super().__init__(f"{op}: {shown}", got=_short(got), hint=f"{works} would work.", where=where)


class ImmutableArray(RustorchError, TypeError):
    """An attempt to write into an array."""

    code = "RT0108"

    def __init__(self, *, where: Place | None = None) -> None:
        super().__init__("arrays do not change: x[i] = v is not possible", hint="Use x = x.at[i].set(v).", where=where)


class AmbiguousTruth(RustorchError, ValueError):
    """`bool()` of an array with more or fewer than one element."""

    code = "RT0109"

    def __init__(self, aval: object, *, where: Place | None = None) -> None:
        hint = "Say x.any() or x.all()."
        super().__init__("bool(x): x has not exactly one element", got=aval, hint=hint, where=where)


# Tracing


class LeakedTracer(RustorchError, TypeError):
    """A traced value used after its transform had ended, or outside it."""

    code = "RT0201"

    def __init__(
        self, aval: object, transform: str = "a transform", *, made: Place | None = None, where: Place | None = None
    ) -> None:
        born = f", made at {place_text(made)}," if made is not None else ""
        hint = "Return the value from the traced function instead of keeping it in a global, a field or a closure."
        super().__init__(f"a traced value{born} has outlived {transform}", got=aval, hint=hint, where=where)


_CONVERSIONS = {
    "bool": "Use rt.lax.cond or rt.numpy.where for a choice that depends on values, rt.lax.while_loop for a loop, "
    "or mark the argument with static_argnums.",
    "int": "Mark the argument with static_argnums, or use operations on arrays in its place.",
    "index": "Mark the argument with static_argnums; a loop over a traced length is rt.lax.fori_loop.",
    "float": "Keep the value an array, or mark the argument with static_argnums.",
    "complex": "Keep the value an array, or mark the argument with static_argnums.",
    "array": "Use rustorch_fn.numpy in place of numpy on traced values.",
    "item": "Keep the value an array, or return it and call .item() outside.",
    "iteration": "Use rt.lax.scan over the leading axis, or rt.lax.fori_loop.",
}


class ConcretizationError(RustorchError, TypeError):
    """A traced value asked for the concrete value that it does not have yet.

    `kind` says what was asked for: bool, int, index, float, complex, array, item or iteration.
    """

    code = "RT0202"

    def __init__(
        self,
        kind: str,
        aval: object,
        *,
        transform: str = "jit",
        made: Place | None = None,
        where: Place | None = None,
    ) -> None:
        self.kind = kind
        born = f", made at {place_text(made)}" if made is not None else ""
        what = f"the {kind} of a value traced by {transform} is not known while tracing"
        super().__init__(what, got=f"{aval}{born}", hint=_CONVERSIONS[kind], where=where)


class NonConcreteIndex(RustorchError, IndexError):
    """An index or slice whose result's shape would depend on traced values."""

    code = "RT0203"

    def __init__(self, what: str, got: object, hint: str = "", *, where: Place | None = None) -> None:
        works = hint or (
            "Use rt.numpy.where(mask, x, other), size= (as in rt.numpy.nonzero(x, size=n)), "
            "or rt.lax.dynamic_slice with a fixed size."
        )
        super().__init__(f"index: {what}", got=got, hint=works, where=where)


class StaticArgument(RustorchError, ValueError):
    """A static argument that cannot be a key of the cache."""

    code = "RT0204"

    def __init__(self, function: str, argument: object, got: object, *, where: Place | None = None) -> None:
        what = f"jit({function}): the static argument {argument!r} of type {type(got).__name__} is not hashable"
        hint = "Pass a tuple, a frozen dataclass or another hashable value, or do not mark it static."
        super().__init__(what, got=_short(got), hint=hint, where=where)


class BadOutput(RustorchError, TypeError):
    """A traced function that took or returned something that is no array."""

    code = "RT0205"

    def __init__(self, transform: str, function: str, path: str, got: object, *, where: Place | None = None) -> None:
        what = f"{transform}({function}): {path} is of type {type(got).__name__}, which is no array"
        hint = "Arrays, numbers and pytrees of them would work; other values belong in static_argnums or a closure."
        super().__init__(what, got=_short(got), hint=hint, where=where)


def _short(value: object, limit: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


# Transforms


class MissingRule(RustorchError, NotImplementedError):
    """An op that has no answer for a transform or a target."""

    code = "RT0301"

    def __init__(self, op: str, asked: str, *, hint: str = "", where: Place | None = None) -> None:
        self.op, self.asked, self.placed = op, asked, False
        works = hint or f"Give {op} that rule, or wrap the call in custom_vjp, custom_jvp or stop_gradient."
        super().__init__(f"{op} has no answer for {asked}", hint=works, where=where)

    def at(self, where: Place | None) -> MissingRule:
        """The same error about the line that wrote the equation; the innermost equation's line stays."""
        if self.placed or where is None:
            return self
        error = MissingRule(self.op, self.asked, hint=self.hint, where=where)
        error.placed = True
        return error


class NonDifferentiable(RustorchError, TypeError):
    """A gradient asked of a function or with respect to an input that has none."""

    code = "RT0302"

    @classmethod
    def of_input(cls, transform: str, path: str, aval: object, *, where: Place | None = None) -> NonDifferentiable:
        """Integers, bools and keys have no derivative."""
        hint = "Convert it with x.astype(rt.numpy.float32), leave it out of argnums, or pass allow_int=True."
        return cls(f"{transform}: {path} is not of a floating type", got=aval, hint=hint, where=where)

    @classmethod
    def of_output(cls, transform: str, aval: object, *, where: Place | None = None) -> NonDifferentiable:
        """`grad` needs one real number."""
        hint = "Return a scalar (a mean or a sum), has_aux=True for more results; rt.jacrev and rt.vjp take any shape."
        return cls(f"{transform}: the function's output is not one real number", got=aval, hint=hint, where=where)

    @classmethod
    def of_complex(cls, transform: str, path: str, aval: object, *, where: Place | None = None) -> NonDifferentiable:
        """What has one derivative only where it is holomorphic."""
        hint = "Pass holomorphic=True if the function is; rt.jvp and rt.vjp take every function of complex numbers."
        return cls(f"{transform}: {path} is complex", got=aval, hint=hint, where=where)

    @classmethod
    def holomorphic(cls, transform: str, path: str, aval: object, *, where: Place | None = None) -> NonDifferentiable:
        """Holomorphic functions are of complex numbers, and give such."""
        hint = "Leave holomorphic out for real numbers, or convert with x.astype(complex)."
        return cls(f"{transform}: with holomorphic=True {path} has to be complex", got=aval, hint=hint, where=where)


class WhileReverse(RustorchError, ValueError):
    """Reverse mode through a loop whose number of steps is not known."""

    code = "RT0303"

    def __init__(self, op: str = "while_loop", *, where: Place | None = None) -> None:
        hint = (
            "Use fori_loop with static bounds, scan (with a cond inside to stop early), "
            "or forward mode (jvp, jacfwd), which works through every loop."
        )
        what = f"{op}: reverse mode would have to keep a number of steps that is not known while tracing"
        super().__init__(what, hint=hint, where=where)


class ForwardOverCustomVjp(RustorchError, TypeError):
    """Forward mode through a function that only says how to go back."""

    code = "RT0304"

    def __init__(self, function: str, *, where: Place | None = None) -> None:
        what = f"forward mode reached {function}, whose custom_vjp only defines reverse mode"
        hint = "Define it with custom_jvp: that serves both modes."
        super().__init__(what, hint=hint, where=where)


class BadRule(RustorchError, TypeError):
    """A custom rule whose results do not fit what it belongs to."""

    code = "RT0305"


# Pytrees and control flow


class TreeMismatch(RustorchError, ValueError):
    """Pytrees of different structure where they have to be equal."""

    code = "RT0401"


class BranchMismatch(RustorchError, TypeError):
    """Branches of `cond` or `switch` whose results differ in type."""

    code = "RT0402"

    def __init__(self, op: str, path: str, types: Iterable[object], *, where: Place | None = None) -> None:
        shown = " · ".join(f"branch {i} {kind}" for i, kind in enumerate(types))
        hint = "All branches have to return the same tree of shapes and dtypes: astype or broadcast_to helps."
        super().__init__(f"{op}: the branches differ in {path}", got=shown, hint=hint, where=where)


class CarryMismatch(RustorchError, TypeError):
    """A loop body that returns another type of carry than it took."""

    code = "RT0403"

    def __init__(self, op: str, path: str, before: object, after: object, *, where: Place | None = None) -> None:
        what = f"{op}: the body changes the type of {path}"
        hint = f"Start with a value of type {after}, or convert the result back to {before}."
        super().__init__(what, got=f"{before} goes in · {after} comes out", hint=hint, where=where)


# Arrays and memory


class DeletedArray(RustorchError, RuntimeError):
    """An array used after its memory was given away."""

    code = "RT0501"

    def __init__(self, aval: object, by: str = "", *, freed: Place | None = None, where: Place | None = None) -> None:
        agent = by or "donate_argnums"
        when = f" at {place_text(freed)}" if freed is not None else ""
        what = f"this array's memory was given away by {agent}{when}"
        hint = "Use the result in its place, or do not donate the argument."
        super().__init__(what, got=aval, hint=hint, where=where)


class OutOfMemory(RustorchError, MemoryError):
    """More memory asked for than the machine gives."""

    code = "RT0502"

    def __init__(self, nbytes: int, *, op: str = "array", where: Place | None = None) -> None:
        what = f"{op}: no memory for {nbytes:,} bytes"
        hint = "Use smaller batches, checkpoint to keep fewer residuals, or donate_argnums to reuse inputs."
        super().__init__(what, hint=hint, where=where)


# Randomness


class RandomKey(RustorchError, TypeError):
    """Something that is no random key where a key is needed."""

    code = "RT0601"

    def __init__(self, op: str, got: object, *, where: Place | None = None) -> None:
        hint = "Make one with rt.random.key(seed), and more of it with rt.random.split(key, n)."
        super().__init__(f"{op}: the key is no random key", got=_short(got), hint=hint, where=where)


class KeyReuse(RustorchError, RuntimeError):
    """A random key spent twice, which RT_KEYS=1 looks for."""

    code = "RT0602"

    def __init__(self, op: str, *, first: Place | None = None, where: Place | None = None) -> None:
        spent = f" at {place_text(first)}" if first is not None else ""
        hint = "Draw from new keys, k1, k2 = rt.random.split(key), or say rt.random.clone(key) to mean it."
        super().__init__(f"{op}: this key was already used{spent}", hint=hint, where=where)


# Modules


class ImmutableModule(RustorchError, AttributeError):
    """An attempt to change a module, or the view of its parameters, in place."""

    code = "RT0651"


class MissingParam(RustorchError, AttributeError, KeyError):
    """A parameter or state that a module needs and did not get, or one that it does not know."""

    code = "RT0652"


# Targets, files and ourselves


class CompileError(RustorchError, RuntimeError):
    """A program that a target's compiler would not take."""

    code = "RT0701"


class TargetError(RustorchError, ValueError):
    """A backend or device that does not exist, or that cannot do what is asked."""

    code = "RT0702"


class MissingExtra(RustorchError, ImportError):
    """A runtime that is not installed."""

    code = "RT0703"

    def __init__(self, feature: str, module: str, extra: str = "", *, where: Place | None = None) -> None:
        install = f"pip install 'rustorch_fn[{extra}]'" if extra else f"pip install {module}"
        super().__init__(f"{feature} needs {module}, which is not installed", hint=f"{install} brings it.", where=where)


class MissingName(RustorchError, AttributeError):
    """A name of JAX's that rustorch_fn does not have."""

    code = "RT0751"

    def __init__(self, module: str, name: str, hint: str = "", *, where: Place | None = None) -> None:
        super().__init__(f"{module} on rustorch_fn has no {name!r}", hint=hint, where=where)


class ForeignJax(RustorchError, ImportError):
    """A wish to stand in for JAX where JAX itself is imported already."""

    code = "RT0752"

    def __init__(self, *, where: Place | None = None) -> None:
        hint = "Call rt.compat.as_jax() in a new process, before anything imports jax."
        super().__init__("as_jax: JAX itself is imported already", hint=hint, where=where)


class FileFormat(RustorchError, ValueError):
    """A file that is not what its reader expects."""

    code = "RT0801"

    def __init__(self, path: object, problem: str, *, hint: str = "", where: Place | None = None) -> None:
        super().__init__(f"{path}: {problem}", hint=hint, where=where)


class InternalError(RustorchError, RuntimeError):
    """A promise that rustorch_fn broke to itself."""

    code = "RT0901"

    def __init__(self, what: str, *, got: object = "", hint: str = "", where: Place | None = None) -> None:
        works = hint or "This is a bug in rustorch_fn: please report it with this text."
        super().__init__(what, got=got, hint=works, where=where)


# Warnings


class RustorchWarning(UserWarning):
    """Any warning of rustorch_fn."""

    code: ClassVar[str] = "RT1000"


class BadFlag(RustorchWarning):
    """A misspelt RT_ variable, or one with a value that it does not take."""

    code = "RT1001"


class UntestedVersion(RustorchWarning):
    """A dependency newer or older than those that the tests ran with."""

    code = "RT1002"


class CacheDisabled(RustorchWarning):
    """A cache folder that cannot be trusted or written, so kernels stay in memory only."""

    code = "RT1003"


# JAX's names for the same mistakes, where its users look for them

ConcretizationTypeError = ConcretizationError
TracerArrayConversionError = ConcretizationError
TracerBoolConversionError = ConcretizationError
TracerIntegerConversionError = ConcretizationError
UnexpectedTracerError = LeakedTracer
NonConcreteBooleanIndexError = NonConcreteIndex
KeyReuseError = KeyReuse


__all__ = sorted(name for name, value in globals().items() if isinstance(value, type) and value.__module__ == __name__)


def __dir__() -> list[str]:
    return __all__
