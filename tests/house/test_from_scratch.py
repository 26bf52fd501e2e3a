"""docs/from_scratch.py is small, learns, and agrees with the package that it explains."""

import ast
import importlib.util
import io
import tokenize
from pathlib import Path

import numpy as np
import pytest

import rustorch_fn as rt

FILE = Path(__file__).parents[2] / "docs" / "from_scratch.py"


@pytest.fixture(scope="module")
def small():
    spec = importlib.util.spec_from_file_location("from_scratch", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_lines(source):
    """Lines of code: no blank ones, comments or docstrings."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    quiet = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    lines = {n for t in tokens if t.type not in quiet for n in range(t.start[0], t.end[0] + 1)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines -= set(range(node.lineno, node.end_lineno + 1))
    return len(lines)


def ours(w, v, x, y):
    error = rt.numpy.tanh(x @ w) @ v - y
    return (error * error).mean()


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(1)
    shapes = [(3, 8), (8, 1), (4, 3), (4, 1)]
    return [rng.normal(size=shape) for shape in shapes]


def wide(points):
    return [rt.numpy.asarray(p, dtype="float64") for p in points]


def test_it_is_small():
    assert code_lines(FILE.read_text(encoding="utf-8")) <= 320


def test_it_learns(small, capsys):
    assert small.main() < 0.05
    assert "exp" in capsys.readouterr().out


def test_gradients_compiled_and_not(small, points):
    want = rt.grad(ours, argnums=(0, 1, 2, 3))(*wide(points))
    for f in (small.value_and_grad(small.loss), small.jit(small.value_and_grad(small.loss))):
        for got, expected in zip(f(*points)[1:], want, strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-12, atol=1e-14)


def test_forward_over_reverse(small, points):
    _, got = small.jvp(small.grad(small.loss), points, points)
    _, want = rt.jvp(rt.grad(ours), wide(points), wide(points))
    np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


def test_a_gradient_for_each_row(small, points):
    w, v, x, y = points
    rows = (w, v, x[:, None], y[:, None])
    each = small.vmap(small.grad(small.loss), (False, False, True, True))
    want = rt.vmap(rt.grad(ours), in_axes=(None, None, 0, 0))(*wide(rows))
    np.testing.assert_allclose(each(*rows), want, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(small.jit(lambda *args: [each(*args)])(*rows)[0], want, rtol=1e-12, atol=1e-14)
