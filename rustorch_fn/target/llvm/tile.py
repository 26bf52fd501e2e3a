"""Square tiles turned in registers, for reads whose neighbours in memory lie along another loop than the vector."""

from __future__ import annotations

from .words import Block, Module, many


def turned(kind: str, n: int) -> str:
    """A function that reads n rows of n elements, a stride apart, and writes their columns to a dense tile.

    Only the first `rows` rows are read; what the others hold is of no use to the caller.
    """
    b, whole = Block(Module(), "entry"), many(kind, n)
    rows = []
    last = b.op("sub", "i64", "%rows", "1")
    for k in range(n):
        inside = b.op("icmp slt", "i64", str(k), last)
        row = b.op("mul", "i64", b.select(inside, str(k), last, "i64", 0), "%stride")
        at = b.let(f"getelementptr {kind}, ptr %from, i64 {row}")
        rows.append(b.let(f"load {whole}, ptr {at}, align 1"))
    half = n // 2
    while half:
        # blocks of `half` rows and lanes change places across the diagonal
        low, high = _lanes(n, half, 0), _lanes(n, half, half)
        for k in range(n):
            if not k & half:
                x, y = rows[k], rows[k + half]
                rows[k], rows[k + half] = (
                    b.let(f"shufflevector {whole} {x}, {whole} {y}, {which}") for which in (low, high)
                )
        half //= 2
    for k, x in enumerate(rows):
        at = b.let(f"getelementptr {whole}, ptr %to, i64 {k}")
        b.put(f"store {whole} {x}, ptr {at}")
    head = f"define internal void @{name(kind, n)}(ptr %from, i64 %stride, i64 %rows, ptr %to) nounwind {{"
    return "\n".join([head, "entry:", *b.lines, "ret void", "}", ""])


def name(kind: str, n: int) -> str:
    return f"turned_{n}_{kind}"


def _lanes(n: int, half: int, shift: int) -> str:
    """Lanes of two vectors: where bit `half` of j is clear from the first at j + shift, else from the second."""
    lanes = (n + j - half + shift if j & half else j + shift for j in range(n))
    return f"<{n} x i32> <{', '.join(f'i32 {j}' for j in lanes)}>"
