"""Compiled objects on disk. The cache is code that runs, so nothing in it is trusted unseen.

The folder is made for its owner alone and used only if it belongs to this user, is no link, and nobody else can
write to it; otherwise kernels stay in memory, said once. An entry is a header (magic, version, key, length, SHA-256)
and bytes, checked before use, written to a temporary file and renamed. Whatever does not check is compiled again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import struct
import time
import warnings
from pathlib import Path

from rustorch_fn import flags
from rustorch_fn.errors import CacheDisabled
from rustorch_fn.target.llvm import platform

MAGIC = b"rustorch"
VERSION = 1
HEADER = struct.Struct("<8sI4x32sQ32s")  # magic, version, key, length, digest of the bytes
LIMIT = 1 << 30
_MARK = 300.0  # seconds between notes that an entry was used


class Folder:
    """One trusted folder of entries. `read` and `write` never raise: a cache that fails is a cache that misses."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self.path, self.limit = path, limit
        self.refusal = _prepare(path)
        self._written = limit  # so that the first write looks at the folder's size

    def read(self, key: bytes) -> bytes | None:
        """The bytes kept under a 32-byte key, or None."""
        if self.refusal:
            return None
        file = self._file(key)
        try:
            # no link is followed: the entry has to be a file in this very folder
            handle = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
            with os.fdopen(handle, "rb") as stream:
                info = os.fstat(stream.fileno())
                data = stream.read() if _ours(info) else b""
        except OSError:
            return None
        found = _open(key, data)
        with contextlib.suppress(OSError):
            if found is None:
                os.unlink(file)
            elif info.st_mtime < time.time() - _MARK:
                os.utime(file)
        return found

    def write(self, key: bytes, data: bytes) -> bool:
        """Keep bytes under a key. False when the folder takes none."""
        if self.refusal:
            return False
        file = self._file(key)
        part = file.with_name(f".{os.urandom(8).hex()}.part")
        header = HEADER.pack(MAGIC, VERSION, key, len(data), hashlib.sha256(data).digest())
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(header + data)
            os.replace(part, file)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(part)
            return False
        self._written += len(data)
        if self._written > self.limit // 16:
            self._written = 0
            self.shrink()
        return True

    def shrink(self, limit: int | None = None) -> int:
        """Delete the entries unused for longest, and leftovers of writers that died, until the folder is within
        its limit. Gives the bytes that stay."""
        entries = []
        with contextlib.suppress(OSError), os.scandir(self.path) as found:
            for entry in found:
                with contextlib.suppress(OSError):
                    info = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(".part") and info.st_mtime < time.time() - 3600:
                        os.unlink(entry.path)
                    elif entry.name.endswith(".o"):
                        entries.append((info.st_mtime, info.st_size, entry.path))
        size = sum(e[1] for e in entries)
        for _, nbytes, path in sorted(entries):
            if size <= (self.limit if limit is None else limit):
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
                size -= nbytes
        return size

    def _file(self, key: bytes) -> Path:
        return self.path / f"{key.hex()}.o"


def place() -> Path | None:
    """The folder that RT_CACHE_DIR or the system names; None when it is off or the user has no home."""
    named = flags.get("RT_CACHE_DIR")
    if named.lower() == "off":
        return None
    try:
        return Path(named).expanduser() if named else platform.cache_folder()
    except RuntimeError:
        return None


def open_default() -> Folder | None:
    """The folder that RT_CACHE_DIR or the system names; None when it is off or cannot be trusted."""
    path = place()
    if path is None:
        return None
    folder = Folder(path)
    if folder.refusal:
        hint = "compiled kernels stay in memory. RT_CACHE_DIR names another folder, or off."
        warnings.warn(f"{folder.refusal}: {hint} [{CacheDisabled.code}]", CacheDisabled, stacklevel=2)
        return None
    return folder


def _prepare(path: Path) -> str:
    """Make the folder; what is wrong with it, or an empty string."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
    except OSError as error:
        return f"the cache folder {path} cannot be made ({error.strerror})"
    return refusal(path)


def refusal(path: Path) -> str:
    """Why a folder that exists cannot be used, or an empty string."""
    try:
        info = os.lstat(path)
    except OSError as error:
        return f"the cache folder {path} cannot be read ({error.strerror})"
    if stat.S_ISLNK(info.st_mode) or not stat.S_ISDIR(info.st_mode):
        return f"the cache folder {path} is a link or no folder"
    if not _ours(info):
        return f"the cache folder {path} belongs to another user, or others may write to it"
    if not os.access(path, os.W_OK | os.X_OK):
        return f"the cache folder {path} cannot be written"
    return ""


def _ours(info: os.stat_result) -> bool:
    """Whether a file or folder is this user's and only this user's to write."""
    if not hasattr(os, "getuid"):
        return True  # Windows: the profile folder's own rights
    return info.st_uid == os.getuid() and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _open(key: bytes, data: bytes) -> bytes | None:
    if len(data) < HEADER.size:
        return None
    magic, version, named, length, digest = HEADER.unpack_from(data)
    body = data[HEADER.size :]
    right = (magic, version, named, length) == (MAGIC, VERSION, key, len(body))
    return body if right and hashlib.sha256(body).digest() == digest else None
