"""What a schedule may know about a processor: plain facts, no vendor and no compiler."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """The vector unit and caches that kernels are made for.

    `width_bytes` is that of one vector register (64, 32 or 16) and `registers` how many there are.
    `masks`: loads and stores under a mask cost no more than plain ones. `fma`, `f16` (conversions
    to and from half), `f16_arithmetic`, `bf16` (bfloat16 dot products), `avx512bw` (masks for bytes and 16-bit
    elements), `amx` (bfloat16 tiles) say which instructions exist. Cache sizes are bytes of one core's share;
    `cores` is how many this process may use.
    """

    name: str = "generic"
    width_bytes: int = 16
    registers: int = 16
    fma: bool = False
    masks: bool = False
    f16: bool = False
    f16_arithmetic: bool = False
    bf16: bool = False
    avx512bw: bool = False
    amx: bool = False
    l1_bytes: int = 32 << 10
    l2_bytes: int = 256 << 10
    l3_bytes: int = 4 << 20
    cores: int = 1

    def lanes(self, element_bytes: int) -> int:
        """How many elements of this size one register holds."""
        return max(1, self.width_bytes // element_bytes)
