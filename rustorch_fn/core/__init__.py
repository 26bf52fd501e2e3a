"""What a program is: types, the array IR, tracing, primitives, arrays."""
