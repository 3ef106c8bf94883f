"""The battery run on entries from the command line: a table of properties for each op."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path

from ...backends.cuda.host import why_not
from ...ops.dataclass import dataclass
from ...ops.dtype import by_name, float32, float64
from ...ops.entries.text_file import read_utf8
from ...ops.errors import RegistryError
from ...ops.language.op import Op, Sample
from ...ops.registry import registry
from .. import pages
from . import checks, definition, derivatives, edges, mixed
from .casting import check_autocast
from .host import check_on_host, is_computed
from .oracle import OracleMissingError
from .sampling import FILLS, admits, arguments_of, samples_of, signatures

KINDS = ("float16", "bfloat16", "float32", "int32", "int64", "bool")
PRECISE = ("float32", "float64")  # whose errors are measured


@dataclass(frozen=True)
class Step:
    """One test.

    Attributes:
        property: What it is about: a line of the table.
        name: Which of them.
        run: Raises if it fails; a text says why there was nothing to test.
    """

    property: str
    name: str
    run: Callable[[], object]


@dataclass
class Row:
    """What came of the tests of one property."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)


def gather(what: Sequence[str]) -> list[Op]:
    """Ops for names and YAML files."""
    found: list[Op] = []
    for each in what:
        if each.endswith((".yaml", ".yml")):
            entries = registry.read_text(read_utf8(Path(each)), each)
            if not entries:
                raise RegistryError(f"{each} must hold at least one entry, it holds none")
            found += entries
        else:
            found.append(registry.get(each))
    return found


def steps(op: Op) -> Iterator[Step]:
    """Everything that is tested of one op."""
    for one in signatures(op):
        yield Step("samples", one.name, partial(_check_samples, one))
        for number, sample in enumerate(samples_of(one)):
            yield from _values(one, number, sample)
            yield from _derivatives(one, number, sample)
        for sentence, sample in one.rejects:
            yield Step("rejects", sentence, partial(checks.check_reject, one, sentence, sample))
    yield Step("documentation", "page", lambda: pages.page(op) and None)


def _check_samples(op: Op) -> None:
    """There is something to test, and every requirement has arguments that violate it."""
    assert samples_of(op), f"{op.name} must have samples: nothing is tested without arguments"
    refused = [sentence for sentence, _ in op.rejects]
    for sentence, _ in op.requirements:
        assert sentence in refused, (
            f"{op.name}: rejects must have arguments that violate {sentence!r}"
        )


def _values(op: Op, number: int, sample: Sample) -> Iterator[Step]:
    label = f"sample {number}"

    def step(name: str, check: Callable[..., object], more: str = "", fill: str = "mixed") -> Step:
        return Step(
            name, f"{label}{more}", lambda: check(arguments_of(op, sample, fill))
        )  # arguments are made when the step runs: what is wrong with them is its failure

    for fill in FILLS:
        yield step("value", checks.check_value, f", {fill}", fill)
    if op.reference:
        yield step("definition", definition.check_definition)
    for law in op.laws:
        yield step("laws", lambda arguments, law=law: checks.check_law(arguments, law), f", {law}")
    if number == 0:
        for kind in KINDS:
            if any(admits(given.type.word, by_name(kind)) for given in op.inputs):
                yield Step("dtypes", kind, partial(_check_kind, op, sample, kind))
        if op.autocast:
            yield Step("autocast", label, partial(_check_autocast, op, sample))
    yield step("layouts", checks.check_layouts)
    yield step("no elements", edges.check_empty)
    yield step("NaN and inf", edges.check_not_finite)
    yield step("vmap = loop", checks.check_vmap)
    if number == 0:
        for kind in PRECISE:
            yield Step("accuracy", kind, partial(_measure, op, sample, kind))


def cuda_steps(op: Op, run: bool) -> Iterator[Step]:
    """CUDA C of each sample and of its gradient, on the host."""
    reason = why_not() if run else "add --cuda"

    def check(one: Op, sample: Sample) -> None:
        if reason:
            raise OracleMissingError(reason)
        check_on_host(one, sample, float64)

    for one in signatures(op):
        for number, sample in enumerate(samples_of(one) if is_computed(one) else ()):
            yield Step("CPU = CUDA", f"sample {number}", partial(check, one, sample))


def _check_kind(op: Op, sample: Sample, kind: str) -> str:
    checks.check_value(arguments_of(op, sample, "mixed", by_name(kind)))
    return f"+{kind}"


def _check_autocast(op: Op, sample: Sample) -> str | None:
    return check_autocast(arguments_of(op, sample, "mixed", float32))


def _measure(op: Op, sample: Sample, kind: str) -> str:
    try:
        from . import accuracy  # mpmath is a library of tests
    except ModuleNotFoundError as missing:
        raise OracleMissingError(f"{missing.name} is not installed") from None
    try:
        return f"+{kind} {accuracy.measure(op, sample, by_name(kind))}"
    except accuracy.NotMeasuredError as reason:
        return str(reason)


def _derivatives(op: Op, number: int, sample: Sample) -> Iterator[Step]:
    properties: dict[str, Callable[..., object]] = {
        "gradient": derivatives.check_gradient,
        "second order": derivatives.check_second_order,
        "forward = reverse": derivatives.check_forward_equals_reverse,
        "forward over reverse": mixed.check_forward_over_reverse,
        "vmap of gradient": mixed.check_vmap_of_gradient,
    }
    if op.derivatives or op.adjoint:
        properties["stated = derived"] = definition.check_stated
    for name, check in properties.items():

        def run(check: Callable[..., object] = check) -> object:
            smooth = derivatives.smooth_arguments(op, sample, "mixed", float64)
            return "smooth nowhere near the sample" if smooth is None else check(smooth)

        yield Step(name, f"sample {number}", run)


def check_op(op: Op, cuda: bool = False) -> dict[str, Row]:
    """The table of an op: what came of its tests, by property."""
    table: dict[str, Row] = {}
    for step in (*steps(op), *cuda_steps(op, cuda)):
        row = table.setdefault(step.property, Row())
        try:
            note = step.run()
        except OracleMissingError as error:
            row.skipped.append(str(error))
        except Exception as error:
            text = f"{type(error).__name__}: {str(error).strip()}"
            row.failed.append(f"{step.name}: {text}")
        else:
            if isinstance(note, str) and not note.startswith("+"):
                row.notes[note] = None
            else:
                row.passed += 1
                if isinstance(note, str):
                    row.notes[note[1:]] = None
    return table


def check_all(what: Sequence[str], cuda: bool = False) -> int:
    """Run the battery; print a table and a line for each op; 1 if anything failed.

    Args:
        what: Names of ops, and YAML files.
        cuda: CUDA C too, on the host.
    """
    failed = 0
    for op in gather(what):
        table = check_op(op, cuda)
        for name, row in table.items():
            print(f"  {name:21} {_told(row)}")
            for line in row.failed:
                print("    " + line.replace("\n", "\n      "))
        counts = [
            sum(counted)
            for counted in zip(*((r.passed, len(r.failed), len(r.skipped)) for r in table.values()))
        ] or [0, 0, 0]
        state = "FAILED" if counts[1] else "ok"
        print(f"{op.name}: {state}, {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")
        failed += bool(counts[1])
    return int(failed > 0)


def _told(row: Row) -> str:
    """What came of a property, in words."""
    if row.failed:
        return f"FAILED {len(row.failed)} of {row.passed + len(row.failed)}"
    notes = ", ".join([*row.notes, *dict.fromkeys(f"skipped: {why}" for why in row.skipped)])
    if not row.passed:
        return f"-         {notes}".rstrip()
    return f"ok {row.passed:<6} {notes}".rstrip()
