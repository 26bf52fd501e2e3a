"""Compiled objects on disk. The cache is code that runs, so nothing in it is trusted unseen.

The folder is made for its owner alone and used only if it belongs to this user, is no link, and nobody else can
write to it; otherwise kernels stay in memory, said once. An entry is a header (magic, version, key, length, SHA-256)
and bytes, checked before use, written to a temporary file and renamed. Whatever does not check is compiled again.
What is on disk stays within RT_CACHE_BYTES: those entries that were not used for longest leave first.
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
HEADER = struct.Struct("<8sQ32sQ32s")  # magic, version, key, length, digest of the bytes
LIMIT: int = flags.FLAGS["RT_CACHE_BYTES"].default
_MARK = 300.0  # seconds between notes that an entry was used
_LEFT = 3600.0  # seconds after which a temporary file is one whose writer died
_BINARY = getattr(os, "O_BINARY", 0)
# no link is followed, as an entry has to be a file in this very folder, and a pipe is not waited for
_READING = os.O_RDONLY | _BINARY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Folder:
    """One trusted folder of entries. A cache that fails is a cache that misses: it warns once and raises nothing."""

    def __init__(self, path: Path, limit: int = LIMIT) -> None:
        self.path, self.limit = path, limit
        self.refusal = _prepare(path)
        self.stopped = False  # whether writing has failed, so that it is not tried again
        self._step = limit // 16
        # Looking at the whole folder takes time, so it is done once for each step of bytes written. The first step
        # begins anywhere: then many short processes together look as often as one long one.
        self._written = int.from_bytes(os.urandom(8)) % (self._step + 1)

    def read(self, key: bytes) -> bytes | None:
        """The bytes kept under a 32-byte key, or None."""
        if self.refusal:
            return None
        file = self._file(key)
        try:
            handle = os.open(file, _READING)
        except OSError:
            return None
        found = None
        with contextlib.suppress(OSError):
            info = os.fstat(handle)
            found = _checked(handle, key, info.st_size) if stat.S_ISREG(info.st_mode) and _ours(info) else None
        with contextlib.suppress(OSError):
            os.close(handle)
            if found is None:
                os.unlink(file)
            elif abs(time.time() - info.st_mtime) > _MARK:
                os.utime(file)
        return found

    def write(self, key: bytes, data: bytes) -> bool:
        """Keep bytes under a key. False when the folder takes none."""
        if self.refusal or self.stopped or HEADER.size + len(data) > self.limit:
            return False
        header = HEADER.pack(MAGIC, VERSION, key, len(data), hashlib.sha256(data).digest())
        part = self.path / f".{os.urandom(8).hex()}.part"
        try:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(header + data)
            os.replace(part, self._file(key))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(part)
            self._failed(error)
            return False
        self._written += HEADER.size + len(data)
        if self._written > self._step:
            self._written = 0
            self.shrink()
        return True

    def _failed(self, error: OSError) -> None:
        """What a write that failed means for those to come."""
        if isinstance(error, FileNotFoundError):  # somebody has emptied or removed the folder meanwhile
            self.refusal = _prepare(self.path)
            if self.refusal:
                _say(self.refusal)
        elif not (platform.WINDOWS and isinstance(error, PermissionError)):  # there, a reader holds the old entry
            self.stopped = True
            _say(f"the cache folder {self.path} takes no more ({error.strerror})")

    def shrink(self, limit: int | None = None) -> int:
        """Delete leftovers of writers that died, and the entries unused for longest, until the folder is an eighth
        below its limit, or within the one given. Gives the bytes that stay."""
        limit = self.limit - self.limit // 8 if limit is None else limit
        entries, now = [], time.time()
        with contextlib.suppress(OSError), os.scandir(self.path) as found:
            for entry in found:
                with contextlib.suppress(OSError):
                    info = entry.stat(follow_symlinks=False)
                    if entry.name.endswith(".part") and abs(now - info.st_mtime) > _LEFT:
                        os.unlink(entry.path)
                    elif entry.name.endswith((".o", ".part")):
                        entries.append((info.st_mtime, info.st_size, entry.path))
        size = sum(e[1] for e in entries)
        for _, nbytes, path in sorted(entries):
            if size <= limit and limit:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)
                size -= nbytes
        return size

    def clear(self) -> None:
        """Delete all entries. A disk that was full may take some again."""
        self.shrink(0)
        self.stopped = False

    def _file(self, key: bytes) -> Path:
        return self.path / f"{key.hex()}.o"


def place() -> Path | None:
    """The folder that RT_CACHE_DIR or the system names; None when it is off or the user has no home."""
    named = flags.get("RT_CACHE_DIR")
    if named.lower() == "off":
        return None
    try:
        return Path(named).expanduser().absolute() if named else platform.cache_folder()
    except (RuntimeError, OSError):  # ~ of a user who is not known, a current folder that was removed
        return None


def open_default() -> Folder | None:
    """The folder that RT_CACHE_DIR or the system names; None when it is off or cannot be trusted."""
    path = place()
    if path is None:
        if flags.get("RT_CACHE_DIR").lower() != "off":
            _say("there is no cache folder, as this user has no home")
        return None
    folder = Folder(path, flags.get("RT_CACHE_BYTES"))
    if folder.refusal:
        _say(folder.refusal)
        return None
    return folder


_said: set[str] = set()


def _say(what: str) -> None:
    """Warn once: also where warnings are errors, the next attempt computes."""
    if what in _said:
        return
    _said.add(what)
    hint = "compiled kernels stay in memory. RT_CACHE_DIR names another folder, or off."
    warnings.warn(f"{what}: {hint} [{CacheDisabled.code}]", CacheDisabled, stacklevel=3)


def _prepare(path: Path) -> str:
    """Make the folder; what is wrong with it, or an empty string."""
    try:
        if not os.path.lexists(path):
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
    if not os.access(path, os.R_OK | os.X_OK):
        return f"the cache folder {path} cannot be read"
    return ""


def _ours(info: os.stat_result) -> bool:
    """Whether a file or folder is this user's and only this user's to write."""
    if not hasattr(os, "geteuid"):
        return True  # Windows: the profile folder's own rights
    return info.st_uid == os.geteuid() and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _checked(handle: int, key: bytes, size: int) -> bytes | None:
    """The bytes of an entry's file of this size, if they are what was written."""
    with os.fdopen(handle, "rb", closefd=False) as stream:
        head = stream.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        *named, length, digest = HEADER.unpack(head)
        if (*named, length) != (MAGIC, VERSION, key, size - HEADER.size):
            return None
        body = stream.read(length + 1)
    return body if len(body) == length and hashlib.sha256(body).digest() == digest else None
