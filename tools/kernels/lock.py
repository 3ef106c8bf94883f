"""Lock files: the calls that a program made, from which its kernels are built for any target."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ... import backends
from ...backends.base import observers
from ...backends.cache.key import digest
from ...backends.cache.replace import replace_file
from ...backends.cpu.cache import generator_digest
from ...backends.cpu.machine import MACHINES, full_machines
from ...lowering.schedule import schedule
from ...ops.calls.binding import Binding
from ...ops.errors import ArgumentValueError, LoweringError
from ...ops.language.op import Op
from ..printing import in_one_line
from .call_text import decode_call, encode_call

FORMAT = 1


class Recorder:
    """Records the calls of this process, one for each set of kernels, as a context manager.

    Calls that differ in sizes alone are one, unless for some target they need other kernels.
    """

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._seen: set[object] = set()

    def __enter__(self) -> Recorder:
        observers.append(self._note)
        return self

    def __exit__(self, *error: object) -> None:
        observers.remove(self._note)

    def __len__(self) -> int:
        return len(self._calls)

    def _note(self, op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> None:
        key = _kernels(op, binding, strides)
        if key not in self._seen:
            self._seen.add(key)
            self._calls.append(encode_call(op, binding, strides))

    def write(self, path: Path, complete: bool = True) -> None:
        """Writes the lock file, in one step: JSON, one op or call a line, sorted.

        Programs that make the same calls give the same file, and where they differ, so do lines.

        Args:
            path: Where to; a file that is there is replaced.
            complete: The program came to its end; if not, who builds from the file is warned.

        Raises:
            OSError: It cannot be written; the error names the file, and what was there stays.
        """
        ops: dict[str, str] = {}
        calls = []
        for call in self._calls:
            text = _line(call["op"])
            name = _name(text)
            ops[name] = text
            calls.append(_line({**call, "op": name}))
        head = {"format": FORMAT, "generator": generator_digest(), "complete": complete}
        parts = [f"{json.dumps(name)}: {_line(value)}" for name, value in head.items()]
        named = [f"{json.dumps(name)}: {text}" for name, text in sorted(ops.items())]
        parts.append('"ops": {\n' + ",\n".join(named) + "\n}")
        parts.append('"calls": [\n' + ",\n".join(sorted(calls)) + "\n]")
        replace_file(path, ("{\n" + ",\n".join(parts) + "\n}\n").encode())


def _name(text: str) -> str:
    """The name of an op in the file, by its text."""
    return digest(text)[:16]


def _line(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _kernels(op: Op, binding: Binding, strides: Mapping[str, tuple[int, ...]]) -> object:
    found = []
    for machine in (*MACHINES.values(), *full_machines()):
        try:
            planned = schedule(op, binding, strides, machine.target)
            found.append(tuple(launch.kernel for launch in planned.launches))
        except LoweringError:
            found.append(())
    return tuple(found)


def read_lock(path: Path) -> tuple[list[str], str]:
    """The calls of a lock file, each as JSON text, and warnings, one a line, or "".

    Raises:
        ArgumentValueError: It is no lock file.
        OSError: It cannot be read.
    """
    whole = _read_json(path)
    form = whole.get("format")
    if type(form) is not int or form != FORMAT:
        raise ArgumentValueError(f"{path}: its format is {form!r}, this version reads {FORMAT}")
    calls = []
    try:
        ops, generator = whole["ops"], whole["generator"]
        for number, call in enumerate(whole["calls"], 1):
            calls.append(_call_text(call, ops, f"{path}: call {number}"))
    except (KeyError, TypeError, AttributeError) as error:
        raise ArgumentValueError(f"{path}: it is no lock file of kernels: {_why(error)}") from None
    complete = bool(whole.get("complete", True))
    doubts = []
    if generator != generator_digest():
        doubts.append("it was recorded by another version; record it again if an entry has changed")
    if not complete:
        doubts.append("the program failed that it was recorded from: kernels may be missing")
    if not calls:
        doubts.append("it holds no calls")
    return calls, "\n".join(f"{path}: {doubt}" for doubt in doubts)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        why = "it is not UTF-8 text"
    except RecursionError:
        why = "it is nested too deep"
    except ValueError as error:
        why = f"it is not JSON: {error}"
    else:
        if isinstance(whole, dict) and "calls" in whole:
            return whole
        why = "it must be an object with a list of calls"
    raise ArgumentValueError(f"{path}: it is no lock file of kernels: {why}")


def _call_text(call: dict[str, Any], ops: dict[str, Any], where: str) -> str:
    """A call as text of its own, after a look whether it can be read."""
    if call["op"] not in ops:
        raise ArgumentValueError(f"{where} cannot be read: there is no op {call['op']!r}")
    whole = {**call, "op": ops[call["op"]]}
    op, _, _ = decode_call(whole, where)
    if call["op"] != _name(_line(whole["op"])):
        raise ArgumentValueError(
            f"{where} ({op.name}) cannot be planned: its op was changed since it was recorded, as "
            "a merge of two files may do; record the file again"
        )
    return json.dumps(whole)


def _why(error: Exception) -> str:
    return f"it has no {error}" if isinstance(error, KeyError) else str(error)


def plan_calls(texts: Iterable[str], file: str, first: int = 1) -> Iterator[str]:
    """Plans calls on the backend of this process; gives each when it is planned.

    Args:
        texts: What `read_lock` gave, or some of it in its order.
        file: Where they are from, for messages.
        first: Number of the first one in the file.

    Raises:
        ArgumentValueError: A call makes no sense.
    """
    for number, text in enumerate(texts, first):
        where = f"{file}: call {number}"
        op, binding, strides = decode_call(json.loads(text), where)
        try:
            backends.get().prepare(op, binding, strides)
        except Exception as error:  # whatever planning makes of a call that nobody ever made
            why = in_one_line(error)
            raise ArgumentValueError(f"{where} ({op.name}) cannot be planned: {why}") from error
        yield text
