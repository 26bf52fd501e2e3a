"""How programs change: linearize, transpose, batch, jit and what is built of them."""
