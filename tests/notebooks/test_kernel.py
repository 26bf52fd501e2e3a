"""What a user of a notebook meets, through a real kernel: errors, what values look like, re-run cells, Ctrl-C."""

import json
import os
import re
import time
from typing import NamedTuple

import pytest
from fresh import WHERE

pytestmark = pytest.mark.notebook


class Ran(NamedTuple):
    """What a cell did."""

    number: int
    status: str
    text: str  # what it printed, to both streams
    shown: list[dict[str, str]]  # results and displays, by MIME type
    error: str  # name and text of what it raised
    traceback: str
    ended: float  # when it raised


class Kernel:
    """A fresh kernel."""

    def __init__(self, folder):
        from jupyter_client.manager import start_new_kernel

        path = os.pathsep.join(filter(None, (WHERE, os.environ.get("PYTHONPATH"))))
        env = {**os.environ, "PYTHONPATH": path}
        self.manager, self.client = start_new_kernel(kernel_name="python3", env=env, cwd=str(folder))
        assert self("import rustorch_fn as rt\nfrom rustorch_fn import numpy as rnp").status == "ok"

    def __call__(self, code, on_output=lambda text: None):
        """Run a cell to its end."""
        text, shown, errors, ended = [], [], [], [0.0]

        def take(message):
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                text.append(content["text"])
                on_output(content["text"])
            elif kind in ("execute_result", "display_data"):
                shown.append(content["data"])
            elif kind == "error":
                errors.append(content)
                ended.append(time.monotonic())

        reply = self.client.execute_interactive(code, timeout=120, output_hook=take)
        error = errors[0] if errors else {"ename": "", "evalue": "", "traceback": []}
        traceback = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error["traceback"]))
        said = f"{error['ename']}: {error['evalue']}" if errors else ""
        content = reply["content"]
        return Ran(content["execution_count"], content["status"], "".join(text), shown, said, traceback, ended[-1])

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.manager.context.destroy(linger=0)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    made = Kernel(tmp_path_factory.mktemp("notebook"))
    yield made
    made.close()


# --- errors ---

WRONG = """def product(x):
    y = x + 1
    return y @ rnp.ones((4, 2))
product(rnp.ones((2, 3)))"""

BRANCH = """@rt.jit
def sign(x):
    if x > 0:
        return x
    return -x
sign(1.0)"""


@pytest.mark.parametrize(
    ("code", "name", "line"),
    [
        (WRONG, "ShapeError", 3),
        (WRONG.replace("product(rnp", "rt.jit(product)(rnp"), "ShapeError", 3),
        (WRONG.replace("product(rnp", "rt.grad(lambda x: product(x).sum())(rnp"), "ShapeError", 3),
        (WRONG.replace("product(rnp", "rt.vmap(product)(rnp"), "ShapeError", 3),
        (BRANCH, "ConcretizationError", 3),
        ("x = 1\n\nrnp.zeros(3)[0] = 1", "ImmutableArray", 3),
        ("rt.nn.Linear(3, 4)({}, rnp.ones((2, 3)))", "MissingParam", 1),
    ],
)
def test_an_error_names_its_cell_and_line(kernel, code, name, line):
    ran = kernel(code)
    assert ran.error.startswith(f"{name}: ")
    assert f"(cell In[{ran.number}], line {line})" in ran.error
    # IPython's own arrow points there as well, and at no line of ours
    assert f"Cell In[{ran.number}], line {line}" in ran.traceback
    assert f"{os.sep}rustorch_fn{os.sep}" not in ran.traceback


def test_an_error_in_an_older_cell_names_that_one(kernel):
    older = kernel("def older(x):\n    return rnp.ones(3) @ x")
    newer = kernel("1 + 1\nolder(rnp.ones(4))")
    assert newer.number > older.number
    assert f"(cell In[{older.number}], line 2)" in newer.error


# --- what values look like ---

VALUES = {
    "rnp.arange(3.0)": "f32[3]",
    "rnp.ones((2000, 2000))": "16 MB",
    "rnp.ones(3, 'bfloat16')": "bf16[3]",
    "rt.random.key(0)": "key[]",
    "rt.jit(lambda x: x)": "jitted",
    "rt.make_jaxpr(lambda x: sum(x * k for k in range(300)))(1.0)": "more lines",
    "rt.nn.Sequential(rt.nn.Linear(3, 4), rt.nn.ReLU())": "16 parameters",
    "rt.nn.ReLU()": "0 parameters",
}


@pytest.mark.parametrize("code", VALUES)
def test_values_are_shown_in_short(kernel, code):
    ran = kernel(code)
    (data,) = ran.shown
    assert VALUES[code] in data["text/html"]
    assert len(data["text/html"]) + len(data["text/plain"]) < 10_000
    assert ran.text == ""


def test_trees_show_large_arrays_by_their_types(kernel):
    ran = kernel("rt.nn.Linear(300, 40).init(rt.random.key(0))[0]")
    assert ran.shown[0]["text/plain"] == "{'weight': Array(f32[40,300]), 'bias': Array(f32[40])}"


def test_traced_values_can_be_displayed(kernel):
    ran = kernel("rt.jit(lambda x: (display(x), x * x)[1])(2.0)\nrt.vmap(lambda x: (display(x), x)[1])(rnp.ones(3));")
    assert ran.status == "ok"
    assert ran.shown[0]["text/plain"] == "Traced<f32[]*> by jit"


# --- the progress bar ---

BAR = "from rustorch_fn.progress import bar\nfor k in bar(range(5)): pass"


def test_the_bar_is_the_notebooks(kernel):
    ran = kernel(BAR)
    assert "application/vnd.jupyter.widget-view+json" in ran.shown[0]
    assert ran.text == ""


def test_without_widgets_the_bar_is_text_and_nothing_warns(kernel):
    strict = "with warnings.catch_warnings(action='error'):\n    " + BAR.replace("\n", "\n    ")
    ran = kernel("import sys, warnings\nsys.modules['ipywidgets'] = None\n" + strict)
    kernel("del sys.modules['ipywidgets']")
    assert ran.status == "ok"
    assert ran.shown == []
    assert "100%" in ran.text
    assert "Warning" not in ran.text


# --- cells that run again ---

CELL = """
model = rt.nn.Sequential(rt.nn.Linear(8, 16), rt.nn.GELU(), rt.nn.Linear(16, 1))
params, _ = model.init(rt.random.key(1))
x, y = rt.random.normal(rt.random.key(2), (512, 8)), rnp.ones(512)
adam = rt.optim.adam(1e-2)
moments = adam.init(params)
@rt.jit
def again(params, moments, x, y):
    error = lambda params: rnp.mean((model(params, x)[:, 0] - y) ** 2)
    value, slopes = rt.value_and_grad(error)(params)
    updates, moments = adam.update(slopes, moments, params)
    return rt.optim.apply_updates(params, updates), moments, value
for _ in range(3):
    params, moments, value = again(params, moments, x, y)
per_row = rt.jit(rt.vmap(lambda row: rnp.tanh(row).sum()))(x)
total = rt.lax.fori_loop(0, 5, lambda i, s: s + i * 2.0, 0.0)
"""

STATE = """
import gc, json, os
from pathlib import Path
from rustorch_fn.target.llvm import memory
gc.collect()
status = Path('/proc/self/statm')
held = status.read_text().split() if status.exists() else [0, 0, 0]
stats = rt.compile_stats()
bytes_held = (int(held[1]) - int(held[2])) * os.sysconf('SC_PAGE_SIZE')
counts = [stats[k] for k in ('compiled', 'loaded', 'lowered', 'programs')]
print(json.dumps([memory.stats()['live_bytes'], bytes_held, *counts]))
"""


def test_a_cell_that_runs_again_neither_compiles_nor_leaks(kernel):
    for _ in range(5):
        assert kernel(CELL).status == "ok"
    before = json.loads(kernel(STATE).text)
    for _ in range(25):
        kernel(CELL)
    after = json.loads(kernel(STATE).text)
    assert after[2:] == before[2:]
    assert after[0] == before[0]
    assert after[1] - before[1] < 3 << 20


def test_another_number_in_a_cell_would_compile(kernel):
    kernel(CELL)
    before = kernel(STATE).text
    kernel(CELL.replace("1e-2", "1.5e-2"))
    assert kernel(STATE).text != before


# --- Ctrl-C ---

LOOP = """import threading, time
def long(n):
    again = lambda s: (s[0] + 1, s[1] * 0.999 + 1)
    return rt.lax.while_loop(lambda s: s[0] < n, again, (0, rnp.ones(1000)))[1]
jitted = rt.jit(long, static_argnums=0)
long(3), jitted(3)
stamps, over = [], threading.Event()
def count():
    while not over.is_set():
        stamps.append(time.monotonic())
        time.sleep(0.001)
threading.Thread(target=count, daemon=True).start()"""

INTERRUPTED = """print("go", flush=True)
FUNCTION(10**9)"""


@pytest.mark.parametrize("function", ["long", "jitted"])
def test_ctrl_c_ends_a_compiled_loop_ten_times(kernel, function):
    assert kernel(LOOP).status == "ok"
    for _ in range(10):
        sent = []

        def interrupt(text, sent=sent):
            if "go" in text:
                time.sleep(0.3)  # well into the loop
                sent.append(time.monotonic())
                kernel.manager.interrupt_kernel()

        ran = kernel(INTERRUPTED.replace("FUNCTION", function), interrupt)
        assert ran.error.startswith("KeyboardInterrupt")
        assert f"----> 2 {function}(10**9)" in ran.traceback
        assert f"{os.sep}rustorch_fn{os.sep}" not in ran.traceback
        assert ran.ended - sent[0] < 1
        # another thread went on meanwhile: both processes read one clock
        assert int(kernel(f"print(sum(0 < {sent[0]} - t < 0.29 for t in stamps))").text) > 5
        assert kernel(f"float({function}(5)[0])").shown[0]["text/plain"].startswith("5.98")
    kernel("over.set()")


def test_ctrl_c_between_cells_does_no_harm(kernel):
    kernel.manager.interrupt_kernel()
    assert kernel("float(rt.jit(lambda x: x * 2)(3.0))").shown[0]["text/plain"] == "6.0"
