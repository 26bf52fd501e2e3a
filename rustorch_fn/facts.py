"""What `python -m rustorch_fn info` says: versions, processor, targets, threads, cache. Nothing is compiled for it."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from importlib import metadata

from rustorch_fn import flags
from rustorch_fn.core.targets import TARGETS, target
from rustorch_fn.errors import MissingExtra
from rustorch_fn.transform.jit import default_backend
from rustorch_fn.version import __version__

PEERS = ("jax", "torch")


def version(package: str) -> str:
    """The version of an installed package, or that there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def packages() -> str:
    """Python's packages that we need, and those that we are compared with."""
    try:
        asked = [line for line in metadata.requires("rustorch_fn") or () if "extra ==" not in line]
    except metadata.PackageNotFoundError:  # run from a checkout
        asked = ["numpy", "llvmlite", "optree", "ml_dtypes", "safetensors", "scipy", "opt_einsum", "tqdm"]
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in asked]
    return ", ".join(f"{name} {version(name)}" for name in (*names, *PEERS))


def targets() -> dict[str, str]:
    """What can be compiled for here, and what is missing for the rest."""
    found = {}
    for name in TARGETS:
        try:
            found[name] = getattr(target(name), "found", lambda: "found")()
        except MissingExtra as error:
            found[name] = f"not found: {error.hint}"
    return found


def facts() -> Mapping[str, str]:
    """Everything, as lines with a name each."""
    interpreter = f"{platform.python_version()} ({platform.python_implementation()})"
    said = {
        "rustorch_fn": __version__,
        "python": f"{interpreter} on {platform.system()} {platform.machine()}",
        "packages": packages(),
    }
    default = default_backend()
    for name, words in targets().items():
        said[f"target {name}"] = words + (" (the default)" if name == default else "")
    try:
        said |= target("llvm").facts()
    except MissingExtra as error:
        said["processor"] = f"not known: {error.hint}"
    set_flags = [f"{name}={os.environ[name]}" for name in flags.FLAGS if name in os.environ]
    return {**said, "flags": " ".join(set_flags) or "none of RT_* is set"}


def report() -> str:
    """The facts as text, one name a line."""
    said = facts()
    width = max(map(len, said)) + 2
    return "\n".join(f"{name:<{width}}{words}" for name, words in said.items())
