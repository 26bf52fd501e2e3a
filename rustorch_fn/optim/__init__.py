"""Optimisers as pairs of pure functions, composed by `chain`, and schedules as functions of the step.

    opt = rt.optim.chain(rt.optim.clip_by_global_norm(1.0), rt.optim.adamw(1e-3))
    state = opt.init(params)
    updates, state = opt.update(grads, state, params)
    params = rt.optim.apply_updates(params, updates)

Names of transformations are optax's; hyper-parameters of classic optimisers are PyTorch's.
"""

from rustorch_fn.optim.clipping import clip, clip_by_global_norm, global_norm
from rustorch_fn.optim.optimizers import adam, adamw, sgd
from rustorch_fn.optim.schedules import (
    constant_schedule,
    cosine_decay_schedule,
    exponential_decay,
    join_schedules,
    linear_schedule,
    warmup_cosine_decay_schedule,
)
from rustorch_fn.optim.transforms import (
    GradientTransformation,
    Schedule,
    add_decayed_weights,
    apply_updates,
    chain,
    identity,
    scale,
    scale_by_adam,
    scale_by_learning_rate,
    scale_by_schedule,
    trace,
)

__all__ = [
    "GradientTransformation",
    "Schedule",
    "adam",
    "adamw",
    "add_decayed_weights",
    "apply_updates",
    "chain",
    "clip",
    "clip_by_global_norm",
    "constant_schedule",
    "cosine_decay_schedule",
    "exponential_decay",
    "global_norm",
    "identity",
    "join_schedules",
    "linear_schedule",
    "scale",
    "scale_by_adam",
    "scale_by_learning_rate",
    "scale_by_schedule",
    "sgd",
    "trace",
    "warmup_cosine_decay_schedule",
]


def __dir__() -> list[str]:
    return __all__
