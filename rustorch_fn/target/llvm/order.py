"""The order of rows: one object for every sort, which knows neither the keys' types nor how many there are.

`k_<key>(bufs, ctx, begin, end)`: ctx holds n, the number of words, and of each word how many of its bytes can differ;
bufs are the words (u32, n a row), the places (i32, n a row) and room for a row. A unit of work is one row.
The words come least significant first, and every pass keeps equal ones as they stand: short rows by insertion,
longer ones byte by byte, without the bytes that are the same in all of a row.
"""

from __future__ import annotations

import hashlib
from functools import cache

from rustorch_fn.target.llvm.builder import Builder

SHORT = 40  # rows that insertion sorts faster
BUCKETS = 256
MASK = (1 << 32) - 1


def room(n: int) -> int:
    """Bytes that one row needs: two lists of pairs (word, place), and counts for the four bytes of a word."""
    return 2 * 8 * n + 4 * 8 * BUCKETS


class Order:
    """The kernel's function."""

    def __init__(self, name: str) -> None:
        self.b = b = Builder(f"i64 @{name}(ptr %bufs, ptr %ctx, i64 %begin, i64 %end) nounwind")
        self.n, self.words = b.read("%ctx", "0"), b.read("%ctx", "1")
        self.short = b.test(self.n, "sle", str(SHORT))
        self.places = b.read("%bufs", self.words, "ptr")
        self.pairs = b.read("%bufs", b.add(self.words, "1"), "ptr")
        self.other = b.at(self.pairs, self.n, "i64")
        self.counts = b.at(self.other, self.n, "i64")

    def text(self) -> str:
        b, n = self.b, self.n
        with b.loop("%begin", "%end") as row:
            start = b.mul(row.index, n)
            with b.loop("0", n) as i:
                b.put(f"store i64 {i.index}, ptr {b.at(self.pairs, i.index, 'i64')}")
            with b.loop("0", self.words, carry=[("ptr", self.pairs), ("ptr", self.other)]) as word:
                keys = b.at(b.read("%bufs", word.index, "ptr"), start, "i32")
                with b.either(self.short) as case:
                    with case(1):
                        self.fill(keys, word.carried[0], counting=False)
                        self.insertion(word.carried[0])
                    with case(0):
                        self.clear()
                        self.fill(keys, word.carried[0], counting=True)
                # short rows have no bytes to pass over
                digits = b.pick(self.short, "0", b.read("%ctx", b.add(word.index, "2")))
                with b.loop("0", digits, carry=[("ptr", x) for x in word.carried]) as digit:
                    digit.next = self.by_byte(digit.index, *digit.carried)
                word.next = digit.final
            into = b.at(self.places, start, "i32")
            with b.loop("0", n) as i:
                place = b.let(f"trunc i64 {b.read(word.final[0], i.index)} to i32")
                b.put(f"store i32 {place}, ptr {b.at(into, i.index, 'i32')}")
        b.put("ret i64 0")
        return b.text()

    def clear(self) -> None:
        """No counts yet."""
        b = self.b
        with b.loop("0", str(4 * BUCKETS), "8") as i:
            b.put(f"store <8 x i64> zeroinitializer, ptr {b.at(self.counts, i.index, 'i64')}, align 8")

    def fill(self, keys: str, pairs: str, counting: bool) -> None:
        """The word of each place beside it, in the order so far, and how often each byte has each value."""
        b = self.b
        with b.loop("0", self.n) as i:
            at = b.at(pairs, i.index, "i64")
            place = b.let(f"and i64 {b.read(at, '0')}, {MASK}")
            key = b.let(f"zext i32 {b.read(keys, place, 'i32')} to i64")
            high = b.let(f"shl i64 {key}, 32")
            b.put(f"store i64 {b.let(f'or i64 {place}, {high}')}, ptr {at}")
            for k in range(4) if counting else ():
                value = self.byte(key, str(8 * k))
                count = b.at(self.counts, b.add(value, str(k * BUCKETS)), "i64")
                b.put(f"store i64 {b.add(b.read(count, '0'), '1')}, ptr {count}")

    def byte(self, x: str, shift: str) -> str:
        """Eight bits of a number."""
        moved = self.b.let(f"lshr i64 {x}, {shift}")
        return self.b.let(f"and i64 {moved}, {BUCKETS - 1}")

    def insertion(self, pairs: str) -> None:
        """Each pair goes before those of greater words."""
        b = self.b
        with b.loop("1", self.n) as i:
            x = b.read(pairs, i.index)
            key = b.let(f"lshr i64 {x}, 32")
            mark, before = b.fresh(), b.label
            b.put(f"br label %look{mark}")
            b.start(f"look{mark}")
            b.put(f"%at{mark} = phi i64 [{i.index}, %{before}], [%down{mark}, %move{mark}]")
            b.put(f"br i1 {b.test(f'%at{mark}', 'sgt', '0')}, label %more{mark}, label %here{mark}")
            b.start(f"more{mark}")
            b.put(f"%down{mark} = add i64 %at{mark}, -1")
            y = b.read(pairs, f"%down{mark}")
            greater = b.test(b.let(f"lshr i64 {y}, 32"), "ugt", key)
            b.put(f"br i1 {greater}, label %move{mark}, label %here{mark}")
            b.start(f"move{mark}")
            b.put(f"store i64 {y}, ptr {b.at(pairs, f'%at{mark}', 'i64')}")
            b.put(f"br label %look{mark}")
            b.start(f"here{mark}")
            b.put(f"store i64 {x}, ptr {b.at(pairs, f'%at{mark}', 'i64')}")

    def by_byte(self, digit: str, pairs: str, other: str) -> list[str]:
        """The pairs in the order of one byte of their words, in the other list; both lists, the full one first."""
        b, shift = self.b, self.b.add(self.b.mul(digit, "8"), "32")
        counts = b.at(self.counts, b.mul(digit, str(BUCKETS)), "i64")

        first = self.byte(b.read(pairs, "0"), shift)
        differ = b.test(b.read(counts, first), "ne", self.n)
        with b.when(differ):
            with b.loop("0", str(BUCKETS), carry=[("i64", "0")]) as k:
                at = b.at(counts, k.index, "i64")
                k.next = [b.add(k.carried[0], b.read(at, "0"))]
                b.put(f"store i64 {k.carried[0]}, ptr {at}")
            with b.loop("0", self.n) as i:
                x = b.read(pairs, i.index)
                at = b.at(counts, self.byte(x, shift), "i64")
                place = b.read(at, "0")
                b.put(f"store i64 {x}, ptr {b.at(other, place, 'i64')}")
                b.put(f"store i64 {b.add(place, '1')}, ptr {at}")
        return [b.pick(differ, other, pairs, "ptr"), b.pick(differ, pairs, other, "ptr")]


@cache
def text() -> tuple[str, str]:
    """The key of the object and its text, whose function is `k_<key>`."""
    anonymous = Order("k_").text() + "\n"
    key = hashlib.sha256(anonymous.encode()).hexdigest()[:32]
    return key, anonymous.replace("@k_(", f"@k_{key}(", 1)
