"""The version, said once, and the versions of others that the tests ran with."""

from __future__ import annotations

import re
import warnings
from functools import cache

from .errors import UntestedVersion

__version__ = "0.1.0"

TESTED = {"llvmlite": ("0.50", "0.50"), "jax": ("0.10", "0.10")}


def _numbers(version: str, count: int) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:count])


@cache
def warn_untested(package: str, version: str) -> None:
    """Warn once where a package is newer or older than what the tests ran with; call it when it is first used."""
    low, high = TESTED[package]
    if not _numbers(low, 2) <= _numbers(version, 2) <= _numbers(high, 2):
        tested = low if low == high else f"{low} to {high}"
        message = f"{package} {version} is not tested with rustorch_fn {__version__}: {package} {tested} is."
        warnings.warn(f"{message} [{UntestedVersion.code}]", UntestedVersion, stacklevel=3)
