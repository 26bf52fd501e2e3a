"""The disk cache: what it holds is code that runs, and whatever happens to it, programs compute."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from fresh import python
from target.runtime_kernels import TEXTS

import rustorch_fn as rt
from rustorch_fn import flags
from rustorch_fn.errors import CacheDisabled
from rustorch_fn.target.llvm import cache, engine, platform

TESTS = Path(__file__).absolute().parents[1]
HEAD = f"import sys; sys.path[:0] = [{str(TESTS)!r}]\nfrom target.runtime_kernels import *\n"
KEY, DATA = bytes(range(32)), b"machine code" * 50
STRANGER = 12345  # a user that nobody is


def entry(folder: cache.Folder) -> Path:
    (file,) = folder.path.glob("*.o")
    return file


def script(text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python text after the names of `runtime_kernels`."""
    return python("-c", HEAD + textwrap.dedent(text), **environment)


def disowned(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a path be another user's: root gives it away, anybody else becomes another."""
    if os.geteuid() == 0:
        os.chown(path, STRANGER, STRANGER, follow_symlinks=False)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)


# --- entries ---


def test_entries_come_back(tmp_path):
    folder = cache.Folder(tmp_path / "a" / "b")
    assert folder.read(KEY) is None
    assert folder.write(KEY, DATA)
    assert cache.Folder(tmp_path / "a" / "b").read(KEY) == DATA
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert entry(folder).stat().st_mode & 0o777 == 0o600
    assert folder.read(KEY[::-1]) is None


def test_every_changed_byte_is_a_miss_and_leaves(tmp_path):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY, DATA)
    file, whole = entry(folder), entry(folder).read_bytes()
    for where in range(len(whole)):
        for mask in (1, 0x80, 0xFF):
            file.write_bytes(whole[:where] + bytes([whole[where] ^ mask]) + whole[where + 1 :])
            assert folder.read(KEY) is None, where
            assert not file.exists()


def test_every_length_but_the_right_one_is_a_miss(tmp_path):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY, DATA)
    file, whole = entry(folder), entry(folder).read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert folder.read(KEY) is None, length
    for more in (b"\0", whole):
        file.write_bytes(whole + more)
        assert folder.read(KEY) is None
    with file.open("wb") as huge:
        huge.truncate(1 << 40)  # takes no disk, and must not be read
    assert folder.read(KEY) is None


def test_an_entry_under_another_name_is_a_miss(tmp_path):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY, DATA)
    entry(folder).rename(folder.path / f"{KEY[::-1].hex()}.o")
    assert folder.read(KEY[::-1]) is None


def test_an_entry_that_is_no_file_is_a_miss(tmp_path):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY, DATA)
    file = entry(folder)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert folder.read(KEY) is None
    file.unlink(missing_ok=True)
    os.mkfifo(file)
    assert folder.read(KEY) is None
    file.mkdir()
    assert folder.read(KEY) is None


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_an_entry_that_others_may_write_is_a_miss(tmp_path, mode):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY, DATA)
    entry(folder).chmod(mode)
    assert folder.read(KEY) is None


def test_an_entry_of_another_user_is_a_miss(tmp_path, monkeypatch):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY, DATA)
    disowned(entry(folder), monkeypatch)
    assert folder.read(KEY) is None


def flipped(tmp_path: Path, step: int) -> None:
    """Flip bytes of a kernel's file: a new engine never links it, and the kernel's result is right."""
    folder = cache.Folder(tmp_path / "c")
    text = "define i64 @k_five() {\n ret i64 5\n}\n"

    def result() -> tuple[int, int]:
        made = engine.Engine()
        made.folder = folder
        address = made.kernels({"five": text})["five"]
        return ctypes.CFUNCTYPE(ctypes.c_int64)(address)(), made.compiled

    assert result() == (5, 1)
    file, whole = entry(folder), entry(folder).read_bytes()
    assert result() == (5, 0)
    for where in range(0, len(whole), step):
        file.write_bytes(whole[:where] + bytes([whole[where] ^ 1]) + whole[where + 1 :])
        assert result() == (5, 1), where
    assert file.read_bytes() == whole


def test_a_changed_kernel_is_compiled_again(tmp_path):
    flipped(tmp_path, 16)


@pytest.mark.slow
def test_every_changed_byte_of_a_kernel_is_compiled_again(tmp_path):
    flipped(tmp_path, 1)


def test_a_changed_plan_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setattr(engine.engine(), "folder", cache.Folder(tmp_path / "c"))
    x = rt.numpy.arange(7.0)

    def result() -> int:
        rt.clear_caches()
        before = rt.compile_stats()["recalled"]
        assert np.array_equal(rt.jit(lambda x: x * 3.0 + 1.0)(x).view, np.arange(7, dtype=np.float32) * 3 + 1)
        return rt.compile_stats()["recalled"] - before

    assert (result(), result()) == (0, 1)
    for file in [*(tmp_path / "c").iterdir()]:
        whole = file.read_bytes()
        if b'"flops"' in whole:
            for where in range(0, len(whole), 64):
                file.write_bytes(whole[:where] + bytes([whole[where] ^ 1]) + whole[where + 1 :])
                assert result() == 0, where
            assert file.read_bytes() == whole
            break
    else:
        raise AssertionError("no plan was kept")


# --- folders ---


def refused(path: Path, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """The folder takes and gives nothing, and that is said once."""
    folder = cache.Folder(path)
    assert why in folder.refusal
    assert not folder.write(KEY, DATA)
    assert folder.read(KEY) is None
    monkeypatch.setattr(cache, "place", lambda: path)
    with pytest.warns(CacheDisabled, match=f"{why}.*stay in memory") as said:
        opened = [cache.open_default() for _ in range(2)]
    assert opened == [None, None]
    assert len(said) == 1


@pytest.mark.parametrize("mode", [0o770, 0o720, 0o702, 0o777])
def test_folders_that_others_may_write_are_refused(tmp_path, monkeypatch, mode):
    (tmp_path / "loose").mkdir()
    (tmp_path / "loose").chmod(mode)
    refused(tmp_path / "loose", monkeypatch, "others may write to it")


def test_folders_of_others_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "c"
    cache.Folder(path).write(KEY, DATA)
    disowned(path, monkeypatch)
    refused(path, monkeypatch, "belongs to another user")


def test_folders_that_are_none_are_refused(tmp_path, monkeypatch):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    for name in ("link", "dangling", "file"):
        refused(tmp_path / name, monkeypatch, "is a link or no folder")
    refused(tmp_path / "file" / "below", monkeypatch, "cannot be made")
    refused(tmp_path / ("long" * 100), monkeypatch, "cannot be")


def test_a_folder_that_leaves_comes_back(tmp_path):
    folder = cache.Folder(tmp_path / "c")
    folder.path.rmdir()
    assert not folder.write(KEY, DATA)
    assert folder.write(KEY, DATA)
    assert folder.read(KEY) == DATA
    entry(folder).unlink()
    folder.path.rmdir()
    folder.path.symlink_to(tmp_path)
    assert not folder.refusal
    folder.path.unlink()
    folder.path.write_text("")
    (tmp_path / "c").unlink()
    (tmp_path / "c").symlink_to(tmp_path / "nowhere")
    with pytest.warns(CacheDisabled, match="is a link"):
        assert not folder.write(KEY, DATA)
    assert not folder.write(KEY, DATA)


def test_warnings_that_are_errors_are_raised_once(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(cache, "place", lambda: tmp_path / "file")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(CacheDisabled):
            engine.Engine()
        assert engine.Engine().folder is None


def test_off_is_off(monkeypatch):
    monkeypatch.setattr(cache.flags, "get", lambda name: "OFF")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache.open_default() is None


# --- where it lies ---


@pytest.fixture
def fresh_flags(monkeypatch):
    for name in ("RT_CACHE_DIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    flags.refresh()
    yield
    monkeypatch.undo()
    flags.refresh()


@pytest.mark.usefixtures("fresh_flags")
def test_the_place_follows_the_rules_of_the_system(tmp_path, monkeypatch):
    own = Path(".cache/rustorch_fn")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.place() == tmp_path / own
    for text, place in {
        str(tmp_path / "x"): tmp_path / "x" / "rustorch_fn",
        "/odd name\n\u00e9": Path("/odd name\n\u00e9/rustorch_fn"),
        "": tmp_path / own,
        "relative": tmp_path / own,
        "~/caches": tmp_path / own,
    }.items():
        monkeypatch.setenv("XDG_CACHE_HOME", text)
        assert cache.place() == place
    monkeypatch.delenv("XDG_CACHE_HOME")
    for home in ("", "relative", None):
        monkeypatch.delenv("HOME") if home is None else monkeypatch.setenv("HOME", home)
        assert cache.place().is_absolute()
    monkeypatch.setattr("pwd.getpwuid", lambda uid: {}[uid])
    assert cache.place() is None
    with pytest.warns(CacheDisabled, match="no home"):
        assert cache.open_default() is None


@pytest.mark.usefixtures("fresh_flags")
@pytest.mark.parametrize(("named", "place"), [("~/c", "c"), ("c/d", "c/d"), ("~nobody-at-all/c", None)])
def test_a_named_place(tmp_path, monkeypatch, named, place):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RT_CACHE_DIR", named)
    assert cache.place() == (place and tmp_path / place)


COMPUTES = """
import numpy as np, rustorch_fn as rt
from rustorch_fn.target.llvm import engine
assert rt.jit(lambda x: x + 1)(rt.numpy.arange(3)).tolist() == [1, 2, 3]
print(engine.engine().folder and engine.engine().folder.path)
"""


def test_without_home_programs_compute(tmp_path):
    nameless = "import os, pwd; os.environ.pop('HOME'); pwd.getpwuid = lambda uid: {}[uid]\n"
    done = python("-c", nameless + COMPUTES, RT_CACHE_DIR="", XDG_CACHE_HOME="", HOME=str(tmp_path))
    assert done.stdout == "None\n", done.stderr
    assert done.stderr.count("no home") == 1
    done = python("-c", COMPUTES, RT_CACHE_DIR="off", HOME=str(tmp_path))
    assert (done.stdout, done.stderr) == ("None\n", "")
    assert not list(tmp_path.iterdir())


# --- how much there is ---


def test_the_least_recently_used_entries_go_first(tmp_path):
    folder = cache.Folder(tmp_path / "c", limit=4000)
    keys = [bytes([k]) * 32 for k in range(8)]
    for k, key in enumerate(keys):
        folder.write(key, bytes(1000))
        for file in folder.path.glob(f"{key.hex()}.o"):
            os.utime(file, (k, k))
    folder.shrink()
    assert [k for k, key in enumerate(keys) if folder.read(key)] == [5, 6, 7]


def test_what_is_read_counts_as_used(tmp_path):
    folder = cache.Folder(tmp_path / "c", limit=4000)
    for k in range(3):
        folder.write(bytes([k]) * 32, bytes(1000))
        os.utime(folder._file(bytes([k]) * 32), (k, k))
    assert folder.read(bytes(32))
    assert folder.shrink(2200) == 2 * (1000 + cache.HEADER.size)
    assert folder.read(bytes(32))
    assert not folder.read(bytes([1]) * 32)


@pytest.mark.parametrize("processes", [1, 40])
def test_the_folder_stays_within_its_limit(tmp_path, processes):
    limit, size = 200_000, 2000 + cache.HEADER.size
    looks = 0
    for k in range(400):
        if k % (400 // processes) == 0:  # as a new process would
            folder = cache.Folder(tmp_path / "c", limit)
            shrink = folder.shrink

            def counted(shrink=shrink):
                nonlocal looks
                looks += 1
                return shrink()

            folder.shrink = counted
        folder.write(k.to_bytes(32), bytes(2000))
        assert sum(f.stat().st_size for f in folder.path.iterdir()) <= 2 * limit
    assert cache.Folder(tmp_path / "c", limit).shrink() <= limit
    # a look for each sixteenth of the limit that was written, more or less
    assert looks <= 3 * 16 * 400 * size / limit
    assert looks >= 16 * 400 * size / limit / 4


def test_what_is_larger_than_the_limit_is_not_kept(tmp_path):
    folder = cache.Folder(tmp_path / "c", limit=500)
    assert not folder.write(KEY, DATA)
    assert not list(folder.path.iterdir())


@pytest.mark.usefixtures("fresh_flags")
def test_the_limit_is_a_setting(tmp_path, monkeypatch):
    monkeypatch.setenv("RT_CACHE_DIR", str(tmp_path / "c"))
    assert cache.open_default().limit == 1 << 30
    flags.refresh()
    monkeypatch.setenv("RT_CACHE_BYTES", "5M")
    assert cache.open_default().limit == 5 << 20


def test_leftovers_of_dead_writers_leave(tmp_path):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY, DATA)
    for name, age in ((".old.part", 7200), (".young.part", 5)):
        (folder.path / name).write_bytes(b"half")
        os.utime(folder.path / name, (time.time() - age,) * 2)
    (folder.path / "notes.txt").write_text("the user's own")
    assert folder.shrink() == entry(folder).stat().st_size + 4
    assert sorted(f.name for f in folder.path.iterdir()) == sorted([entry(folder).name, ".young.part", "notes.txt"])
    folder.clear()
    assert [f.name for f in folder.path.iterdir()] == ["notes.txt"]


def test_clearing_empties_the_disk(tmp_path, monkeypatch):
    folder = cache.Folder(tmp_path / "c")
    monkeypatch.setattr(engine.engine(), "folder", folder)
    folder.write(KEY, DATA)
    rt.clear_caches()
    assert list(folder.path.iterdir())
    rt.clear_caches(disk=True)
    assert not list(folder.path.iterdir())
    assert folder.write(KEY, DATA)
    monkeypatch.setattr(engine.engine(), "folder", None)
    rt.clear_caches(disk=True)  # nothing to do


# --- disks that take nothing ---


def stops(folder: cache.Folder, why: str) -> None:
    """The first write says why it failed, later ones are not tried, and what was there can be read."""
    with pytest.warns(CacheDisabled, match=f"takes no more .*{why}.*stay in memory") as said:
        kept = [folder.write(KEY, DATA) for _ in range(2)]
    assert kept == [False, False]
    assert len(said) == 1
    assert not list(folder.path.glob("*.part"))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("call", ["open", "replace", "fdopen"])
def test_a_disk_that_takes_nothing_is_said_once(tmp_path, monkeypatch, number, call):
    folder = cache.Folder(tmp_path / "c")
    folder.write(KEY[::-1], DATA)
    real = getattr(os, call)

    def fails(*arguments, **options):
        writing = call == "replace" or ("w" in str(arguments[1]) if call == "fdopen" else arguments[1] & os.O_CREAT)
        if writing:
            if call == "fdopen":
                os.close(arguments[0])
            raise OSError(number, os.strerror(number))
        return real(*arguments, **options)

    monkeypatch.setattr(os, call, fails)
    stops(folder, os.strerror(number))
    assert folder.read(KEY[::-1]) == DATA
    monkeypatch.undo()
    folder.clear()
    assert folder.write(KEY, DATA)


def test_a_limit_on_file_sizes_is_said_once(tmp_path):
    folder = cache.Folder(tmp_path / "c")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        stops(folder, "File too large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


DISK = """
import warnings, numpy as np, rustorch_fn as rt
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    for k in range(200):
        text = keyed(f"much{k}", kernel(f"much{k}", 1, f"%z = fadd double %x0, {k}.5"))
        engine.kernels(dict([text]))
    assert rt.jit(lambda x: x * 2)(rt.numpy.arange(3.0)).tolist() == [0, 2, 4]
stats = engine.stats()
print([len(said), stats["compiled"] + stats["loaded"] >= 200])
print(*(w.message for w in said))
"""


@pytest.mark.parametrize("options", ["size=128k,mode=700", "ro,size=1m,mode=700"])
def test_real_disks_that_are_full_or_read_only(tmp_path, options):
    """On a file system of its own, in a mount namespace of its own; where that is not allowed, the mocks above do."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = f'mount -t tmpfs -o {options} none {folder} && exec {sys.executable} -c "$TEXT"'
    names = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TEXT": HEAD + DISK, "RT_CACHE_DIR": str(folder)}
    around = {**os.environ, **names, "PYTHONPATH": str(TESTS.parent)}
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", mount]
    done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
    if "unshare" not in done.stderr and "mount" not in done.stderr:
        assert done.stdout.startswith("[1, True]\n"), done.stderr
        assert "takes no more" in done.stdout


# --- several processes ---


def test_two_processes_fill_and_use_one_folder(tmp_path):
    text = """
import json
engine.kernels(TEXTS)
stats = engine.stats()
print(json.dumps([stats["compiled"], stats["loaded"]]))
"""
    folder = str(tmp_path / "shared")
    names = {**os.environ, "RT_CACHE_DIR": folder, "PYTHONPATH": str(TESTS.parent)}
    both = [subprocess.Popen([sys.executable, "-c", HEAD + text], env=names, stdout=subprocess.PIPE) for _ in range(2)]
    assert all(p.wait(60) == 0 for p in both)
    for p in both:
        p.stdout.close()
    assert script(text, RT_CACHE_DIR=folder).stdout == f"[0, {len(TEXTS)}]\n"
    for file in Path(folder).glob("*.o"):
        file.write_bytes(b"rustorch" + bytes(200))
    assert script(text, RT_CACHE_DIR=folder).stdout == f"[{len(TEXTS)}, 0]\n"
    assert script(text, RT_CACHE_DIR="off").stdout == f"[{len(TEXTS)}, 0]\n"


WRITES = """
import sys
from pathlib import Path
from rustorch_fn.target.llvm import cache
folder, seed = cache.Folder(Path(sys.argv[1]), 100_000), int(sys.argv[2])
print("ready", flush=True)
for k in range(1 << 30):
    key = bytes([k % 50]) * 32
    folder.write(key, key * (1 + k * seed % 300))
    found = folder.read(bytes([k * seed % 50]) * 32)
    assert found is None or found == bytes([k * seed % 50]) * len(found)
"""


def killed(tmp_path: Path, rounds: int) -> None:
    """Kill writers with no warning, while others write and read: every entry is whole or absent."""
    path = tmp_path / "c"
    folder, random = cache.Folder(path), np.random.default_rng(0)
    around = {**os.environ, "PYTHONPATH": str(TESTS.parent)}
    for seed in range(rounds):
        command = [sys.executable, "-c", WRITES, str(path)]
        writers = [subprocess.Popen([*command, str(2 * seed + k)], env=around, stdout=subprocess.PIPE) for k in (1, 2)]
        for w in writers:
            assert w.stdout.readline() == b"ready\n"
        time.sleep(float(random.uniform(0.001, 0.1)))
        for w in writers:
            w.send_signal(signal.SIGKILL)
            assert w.wait() == -signal.SIGKILL
            w.stdout.close()
        for k in range(50):
            key = bytes([k]) * 32
            found = folder.read(key)
            assert found is None or found == key * (len(found) // 32)
            assert found or not folder._file(key).exists()
    assert folder.write(KEY, DATA)
    assert folder.read(KEY) == DATA
    for file in path.glob("*.part"):
        os.utime(file, (0, 0))
    folder.shrink()
    assert not list(path.glob("*.part"))


def test_writers_may_be_killed(tmp_path):
    killed(tmp_path, 4)


@pytest.mark.slow
def test_many_writers_may_be_killed(tmp_path):
    killed(tmp_path, 150)


def test_an_entry_that_a_reader_holds_on_windows_is_no_failure(tmp_path, monkeypatch):
    folder = cache.Folder(tmp_path / "c")

    def held(*names):
        raise PermissionError(errno.EACCES, "The process cannot access the file")

    monkeypatch.setattr(platform, "WINDOWS", True)
    monkeypatch.setattr(os, "replace", held)
    assert not folder.write(KEY, DATA)
    monkeypatch.undo()
    assert folder.write(KEY, DATA)
    assert not list(folder.path.glob("*.part"))


def test_a_program_computes_whatever_the_folder_holds(tmp_path):
    """All entries of a real program replaced by noise, links, folders and pipes."""
    path = tmp_path / "c"
    assert python("-c", COMPUTES, RT_CACHE_DIR=str(path)).stdout == f"{path}\n"
    for k, file in enumerate(sorted(path.iterdir())):
        file.unlink()
        match k % 3:
            case 0:
                file.write_bytes(os.urandom(500))
            case 1:
                file.symlink_to("/etc/passwd")
            case 2:
                os.mkfifo(file)
    done = python("-c", COMPUTES, RT_CACHE_DIR=str(path))
    assert done.stdout == f"{path}\n", done.stderr
