"""The check on ARM says what is missing, and fails: it never passes without having run."""

from pathlib import Path

from fresh import python

SCRIPT = Path(__file__).absolute().parents[2] / ".ci" / "qemu.py"


def test_a_missing_emulator_is_a_failure_that_is_told(tmp_path):
    done = python(SCRIPT, tmp_path / "arm", "-c", "print('ran')", PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "nothing ran on ARM: Debian's package qemu-user brings it" in done.stderr
    assert not (tmp_path / "arm").exists()


def test_the_status_is_the_command_s(tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("qemu-aarch64", "apt-get", "dpkg-deb"):
        (tools / name).write_text("#!/bin/sh\nexit 1\n")
        (tools / name).chmod(0o755)
    done = python(SCRIPT, tmp_path / "arm", "-c", "print('ran')", PATH=f"{tools}:/bin:/usr/bin")
    assert done.returncode == 1
    assert "apt-get -q update … failed with status 1" in done.stderr
    (tmp_path / "arm" / "python").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "arm" / "python").chmod(0o755)
    assert python(SCRIPT, tmp_path / "arm", "-c", "", PATH=f"{tools}:/bin:/usr/bin").returncode == 7
