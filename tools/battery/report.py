"""The battery run on entries from the command line, with a line for each property."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from ...ops.dtype import float64
from ...ops.errors import RegistryError
from ...ops.op import Op
from ...ops.registry import registry
from . import checks
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
            found += registry.read_text(path.read_text(), each)
        else:
            found.append(registry.get(each))
    return found


def steps(op: Op) -> Iterator[Step]:
    """Everything that is tested of one op."""
    for one in signatures(op):
        for number, sample in enumerate(samples_of(one)):
            for fill in FILLS:
                values = arguments_of(one, sample, fill)
                yield f"value, sample {number}, {fill}", lambda a=values: checks.check_value(a)
            plain = arguments_of(one, sample)
            for law in one.laws:
                yield f"{law}, sample {number}", lambda a=plain, w=law: checks.check_law(a, w)
            yield f"layouts, sample {number}", lambda a=plain: checks.check_layouts(a)
            yield f"vmap, sample {number}", lambda a=plain: checks.check_vmap(a)
            smooth = checks.smooth_arguments(one, sample, "mixed", float64)
            if smooth is not None:
                yield f"gradient, sample {number}", lambda a=smooth: checks.check_gradient(a)
                yield (
                    f"second order, sample {number}",
                    lambda a=smooth: checks.check_second_order(a),
                )
                yield (
                    f"forward = reverse, sample {number}",
                    lambda a=smooth: checks.check_forward_equals_reverse(a),
                )
        for sentence, sample in one.rejects:
            yield (
                f"reject: {sentence}",
                lambda s=sentence, a=sample, o=one: checks.check_reject(o, s, a),
            )


def check_all(what: Sequence[str]) -> int:
    """Run the battery; print what fails and a line for each op; 1 if anything failed."""
    failed = 0
    for op in gather(what):
        passed, skipped, broken = 0, [], []
        for name, step in steps(op):
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
