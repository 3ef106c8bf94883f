"""Every requirement fires on its counter-example, with its own sentence."""

from __future__ import annotations

import pytest
from tensorsmith.ops.language.op import Op, Sample
from tensorsmith.ops.registry import registry
from tensorsmith.tools.battery.checks import check_reject
from tensorsmith.tools.battery.sampling import signatures

REJECTS = [
    (op, sentence, sample)
    for name in registry.names()
    for op in signatures(registry.get(name))
    for sentence, sample in op.rejects
]


@pytest.mark.parametrize(
    ("op", "sentence", "sample"), REJECTS, ids=[f"{o.name}: {s}" for o, s, _ in REJECTS]
)
def test_reject_fires_with_its_own_sentence(op: Op, sentence: str, sample: Sample) -> None:
    check_reject(op, sentence, sample)
