"""Dead code: every name that the package defines is used by the package, or is public."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "rustorch_fn"

# public pages without a list of their own: all their plain names are meant for users
PAGES = {"dtypes", "errors", "flags", "nn.init", "tree"}
# what Python, NumPy or a notebook calls
PROTOCOLS = re.compile(r"__\w+__|_repr_\w+_|_fields_")
# what nothing in the package names, and why it stays
KEPT = {
    r"__main__\.Parser\.format_help": "argparse calls it",
    r"numpy\.standard\.Info\.\w+": "methods that the array API standard names",
    r"compat\.standing_in\.Finder\.\w+": "methods that the import system calls",
    r"debugger\.Prompt\.\w+": "cmd calls them",
    r"kernel\.interp\.run_nest": "the slow truth that kernels are tested against",
    r"lax\.linalg\.(Eig|Eigh|Svd)(Implementation|Algorithm)\.\w+": "members that users write, under JAX's names",
    r"lax\.(contract\.Precision|generators\.RandomAlgorithm)\.\w+": "members that users write, under JAX's names",
    r"scipy\.stats\.kde\.gaussian_kde\.\w+": "methods that users call, under JAX's names",
    r"target\.llvm\.check\.compile_map": "how sweeps reach a kernel of one number",
    r"target\.llvm\.memory\.(Allocator\.)?(reset_peak|set_bound)": "how tests measure memory",
    r"transform\.jit\.(Jitted|Traced|Lowered|Compiled)\.\w+": "methods that users call, under JAX's names",
}


def definitions(tree):
    """Names with the node that defines them: functions, classes, constants, methods and fields."""
    for node in tree.body:
        yield from _defined(node, "")
        # the fields of a named tuple are places of a tuple
        if isinstance(node, ast.ClassDef) and not any(ast.unparse(base) == "NamedTuple" for base in node.bases):
            for inner in node.body:
                yield from _defined(inner, f"{node.name}.")


def _defined(node, owner):
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield owner + node.name, node
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    for name in (part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)):
        yield owner + name.id, node


def words(tree):
    """Every word of a tree that could mean a name: names, attributes, keywords, imports, and texts that are names."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=word, ctx=ast.Load()) | ast.Attribute(attr=word) | ast.keyword(arg=str(word)):
                yield word
            case ast.MatchClass(kwd_attrs=names):
                yield from names
            case ast.alias(name=word):
                yield from word.split(".")
            case ast.Constant(value=str(text)) if len(text) < 4000:
                yield from text.split() if re.fullmatch(r"[\w.\s]+", text) else ()


def own(node):
    """Words that a definition says of itself: recursion is no use."""
    return words(node) if isinstance(node, ast.FunctionDef | ast.ClassDef) else ()


def unused(package):
    """Names that nothing but themselves mentions, as module.name."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(package.rglob("*.py"))}
    said = Counter(word for tree in trees.values() for word in words(tree))
    for path, tree in trees.items():
        module = ".".join(path.relative_to(package).with_suffix("").parts).removesuffix(".__init__")
        for name, node in definitions(tree):
            word = name.rpartition(".")[2]
            public = PROTOCOLS.fullmatch(word) or (module in PAGES and word == name and not word.startswith("_"))
            if said[word] <= Counter(own(node))[word] and not public:
                yield f"{module}.{name}"


def test_nothing_is_unused():
    assert [name for name in unused(PACKAGE) if not any(re.fullmatch(kept, name) for kept in KEPT)] == []


def test_every_exception_is_needed():
    found = [*unused(PACKAGE)]
    assert [kept for kept in KEPT if not any(re.fullmatch(kept, name) for name in found)] == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def lonely(): ...", ["x.lonely"]),
        ("def lonely(): return lonely()", ["x.lonely"]),
        ("class Lonely:\n    def method(self): ...", ["x.Lonely", "x.Lonely.method"]),
        ("LONELY = 1\nOTHER: int = LONELY", ["x.OTHER"]),
        ("def used(): ...\n__all__ = ['used']", []),
        ("def used(): ...\nprint(used())", []),
        ("class Used:\n    field: int = 0\nprint(Used(field=1))", []),
        ("class Used:\n    def __len__(self): ...\nUsed()", []),
    ],
)
def test_a_planted_name_is_found(tmp_path, text, says):
    (tmp_path / "x.py").write_text(text)
    assert [*unused(tmp_path)] == says
