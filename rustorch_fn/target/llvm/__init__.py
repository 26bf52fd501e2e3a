"""The CPU target: loop programs become LLVM IR text, machine code, and steps of a small native executor."""
