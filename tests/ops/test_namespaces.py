"""`ts.ops.mylib.f`: how names of users' ops are looked up, and what is said of those that fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tensorsmith as ts
from tensorsmith.ops import namespaces


@pytest.fixture(autouse=True)
def _absolute() -> Iterator[None]:
    namespaces.add("spacetest::absolute", abs)
    yield
    namespaces.remove("spacetest::absolute")


def test_a_callable_is_found_by_attribute() -> None:
    assert ts.ops.spacetest.absolute(-3) == 3
    assert dir(ts.ops.spacetest) == ["absolute"]
    assert namespaces.find("spacetest::absolute") is abs
    assert "spacetest::absolute" in namespaces.names()


def test_a_namespace_ends_with_its_last_op() -> None:
    namespaces.remove("spacetest::absolute")
    with pytest.raises(AttributeError, match="no namespace of ops called spacetest"):
        ts.ops.spacetest  # noqa: B018
    assert namespaces.find("spacetest::absolute") is None


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"no op spacetest::absolut; did you mean absolute\?"):
        ts.ops.spacetest.absolut  # noqa: B018
    with pytest.raises(AttributeError, match=r"called spacetes; did you mean spacetest\?"):
        ts.ops.spacetes  # noqa: B018


@pytest.mark.parametrize("name", ["f", "a::b::c", "a.b", "::f", "a::", "1a::f", "a::f()"])
def test_a_name_without_a_namespace_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be written namespace::name"):
        namespaces.add(name, abs)


def test_the_name_of_a_module_is_no_namespace() -> None:
    with pytest.raises(ValueError, match=r"module, tensorsmith\.ops\.registry"):
        namespaces.add("registry::f", abs)
