"""Which equations may write into the memory of an operand, because nobody needs its old value afterwards."""

from __future__ import annotations

from collections.abc import Collection

from rustorch_fn.core.ir import Equation, Func, Var

# ops whose results may be other looks at their operand's memory
VIEWS = frozenset(("permute", "broadcast", "slice", "reshape", "copy", "name", "stop_gradient"))


class Lives:
    """Who reads what, and when, in one list of equations."""

    def __init__(self, func: Func) -> None:
        self.func = func
        self.sites = {id(e): k for k, e in enumerate(func.equations)}
        self.made: dict[Var, Equation] = {v: e for e in func.equations for v in e.outputs}
        self.outputs = frozenset(a for a in func.outputs if isinstance(a, Var))
        self.readers: dict[Var, list[Equation]] = {}
        for e in func.equations:
            for v in {a for a in e.inputs if isinstance(a, Var)}:
                self.readers.setdefault(v, []).append(e)

    def needed(self, v: Var, after: Equation) -> bool:
        """Whether something reads v after an equation."""
        site = self.sites[id(after)]
        return v in self.outputs or any(self.sites[id(r)] > site for r in self.readers.get(v, ()))

    def earlier(self, v: Var, e: Equation) -> list[Equation]:
        """The other readers of v, all of which come before e if e may write into it."""
        return [r for r in self.readers.get(v, ()) if r is not e]

    def start(self, e: Equation, owned: Collection[Var] = ()) -> Var | None:
        """The operand whose memory may become the result's. `owned` are the inputs that may be written to."""
        if e.op.begins is None:
            return None
        a = e.inputs[e.op.begins]
        if not isinstance(a, Var) or self.needed(a, e) or sum(a is b for b in e.inputs) > 1:
            return None
        made = self.made.get(a)
        if made is None:
            return a if a in owned else None
        if made.op.name in VIEWS:
            return None
        # a view of the old value must be copied first, which pays only where it is small
        views = [r.outputs[0] for r in self.earlier(a, e) if r.op.name in VIEWS]
        return a if all(2 * v.aval.size <= a.aval.size for v in views) else None

    def carried(self, v: Var, a: object) -> bool:
        """Whether the input v becomes the output a by being written into, step after step."""
        if self.func.outputs.count(a) != 1:
            return False
        while isinstance(a, Var) and (e := self.made.get(a)) is not None:
            a = self.start(e, (v,))
            if a is v:
                return True
        return False
