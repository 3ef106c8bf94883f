"""What one piece of work shows to be wrong costs no other piece."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tensorsmith.backends.cache.layers import ObjectCache
from tensorsmith.backends.processors import processor_by_name
from tensorsmith.ops.errors import LoweringError, RegistryError
from tensorsmith.tools.kernels import work as module
from tensorsmith.tools.kernels.work import Built, Work, source_of, work

RELU = Work("op", "relu")


class _Recipe:
    """An object whose source cannot be generated, by a mistake of this package."""

    def source(self) -> str:
        raise AssertionError("addi: i64\nand i32")


@pytest.fixture
def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ObjectCache:
    """This process as one that plans and builds nothing."""
    cache = ObjectCache(tmp_path / "k")
    own = module._Process([processor_by_name("x86-64-v3")], cache, None, True)
    monkeypatch.setattr(module, "_process", [own])
    return cache


def failing(error: Exception) -> Any:
    """A function that raises."""

    def fail(*_: Any) -> Any:
        raise error

    return fail


def test_a_mistake_while_an_op_is_planned_is_told_and_not_kept(
    process: ObjectCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        wrong.setattr(module, "_recipes", failing(AssertionError("addi: i64\nand i32")))
        built = work(RELU)
    told = "its calls cannot be planned: AssertionError: addi: i64 and i32"
    assert built == Built(failed={"relu": told})
    monkeypatch.setattr(module, "_recipes", lambda *_: {"x86-64-v3": []})
    assert work(RELU).kernels == {"x86-64-v3": {}}


@pytest.mark.parametrize("error", [RegistryError("no such entry"), OSError(28, "No space left")])
def test_what_would_fail_everywhere_ends_the_run(
    process: ObjectCache, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(module, "_recipes", failing(error))
    with pytest.raises(type(error)):
        work(RELU)


def test_a_source_that_cannot_be_generated_is_told_in_a_line() -> None:
    told = "its source cannot be generated: AssertionError: addi: i64 and i32"
    with pytest.raises(LoweringError, match=told):
        source_of(_Recipe())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("piece", "title"),
    [
        (RELU, "relu"),
        (Work("entry", "text", file="my.yaml", name="my::f"), "my::f of my.yaml"),
        (Work("program", "digits"), "the program digits"),
        (Work("calls", "{}", file="a.lock", first=33), "a.lock: calls from 33 on"),
        (Work("objects", ""), "what every program needs"),
    ],
)
def test_pieces_of_work_have_titles(piece: Work, title: str) -> None:
    assert piece.title == title
