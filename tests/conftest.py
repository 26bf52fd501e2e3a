"""What all tests share: hypothesis profiles, what JAX compiled, and the rule for tests against PyTorch."""

import importlib.util
import os
import re

import pytest
from hypothesis import HealthCheck, settings

from rustorch_fn import flags

os.environ.setdefault("RT_SPEC", "1")  # every program is checked after every pass, in tests always
flags.refresh()

# "ci" draws the same examples each time; nox draws new ones with --hypothesis-profile=random
_QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("ci", derandomize=True, database=None, max_examples=25, **_QUIET)
settings.register_profile("random", max_examples=200, **_QUIET)
settings.load_profile("ci")

_IMPORTS_TORCH = re.compile(r"^(import|from) torch\b", re.MULTILINE)
_left_out = pytest.StashKey[list]()


def torch_is_here() -> bool:
    return importlib.util.find_spec("torch") is not None


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the texts in tests/golden as they are now")
    parser.addoption("--cases", type=int, default=4, help="how many cases at least a name is compared with JAX on")


def pytest_configure(config):
    # JAX compiles small programs again for each new function and in each process, which is half of what tests cost
    if config.cache:
        os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(config.cache.mkdir("jax")))
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0")
        os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES", "-1")
    config.stash[_left_out] = []
    if flags.get("RT_REQUIRE_PEERS") and not torch_is_here():
        raise pytest.UsageError("RT_REQUIRE_PEERS=1, but torch is not installed: pip install '.[peers]' brings it.")


def pytest_ignore_collect(collection_path, config):
    """Leave out the files that import torch where there is none."""
    if collection_path.suffix != ".py" or torch_is_here():
        return None
    if not _IMPORTS_TORCH.search(collection_path.read_text(encoding="utf-8")):
        return None
    config.stash[_left_out].append(collection_path)
    return True


def pytest_terminal_summary(terminalreporter, config):
    left_out = config.stash[_left_out]
    if left_out:
        files = f"{len(left_out)} test file{'s' if len(left_out) > 1 else ''} against PyTorch"
        terminalreporter.write_line(f"{files} left out: torch is not installed (pip install '.[peers]' brings it)")
