"""Run Python for 64-bit ARM under qemu-user: `python .ci/qemu.py FOLDER -m pytest tests/kernel`.

The folder is filled once: with Debian's Python for ARM and what it needs, and with ARM wheels of what the tests need.
Nothing is installed on the machine. Where qemu or apt are missing, or a download fails, this says so and fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = {"qemu-aarch64": "qemu-user", "apt-get": "apt", "dpkg-deb": "dpkg"}
DEBIAN = ("python3", "libstdc++6", "libatomic1")
TESTS = ("pytest", "hypothesis", "mpmath")
WHEELS = tuple(f"manylinux{version}_aarch64" for version in ("2014", "_2_17", "_2_27", "_2_28"))


def run(*command: object, **environment: str) -> None:
    done = subprocess.run([*map(str, command)], env={**os.environ, **environment}, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command[:3]))} … failed with status {done.returncode}")


def debian(folder: Path) -> Path:
    """Unpack Debian's packages for ARM below a folder, by lists and settings of their own."""
    system, apt = folder / "system", folder / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    (apt / "state" / "status").touch()
    lines = {
        "APT::Architecture": "arm64", "APT::Architectures": "arm64", "Dir::State": apt / "state",
        "Dir::State::status": apt / "state" / "status", "Dir::Cache": apt / "cache",
        "APT::Sandbox::User": "", "Debug::NoLocking": "true",
    }  # fmt: skip
    settings = apt / "apt.conf"
    settings.write_text("".join(f'{name} "{value}";\n' for name, value in lines.items()), encoding="utf-8")
    run("apt-get", "-q", "update", APT_CONFIG=str(settings))
    get = ("apt-get", "-q", "install", "--download-only", "--yes", "--no-install-recommends")
    run(*get, *DEBIAN, APT_CONFIG=str(settings))
    for package in sorted((apt / "cache" / "archives").glob("*.deb")):
        run("dpkg-deb", "-x", package, system)
    return system


def wheels(folder: Path, version: str) -> None:
    """Unpack wheels for ARM: what the package and these tests need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    platforms = [f"--platform={name}" for name in WHEELS]
    options = ("--quiet", "--only-binary=:all:", f"--python-version={version}", *platforms, "--target", folder / "site")
    run(sys.executable, "-m", "pip", "install", *options, *project["dependencies"], *TESTS)


def interpreter(folder: Path) -> Path:
    """A command that is Python for ARM."""
    python = folder / "python"
    if not python.exists():
        system = debian(folder)
        (binary,) = (p for p in (system / "usr" / "bin").glob("python3.*") if p.name[8:].isdigit())
        wheels(folder, binary.name.removeprefix("python"))
        # its own name stays that of this command, so that it can start others of its kind
        text = f'#!/bin/sh\nexec qemu-aarch64 -L "{system}" -0 "$0" "{binary}" "$@"\n'
        part = folder / "python.part"
        part.write_text(text, encoding="utf-8")
        part.chmod(0o755)
        part.rename(python)
    return python


def main(place: str, *arguments: str) -> int:
    for tool, package in TOOLS.items():
        if not shutil.which(tool):
            print(f"{tool} is missing, so nothing ran on ARM: Debian's package {package} brings it.", file=sys.stderr)
            return 2
    folder = Path(place).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    python = interpreter(folder)
    paths = {"PYTHONPATH": os.pathsep.join((str(ROOT), str(folder / "site"))), "PYTHONHOME": f"{folder}/system/usr"}
    around = {**os.environ, **paths, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([python, *arguments], env=around, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
