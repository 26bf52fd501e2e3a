"""`python -m rustorch_fn info` and `--help`: what is found here, quickly, without touching anything."""

import os
import platform

import numpy as np
import pytest
from fresh import python

import rustorch_fn as rt

LINES = (
    "rustorch_fn", "python", "packages", "target llvm", "target numpy", "processor", "features", "vectors", "caches",
    "threads", "cache", "flags",
)  # fmt: skip
QUIET = "import socket, sys; socket.socket = socket.getaddrinfo = None; "
ASK = "from rustorch_fn.__main__ import main; main(['info'])"


def told(*arguments, **environment):
    """What info says, as a dict of its lines."""
    done = python(*(arguments or ("-m", "rustorch_fn", "info")), **environment)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    names = [next(name for name in LINES if line.startswith(f"{name}  ")) for line in done.stdout.splitlines()]
    lines = done.stdout.splitlines()
    return {name: line.removeprefix(name).strip() for name, line in zip(names, lines, strict=True)}


def test_it_says_what_is_found(tmp_path):
    said = told(RT_CACHE_DIR=str(tmp_path / "none" / "yet"), RT_NUM_THREADS="3")
    assert list(said) == [*LINES]
    assert said["rustorch_fn"] == rt.__version__
    assert platform.python_version() in said["python"]
    assert f"numpy {np.__version__}" in said["packages"]
    assert "LLVM" in said["target llvm"]
    assert said["target llvm"].endswith("(the default)")
    assert said["threads"].startswith("3 of ")
    assert said["cache"] == f"{tmp_path}/none/yet with 0 entries, 0 bytes of 1 GiB"
    assert "RT_NUM_THREADS=3" in said["flags"]
    assert not list(tmp_path.iterdir()), "info made a folder"


def test_the_cache_is_counted(tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    (folder / "one.o").write_bytes(bytes(3 << 10))
    assert told(RT_CACHE_DIR=str(folder))["cache"].endswith("with 1 entries, 3 KiB of 1 GiB")
    folder.chmod(0o770)
    assert "others may write to it" in told(RT_CACHE_DIR=str(folder))["cache"]
    assert told(RT_CACHE_DIR="off")["cache"].startswith("off")


def test_a_user_without_a_home_is_told(tmp_path):
    # an account that no password file knows has no home at all
    nameless = "import os, pwd; del os.environ['HOME']; pwd.getpwuid = lambda uid: {}[uid]; "
    said = told("-c", nameless + ASK, RT_CACHE_DIR="", XDG_CACHE_HOME="")
    assert said["cache"].startswith("off")


def test_narrowed_features_are_shown():
    said = told(RT_CPU="sse4")
    assert "avx" not in said["features"]


def test_it_needs_no_network():
    assert told("-c", QUIET + ASK)["rustorch_fn"] == rt.__version__


def test_it_runs_without_the_compiler():
    said = told("-c", f"import sys; sys.modules['llvmlite'] = None; {ASK}")
    assert said["target llvm"].startswith("not found: pip install llvmlite")
    assert "pip install llvmlite" in said["processor"]
    assert said["target numpy"]


def test_help_ends_with_it():
    done = python("-m", "rustorch_fn", "--help")
    assert done.returncode == 0
    found = done.stdout.partition("found here (python -m rustorch_fn info):\n")[2]
    assert [line for line in LINES if f"\n  {line}  " not in "\n" + found] == []
    assert "--epochs" in done.stdout


@pytest.mark.parametrize("word", ["inform", "train"])
def test_another_job_is_refused(word):
    done = python("-m", "rustorch_fn", word, cwd=os.curdir)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "choose from" in done.stderr
