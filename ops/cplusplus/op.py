"""An op made of an element function in C++."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from ..errors import RegistryError
from ..language.expression import Attribute, Read, Statement
from ..language.op import AttributeSpec, Input, Op, Output, TensorType
from ..language.split import split
from ..registry import registry, resolve
from .declaration import Function, Parameter
from .functions import Runner, read_functions
from .tokens import Source
from .values import Value, real


def read_op(text: str, numbers: Mapping[str, float | bool] | None = None) -> Op:
    """The op that computes an element function for every element.

    Args:
        text: Functions of C++; the last one is the element function, which may call the others.
            `template <typename T> T f(T x, T y) { return x + y; }`, or with several results
            `template <typename T> void f(T x, T& a, T& b) { ... }`.
        numbers: Arguments that are no tensors, and their defaults.

    Raises:
        RegistryError: It is not C++ of that kind; the message shows where.
    """
    try:
        return _read(text, numbers or {})
    except RecursionError:
        raise RegistryError("an element function must not be nested that deep", "C++") from None


def _read(text: str, numbers: Mapping[str, float | bool]) -> Op:
    source = Source(text)
    functions = read_functions(source)
    entry = functions[-1]
    given = [each for each in entry.parameters if not each.written]
    _check(source, entry, given, numbers)
    runner = Runner(source, {each.name: each for each in functions[:-1]})
    tensors = [each.name for each in given if each.name not in numbers]
    inputs = {name: _input_name(name, number) for number, name in enumerate(tensors)}
    runner.taken.update(inputs.values())
    names = {
        each.name: Value(
            Attribute(each.name) if each.name in numbers else Read(inputs[each.name]),
            each.kind if each.name in numbers else "real",
        )
        for each in given
    }
    results = [each.name for each in entry.parameters if each.written]
    names |= {name: Value(Read(inputs[tensors[0]]), "real") for name in results}
    values = runner.run(entry, names)
    kinds = {each.name: each.kind for each in given}
    outputs = ["output"] if entry.kind else [f"output_{i}" for i in range(len(results))]
    word = "Float" if runner.needs_real else "Real"
    pointwise = TensorType(word, True, (), True)
    statements = [
        *runner.statements,
        *(Statement(Read(x), real(value).expression) for x, value in zip(outputs, values)),
    ]
    op = Op(
        name=entry.name,
        doc=f"The element function {entry.name}, written in C++.",
        inputs=tuple(Input(inputs[name], pointwise) for name in tensors),
        attributes=tuple(
            AttributeSpec(name, _kind(kinds[name], x), default=x) for name, x in numbers.items()
        ),
        outputs=tuple(Output(name, pointwise) for name in outputs),
        define=tuple(statements),
    )
    return resolve(split(op), {}, registry.get)


def _input_name(name: str, number: int) -> str:
    """An argument's name in the op: its own unless that has a meaning in the language."""
    plain = re.fullmatch("[a-z][a-z_]*", name) and not keyword.iskeyword(name)
    return name if plain and name != "output" else f"{name.lower().rstrip('_')}_in{number}"


def _kind(declared: str, number: float | bool) -> str:
    """Kind of the attribute that an argument is: an `int` takes integers only."""
    if declared == "real":
        return "bool" if isinstance(number, bool) else "number"
    return declared


def _check(
    source: Source, entry: Function, given: list[Parameter], numbers: Mapping[str, float | bool]
) -> None:
    """Raises RegistryError if the signature is not that of an element function."""
    names = [each.name for each in given]
    for name in numbers:
        if name not in names:
            raise RegistryError(
                f"{entry.name} must have an argument {name}, as a value is given for it; it has "
                f"{', '.join(names)}",
                "C++",
            )
    for each in given:
        number = numbers.get(each.name, 0)
        if each.kind == "int" and (isinstance(number, bool) or not isinstance(number, int)):
            raise RegistryError(
                f"{each.name} is an int, and its value must be an integer, got {number!r}", "C++"
            )
    if all(name in numbers for name in names):
        raise RegistryError(f"{entry.name} must have an argument that is a tensor", "C++")
    if not entry.kind and len(given) == len(entry.parameters):
        raise RegistryError(
            f"{entry.name} must return a value, or have results that are references", "C++"
        )
    if len(set(names)) < len(names):
        raise RegistryError(f"the arguments of {entry.name} must have different names", "C++")
    source.number = 0
