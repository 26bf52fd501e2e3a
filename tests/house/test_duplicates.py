"""Functions that do the same under other names: a body is compared with its variables renamed in order of first use."""

import ast
from collections import defaultdict
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "rustorch_fn"
SIZE = 60  # nodes of a syntax tree, some eight lines: below that, saying it twice is often plainer


class Renamed(ast.NodeTransformer):
    """Variables and parameters as numbers; what is called keeps its name."""

    def __init__(self):
        self.names = {}

    def number(self, name):
        return self.names.setdefault(name, f"v{len(self.names)}")

    def visit_Name(self, node):
        return ast.Name(self.number(node.id), node.ctx)

    def visit_arg(self, node):
        return ast.arg(self.number(node.arg))

    def visit_Call(self, node):
        called = node.func if isinstance(node.func, ast.Name) else self.visit(node.func)
        words = [ast.keyword(word.arg, self.visit(word.value)) for word in node.keywords]
        return ast.Call(called, [self.visit(arg) for arg in node.args], words)


def body(function):
    """The statements without a docstring."""
    first, *others = function.body
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return ast.Module(others if said else function.body, [])


def duplicates(package):
    """Groups of functions, each as file:name."""
    found = defaultdict(list)
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and sum(1 for _ in ast.walk(body(node))) >= SIZE:
                key = ast.dump(Renamed().visit(body(node)))
                found[key].append(f"{path.relative_to(package).as_posix()}:{node.name}")
    return [group for group in found.values() if len(group) > 1]


def test_nothing_is_said_twice():
    assert duplicates(PACKAGE) == []


def test_a_copy_is_found(tmp_path):
    lines = ["def {0}({1}):", *[f"    {{1}} = round({{1}} * {n} + {n + 1}, {n})" for n in range(6)], "    return {1}"]
    (tmp_path / "x.py").write_text("\n".join(lines).format("one", "a"))
    (tmp_path / "y.py").write_text("\n".join(lines).format("other", "b"))
    assert duplicates(tmp_path) == [["x.py:one", "y.py:other"]]
    (tmp_path / "y.py").write_text("\n".join(lines).format("other", "b").replace("round", "pow"))
    assert duplicates(tmp_path) == []
