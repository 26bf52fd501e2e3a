"""Writes one function of text LLVM IR, line by line: values are names, loops are phi nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rustorch_fn.kernel.expr import BYTES
from rustorch_fn.target.llvm import words

TYPES = words.REGISTER
SIZES = BYTES


class Builder(words.Block):
    """Lines of one function body. Every method that makes a value returns its name."""

    def __init__(self, signature: str, half: bool = True) -> None:
        super().__init__(words.Module(half), "entry")
        self.lines = [f"define {signature} {{", "entry:"]

    def fresh(self) -> int:
        self.module.count += 1
        return self.module.count

    def text(self) -> str:
        return "\n".join([*self.lines, "}"])

    # -- index arithmetic, all i64; what is known while writing is not written --------------------

    def add(self, a: str, b: str) -> str:
        if "0" in (a, b):
            return b if a == "0" else a
        return self.let(f"add i64 {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        return self.let(f"sub i64 {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        if "1" in (a, b):
            return b if a == "1" else a
        return self.let(f"mul i64 {a}, {b}")

    def div(self, a: str, b: str) -> str:
        """a // b for a >= 0, b > 0."""
        return self.let(f"udiv i64 {a}, {b}")

    def test(self, a: str, relation: str, b: str) -> str:
        return self.let(f"icmp {relation} i64 {a}, {b}")

    def pick(self, condition: str, a: str, b: str, kind: str = "i64") -> str:
        return self.let(f"select i1 {condition}, {kind} {a}, {kind} {b}")

    def least(self, a: str, b: str) -> str:
        return self.pick(self.test(a, "slt", b), a, b)

    def most(self, a: str, b: str) -> str:
        return self.pick(self.test(a, "sgt", b), a, b)

    def both(self, a: str, b: str) -> str:
        return self.let(f"and i1 {a}, {b}")

    def at(self, pointer: str, index: str, kind: str = "i8") -> str:
        return pointer if index == "0" else self.let(f"getelementptr {kind}, ptr {pointer}, i64 {index}")

    def read(self, pointer: str, index: str, kind: str = "i64") -> str:
        return self.let(f"load {kind}, ptr {self.at(pointer, index, kind)}")

    def below(self, limit: str, lanes: int) -> str:
        """The mask of lanes whose number is below `limit`, which is far from the ends of i64."""
        numbers = ", ".join(f"i32 {i}" for i in range(lanes))
        near = self.let(f"trunc i64 {self.least(limit, str(lanes))} to i32")
        return self.let(f"icmp slt <{lanes} x i32> <{numbers}>, {self.splat(near, 'i32', lanes)}")

    # -- control ------------------------------------------------------------------------------------

    @contextmanager
    def loop(self, start: str, stop: str, step: str = "1", carry: Sequence[tuple[str, str]] = ()) -> Iterator[Loop]:
        """for index in range(start, stop, step), with carried values (type, first value)."""
        n, before = self.fresh(), self.label
        self.put(f"br i1 {self.test(start, 'slt', stop)}, label %body{n}, label %done{n}")
        self.start(f"body{n}")
        head = len(self.lines)
        state = Loop(f"%i{n}", step, [f"%c{n}_{i}" for i in range(len(carry))])
        yield state
        after = self.let(f"add nsw i64 {state.index}, {state.step}")
        again = self.test(after, "slt", stop)
        last = self.label
        self.put(f"br i1 {again}, label %body{n}, label %done{n}")
        phis = [f" {state.index} = phi i64 [{start}, %{before}], [{after}, %{last}]"]
        for name, (kind, first), new in zip(state.carried, carry, state.next, strict=True):
            phis.append(f" {name} = phi {kind} [{first}, %{before}], [{new}, %{last}]")
        self.lines[head:head] = phis
        self.start(f"done{n}")
        for kind, first, new in ((k, f, x) for (k, f), x in zip(carry, state.next, strict=True)):
            state.final.append(self.let(f"phi {kind} [{first}, %{before}], [{new}, %{last}]"))

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        n = self.fresh()
        self.put(f"br i1 {condition}, label %then{n}, label %join{n}")
        self.start(f"then{n}")
        yield
        self.put(f"br label %join{n}")
        self.start(f"join{n}")

    @contextmanager
    def either(self, condition: str) -> Iterator[Cases]:
        """if and else: `with b.either(c) as case: with case(1): ...; with case(0): ...`."""
        with self.cases(self.let(f"zext i1 {condition} to i64")) as case:
            yield case

    @contextmanager
    def cases(self, value: str) -> Iterator[Cases]:
        """switch on an i64: `with b.cases(x) as case: with case(0): ...; with case(1): ...`."""
        state = Cases(self)
        at = len(self.lines)
        yield state
        arms = " ".join(f"i64 {k}, label %case{state.number}_{k}" for k in state.seen)
        self.lines[at:at] = [f" switch i64 {value}, label %end{state.number} [{arms}]"]
        self.start(f"end{state.number}")


class Loop:
    """A loop being written: its index and step, the carried values now, what they become, their last values."""

    def __init__(self, index: str, step: str, carried: list[str]) -> None:
        self.index, self.step, self.carried = index, step, carried
        self.next: list[str] = list(carried)
        self.final: list[str] = []


class Cases:
    """The arms of a switch being written."""

    def __init__(self, builder: Builder) -> None:
        self.builder, self.number = builder, builder.fresh()
        self.seen: list[int] = []

    @contextmanager
    def __call__(self, key: int) -> Iterator[None]:
        self.seen.append(key)
        self.builder.start(f"case{self.number}_{key}")
        yield
        self.builder.put(f"br label %end{self.number}")
