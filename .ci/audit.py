"""Known vulnerabilities of what is installed: `python .ci/audit.py` fails where pip-audit names one.

Where no advisory database answers, nothing is checked; that is said with its reason, and is no failure. Words that
are given go to pip-audit.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

OURS = "rustorch_fn"
# an advisory that does not touch us: its name, and why
ACCEPTED: dict[str, str] = {}


def audit(words: list[str]) -> tuple[list[dict[str, Any]] | None, str]:
    """What the database says of each package, or None and pip-audit's last words."""
    command = [sys.executable, "-m", "pip_audit", "--format=json", "--progress-spinner=off", "--timeout=20"]
    done = subprocess.run(
        [*command, "--vulnerability-service=osv", *words], capture_output=True, text=True, check=False
    )
    try:
        return json.loads(done.stdout)["dependencies"], ""
    except ValueError:
        return None, (done.stderr.strip() or "pip-audit printed nothing").splitlines()[-1]


def main(words: list[str]) -> int:
    """Print what is known, and give 1 where that is a vulnerability or pip-audit itself failed."""
    packages, problem = audit(words)
    if packages is None:
        unreachable = re.search(
            r"Failed to resolve [^(]*|Connection refused|Network is unreachable|[Tt]imed out", problem
        )
        said = (
            f"left out: the advisory database does not answer: {unreachable[0]}"
            if unreachable
            else f"failed: {problem}"
        )
        print(f"audit: {said.strip()}")
        return 0 if unreachable else 1
    asked = [package for package in packages if package["name"].replace("-", "_") != OURS]
    checked = [package for package in asked if "vulns" in package]
    found = [(p, v) for p in checked for v in p["vulns"] if not {v["id"], *v["aliases"]} & ACCEPTED.keys()]
    for package, advisory in found:
        better = ", ".join(advisory["fix_versions"]) or "no version"
        print(f"{package['name']} {package['version']}: {advisory['id']}, mended in {better}")
    print(f"audit: {len(checked)} of {len(asked)} packages checked, {len(found)} vulnerabilities")
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
