"""The registry as a whole: counts, oracles, exceptions."""

from __future__ import annotations

import pytest
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.sampling import samples_of, signatures
from tensorsmith.tools.catalog import MOST_EXTERN, MOST_PRIMITIVES, count

from .generated import exceptions

MOST_EXCEPTIONS = 60


def test_there_are_at_least_250_entries_and_few_escapes() -> None:
    counts = count()
    assert counts["entries"] >= 250
    assert counts["extern"] <= MOST_EXTERN
    assert counts["primitives"] <= MOST_PRIMITIVES


@pytest.mark.parametrize("name", registry.names())
def test_every_entry_is_complete(name: str) -> None:
    for op in signatures(registry.get(name)):
        assert op.doc, "an entry says in a sentence what it is"
        assert op.reference, "an entry has an independent oracle"
        assert samples_of(op), "an entry has samples"
        rejected = {sentence for sentence, _ in op.rejects}
        assert {sentence for sentence, _ in op.requirements} <= rejected, (
            "every requirement has a counter-example"
        )


def test_exceptions_do_not_grow() -> None:
    assert len(exceptions.reasons) <= MOST_EXCEPTIONS
