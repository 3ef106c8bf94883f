"""The properties that every op must have, each a function that raises AssertionError if it fails.

Values against the reference, vmap against a loop, independence of memory layout, rejects that fire
with their own sentence; `derivatives.py` has those of derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...autograd.vmap import vmap
from ...ops.errors import ViewError
from ...ops.language.op import Op, Sample
from ...tensor import Tensor, as_tensor
from ...tensor.functions import generated
from . import draws
from .definition import evaluate, specialized
from .oracle import expected
from .running import run, to_numpy, to_tensors
from .sampling import Arguments, arguments_of

# Relative and absolute tolerance of a result against the reference, by dtype. Halves: one rounding
# of the result plus that of the inputs; float32: a few roundings of an accumulation in float32.
TOLERANCES = {
    "float16": (2e-3, 2e-3),
    "bfloat16": (1.6e-2, 1.6e-2),
    "float32": (2e-5, 2e-5),
    "float64": (1e-9, 1e-11),
}


def tolerance(op: Op, kind: str) -> tuple[float, float]:
    """Relative and absolute tolerance for a dtype; an entry may widen it, with a reason."""
    relative, absolute = TOLERANCES.get(kind, (0.0, 0.0))
    own = dict(op.tolerance).get(kind)
    return (max(relative, own), max(absolute, own)) if own is not None else (relative, absolute)


def coarsest(op: Op, arguments: Arguments, result: Any) -> tuple[float, float]:
    """Tolerance of a result: that of the least precise float among operands and result."""
    kinds = [result.dtype.name] + [
        v.dtype.name for v in arguments.operands if isinstance(v, np.ndarray)
    ]
    found = [tolerance(op, name) for name in kinds if name in TOLERANCES]
    return max(found, default=(0.0, 0.0))


def check_value(arguments: Arguments) -> None:
    """Results equal the reference, of an entry that states none its definition; shapes too."""
    results = run(arguments)
    if arguments.op.reference:
        wanted = expected(arguments.op, arguments.tensors, arguments.attributes)
    else:
        defined = replace(specialized(arguments), compute=())  # what `compute` is judged by
        found, _ = evaluate(defined, arguments.tensors, arguments.attributes)
        wanted = tuple(found[output.name] for output in arguments.op.outputs)
    if draws.is_distribution(wanted[0]):
        draws.compare(to_numpy(results[0]), wanted[0], arguments.label)
        return
    assert len(results) <= len(wanted), (
        f"{arguments.label}: {len(results)} results, the reference has {len(wanted)}"
    )
    for number, (result, value) in enumerate(zip(results, wanted)):
        _compare(arguments, result, value, f"output {number}")


def _compare(arguments: Arguments, result: Tensor, value: Any, what: str) -> None:
    got = to_numpy(result)
    assert got.shape == value.shape, (
        f"{arguments.label}: {what} has shape {got.shape}, the reference {value.shape}"
    )
    relative, absolute = coarsest(
        arguments.op, arguments, got if result.dtype.name != "bfloat16" else np.zeros(0, "float32")
    )
    if result.dtype.name == "bfloat16":
        relative, absolute = tolerance(arguments.op, "bfloat16")
    if result.dtype.kind != "float":
        relative = absolute = 0.0
    message = f"{arguments.label}: {what}, dtype {result.dtype}"
    np.testing.assert_allclose(
        got, value, rtol=relative, atol=absolute, err_msg=message, equal_nan=True
    )


def check_law(arguments: Arguments, law: str) -> None:
    """An identity of the entry, `left == right`, holds; its names are public functions."""
    scope = {**vars(generated), **arguments.attributes}
    operands = zip(arguments.op.inputs, arguments.operands)
    scope |= {given.name: to_tensors(value) for given, value in operands}
    left, right = (eval(side, scope) for side in law.split("=="))
    relative, absolute = tolerance(arguments.op, left.dtype.name)
    message = f"{arguments.label}: {law}"
    np.testing.assert_allclose(to_numpy(left), to_numpy(right), relative, absolute, err_msg=message)


LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {}


def layout(name: str) -> Callable[[Callable[[Tensor], Tensor]], Callable[[Tensor], Tensor]]:
    """Registers a way to hold the same values in other memory."""

    def register(function: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        LAYOUTS[name] = function
        return function

    return register


@layout("transposed")
def _transposed(x: Tensor) -> Tensor:
    order = tuple(reversed(range(x.dim())))
    return x.permute(order).contiguous().permute(order)


@layout("sliced")
def _sliced(x: Tensor) -> Tensor:
    if x.dim() == 0:
        return x
    wide = x.new_zeros((*x.shape[:-1], 2 * x.shape[-1] + 1))
    wide[..., 1::2].copy_(x)
    return wide[..., 1::2]


@layout("offset")
def _offset(x: Tensor) -> Tensor:
    flat = x.new_zeros((x.numel() + 3,))
    inner = flat[3:].view(x.shape)
    inner.copy_(x)
    return inner


def check_layouts(arguments: Arguments) -> None:
    """Results do not depend on how the operands lie in memory."""
    plain = tuple(to_tensors(value) for value in arguments.operands)
    wanted = run(arguments, plain)
    for name, arrange in LAYOUTS.items():
        moved = tuple(arrange(x) if isinstance(x, Tensor) else x for x in plain)
        try:
            results = run(arguments, moved)
        except ViewError:  # a view that this memory does not allow: it may say so
            continue
        for result, value in zip(results, wanted):
            message = f"{arguments.label}: layout {name}"
            kind = result.dtype.name
            relative, absolute = tolerance(arguments.op, kind)
            np.testing.assert_allclose(
                to_numpy(result), to_numpy(value), rtol=relative, atol=absolute, err_msg=message
            )


# -- derivatives ------------------------------------------------------------------------------


def check_vmap(arguments: Arguments) -> bool:
    """Mapping over all tensor operands, and over each alone, equals a Python loop."""
    places = [i for i, value in enumerate(arguments.operands) if isinstance(value, np.ndarray)]
    if not places:
        return False
    subsets = [places] if len(places) == 1 else [places, *([i] for i in places)]
    for mapped in subsets:
        stacks = {
            i: np.stack([_varied(arguments.operands[i], n) for n in range(3)]) for i in mapped
        }

        def function(*inputs: Any, mapped: list[int] = mapped) -> Any:
            full = [to_tensors(value) for value in arguments.operands]
            for place, value in zip(mapped, inputs):
                full[place] = value
            return tuple(r for r in run(arguments, tuple(full)) if isinstance(r, Tensor))

        # Draws are given by the call's own seed: mapped or not, they are the same.
        together = vmap(function, randomness="same")(*(as_tensor(stacks[i]) for i in mapped))
        for number in range(3):
            alone = function(*(as_tensor(stacks[i][number]) for i in mapped))
            for got, wanted in zip(together, alone):
                relative, absolute = tolerance(arguments.op, wanted.dtype.name)
                np.testing.assert_allclose(
                    to_numpy(got)[number], to_numpy(wanted), rtol=relative, atol=absolute,
                    err_msg=f"{arguments.label}: vmap over {mapped}",
                )  # fmt: skip
    return True


def _varied(array: Any, number: int) -> Any:
    """Other values of the same kind: floats are scaled a little, others are kept."""
    return array * (1 - 0.125 * number) if array.dtype.kind == "f" else array


def check_reject(op: Op, sentence: str, sample: Sample) -> None:
    """The call raises, and the message holds the requirement's own sentence."""
    arguments = arguments_of(op, sample)
    try:
        run(arguments)
    except (RuntimeError, IndexError, TypeError, ValueError) as error:
        words = {"dtype": "dtype", "dim": "im", "index": "ind"}
        if sentence.startswith("axis "):
            assert sentence[5:] in str(error), f"{op.name}: {error} does not name {sentence}"
            return
        needle = words.get(sentence, sentence)
        assert needle in str(error), (
            f"{op.name} was rejected, but not because {sentence!r}: {error}"
        )
        return
    raise AssertionError(f"{op.name} accepted {dict(sample.arguments)}, though {sentence!r}")
