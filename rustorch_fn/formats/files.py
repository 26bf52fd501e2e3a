"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from rustorch_fn.errors import FileFormat


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write through a temporary file beside `path`: readers see the old bytes or the new ones, never a part."""
    target = _target(path)
    beside = _beside(target)
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise FileFormat(path, f"cannot be written: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise now where `write_atomic` would raise later."""
    probe = _beside(_target(path))
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        probe.unlink()
    except OSError as error:
        raise FileFormat(path, f"cannot be written: {error.strerror}") from None


def _target(path: str | os.PathLike[str]) -> Path:
    """The place that a path leads to, if a file is or can be there."""
    target = Path(os.path.realpath(path))
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        if target.parent.is_dir():
            return target
        problem = "cannot be written: its folder does not exist"
        raise FileFormat(path, problem, hint=f"mkdir -p {target.parent} makes it.") from None
    except OSError as error:
        raise FileFormat(path, f"cannot be written: {error.strerror}") from None
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "no regular file"
        raise FileFormat(path, f"is {kind}", hint="The name of a file would work.")
    return target


def _beside(target: Path) -> Path:
    """A name in the same folder that nobody else uses."""
    return target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}")
