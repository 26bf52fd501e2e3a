"""Funcs as text, both ways: parse(show(func)) == func for Funcs without rules that hold Python functions."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from rustorch_fn import dtypes, errors
from rustorch_fn.core.aval import Aval
from rustorch_fn.core.ir import Atom, Equation, Func, Literal, Var


def letters(n: int) -> str:
    """a … z, aa, ab, …"""
    out = ""
    n += 1
    while n:
        n, r = divmod(n - 1, 26)
        out = chr(97 + r) + out
    return out


def show(func: Func, indent: str = "") -> str:
    """The Func as text."""
    names: dict[Var, str] = {}

    def define(v: Var) -> str:
        names[v] = letters(len(names))
        return f"{names[v]}: {v.aval!r}"

    def name(a: Atom) -> str:
        return show_literal(a) if isinstance(a, Literal) else names.get(a, "undefined")

    head = ", ".join(map(define, func.inputs))
    types = ", ".join(repr(a) for a in func.out_avals)
    lines = [f"func({head}) -> {types} {{"]
    for e in func.equations:
        ins = " ".join(map(name, e.inputs))
        outs = ", ".join(map(define, e.outputs))
        attrs = ", ".join(f"{k}={show_attr(e.attrs[k], indent + '  ')}" for k in sorted(e.attrs))
        region = f" @{e.region}" if e.region else ""
        lines.append(f"  {outs} = {e.op.name}{f'{{{attrs}}}' if attrs else ''}{' ' + ins if ins else ''}{region}")
    lines.append(f"  return {', '.join(map(name, func.outputs))}")
    lines.append("}")
    return ("\n" + indent).join(lines)


def show_literal(a: Literal) -> str:
    """A scalar with its type: 1.0:f32. What decimal text would blur, and complex numbers that are not real, are written
    by their bits."""
    value = np.asarray(a.value, dtypes.physical(a.aval.dtype))[()]
    text = repr(value.item())
    if a.aval.dtype in dtypes.INEXACT:
        text = repr(float(value.real if a.aval.dtype in dtypes.COMPLEX else value))
        back = np.asarray(float(text), dtypes.physical(a.aval.dtype))
        if back.tobytes() != np.asarray(value).tobytes():
            text = f"0x{np.asarray(value).tobytes()[::-1].hex()}"
    return f"{text}:{dtypes.SHORT[a.aval.dtype]}{'*' if a.aval.weak_type else ''}"


def show_attr(value: Any, indent: str) -> str:
    """An attribute value; Funcs are nested text."""
    if isinstance(value, Func):
        return show(value, indent)
    if isinstance(value, tuple):
        inside = ", ".join(show_attr(v, indent) for v in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if value in dtypes.SHORT:
        return f":{dtypes.SHORT[value]}"
    return repr(value)


# --- and back ---

_TOKEN = re.compile(
    r"\s*(?:(?P<hex>0x[0-9a-f]+)|(?P<number>-?(?:inf|nan|\d+\.\d*(?:e[+-]?\d+)?|\d+(?:e[+-]?\d+)?))(?![\w.])"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<rule>@[\w:]+)|(?P<mark>->|[^\s\w]))"
)


class Parser:
    """A cursor over tokens."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [(m.lastgroup or "", m.group(m.lastgroup or 0)) for m in _TOKEN.finditer(text.strip())]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, want: str | None = None) -> str:
        if self.at == len(self.tokens) or (want is not None and self.tokens[self.at][1] != want):
            raise errors.FileFormat("program text", f"expected {want!r}, found {self.peek()!r}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def maybe(self, want: str) -> bool:
        if self.peek() == want:
            self.at += 1
            return True
        return False

    def aval(self) -> Aval:
        dtype = dtypes.LONG[self.take()]
        self.take("[")
        shape: list[int] = []
        while not self.maybe("]"):
            shape.append(int(self.take()))
            self.maybe(",")
        vary: list[str] = []
        if self.peek() == "{" and self.tokens[self.at + 2][1] in (",", "}") and self.tokens[self.at + 1][0] == "word":
            self.take("{")
            while not self.maybe("}"):
                vary.append(self.take())
                self.maybe(",")
        return Aval(tuple(shape), dtype, self.maybe("*"), frozenset(vary))

    def func(self) -> Func:
        self.take("func")
        self.take("(")
        env: dict[str, Var] = {}

        def define() -> Var:
            name = self.take()
            self.take(":")
            env[name] = Var(self.aval())
            return env[name]

        inputs = []
        while not self.maybe(")"):
            inputs.append(define())
            self.maybe(",")
        self.take("->")
        while not self.maybe("{"):
            self.aval()
            self.maybe(",")
        equations = []
        while not self.maybe("return"):
            equations.append(self.equation(env, define))
        outputs: list[Atom] = []
        while not self.maybe("}"):
            outputs.append(self.atom(env))
            self.maybe(",")
        return Func(inputs, equations, outputs)

    def equation(self, env: dict[str, Var], define: Any) -> Equation:
        from rustorch_fn.core.primitive import REGISTRY

        # results are defined after the operands are read, but their text comes first
        outputs = [define()]
        while self.maybe(","):
            outputs.append(define())
        self.take("=")
        name = self.take()
        if name not in REGISTRY:
            raise errors.FileFormat("program text", f"there is no op {name!r}")
        attrs = {}
        if self.maybe("{"):
            while not self.maybe("}"):
                key = self.take()
                self.take("=")
                attrs[key] = self.attr()
                self.maybe(",")
        inputs: list[Atom] = []
        while self.is_atom(env):
            inputs.append(self.atom(env))
        region = 0
        if self.at < len(self.tokens) and self.tokens[self.at][0] == "rule":
            region = int(self.take()[1:])
        return Equation(REGISTRY[name], inputs, attrs, outputs, None, region)

    def is_atom(self, env: dict[str, Var]) -> bool:
        kind, text = self.tokens[self.at]
        after = self.tokens[self.at + 1][1] if self.at + 1 < len(self.tokens) else ""
        if kind in ("number", "hex") or text in ("True", "False") or (text == "-" and after in ("inf", "nan")):
            return True
        # a known name followed by ':' is the start of the next equation
        return kind == "word" and text in env and after != ":"

    def atom(self, env: dict[str, Var]) -> Atom:
        kind, _ = self.tokens[self.at]
        text = self.take()
        if kind == "word" and text in env and self.peek() != ":":
            return env[text]
        self.take(":")
        dtype = dtypes.LONG[self.take()]
        weak = self.maybe("*")
        physical = dtypes.physical(dtype)
        if kind == "hex":
            value: Any = np.frombuffer(bytes.fromhex(text[2:])[::-1], physical)[0]
        elif text in ("True", "False"):
            value = np.bool_(text == "True")
        else:
            value = np.asarray(float(text) if dtype in dtypes.INEXACT else int(text), physical)[()]
        return Literal(value, Aval((), dtype, weak))

    def attr(self) -> Any:
        kind, text = self.tokens[self.at]
        if text == "func":
            return self.func()
        if text == "(":
            self.take()
            items = []
            while not self.maybe(")"):
                items.append(self.attr())
                self.maybe(",")
            return tuple(items)
        self.take()
        if text == ":":
            return dtypes.LONG[self.take()]
        if kind == "string":
            return text[1:-1]
        if kind == "rule":
            return rule_named(text[1:])
        if text in ("True", "False", "None"):
            return {"True": True, "False": False, "None": None}[text]
        return float(text) if any(c in text for c in ".en") else int(text)


RULES: dict[str, Any] = {}


def rule_named(name: str) -> Any:
    """A rule that its name alone defines."""
    if name not in RULES:
        raise errors.FileFormat("program text", f"the rule @{name} holds Python functions, which text cannot carry")
    return RULES[name]


def parse(text: str) -> Func:
    r"""The Func that a text shows.

    >>> func = rt.parse("func(a: f32[3]) -> f32[3] {\n  b: f32[3] = mul a a\n  return b\n}")
    >>> func == rt.make_jaxpr(lambda x: x * x)(rt.numpy.ones(3))
    True
    """
    parser = Parser(text)
    try:
        func = parser.func()
    except (LookupError, ValueError) as error:
        if isinstance(error, errors.RustorchError):
            raise
        problem = f"it is no program: {text[:80]!r}"
        raise errors.FileFormat("program text", problem, hint="print(rt.make_jaxpr(f)(x)) shows one.") from None
    if parser.peek():
        raise errors.FileFormat("program text", f"there is more after the end: {parser.peek()!r}")
    return func
