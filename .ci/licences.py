"""The licence of every package that ours brings: `python .ci/licences.py` fails where one is not known and allowed.

What counts is what is installed: the dependencies in pyproject.toml with all extras that are there, and theirs in turn.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata

from packaging.requirements import Requirement

OURS = "rustorch_fn"

# words of licences that ask for no more than their text and names to be kept
FREE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CNRI-Python", "ISC", "MIT", "MIT-CMU", "PSF-2.0", "Unlicense", "Zlib",
}  # fmt: skip

# packages that say it otherwise: what they say, and why that is well
EXCUSED = {
    "hypothesis": ("MPL-2.0", "a tool of the tests; nothing of it is changed or passed on"),
    "pathspec": ("MPL-2.0", "a tool that builds and checks; nothing of it is changed or passed on"),
    "certifi": ("MPL-2.0", "a tool of checks; nothing of it is changed or passed on"),
    "tqdm": ("MPL-2.0 AND MIT", "called, not changed: the MPL asks only for changed files"),
}

# how packages write licences that have a name in SPDX
SPELLINGS = {
    "apache 2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "the mit license (mit)": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}


def needed(name: str, extras: Sequence[str] = (), seen: set[str] | None = None) -> set[str]:
    """The installed packages that a package asks for, itself included, in the end."""
    seen = set() if seen is None else seen
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return seen
    try:
        asked = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return seen  # an extra that is not installed
    seen.add(key)
    for requirement in map(Requirement, asked):
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            needed(requirement.name, tuple(requirement.extras), seen)
    return seen


def licence(package: str) -> str:
    """What a package says about its licence, in SPDX's words where they are known."""
    about = metadata.metadata(package)
    if about["License-Expression"]:
        return str(about["License-Expression"])
    listed = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier", ()) if c.startswith("License :: ")]
    written = (about["License"] or "").replace("UNKNOWN", "").strip().splitlines()
    for text in (*written[:1], *listed):
        known = SPELLINGS.get(text.strip().rstrip(".").lower(), text)
        if known in FREE or re.fullmatch(r"[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*", known):
            return known
    return (written or listed or ["nothing"])[0]


def allowed(expression: str) -> bool:
    """Whether every licence that an SPDX expression names is free."""
    return all(part.strip("() ") in FREE for part in re.split(r" AND | OR ", expression))


def refused(packages: Sequence[str]) -> Iterator[str]:
    """A sentence for each package whose licence is not allowed."""
    for package in packages:
        said = licence(package)
        if EXCUSED.get(package, ("",))[0] != said and not allowed(said):
            yield f"{package}: its licence is {said!r}, which .ci/licences.py does not allow"


def main() -> int:
    """Print how many packages there are under each licence, and what is refused."""
    extras = [extra for extra in metadata.metadata(OURS).get_all("Provides-Extra", ())]
    packages = sorted(needed(OURS, extras) - {re.sub("_", "-", OURS)})
    counts: dict[str, int] = {}
    for package in packages:
        counts[licence(package)] = counts.get(licence(package), 0) + 1
    for said, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        print(f"{count:4d}  {said}")
    faults = list(refused(packages))
    print("\n".join([*faults, f"licences: {len(packages)} packages, {len(faults)} refused"]))
    return 1 if faults or not packages else 0


if __name__ == "__main__":
    sys.exit(main())
