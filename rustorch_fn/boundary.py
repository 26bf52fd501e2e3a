"""Where users call us: an error that passes here leaves our frames behind, so its traceback shows the user's lines.

`RT_DEBUG=1` keeps them all. What is no error of ours but was raised by our code keeps its last frames too: it is a
bug, and they say where.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import types
from collections.abc import Callable, Container, Iterator
from typing import Any, TypeVar

from rustorch_fn import blame, flags
from rustorch_fn.errors import InternalError, RustorchError

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_SITE = f"{os.sep}site-packages{os.sep}"
_OPTREE = f"{_SITE}optree{os.sep}"
_ROOT = __name__.partition(".")[0]
# what Python calls where users write something else
_CALLED = frozenset(
    f"__{name}__"
    for name in (
        *("new", "init", "call", "getitem", "setitem", "delitem", "len", "iter", "contains", "bool", "int", "float"),
        *("complex", "index", "array", "dlpack", "format", "getattr", "setattr", "delattr", "enter", "exit"),
    )
)
_EXPLAINED = ("__init__", "__call__")
_STANDARD = ("<frozen ", os.path.dirname(os.__file__) + os.sep)
_CALLS = ("numpy", "llvmlite", "ml_dtypes", "safetensors", "opt_einsum", "scipy")
_EXPECTED = (RustorchError, KeyboardInterrupt, MemoryError)


def _inside(frame: types.FrameType) -> bool:
    """Whether a frame is ours, or optree's on the way to a function of the user's."""
    filename = frame.f_code.co_filename
    if filename == "<string>":  # written by dataclasses, or what `python -c` runs
        return str(frame.f_globals.get("__name__")).partition(".")[0] == _ROOT
    return filename.startswith(_PACKAGE) or _OPTREE in filename


def _library(frame: types.FrameType) -> bool:
    """Whether a frame belongs to a package that we call, or to Python itself."""
    filename = frame.f_code.co_filename
    return (filename.startswith(_STANDARD) and _SITE not in filename) or any(
        f"{os.sep}{name}{os.sep}" in filename for name in _CALLS
    )


def _chain(tb: types.TracebackType | None) -> Iterator[types.TracebackType]:
    while tb is not None:
        yield tb
        tb = tb.tb_next


def hide(error: BaseException) -> None:
    """Take our frames out of the tracebacks of an error and of what led to it; a bare `raise` has to follow."""
    if flags.get("RT_DEBUG"):
        return
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        each.__traceback__ = _shown(each)
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)


def _shown(error: BaseException) -> types.TracebackType | None:
    """The frames of an error that its traceback keeps."""
    bug = isinstance(error, InternalError) or not isinstance(error, _EXPECTED)
    kept: types.TracebackType | None = None
    for tb in reversed(list(_chain(error.__traceback__))):
        ours = _inside(tb.tb_frame)
        bug = bug and ours
        if not ours or (bug and tb.tb_frame.f_code.co_filename != __file__):
            kept = types.TracebackType(kept, tb.tb_frame, tb.tb_lasti, tb.tb_lineno)
    return kept


def leave(error: BaseException, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """What happens to an error that leaves a public function: raise the better one, if blame.py knows it, or hide."""
    if _inside(sys._getframe(2)) and function.__name__ != "__init__":
        return  # the caller is ours: the error has further to go
    if not any(not _inside(tb.tb_frame) and not _library(tb.tb_frame) for tb in _chain(error.__traceback__)):
        better = blame.explained(function, args, kwargs, error)
        if better is not None:
            hide(error)
            raise better from (error if isinstance(better, InternalError) or flags.get("RT_DEBUG") else None)
    hide(error)


def boundary(function: F, explain: bool = False) -> F:
    """The function as users call it: what it raises shows their lines.

    With `explain`, a bare error of Python's or NumPy's becomes one of ours that names the argument to blame.
    """
    if closed(function):
        return function
    cut, out, ours = hide, leave, RustorchError

    def plain(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            cut(error)
            raise

    def explaining(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            try:
                out(error, function, args, kwargs)
            except ours as better:
                better.__traceback__ = None
                raise
            raise

    # the face lives where the function was written, for whoever asks it for its module's globals
    public = explaining if explain else plain
    home = inspect.unwrap(function).__globals__
    face: Any = types.FunctionType(public.__code__, home, public.__name__, None, public.__closure__)
    functools.update_wrapper(face, function)
    face.__closed__ = True
    return face  # type: ignore[no-any-return]


def closed(value: Any) -> bool:
    """Whether errors that leave this function show the user's lines only."""
    return getattr(value, "__closed__", False) is True


def close(*places: types.ModuleType) -> None:
    """Give all public functions of these modules their faces, and the public classes' methods too."""
    for place in places:
        for name, value in list(vars(place).items()):
            if name.startswith("_") or isinstance(value, types.ModuleType):
                continue
            if isinstance(value, types.FunctionType):
                if _made_here(value):
                    setattr(place, name, _everywhere(value))
            elif _made_here(cls := value if isinstance(value, type) else type(value)):
                close_class(cls)


def _made_here(value: Any) -> bool:
    return str(value.__module__).partition(".")[0] == _ROOT


def _everywhere(function: Any) -> Any:
    """The function's one face, which also takes its place in the module where it was written."""
    face = function.__dict__.get("__face__")
    if face is None:
        face = boundary(function, explain=True)
        function.__face__ = face
    home, name = sys.modules[function.__module__], function.__name__
    if getattr(home, name, None) is function:
        setattr(home, name, face)
    return face


def close_class(*classes: type, but: Container[str] = ()) -> None:
    """Give the methods that users call, and those that Python calls for them, their faces."""
    for cls in (base for each in classes for base in each.__mro__ if _made_here(base)):
        if issubclass(cls, BaseException | Warning):
            continue
        for name, value in list(vars(cls).items()):
            if name in but or (name.startswith("_") and name not in _CALLED):
                continue
            if isinstance(value, types.FunctionType):
                setattr(cls, name, boundary(value, name in _EXPLAINED or not name.startswith("_")))
            elif isinstance(value, classmethod | staticmethod) and isinstance(value.__func__, types.FunctionType):
                setattr(cls, name, type(value)(boundary(value.__func__, True)))
            elif isinstance(value, property) and isinstance(value.fget, types.FunctionType):
                setattr(cls, name, property(boundary(value.fget), value.fset, value.fdel, value.__doc__))
