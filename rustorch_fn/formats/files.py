"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from rustorch_fn.errors import FileFormat


def write_atomic(path: str | os.PathLike[str], data: bytes) -> None:
    """Write through a temporary file beside `path`: readers see the old bytes or the new ones, never a part."""
    target = Path(path).resolve()
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
    target = Path(path).resolve()
    if target.is_dir():
        raise FileFormat(path, "is a folder", hint="The name of a file would work.")
    if not target.parent.is_dir():
        raise FileFormat(
            path, "cannot be written: its folder does not exist", hint=f"mkdir -p {target.parent} makes it."
        )
    probe = _beside(target)
    try:
        os.close(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except OSError as error:
        raise FileFormat(path, f"cannot be written: {error.strerror}") from None
    finally:
        if probe.exists():
            probe.unlink()


def _beside(target: Path) -> Path:
    """A name in the same folder that nobody else uses."""
    return target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}")
