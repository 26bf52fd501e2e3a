"""A small convolutional network learns to read handwritten digits: what `python -m rustorch_fn` runs.

The training step is one compiled function of parameters, optimiser state, images, labels, which of them to take, and a
random key. Everything is decided by the seed: the first parameters, the order of the images, and how they are moved.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import rustorch_fn as rt
from rustorch_fn import lax, nn, optim, random
from rustorch_fn import numpy as rnp


class Report(NamedTuple):
    """One epoch: parameters, mean loss, accuracy on the images as they were trained on, and seconds a step."""

    epoch: int
    params: Any
    loss: float
    accuracy: float
    step_seconds: float


def convnet() -> nn.Module:
    """Two convolutions, a pool, and a classifier for images of 8 by 8."""
    return nn.Sequential(
        nn.Conv2d(1, 24, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(24, 48, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(768, 10),
    )


def jitter(key: Any, images: Any) -> Any:
    """Half of the images moved by up to one pixel each way, as nobody writes in the very middle."""
    whether, where = random.split(key)
    moved = random.bernoulli(whether, 0.5, (len(images), 1))
    corners = rnp.where(moved, random.randint(where, (len(images), 2), 0, 3), 1)
    framed = rnp.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))

    def crop(image: Any, corner: Any) -> Any:
        return lax.dynamic_slice(image, (0, corner[0], corner[1]), images.shape[1:])

    return rt.vmap(crop)(framed, corners)


class Trainer:
    """A network, an optimiser, and the two compiled functions that use them."""

    def __init__(self, model: nn.Module, opt: optim.GradientTransformation, backend: str | None = None) -> None:
        self.model, self.opt = model, opt
        self.step = rt.jit(self._step, donate_argnums=(0, 1), backend=backend)
        self.logits = rt.jit(model, backend=backend)

    def _step(self, params: Any, opt_state: Any, images: Any, labels: Any, picks: Any, key: Any) -> Any:
        """One step on the picked images: new parameters and optimiser state, the loss, and how many were right."""
        batch, goals = jitter(key, images[picks]), labels[picks]

        def loss_of(params: Any) -> tuple[Any, Any]:
            logits = self.model(params, batch)
            return nn.cross_entropy(logits, goals), (logits.argmax(1) == goals).sum()

        (loss, right), grads = rt.value_and_grad(loss_of, has_aux=True)(params)
        updates, opt_state = self.opt.update(grads, opt_state, params)
        return optim.apply_updates(params, updates), opt_state, loss, right

    def accuracy(self, params: Any, images: Any, labels: Any) -> float:
        """The share of images that are read right."""
        return float((self.logits(params, images).argmax(1) == labels).mean())


def schedule(lr: float, steps_per_epoch: int, epochs: int) -> optim.Schedule:
    """Up to `lr` within the first epoch, then down to 0 along a cosine."""
    steps = steps_per_epoch * epochs
    return optim.warmup_cosine_decay_schedule(0.0, lr, min(steps_per_epoch, max(steps - 1, 1)), max(steps, 2))


def train(
    trainer: Trainer,
    params: Any,
    images: Any,
    labels: Any,
    *,
    epochs: int,
    batch_size: int,
    key: Any,
    after_step: Callable[[], Any],
) -> Iterator[Report]:
    """Train epoch by epoch, each in a new order, and report on each."""
    opt_state = trainer.opt.init(params)
    steps = len(images) // batch_size
    for epoch in range(1, epochs + 1):
        order_key, step_key = random.split(random.fold_in(key, epoch))
        order = random.permutation(order_key, len(images))
        losses, rights, begin = [], [], time.perf_counter()
        for i in range(steps):
            picks = order[i * batch_size : (i + 1) * batch_size]
            params, opt_state, loss, right = trainer.step(
                params, opt_state, images, labels, picks, random.fold_in(step_key, i)
            )
            losses.append(float(loss))
            rights.append(int(right))
            after_step()
        seconds = (time.perf_counter() - begin) / steps
        yield Report(epoch, params, sum(losses) / steps, sum(rights) / (steps * batch_size), seconds)


def drawing(image: Any) -> list[str]:
    """A grey image as lines of characters, two for each pixel."""
    shades = " .:-=+*#%@"
    return ["".join(2 * shades[round(ink * (len(shades) - 1))] for ink in row) for row in image[0].tolist()]
