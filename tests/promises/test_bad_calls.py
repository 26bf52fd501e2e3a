"""Bad calls over the whole public surface: each gives an error of ours that names, shows and helps.

`bad_calls.txt` has a call, with x = ones((2, 3)), and below it the class and the text without place and code. Where
the call says `eager`, a transform around it is told first; all others give the same class under jit and grad too.
`pytest tests/promises/test_bad_calls.py --update-golden` writes what the calls say.
"""

import re
import traceback
from pathlib import Path

import numpy as np
import pytest

import rustorch_fn as rt
from rustorch_fn import errors, nn, optim
from rustorch_fn import numpy as rnp
from rustorch_fn.__main__ import main
from rustorch_fn.formats import safetensors

FILE = Path(__file__).parent / "bad_calls.txt"
NAMES = {
    "np": np,
    "rt": rt,
    "nn": nn,
    "optim": optim,
    "rnp": rnp,
    "safetensors": safetensors,
    "LINEAR": nn.Linear(3, 2).init(rt.random.key(0))[0],
    "CONV": nn.Conv2d(1, 2, 3).init(rt.random.key(0))[0],
    "NORM": nn.BatchNorm2d(3).init(rt.random.key(0))[0],
}
AROUND = {
    "eager": lambda f, x: f(x),
    "jit": lambda f, x: rt.jit(f)(x),
    "grad": lambda f, x: rt.grad(lambda x: (f(x), x.sum())[1])(x),
}


def rows():
    """(line number, whether only eager, call, text) of the file."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    for k, line in enumerate(lines):
        if line and not line.startswith((" ", "#")):
            text = lines[k + 1].strip() if k + 1 < len(lines) and lines[k + 1].startswith(" ") else ""
            yield k + 1, line.startswith("eager "), line.removeprefix("eager "), text


PACKAGE = str(Path(rt.__file__).parent)
ROWS = list(rows())


def function(line, call):
    """The call as a function of x whose code stands at its line of the file."""
    scope = dict(NAMES)
    exec(compile("\n" * (line - 1) + f"f = lambda x: {call}", FILE.name, "exec"), scope)
    return scope["f"]


def raised(around, f, x):
    try:
        around(f, x)
    except Exception as error:
        return error
    return None


def said(error, folder):
    """Class and text, without place and code, and without what differs between runs."""
    where, code = getattr(error, "where", ""), getattr(error, "code", "")
    text = str(error).replace(f" ({where})", "").removesuffix(f" [{code}]")
    text = re.sub(r"\s+", " ", text.replace(str(folder), ".."))
    text = re.sub(rf"{FILE.name}:\d+", FILE.name, text)
    return f"{type(error).__name__}: {text}"


def problems(error, line):
    """What an error lacks."""
    if error is None:
        return ["it says nothing"]
    if not isinstance(error, errors.RustorchError) or isinstance(error, errors.InternalError):
        return [f"it is a bare {type(error).__name__}: {error}"]
    found = [] if error.hint else ["it does not say what would work"]
    shows = isinstance(error, errors.ImmutableModule | errors.MissingRule | errors.FileFormat)  # by its name
    if not shows and not error.got and not re.search(r"['\d]", error.what):
        found.append("it does not show what was got")
    if getattr(error, "argument", "") not in error.what:
        found.append("it does not name the argument")
    if error.where != f"{FILE.name}:{line}":
        found.append(f"it blames {error.where}")
    frames = [f.filename for f in traceback.extract_tb(error.__traceback__)]
    return found + [f"it shows a frame of {name}" for name in frames if name.startswith(PACKAGE)]


@pytest.mark.parametrize("mode", AROUND)
@pytest.mark.parametrize(("line", "only_eager", "call", "text"), ROWS, ids=[row[2] for row in ROWS])
def test_a_bad_call_is_told(line, only_eager, call, text, mode, tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    if request.config.getoption("--update-golden"):
        return
    if only_eager and mode != "eager":
        mode = "eager"
    error = raised(AROUND[mode], function(line, call), rnp.ones((2, 3)))
    assert problems(error, line) == []
    if mode == "eager":
        assert said(error, tmp_path) == text
    else:
        assert said(error, tmp_path).split(":")[0] == text.split(":")[0]


def test_the_texts_are_written_where_that_is_asked(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = []
    for line, only_eager, call, _ in ROWS:
        error = raised(AROUND["eager"], function(line, call), rnp.ones((2, 3)))
        lines.append(("eager " * only_eager + call, f"    {said(error, tmp_path)}"))
    if request.config.getoption("--update-golden"):
        calls = dict(lines)
        kept = [row for row in FILE.read_text(encoding="utf-8").splitlines() if not row.startswith(" ")]
        shown = [f"{row}\n{calls[row]}\n" if row in calls else f"{row}\n" for row in kept]
        FILE.write_text("".join(shown), encoding="utf-8")
    assert len(lines) >= 800


def test_a_bad_call_that_is_not_told_would_be_found():
    planted = errors.RustorchError("add: it went wrong")
    assert problems(None, 1) == ["it says nothing"]
    assert problems(KeyError("x"), 1) == ["it is a bare KeyError: 'x'"]
    assert len(problems(planted, 1)) == 3
    assert problems(raised(AROUND["eager"], function(7, "rnp.sum(x, axis=9)"), rnp.ones(3)), 7) == []


def test_every_room_is_called():
    calls = " ".join(row[2] for row in ROWS)
    for room in ("rt.jit", "rnp.", "rnp.linalg", "rnp.fft", "rt.lax", "rt.lax.linalg", "rt.random", "rt.scipy.linalg",
                 "rt.scipy.special", "rt.scipy.stats", "rt.scipy.signal", "rt.image", "rt.ops", "rt.tree_util",
                 "rt.dlpack", "rt.flatten_util", "nn.", "nn.init", "optim.", "rt.tree", "safetensors", "rt.flags",
                 "rt.device", "rt.dtypes", "x.at", "x."):  # fmt: skip
        assert room in calls


def test_computing_goes_on_afterwards():
    for line, _, call, _ in ROWS[::10]:
        raised(AROUND["jit"], function(line, call), rnp.ones((2, 3)))
    assert rt.jit(rt.grad(lambda x: (x * x).sum()))(rnp.ones(3)).tolist() == [2.0, 2.0, 2.0]


COMMANDS = {
    ("--epochs", "0"): "argument --epochs: '0' is not a number from 1",
    ("--epochs", "many"): "argument --epochs: 'many' is not a number from 1",
    ("--batch-size", "1000000"): "argument --batch-size: there are only",
    ("--lr", "nan"): "argument --lr: 'nan' is not a number above 0",
    ("--seed", "-1"): "argument --seed: '-1' is not a number from 0",
    ("--backend", "tpu"): "argument --backend: there is no backend 'tpu'. There are",
    ("--out", "no/such/folder/net"): "argument --out: no/such/folder/net: cannot be written",
    ("--out", "."): "argument --out: .: is a folder. The name of a file would work.",
    ("--nonsense",): "unrecognized arguments: --nonsense",
    ("nonsense",): "nonsense",
}


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_the_command_line_tells(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    said = capsys.readouterr().err
    assert left.value.code == 2
    assert COMMANDS[arguments] in said
    assert len(said.splitlines()) == 1
