"""Train a small network on handwritten digits: `python -m rustorch_fn`; `info` and `--help` say what is found here."""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from textwrap import indent
from typing import Any, NoReturn

import rustorch_fn as rt
from rustorch_fn import nn, optim, random
from rustorch_fn import numpy as rnp
from rustorch_fn.data import Digits, digits
from rustorch_fn.demo import Trainer, convnet, drawing, schedule, train
from rustorch_fn.facts import report
from rustorch_fn.formats import safetensors
from rustorch_fn.formats.files import check_writable
from rustorch_fn.progress import bar


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose help ends with what is found on this machine."""

    def format_help(self) -> str:
        """The options, then the facts."""
        return f"{super().format_help()}\nfound here (python -m rustorch_fn info):\n{indent(report(), '  ')}\n"

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with status 2."""
        self.exit(2, f"{self.prog}: {message}\n")


def _number(read: Callable[[str], Any], good: Callable[[Any], bool], words: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        try:
            value = read(text)
        except ValueError:
            value = None
        if value is None or not good(value):
            raise argparse.ArgumentTypeError(f"{text!r} is not {words}")
        return value

    return parse


def options(arguments: Sequence[str] | None, data: Digits) -> argparse.Namespace:
    """The options, checked as far as they can be before training."""
    parser = Parser("python -m rustorch_fn", description="Train a small convnet on handwritten digits.")
    parser.add_argument("job", nargs="?", choices=["info"], help="only say what is found here, as below")
    count = _number(int, lambda n: n >= 1, "a number from 1")
    parser.add_argument("--epochs", type=count, default=30, help="how often to see every image (%(default)s)")
    parser.add_argument("--batch-size", type=count, default=32, help="images a step (%(default)s)")
    rate = _number(float, lambda x: 0 < x < math.inf, "a number above 0")
    parser.add_argument("--lr", type=rate, default=5e-3, help="highest learning rate (%(default)s)")
    seed = _number(int, lambda n: 0 <= n < 2**31, "a number from 0 to 2147483647")
    parser.add_argument("--seed", type=seed, default=0, help="what all randomness comes from (%(default)s)")
    parser.add_argument("--backend", default=None, help="what to compile for (the default backend)")
    parser.add_argument("--out", default="digits.safetensors", help="where to save the network (%(default)s)")
    parser.add_argument("--no-progress", action="store_true", help="show no progress bar")
    chosen = parser.parse_args(arguments)
    if chosen.job == "info":
        return chosen
    if chosen.batch_size > len(data.train_labels):
        parser.error(f"argument --batch-size: there are only {len(data.train_labels)} images to train on")
    try:
        check_writable(chosen.out)
        chosen.device = rt.devices(chosen.backend)[0]
    except rt.errors.RustorchError as error:
        name = "--out" if isinstance(error, rt.errors.FileFormat) else "--backend"
        parser.error(f"argument {name}: {error.what}. {error.hint}".strip())
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, report each epoch, save, load back, show a few predictions (or do what `info` asks); the exit status."""
    data = digits()
    chosen = options(arguments, data)
    if chosen.job == "info":
        print(report())
        return 0
    try:
        run(chosen, data)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except rt.errors.FileFormat as error:
        print(f"python -m rustorch_fn: {error.what}", file=sys.stderr)
        return 2
    return 0


def run(chosen: argparse.Namespace, data: Digits) -> None:
    """The whole job with options that are known to be good."""
    images, labels, test_images, test_labels = (rnp.asarray(each) for each in data)
    start, training = random.split(random.key(chosen.seed))
    model = convnet()
    steps = len(images) // chosen.batch_size
    opt = optim.adamw(schedule(chosen.lr, steps, chosen.epochs))
    trainer = Trainer(model, opt, chosen.backend)
    print(f"rustorch_fn {rt.__version__} on {chosen.device}: {model.num_params:,} parameters, {len(images):,} images")
    params, _ = model.init(start)
    began = time.perf_counter()
    first = random.permutation(training, len(images))[: chosen.batch_size]
    copies = rt.tree.map(rnp.array, params)
    trainer.step(copies, opt.init(params), images, labels, first, training)
    print(f"compiled in {time.perf_counter() - began:.2f} s", flush=True)
    words = {"epochs": chosen.epochs, "batch_size": chosen.batch_size, "key": training}
    with bar(total=chosen.epochs * steps, unit="step", disable=chosen.no_progress, leave=False) as steps_done:
        for report in train(trainer, params, images, labels, after_step=steps_done.update, **words):
            steps_done.write(
                f"epoch {report.epoch:3d}/{chosen.epochs}  loss {report.loss:.4f}  "
                f"accuracy {report.accuracy:.4f}  {1e3 * report.step_seconds:.2f} ms a step"
            )
    params = report.params
    print(f"test accuracy {trainer.accuracy(params, test_images, test_labels):.3f}")
    saved = {"seed": str(chosen.seed), "epochs": str(chosen.epochs)}
    safetensors.save(chosen.out, nn.state_dict(params), saved)
    show(trainer, model.load_state_dict(nn.flatten_names(safetensors.load(chosen.out)))[0], chosen.out, data)


def show(trainer: Trainer, params: Any, path: str, data: Digits, count: int = 5) -> None:
    """Draw the first test images above what the loaded network reads in them."""
    read = trainer.logits(params, rnp.asarray(data.test_images[:count])).argmax(1).tolist()
    print(f"saved {path}, loaded it back, and read with it:")
    for lines in zip(*(drawing(image) for image in data.test_images[:count]), strict=True):
        print("  ".join(lines).rstrip())
    for guess, truth in zip(read, data.test_labels[:count].tolist(), strict=True):
        print((f"{guess}" if guess == truth else f"{guess}, but it is a {truth}").center(16), end="  ")
    print()


if __name__ == "__main__":
    sys.exit(main())
