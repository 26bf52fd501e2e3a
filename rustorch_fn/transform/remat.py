"""checkpoint: keep less of the forward pass, compute it again on the way back."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar, overload

from rustorch_fn import errors, tree
from rustorch_fn.boundary import boundary
from rustorch_fn.core.ir import Equation, Func, Literal, Var
from rustorch_fn.core.trace import aval_of, trace
from rustorch_fn.transform.call import REGION, Held, apply, call
from rustorch_fn.transform.grad import Flat, chosen, function_of, lifted, name_of
from rustorch_fn.transform.linearize import Split, linearize_func

Policy = Callable[..., bool]
P = ParamSpec("P")
R = TypeVar("R")


class Checkpoint(Held):
    """Keep the inputs and what the policy saves; the pullback recomputes the rest in a region of its own."""

    def __init__(self, policy: Policy | None) -> None:
        super().__init__(f"checkpoint:{getattr(policy, '__name__', policy)}")
        self.policy = policy

    def lin(self, func: Func, active: tuple[bool, ...], xs: Sequence[Any]) -> Any:
        split = linearize_func(func, active)
        saved, again = recompute(split, self.policy)
        count = len(func.outputs)
        fwd = Func(split.fwd.inputs, split.fwd.equations, [*split.fwd.outputs[:count], *saved])
        outs = call(*xs, func=fwd, rule=self)
        kept = outs[count:]

        def push(*ts: Any) -> list[Any]:
            live = [t for t in ts if t is not None]
            back = iter(call(*xs, *kept, *live, func=again, rule=REGION))
            return [next(back) if on else None for on in split.active]

        return outs[:count], push


def recompute(split: Split, policy: Policy | None) -> tuple[list[Var], Func]:
    """(what is saved, the linear map as a Func of inputs, saved values and tangents)."""
    fwd = split.fwd
    made = {v: e for e in fwd.equations for v in e.outputs}
    found = [fwd.inputs[k] if where == "in" else fwd.outputs[k] for where, k in split.sources]
    keeps = {e for e in fwd.equations if policy is not None and policy(e.op, *(a.aval for a in e.inputs), **e.attrs)}
    # a derivative may want the value before it was named: that is what is saved, for both
    keeps |= {made[a] for e in keeps if e.op.name == "name" for a in e.inputs if a in made}
    keeps = {e for e in keeps if e.op.name != "name" or e.inputs[0] not in made}
    saved: list[Var] = []
    needed: set[Equation] = set()
    stack = [a for a in found if isinstance(a, Var)]
    seen: set[Var] = set()
    while stack:
        v = stack.pop()
        e = made.get(v)
        if e is None or v in seen:
            continue
        seen.add(v)
        if e in keeps:
            saved.append(v)
            continue
        needed.add(e)
        stack.extend(a for a in e.inputs if isinstance(a, Var))
    ordered = [e for e in fwd.equations if e in needed]
    count = len(found)
    lin = split.lin
    # the linear map reads its residuals where the recomputation leaves them
    env = dict(zip(lin.inputs[:count], found, strict=True))

    def read(a: Any) -> Any:
        return env.get(a, a) if isinstance(a, Var) else a

    tape = [Equation(e.op, [read(a) for a in e.inputs], e.attrs, e.outputs, e.source) for e in lin.equations]
    inputs = [*fwd.inputs, *saved, *lin.inputs[count:]]
    # an output that is a tangent of another branch may be a literal zero
    outputs = [a if isinstance(a, Literal) else read(a) for a in lin.outputs]
    keep = [e for e in ordered if not set(e.outputs) <= set(saved)]
    return saved, Func(inputs, [*map(_without(saved), keep), *tape], outputs)


def _without(saved: Sequence[Var]) -> Callable[[Equation], Equation]:
    """Equations whose results are partly saved write those to variables that nobody reads."""
    known = set(saved)

    def rename(e: Equation) -> Equation:
        if known.isdisjoint(e.outputs):
            return e
        return Equation(e.op, e.inputs, e.attrs, [Var(v.aval) if v in known else v for v in e.outputs], e.source)

    return rename


@functools.lru_cache(256)
def _rule(policy: Policy | None) -> Checkpoint:
    return Checkpoint(policy)


@overload
def checkpoint(
    fun: Callable[P, R],
    *,
    prevent_cse: bool = True,
    policy: Policy | None = None,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[P, R]: ...
@overload
def checkpoint(
    fun: None = None,
    *,
    prevent_cse: bool = True,
    policy: Policy | None = None,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def checkpoint(
    fun: Callable[..., Any] | None = None,
    *,
    prevent_cse: bool = True,
    policy: Policy | None = None,
    static_argnums: int | Sequence[int] = (),
    static_argnames: str | Sequence[str] = (),
) -> Any:
    """A function whose reverse derivative keeps its inputs only and computes the rest again.

    `policy(op, *avals, **attrs)` may save more: see `checkpoint_policies`. What is computed again is never shared
    with what was there before, whatever `prevent_cse` says. Arguments of `static_argnums` and `static_argnames` stay
    what they are. Also called `remat`.

    >>> rt.grad(rt.checkpoint(lambda x: rt.numpy.sin(x) ** 2))(0.5).round(3)
    Array(0.841, dtype=float32)
    """
    if fun is None:
        return functools.partial(checkpoint, prevent_cse=prevent_cse, policy=policy, static_argnums=static_argnums,
                                 static_argnames=static_argnames)  # fmt: skip

    function_of("checkpoint", fun)
    names = {static_argnames} if isinstance(static_argnames, str) else set(static_argnames)
    named_at = [k for k, name in enumerate(inspect.signature(fun).parameters) if name in names] if names else []

    @functools.wraps(fun)
    @boundary
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        at = set(chosen(static_argnums, len(args), "checkpoint")) if static_argnums != () else set()
        at |= {k for k in named_at if k < len(args)}
        dynamic = tuple(a for k, a in enumerate(args) if k not in at)
        fixed = {k: v for k, v in kwargs.items() if k in names}
        leaves, treedef = tree.flatten((dynamic, {k: v for k, v in kwargs.items() if k not in names}))
        leaves = lifted("checkpoint", fun, leaves)

        def rest(some: tuple[Any, ...], named: dict[str, Any]) -> Any:
            it = iter(some)
            return fun(*(a if k in at else next(it) for k, a in enumerate(args)), **named, **fixed)

        flat = Flat(rest, treedef, name=name_of(fun))
        func, captured = trace(flat, [aval_of(x) for x in leaves])
        outs = apply(func, [*captured, *leaves], _rule(policy))
        return tree.unflatten(flat.out_tree, outs)

    return wrapped


remat = checkpoint


def everything_saveable(op: Any, *_: Any, **__: Any) -> bool:
    """Save every value: as without checkpoint.

    >>> rt.grad(rt.checkpoint(lambda x: x**3, policy=rt.checkpoint_policies.everything_saveable))(2.0)
    Array(12., dtype=float32)
    """
    return True


def nothing_saveable(op: Any, *_: Any, **__: Any) -> bool:
    """Save the inputs only: the default.

    >>> rt.grad(rt.checkpoint(lambda x: x**3, policy=rt.checkpoint_policies.nothing_saveable))(2.0)
    Array(12., dtype=float32)
    """
    return False


def dots_saveable(op: Any, *_: Any, **__: Any) -> bool:
    """Save the results of contractions.

    >>> rt.grad(rt.checkpoint(lambda w: (w @ w).sum(), policy=rt.checkpoint_policies.dots_saveable))(rt.numpy.eye(2))
    Array([[2., 2.],
           [2., 2.]], dtype=float32)
    """
    return op.name in ("dot", "conv")


checkpoint_dots = dots_saveable


def dots_with_no_batch_dims_saveable(op: Any, *_: Any, batch: Any = ((), ()), **__: Any) -> bool:
    """Save the results of matrix products that have no batch axes: weights times activations.

    >>> keep = rt.checkpoint_policies.dots_with_no_batch_dims_saveable
    >>> rt.grad(rt.checkpoint(lambda w: (w @ w).sum(), policy=keep))(rt.numpy.eye(2))
    Array([[2., 2.],
           [2., 2.]], dtype=float32)
    """
    return bool(op.name == "dot" and batch == ((), ()))


checkpoint_dots_with_no_batch_dims = dots_with_no_batch_dims_saveable


def offload_dot_with_no_batch_dims(offload_src: str, offload_dst: str) -> Policy:
    """Save matrix products that have no batch axes in the memory `offload_dst`.

    On the CPU host and device share one memory: to offload is to save.

    >>> keep = rt.checkpoint_policies.offload_dot_with_no_batch_dims("device", "pinned_host")
    >>> rt.grad(rt.checkpoint(lambda w: (w @ w).sum(), policy=keep))(rt.numpy.eye(2))
    Array([[2., 2.],
           [2., 2.]], dtype=float32)
    """
    _memories("offload_dot_with_no_batch_dims", offload_src, offload_dst)
    return dots_with_no_batch_dims_saveable


def _memories(policy: str, *kinds: str) -> None:
    for kind in kinds:
        if kind not in ("device", "pinned_host", "unpinned_host"):
            raise errors.BadArgument(policy, "a memory", kind, "'device', 'pinned_host' or 'unpinned_host'")


def save_and_offload_only_these_names(
    *,
    names_which_can_be_saved: Sequence[str],
    names_which_can_be_offloaded: Sequence[str],
    offload_src: str,
    offload_dst: str,
) -> Policy:
    """Save the values that `checkpoint_name` gave names of either list, the second in the memory `offload_dst`.

    On the CPU host and device share one memory: to offload is to save.

    >>> lists = {"names_which_can_be_saved": ["cube"], "names_which_can_be_offloaded": []}
    >>> memories = {"offload_src": "device", "offload_dst": "pinned_host"}
    >>> keep = rt.checkpoint_policies.save_and_offload_only_these_names(**lists, **memories)
    >>> rt.grad(rt.checkpoint(lambda x: rt.checkpoint_name(x**3, "cube"), policy=keep))(2.0)
    Array(12., dtype=float32)
    """
    _memories("save_and_offload_only_these_names", offload_src, offload_dst)
    both = sorted(set(names_which_can_be_saved) & set(names_which_can_be_offloaded))
    if both:
        raise errors.BadArgument("save_and_offload_only_these_names", "names", both, "Names that stand in one list")
    return save_only_these_names(*names_which_can_be_saved, *names_which_can_be_offloaded)


def save_any_names_but_these(*names: str) -> Policy:
    """Save every value that `checkpoint_name` named, but these.

    >>> keep = rt.checkpoint_policies.save_any_names_but_these("x")
    >>> rt.grad(rt.checkpoint(lambda x: rt.checkpoint_name(x**3, "cube"), policy=keep))(2.0)
    Array(12., dtype=float32)
    """

    def policy(op: Any, *_: Any, name: str = "", **__: Any) -> bool:
        return op.name == "name" and name not in names

    return policy


def save_only_these_names(*names: str) -> Policy:
    """Save the values that `checkpoint_name` gave one of these names.

    >>> keep = rt.checkpoint_policies.save_only_these_names("cube")
    >>> rt.grad(rt.checkpoint(lambda x: rt.checkpoint_name(x**3, "cube"), policy=keep))(2.0)
    Array(12., dtype=float32)
    """
    allowed = frozenset(names)

    def policy(op: Any, *_: Any, name: str = "", **__: Any) -> bool:
        return op.name == "name" and name in allowed

    return policy


def save_anything_except_these_names(*names: str) -> Policy:
    """Save every value, but those with one of these names.

    >>> keep = rt.checkpoint_policies.save_anything_except_these_names("cube")
    >>> rt.grad(rt.checkpoint(lambda x: rt.checkpoint_name(x**3, "cube"), policy=keep))(2.0)
    Array(12., dtype=float32)
    """
    refused = frozenset(names)

    def policy(op: Any, *_: Any, name: str = "", **__: Any) -> bool:
        return not (op.name == "name" and name in refused)

    return policy


def save_from_both_policies(first: Policy, second: Policy) -> Policy:
    """Save what either policy saves.

    >>> p = rt.checkpoint_policies
    >>> keep = p.save_from_both_policies(p.nothing_saveable, p.dots_saveable)
    >>> rt.grad(rt.checkpoint(lambda w: (w @ w).sum(), policy=keep))(rt.numpy.eye(2))
    Array([[2., 2.],
           [2., 2.]], dtype=float32)
    """

    def policy(op: Any, *avals: Any, **attrs: Any) -> bool:
        return bool(first(op, *avals, **attrs) or second(op, *avals, **attrs))

    return policy
