"""Dataclasses of the package's own making behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, FrozenInstanceError, InitVar, field, replace
from types import FunctionType
from typing import Any

import pytest
from tensorsmith.ops.dataclass import dataclass

STANDARD, OWN = dataclasses.dataclass, dataclass


def make_point(decorator: Callable[..., Any], **options: Any) -> Any:
    class Point:
        """A point."""

        x: int
        y: int = 2
        tags: list[str] = field(default_factory=list)
        line: int = field(default=0, compare=False, repr=False)

    return decorator(**options)(Point) if options else decorator(Point)


@dataclass(frozen=True)
class Base:
    """What others are made from."""

    name: str

    def __repr__(self) -> str:
        return f"<{self.name}>"


@dataclass(frozen=True)
class Derived(Base):
    """One with a field more, and a check."""

    size: int = 1

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("a size is not negative")


@pytest.mark.parametrize(
    "options", [{}, {"eq": False}, {"frozen": True}, {"frozen": True, "slots": True}]
)
def test_classes_behave_as_those_of_the_standard_library(options: dict[str, bool]) -> None:
    standard, own = make_point(STANDARD, **options), make_point(OWN, **options)
    for cls in (standard, own):
        assert list(inspect.signature(cls).parameters) == ["x", "y", "tags", "line"]
        assert cls(1).tags is not cls(1).tags
        assert cls.__match_args__ == ("x", "y", "tags", "line")
    assert repr(own(1, 3, line=4)) == repr(standard(1, 3, line=4))
    assert (own(1) == own(1)) is (standard(1) == standard(1)) is options.get("eq", True)
    assert own(1) != own(2)
    assert own(1) != standard(1)
    assert (own.__hash__ is None) is (standard.__hash__ is None)
    assert replace(own(1), y=5).y == 5
    assert dataclasses.asdict(own(1)) == dataclasses.asdict(standard(1))


def test_what_does_not_count_does_not_make_objects_differ() -> None:
    cls = make_point(OWN)
    assert cls(1, line=1) == cls(1, line=2)


def test_frozen_objects_are_keys_and_stay_as_they_are() -> None:
    made = Derived("a", 2)
    assert {made: 1}[Derived("a", 2)] == 1
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'size'"):
        made.size = 3  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'size'"):
        del made.size  # type: ignore[misc]


def test_methods_that_a_class_has_itself_stay() -> None:
    assert repr(Base("a")) == "<a>"


@dataclass(frozen=True, slots=True)
class Slotted:
    """One without a dictionary."""

    name: str
    size: int = 1


def test_frozen_objects_with_slots_are_copied_and_pickled() -> None:
    made = Slotted("a", 2)
    assert not hasattr(made, "__dict__")
    for copied in (copy.deepcopy(made), pickle.loads(pickle.dumps(made)), replace(made)):
        assert copied == made
        assert copied is not made


def test_objects_are_checked_copied_and_pickled() -> None:
    with pytest.raises(ValueError, match="not negative"):
        Derived("a", -1)
    for made in (copy.deepcopy(Derived("a", 2)), pickle.loads(pickle.dumps(Derived("a", 2)))):
        assert made == Derived("a", 2)


def test_arguments_that_are_missing_are_named() -> None:
    with pytest.raises(TypeError, match=r"Base.__init__\(\) missing 1 required .*'name'"):
        Base()  # type: ignore[call-arg]


def test_arguments_that_are_no_plain_fields_are_refused() -> None:
    class Named:
        size: int
        _: KW_ONLY
        name: str = ""

    class Seeded:
        size: int
        seed: InitVar[int] = 0

    for cls, word in ((Named, "Named.name: kw_only"), (Seeded, "Seeded.seed: InitVar")):
        with pytest.raises(TypeError, match=f"{word} must not be used with this dataclass"):
            OWN(cls)(1)


def test_methods_are_compiled_when_one_of_them_is_first_looked_up() -> None:
    cls = make_point(OWN, frozen=True)
    pending = {name: type(cls.__dict__[name]) for name in ("__init__", "__eq__", "__hash__")}
    assert FunctionType not in pending.values()
    below = type("Below", (cls,), {})
    assert below(1) == below(1)
    assert all(type(cls.__dict__[name]) is FunctionType for name in pending)
    assert "__init__" not in below.__dict__


def test_threads_that_meet_at_a_first_object_all_get_one() -> None:
    for _ in range(20):
        cls = make_point(OWN)
        with ThreadPoolExecutor(4) as pool:
            assert len(set(pool.map(lambda n, cls=cls: cls(1, n).y, range(8)))) == 8
