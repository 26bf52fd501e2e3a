"""Func: a typed array program in SSA form, and the checker that proves it is one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rustorch_fn import dtypes, errors, rich
from rustorch_fn.core.aval import Aval


class Var:
    """A value of a Func. Identity is its name."""

    __slots__ = ("aval",)

    def __init__(self, aval: Aval) -> None:
        self.aval = aval


class Literal:
    """A scalar that is known."""

    __slots__ = ("value", "aval")

    def __init__(self, value: Any, aval: Aval) -> None:
        self.value, self.aval = value, aval

    def token(self) -> str:
        """The value's bits, as nan and -0.0 must stay apart."""
        return f"{self.aval!r}={dtypes.physical(self.aval.dtype).type(self.value).tobytes().hex()}"


Atom = Var | Literal


class Equation:
    """outputs = op(inputs; attrs). `source` is the user's place (code, instruction), outside equality;
    `region` marks recomputed work, which is never shared with another region."""

    __slots__ = ("op", "inputs", "attrs", "outputs", "source", "region")

    def __init__(
        self,
        op: Any,
        inputs: Sequence[Atom],
        attrs: dict[str, Any],
        outputs: Sequence[Var],
        source: Any = None,
        region: int = 0,
    ) -> None:
        self.op, self.inputs, self.attrs, self.outputs = op, tuple(inputs), attrs, tuple(outputs)
        self.source, self.region = source, region

    @property
    def effects(self) -> frozenset[str]:
        """What it does besides giving its outputs, by its op or inside of the Funcs that it holds."""
        own: frozenset[str] = self.op.effects
        inside = [f.effects for f in self.funcs()]
        return own.union(*inside) if inside else own

    def funcs(self) -> Iterator[Func]:
        """The Funcs among the attributes."""
        for value in self.attrs.values():
            if isinstance(value, Func):
                yield value
            elif isinstance(value, tuple):
                yield from (v for v in value if isinstance(v, Func))


class Func:
    """inputs -> equations -> outputs. Holds neither arrays nor tracers: what it needs comes in.

    >>> func = rt.make_jaxpr(lambda x: x + x)(rt.numpy.ones(3))
    >>> [e.op.name for e in func.equations], func.out_avals
    (['add'], (f32[3],))
    """

    __slots__ = ("inputs", "equations", "outputs", "_digest", "__weakref__")

    def __init__(self, inputs: Sequence[Var], equations: Sequence[Equation], outputs: Sequence[Atom]) -> None:
        self.inputs, self.equations, self.outputs = tuple(inputs), tuple(equations), tuple(outputs)
        self._digest: str | None = None

    @property
    def in_avals(self) -> tuple[Aval, ...]:
        """The types of the inputs."""
        return tuple(v.aval for v in self.inputs)

    @property
    def out_avals(self) -> tuple[Aval, ...]:
        """The types of the outputs."""
        return tuple(v.aval for v in self.outputs)

    @property
    def effects(self) -> frozenset[str]:
        """The union of what the equations declare."""
        return frozenset().union(*(e.effects for e in self.equations))

    @property
    def digest(self) -> str:
        """Equal for Funcs that print alike, in any process."""
        if self._digest is None:
            self._digest = _digest(self)
        return self._digest

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Func) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        from rustorch_fn.core.text import show

        return show(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        rich.put(printer, rich.cut(repr(self)))

    def _repr_html_(self) -> str:
        types = (", ".join(map(repr, avals)) or "nothing" for avals in (self.in_avals, self.out_avals))
        title = f"Func, equations: {len(self.equations)}, types: {' → '.join(types)}"
        return rich.panel(rich.cut(title, 1), rich.cut(repr(self)))


def token(value: Any) -> str:
    """A text that is equal for equal attribute values, in any process."""
    if isinstance(value, Func):
        return value.digest
    if isinstance(value, tuple):
        return f"({','.join(map(token, value))})"
    if value in dtypes.SHORT:
        return ":" + dtypes.SHORT[value]
    return str(value.token()) if hasattr(value, "token") else repr(value)


def _digest(func: Func) -> str:
    names: dict[Var, str] = {}

    def name(atom: Atom) -> str:
        return atom.token() if isinstance(atom, Literal) else names[atom]

    lines = []
    for v in func.inputs:
        names[v] = f"%{len(names)}"
        lines.append(repr(v.aval))
    for e in func.equations:
        ins = " ".join(map(name, e.inputs))
        for v in e.outputs:
            names[v] = f"%{len(names)}"
        outs = " ".join(repr(v.aval) for v in e.outputs)
        attrs = ";".join(f"{k}={token(e.attrs[k])}" for k in sorted(e.attrs))
        lines.append(f"{outs}={e.op.name} {ins} {attrs} {e.region}")
    lines.append(" ".join(map(name, func.outputs)))
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def check(func: Func) -> Func:
    """Raise where `func` is not a well-typed program; else give it back."""
    known: set[Var] = set()

    def define(variables: Iterable[Var]) -> None:
        for v in variables:
            if v in known:
                raise errors.InternalError(f"a variable is defined twice in\n{func!r}")
            known.add(v)

    define(func.inputs)
    for e in func.equations:
        for atom in e.inputs:
            if isinstance(atom, Var) and atom not in known:
                raise errors.InternalError(f"{e.op.name} reads a variable before it is defined")
        for inner in e.funcs():
            check(inner)
        want = e.op.shape(*(a.aval for a in e.inputs), **e.attrs)
        want = list(want) if e.op.multiple else [want]
        got = [v.aval for v in e.outputs]
        if [(a.shape, a.dtype) for a in want] != [(a.shape, a.dtype) for a in got]:
            raise errors.InternalError(f"{e.op.name} gives {want}, but its equation says {got}")
        define(e.outputs)
    for atom in func.outputs:
        if isinstance(atom, Var) and atom not in known:
            raise errors.InternalError("an output is never defined")
    return func


def used(func: Func) -> set[Var]:
    """The variables that some output or effect needs."""
    need = {v for v in func.outputs if isinstance(v, Var)}
    for e in reversed(func.equations):
        if e.effects or not need.isdisjoint(e.outputs):
            need.update(a for a in e.inputs if isinstance(a, Var))
    return need


def prune(func: Func) -> Func:
    """Without the equations that nothing needs; the inputs stay."""
    need = {v for v in func.outputs if isinstance(v, Var)}
    kept = []
    for e in reversed(func.equations):
        if not need.isdisjoint(e.outputs) or e.effects:
            kept.append(e)
            need.update(a for a in e.inputs if isinstance(a, Var))
    return func if len(kept) == len(func.equations) else Func(func.inputs, kept[::-1], func.outputs)
