"""What an install brings: wheel, sdist and editable install hold the same things and do the same."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LICENCES = {"LICENSE-APACHE", "LICENSE-MIT", "NOTICE"}
LEFT_OUT = shutil.ignore_patterns(".git", ".nox", ".asv", ".hypothesis", ".*_cache", "__pycache__", "dist", "_build")


def build(source, to, *kinds):
    """Build with the backend of pyproject.toml, in this environment."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(to), *(f"-t{kind}" for kind in kinds)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return {path.suffix: path for path in Path(to).iterdir()}


def expected(source):
    """What has to be in an installed package, as paths beside it."""
    package = [path for path in (source / "rustorch_fn").rglob("*") if "__pycache__" not in path.parts]
    files = {path.relative_to(source).as_posix() for path in package if path.is_file()}
    assert {"rustorch_fn/py.typed", "rustorch_fn/data/digits.csv.gz"} <= files
    return files | {f"rustorch_fn/_kernels/{path.name}" for path in (source / "kernels").iterdir()}


def faults(wheel, source):
    """What is wrong with a wheel, as sentences."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (info,) = {name.split("/")[0] for name in names if ".dist-info/" in name}
        meta = message_from_string(archive.read(f"{info}/METADATA").decode())
        notice = archive.read(f"{info}/licenses/NOTICE").decode() if f"{info}/licenses/NOTICE" in names else ""
    ours = {name for name in names if not name.startswith(info)}
    found = [] if wheel.name.endswith("-py3-none-any.whl") else [f"{wheel.name} is not for every machine"]
    found += [f"{name} is missing" for name in sorted(expected(source) - ours)]
    found += [f"{name} is too much" for name in sorted(ours - expected(source))]
    found += [f"the licence {name} is missing" for name in sorted(LICENCES) if f"{info}/licenses/{name}" not in names]
    data = {Path(name).name for name in ours if name.startswith("rustorch_fn/data/") and not name.endswith(".py")}
    found += [f"NOTICE says nothing about {name}" for name in sorted(data) if name not in notice]
    if meta["License-Expression"] != "MIT OR Apache-2.0":
        found.append("the metadata names another licence")
    return found


def test_the_wheel_holds_everything(tmp_path):
    wheel = build(ROOT, tmp_path, "wheel")[".whl"]
    assert faults(wheel, ROOT) == []


PLANTS = {
    "kernels": ("pyproject.toml", '"kernels" = "rustorch_fn/_kernels"', "", "_kernels/executor.ll is missing"),
    "types": ("pyproject.toml", 'packages = ["rustorch_fn"]', 'exclude = ["py.typed"]', "py.typed is missing"),
    "licence": ("pyproject.toml", '"LICENSE-MIT", ', "", "the licence LICENSE-MIT is missing"),
    "data": ("NOTICE", "digits.csv.gz", "some digits", "NOTICE says nothing about digits.csv.gz"),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_fault_in_the_wheel_is_found(name, tmp_path):
    file, old, new, says = PLANTS[name]
    source = tmp_path / "source"
    shutil.copytree(ROOT, source, ignore=LEFT_OUT)
    text = (source / file).read_text(encoding="utf-8")
    assert old in text
    (source / file).write_text(text.replace(old, new), encoding="utf-8")
    wheel = build(source, tmp_path / "wheel", "wheel")[".whl"]
    assert any(says in fault for fault in faults(wheel, source))


# --- in fresh environments; `nox -s wheel` runs them ---

WHERE = """
import importlib.metadata, pathlib, rustorch_fn
from rustorch_fn.target.source import kernel_source
for name in ("MANIFEST.toml", "executor.ll", "pool.ll"):
    assert kernel_source(name)
files = importlib.metadata.files("rustorch_fn")
assert {path.name for path in files if "licenses" in path.parts} == {"LICENSE-APACHE", "LICENSE-MIT", "NOTICE"}
package = pathlib.Path(rustorch_fn.__file__).parent
assert (package / "py.typed").is_file()
assert (package / "data" / "digits.csv.gz").is_file()
print(package)
"""


def clean():
    """This process's environment without what could lead an install to another one's files."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RT_"))}


class Installed:
    """One fresh environment with the package in it, and what the main job said and saved there."""

    def __init__(self, folder, *what):
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        self.folder = folder
        self.python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        self.run("-m", "pip", "install", "--quiet", *map(str, what))
        self.package = Path(self.run("-c", WHERE).strip())
        self.said = self.run("-m", "rustorch_fn", "--no-progress")
        self.saved = (self.empty() / "digits.safetensors").read_bytes()
        self.info = self.run("-m", "rustorch_fn", "info")

    def empty(self):
        (self.folder / "empty").mkdir(exist_ok=True)
        return self.folder / "empty"

    def run(self, *words):
        command = [self.python, *words]
        environment = clean() | {"RT_CACHE_DIR": str(self.folder / "cache")}
        done = subprocess.run(command, cwd=self.empty(), env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installs")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=LEFT_OUT)
    built = build(source, folder / "built", "sdist", "wheel")
    kinds = {"wheel": [built[".whl"]], "sdist": [built[".gz"]], "editable": ["-e", source]}
    made = {}
    for kind, what in kinds.items():
        (folder / kind).mkdir()
        made[kind] = Installed(folder / kind, *what)
    return made


@pytest.mark.slow
@pytest.mark.gate
def test_packages_lie_where_they_should(installs):
    for kind in ("wheel", "sdist"):
        assert installs[kind].package.parent.name == "site-packages"
        assert installs[kind].package.is_relative_to(installs[kind].folder)
    assert installs["editable"].package.parent.name == "source"
    files = {
        kind: {path.relative_to(installs[kind].package).as_posix() for path in installs[kind].package.rglob("*.*")}
        for kind in ("wheel", "sdist")
    }
    assert files["wheel"] == files["sdist"]


@pytest.mark.slow
@pytest.mark.gate
def test_the_main_job_is_the_same(installs):
    times = re.compile(r"[\d.]+ (s|ms a step)$", re.MULTILINE)
    said = {kind: times.sub("", install.said) for kind, install in installs.items()}
    assert said["wheel"] == said["sdist"] == said["editable"]
    (accuracy,) = re.findall(r"^test accuracy (.*)$", said["wheel"], re.MULTILINE)
    assert float(accuracy) > 0.98
    saved = [install.saved for install in installs.values()]
    assert saved[0] == saved[1] == saved[2]


@pytest.mark.slow
@pytest.mark.gate
def test_info_is_the_same(installs):
    said = {kind: re.sub(r"(?m)^(cache|flags) .*$", "", install.info) for kind, install in installs.items()}
    assert said["wheel"] == said["sdist"] == said["editable"]
