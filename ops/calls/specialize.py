"""An op as one call sees it: absent inputs are constants, and choices are made."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from ..errors import ArgumentError, ArgumentValueError
from ..language.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Read,
    Statement,
    Word,
    sizes_in,
    transform,
)
from ..language.op import TRUTHS, Block, Condition, Op, Output
from ..language.simplify import simplify

_MEMORY: dict[tuple[int, frozenset[str], tuple[tuple[str, str], ...]], tuple[Op, Op]] = {}


def specialize(op: Op, present: frozenset[str], choices: Mapping[str, object]) -> Op:
    """The op with plain statements only, for calls with these inputs and choices.

    Absent inputs are gone and read as their defaults; conditions on choices are decided; outputs
    have the type of its case. An op with nothing to decide is returned as it is. The result's name
    says what was decided: `cross_entropy{-weight,reduction=sum}`; `title` leaves that out.

    Args:
        op: An entry, or an op derived from a specialised one.
        present: Names of the inputs that are given.
        choices: Choice attribute -> word; the default where it is missing. None is the word `none`.

    Raises:
        ArgumentError: A required input is absent, or `present` names something else.
        ArgumentValueError: A word is not one of the attribute's.
    """
    key = (id(op), present, tuple(sorted((k, str(v)) for k, v in choices.items())))
    found = _MEMORY.get(key)
    if found is None or found[0] is not op:
        found = _MEMORY[key] = (op, _specialize(op, present, choices))
    return found[1]


@lru_cache(maxsize=4096)
def title(name: str) -> str:
    """An op's name as messages show it, without what was decided and without variants' numbers."""
    return re.sub(r"\{[^}]*\}|(?<=\w)\.\d+(?!\w)", "", name)


def _specialize(op: Op, present: frozenset[str], choices: Mapping[str, object]) -> Op:
    absent = _absent(op, present)
    words = _words(op, choices)
    if not absent and not words:
        return op
    visit = _visitor(absent, words)
    inputs = tuple(each for each in op.inputs if each.name not in absent)
    attributes = tuple(
        replace(spec, words=(words[spec.name],), default=words[spec.name])
        if spec.name in words
        else spec
        for spec in op.attributes
    )
    plain = replace(
        op,
        name=_name(op, absent, words),
        inputs=inputs,
        attributes=attributes,
        order=tuple(name for name in op.order if name not in absent),
        outputs=tuple(_output(each, words) for each in op.outputs),
        sizes=tuple((name, transform(value, visit)) for name, value in op.sizes),
        requirements=_conditions(op.requirements, visit),
        define=_plain(op.define, words, visit),
        compute=_plain(op.compute, words, visit),
        outside=tuple(pair for pair in op.outside if pair[0] not in absent),
        derivatives=tuple(
            (output, given, transform(value, visit))
            for output, given, value in op.derivatives
            if given not in absent
        ),
        adjoint=_without(_plain(op.adjoint, words, visit), absent),
        nondifferentiable=tuple(name for name in op.nondifferentiable if name not in absent),
        variants=(),
    )
    return _without_unknown(plain)


def _absent(op: Op, present: frozenset[str]) -> dict[str, Expression]:
    """The inputs that are not given, with their defaults."""
    names = {each.name for each in op.inputs}
    for name in present:
        if name not in names:
            raise ArgumentError(f"{op.name}: {name} is not an input, but one of {sorted(names)} is")
    absent: dict[str, Expression] = {}
    for each in op.inputs:
        if each.name not in present:
            if each.default is None:
                raise ArgumentError(f"{op.name}: the tensor argument {each.name} must be given")
            absent[each.name] = each.default
    return absent


def choice_word(value: object) -> object:
    """The word that a choice attribute means: None is `none`, True is `true`, a number is written
    as `%g` does."""
    if isinstance(value, bool):
        return TRUTHS[value]
    if isinstance(value, int | float):
        return f"{value:g}"
    return "none" if value is None else value


def _words(op: Op, choices: Mapping[str, object]) -> dict[str, str]:
    """The word of every choice attribute."""
    words: dict[str, str] = {}
    for spec in op.attributes:
        if spec.kind != "choice":
            continue
        word = choice_word(choices.get(spec.name, spec.default))
        if not isinstance(word, str):
            raise ArgumentError(
                f"{op.name}: {spec.name} must be one of {_list(spec.words)}, got {word!r}"
            )
        if word not in spec.words:
            raise ArgumentValueError(
                f"{op.name}: {spec.name} must be one of {_list(spec.words)}, got '{word}'"
            )
        words[spec.name] = word
    return words


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _name(op: Op, absent: Mapping[str, Expression], words: Mapping[str, str]) -> str:
    parts = [f"-{name}" for name in absent] + [f"{name}={word}" for name, word in words.items()]
    return f"{op.name}{{{','.join(parts)}}}"


def _holds(condition: Condition, words: Mapping[str, str]) -> bool:
    return (words.get(condition.attribute) == condition.word) != condition.negated


def _output(output: Output, words: Mapping[str, str]) -> Output:
    for condition, kind in output.cases:
        if _holds(condition, words):
            return replace(output, type=kind, cases=())
    return replace(output, cases=())


def _visitor(
    absent: Mapping[str, Expression], words: Mapping[str, str]
) -> Callable[[Expression], Expression]:
    """A visit for `transform` that puts constants in and folds what they decide."""

    def visit(node: Expression) -> Expression:
        match node:
            case Read(name) if name in absent:
                return absent[name]
            case Call("eq" | "ne" as function, (Attribute(name), Word(text))) if name in words:
                return Constant((words[name] == text) == (function == "eq"))
            case Call(function, arguments):
                return _fold(function, arguments) or node
        return node

    return visit


def _fold(function: str, arguments: tuple[Expression, ...]) -> Expression | None:
    """What a call with a decided truth value comes to; None if it stays."""
    match function, arguments:
        case "not", (Constant(bool(value)),):
            return Constant(not value)
        case "select", (Constant(bool(value)), then, otherwise):
            return then if value else otherwise
        case "and" | "or", (Constant(bool(value)), other):
            return other if value == (function == "and") else Constant(value)
        case "and" | "or", (other, Constant(bool(value))):
            return other if value == (function == "and") else Constant(value)
    return None


def _plain(
    body: tuple[Statement | Block, ...],
    words: Mapping[str, str],
    visit: Callable[[Expression], Expression],
) -> tuple[Statement, ...]:
    """The statements whose conditions hold."""
    found: list[Statement] = []
    for each in body:
        if isinstance(each, Block):
            if all(_holds(condition, words) for condition in each.conditions):
                found.extend(_plain(each.statements, words, visit))
        else:
            indices = tuple(transform(index, visit) for index in each.target.indices)
            target = Read(each.target.tensor, indices)
            value = simplify(transform(each.value, visit))
            found.append(Statement(target, value, each.accumulate))
    return tuple(found)


def _without(
    body: tuple[Statement, ...], absent: Mapping[str, Expression]
) -> tuple[Statement, ...]:
    """Stated cotangents without those of absent inputs."""
    gone = {f"d{name}" for name in absent}
    return tuple(each for each in body if each.target.tensor not in gone)


def _conditions(
    requirements: tuple[tuple[str, Expression], ...], visit: Callable[[Expression], Expression]
) -> tuple[tuple[str, Expression], ...]:
    """Requirements that are not decided yet to hold."""
    found = ((why, transform(value, visit)) for why, value in requirements)
    return tuple(pair for pair in found if pair[1] != Constant(True))


def _without_unknown(op: Op) -> Op:
    """The op without sizes and requirements over sizes that only absent inputs had."""
    known = {size for spec in op.attributes for size in spec.sizes}
    for each in op.inputs:
        known.update(each.type.sizes)
    sizes = []
    for name, value in op.sizes:
        if sizes_in(value) <= known:
            known.add(name)
            sizes.append((name, value))
    requirements = tuple(pair for pair in op.requirements if sizes_in(pair[1]) <= known)
    return replace(op, sizes=tuple(sizes), requirements=requirements)
