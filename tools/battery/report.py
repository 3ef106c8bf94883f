"""The battery run on entries from the command line, with a line for each property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from ...ops.dtype import float64
from ...ops.errors import RegistryError
from ...ops.op import Op
from ...ops.registry import registry
from . import checks
from .host import check_on_host, is_computed
from .oracle import OracleMissingError
from .sampling import FILLS, arguments_of, samples_of, signatures

Step = tuple[str, Callable[[], object]]


def gather(what: Sequence[str]) -> list[Op]:
    """Ops for names and YAML files."""
    found: list[Op] = []
    for each in what:
        if each.endswith((".yaml", ".yml")):
            path = Path(each)
            if not path.is_file():
                raise RegistryError(f"there is no file {each}")
            entries = registry.read_text(path.read_text(encoding="utf-8"), each)
            if not entries:
                raise RegistryError(f"{each} must hold at least one entry, it holds none")
            found += entries
        else:
            found.append(registry.get(each))
    return found


def steps(op: Op) -> Iterator[Step]:
    """Everything that is tested of one op."""
    for one in signatures(op):
        for number, sample in enumerate(samples_of(one)):
            for fill in FILLS:
                values = arguments_of(one, sample, fill)
                yield f"value, sample {number}, {fill}", partial(checks.check_value, values)
            plain = arguments_of(one, sample)
            for law in one.laws:
                yield f"{law}, sample {number}", partial(checks.check_law, plain, law)
            yield f"layouts, sample {number}", partial(checks.check_layouts, plain)
            yield f"vmap, sample {number}", partial(checks.check_vmap, plain)
            smooth = checks.smooth_arguments(one, sample, "mixed", float64)
            if smooth is None:
                continue
            yield f"gradient, sample {number}", partial(checks.check_gradient, smooth)
            yield f"second order, sample {number}", partial(checks.check_second_order, smooth)
            yield (
                f"forward = reverse, sample {number}",
                partial(checks.check_forward_equals_reverse, smooth),
            )
        for sentence, sample in one.rejects:
            yield f"reject: {sentence}", partial(checks.check_reject, one, sentence, sample)


def cuda_steps(op: Op) -> Iterator[Step]:
    """CUDA C of each sample, run on the host."""
    for one in signatures(op):
        if is_computed(one):
            for number, sample in enumerate(samples_of(one)):
                yield f"CUDA C, sample {number}", partial(check_on_host, one, sample, float64)


def check_all(what: Sequence[str], cuda: bool = False) -> int:
    """Run the battery; print what fails and a line for each op; 1 if anything failed.

    Args:
        what: Names of ops, and YAML files.
        cuda: CUDA C too, on the host.
    """
    failed = 0
    for op in gather(what):
        passed, skipped, broken = 0, [], []
        for name, step in (*steps(op), *(cuda_steps(op) if cuda else ())):
            try:
                step()
                passed += 1
            except OracleMissingError as error:
                skipped.append(f"{name}: {error}")
            except Exception as error:
                broken.append(f"{name}: {type(error).__name__}: {str(error).strip()}")
        state = "ok" if not broken else "FAILED"
        print(f"{op.name}: {state}, {passed} passed, {len(broken)} failed, {len(skipped)} skipped")
        for line in (*skipped, *broken):
            print("  " + line.replace("\n", "\n    "))
        failed += bool(broken)
    return int(failed > 0)
