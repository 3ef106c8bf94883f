"""A lock file whose calls make no sense is refused with its name and the number of the call."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tensorsmith as ts
from tensorsmith.ops.errors import ArgumentValueError
from tensorsmith.tensor.calls.entries import forget_plans
from tensorsmith.tools.command import main
from tensorsmith.tools.kernels.lock import Recorder, read_lock

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file of a few calls, softmax among them."""
    forget_plans()
    with Recorder() as recorder:
        ts.ones(6, 5).softmax(-1)
        ts.ones(6, 5).exp()
    recorder.write(tmp_path / "k.lock")
    return tmp_path / "k.lock"


def change(lock: Path, part: str, how: Change) -> str:
    """Changes a part of the call of softmax, or all of its op; which number the call has."""
    whole = json.loads(lock.read_text())
    number, call = next(
        (number, call)
        for number, call in enumerate(whole["calls"], 1)
        if whole["ops"][call["op"]]["name"] == "softmax"
    )
    how(whole["ops"][call["op"]] if part == "op" else call if part == "call" else call[part])
    lock.write_text(json.dumps(whole))
    return f"{lock}: call {number}"


NOTHING = {"class": "mapping", "items": []}


@pytest.mark.parametrize(
    ("part", "how", "why"),
    [
        ("op", {"name": 5}, "cannot be read: name of Op must be str, got 5"),
        ("op", {"inputs": "abc"}, "cannot be read: inputs of Op must be tuple[Input, ...], got"),
        ("op", {"define": None}, "cannot be read: define of Op must be tuple[Statement | Block"),
        ("op", {"class": "Popen"}, "cannot be read: there is no class 'Popen' of what calls are"),
        ("op", {"form": "x"}, "(softmax) cannot be planned: its op was changed since it was recor"),
        ("binding", {"batch": ["x"]}, "cannot be read: batch of Binding must be tuple[int, ...], "),
        ("binding", {"batch": [-5]}, "cannot be read: extents must not be negative, got batch (-5"),
        ("call", {"binding": {"class": "Binding"}}, "cannot be read: Binding.__init__() missing 9"),
        ("call", {"strides": [5]}, "cannot be read: it must have an op, a binding, strides"),
    ],
)
def test_a_call_that_has_not_the_types_is_refused(
    lock: Path, part: str, how: dict[str, Any], why: str
) -> None:
    where = change(lock, part, lambda found: found.update(how))
    with pytest.raises(ArgumentValueError) as refused:
        read_lock(lock)
    assert str(refused.value).startswith(f"{where} {why}")


def test_ops_that_a_merge_has_swapped_are_found(lock: Path) -> None:
    whole = json.loads(lock.read_text())
    one, other, *_ = whole["ops"]
    whole["ops"] |= {one: whole["ops"][other], other: whole["ops"][one]}
    lock.write_text(json.dumps(whole))
    why = r"call \d+ \(\S+\) cannot be planned: its op was changed"
    with pytest.raises(ArgumentValueError, match=why):
        read_lock(lock)


@pytest.mark.parametrize("form", ["1\n\x1b[31m", True, 1.0, None])
def test_another_format_is_named_in_a_line(lock: Path, form: object) -> None:
    lock.write_text(json.dumps({**json.loads(lock.read_text()), "format": form}))
    with pytest.raises(ArgumentValueError) as refused:
        read_lock(lock)
    assert str(refused.value) == f"{lock}: its format is {form!r}, this version reads 1"


def test_a_call_that_cannot_be_planned_is_told_in_a_line(
    lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = change(lock, "call", lambda call: call.update(strides=NOTHING))
    told = f"tensorsmith: {where} (softmax) cannot be planned: there is no 'output'\n"
    store = str(tmp_path / "store")
    building = ["precompile", "--lock", str(lock), "--jobs", "1", "--store", store]
    number = where.rpartition(" ")[2]
    for line in ([*building, "--json"], ["explain", "--lock", str(lock), "--number", number]):
        assert main(line) == 1
        assert capsys.readouterr().err == told
