"""The main job: it learns, saves, reads back, and says in one line what is wrong with its options."""

import numpy as np
import pytest
from fresh import python

from rustorch_fn.__main__ import main
from rustorch_fn.formats import safetensors


def test_it_trains_saves_and_reads_back(tmp_path):
    done = python("-m", "rustorch_fn", "--epochs", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr  # the progress bar
    lines = done.stdout.splitlines()
    assert "parameters" in lines[0]
    assert lines[1].startswith("compiled in")
    assert [line.split()[1] for line in lines if line.startswith("epoch")] == ["1/2", "2/2"]
    (accuracy,) = (float(line.split()[-1]) for line in lines if line.startswith("test accuracy"))
    assert accuracy > 0.6
    assert any(line.startswith("saved digits.safetensors") for line in lines)
    saved = safetensors.load(tmp_path / "digits.safetensors")
    assert saved["0"]["weight"].shape == (24, 1, 3, 3)


def test_the_same_seed_gives_the_same_bits(tmp_path, capsys):
    runs = []
    for seed in (1, 1, 2):
        out = tmp_path / "net.safetensors"
        words = ["--epochs", "1", "--batch-size", "128", "--no-progress", "--seed", str(seed), "--out", str(out)]
        assert main(words) == 0
        runs.append(out.read_bytes())
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
    assert not capsys.readouterr().err


MISTAKES = {
    "epochs": (["--epochs", "0"], "'0' is not a number from 1"),
    "epochs in words": (["--epochs", "ten"], "'ten' is not a number from 1"),
    "batch": (["--batch-size", "5000"], "only 1437 images"),
    "lr": (["--lr", "nan"], "'nan' is not a number above 0"),
    "seed": (["--seed", "-1"], "'-1' is not a number from 0"),
    "backend": (["--backend", "abacus"], "abacus"),
    "unknown": (["--fast"], "unrecognized arguments: --fast"),
    "folder": (["--out", "/proc/none/net"], "its folder does not exist"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake(name, capsys):
    words, message = MISTAKES[name]
    with pytest.raises(SystemExit) as left:
        main(words)
    assert left.value.code == 2
    text = capsys.readouterr().err
    assert message in text
    assert text.count("\n") == 1


def test_digits_are_drawn():
    from rustorch_fn.demo import drawing

    assert drawing(np.array([[[0.0, 1.0], [0.5, 0.0]]])) == ["  @@", "==  "]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_the_network_learns_to_read(seed, tmp_path):
    done = python("-m", "rustorch_fn", "--seed", seed, "--no-progress", cwd=tmp_path, RT_CACHE_DIR=str(tmp_path))
    (accuracy,) = (float(line.split()[-1]) for line in done.stdout.splitlines() if line.startswith("test accuracy"))
    assert accuracy >= 0.98
