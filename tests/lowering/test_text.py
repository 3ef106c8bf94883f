"""What each pass makes of an entry: the pages *.txt beside this file.

A page has a title, an entry, a call, and for each stage its name and its text. With
TENSORSMITH_UPDATE_PAGES=1 the texts are written anew.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path

import numpy as np
import pytest
from tensorsmith.lowering.ir.print import print_function
from tensorsmith.lowering.ir.verify import verify
from tensorsmith.lowering.nest.nest import Nest
from tensorsmith.lowering.program.context import Context
from tensorsmith.lowering.program.flatten import flatten
from tensorsmith.lowering.program.infer import Inference
from tensorsmith.lowering.program.partition import partition
from tensorsmith.lowering.schedule import CANDIDATES, memory_targets
from tensorsmith.tools.stages import (
    groups_text,
    launch_text,
    nest_text,
    passes_text,
    program_text,
)

from .calls import WIDE, Call, defined, make

PAGES = sorted(Path(__file__).parent.glob("*.txt"))


def read_page(path: Path) -> list[tuple[str, str]]:
    """Sections of a page: name and text; the title is the section without a name."""
    sections: list[tuple[str, str]] = [("", "")]
    for line in path.read_text().splitlines():
        if line.startswith("== "):
            sections.append((line[3:], ""))
        else:
            name, text = sections[-1]
            sections[-1] = (name, text + line + "\n")
    return sections


def operands(call: dict[str, object]) -> dict[str, object]:
    """Operands of a call: `[4, 5]` is a float32 tensor, `int64[4, 5]` one of integers."""
    made: dict[str, object] = {}
    for name, value in call.items():
        kind = "float32"
        if isinstance(value, str):
            kind, _, shape = value.partition("[")
            value = ast.literal_eval("[" + shape)
        made[name] = np.ones(value, kind) if isinstance(value, list) else value
    return made


def nests(call: Call) -> list[Nest]:
    """The nests of a call's groups."""
    program = flatten(call.op, call.binding)
    strides = call.strides(call.memory(call.outputs()))
    inference = Inference(program, call.binding)
    context = Context(call.op.name, call.binding, strides, WIDE, program, inference)
    groups = partition(program)
    return [
        Nest(context, g.targets, memory_targets(program, groups, k), g.outer, g.inner)
        for k, g in enumerate(groups)
    ]


def stage(name: str, call: Call) -> str:
    """Text of a stage."""
    match name:
        case "steps":
            return program_text(flatten(call.op, call.binding))
        case "groups":
            return groups_text(partition(flatten(call.op, call.binding)))
        case "passes":
            return "\n\n".join(passes_text(nest) for nest in nests(call))
        case "nests":
            return "\n\n".join(nest_text(nest) for nest in nests(call))
        case "schedules":
            return "\n".join(next(c.name for c in CANDIDATES if c.match(n)) for n in nests(call))
        case "launches":
            return "\n".join(launch_text(launch) for launch in call.planned().launches)
        case "kernels":
            functions = [launch.kernel.build() for launch in call.planned().launches]
            for function in functions:
                verify(function)
            return "\n".join(print_function(function) for function in functions)
    raise ValueError(f"{name} is no stage")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_is_true(path: Path) -> None:
    sections = read_page(path)
    texts = dict(sections)
    arguments = ast.literal_eval(texts["call"].strip())
    entry = defined(texts["entry"])
    names = {given.name for given in entry.inputs}
    given = operands({n: v for n, v in arguments.items() if n in names})
    call = make(entry, given, {n: v for n, v in arguments.items() if n not in names})
    stages = [name for name, _ in sections if name not in ("", "entry", "call")]
    assert stages
    found = {name: stage(name, call).strip() for name in stages}
    if os.environ.get("TENSORSMITH_UPDATE_PAGES"):
        kept = [(n, found[n] + "\n\n" if n in found else t) for n, t in sections]
        text = "".join(f"== {n}\n{t}" if n else t for n, t in kept)
        path.write_text(text.rstrip() + "\n")
        return
    for name in stages:
        assert found[name] == texts[name].strip(), f"{path.name}, {name}"
