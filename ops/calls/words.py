"""The dtypes of one call: every dtype word of an op solved from the operands."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from functools import lru_cache

from .. import dtype as dtypes
from ..dtype import dtype, result_type
from ..errors import DtypeError, UnsupportedDtypeError
from ..language.expression import Reduce, walk
from ..language.op import Op, each_statement
from .binding import Argument
from .specialize import title

_ALLOWED = {
    "Any": ("bool", "int", "float", "complex"),
    "Bool": ("bool",),
    "Integer": ("int",),
    "Integral": ("int", "bool"),
    "Float": ("float",),
    "Real": ("int", "float"),
    "Ordered": ("bool", "int", "float"),
    "Number": ("bool", "int", "float", "complex"),
    "Arithmetic": ("int", "float", "complex"),
    "Complex": ("complex",),
    "Inexact": ("float", "complex"),
}
"""Dtype class -> kinds of element that it takes."""

_PROSE = {"bool": "bool", "int": "integer", "float": "floating point", "complex": "complex"}
_NAMED = {each.name: each for each in dtypes.DTYPES}


@lru_cache(maxsize=1024)
def _split(word: str) -> tuple[str, str]:
    """`Wide(Number2)` as (`Wide`, `Number2`); a plain word has no function."""
    function, bracket, inner = word.partition("(")
    return (function, inner[:-1]) if bracket else ("", word)


def _class(word: str) -> str:
    return word.rstrip("0123456789")


def solve_words(
    op: Op,
    groups: Sequence[tuple[str, tuple[str, ...]]],
    uniform: Container[str],
    outputs: Sequence[str],
    arguments: Mapping[str, Argument],
    attributes: Mapping[str, object],
    prefix: int,
    known: Mapping[str, dtype] | None,
) -> dict[str, dtype]:
    """Dtype word -> dtype of a call.

    Args:
        op: For messages, and for its `Dtype` attribute.
        groups: The words of the inputs, each with the inputs that have it; the main word first.
        uniform: Words whose inputs must have one dtype, numbers apart.
        outputs: Words of the outputs and of casts.
        arguments: Operands by name.
        attributes: Values by name.
        prefix: Leading dims that do not count (vmap).
        known: Words of the forward call that a derived op belongs to.

    Raises:
        DtypeError: An operand has a dtype that its word does not take, or another one than its
            fellows where dtypes are not promoted.
    """
    words = dict(known) if known else {}
    chosen = _chosen(op, attributes)
    for place, (word, names) in enumerate(groups):
        if word in words:
            continue
        named = _NAMED.get(word)
        if named is not None:
            _check_named(op, named, names, arguments)
            words[word] = named
            continue
        function, plain = _split(word)
        if function:
            continue  # a derived op's operand; its word follows from the plain one
        if place == 0 and chosen is not None:
            words[word] = _admitted(op, plain, chosen, (), arguments)
            continue
        if len(names) > 1 and word in uniform:
            _check_uniform(op, names, arguments)
        found = result_type([arguments[name] for name in names], prefix)
        words[word] = _admitted(op, plain, found, names, arguments)
    for word in outputs:
        if word not in words:
            words[word] = _output_word(op, word, words, chosen, bool(groups), attributes)
    return words


def check_number(op: Op, name: str, value: object, found: dtype, is_cast: bool) -> None:
    """Raises DtypeError if a number would lose what it is in the dtype of its word.

    Args:
        op: The op.
        name: Of the attribute.
        value: What the call gives for it.
        found: The dtype.
        is_cast: The statements cast it to the dtype, which cuts a fraction off.
    """
    if isinstance(value, bool) and found.kind != "bool" and not (is_cast or _has_sums(op)):
        raise DtypeError(
            f"{title(op.name)}: {name} must fit into {found.name}, got {value!r}: "
            f"Boolean {name} only supported for Boolean results."
        )
    if isinstance(value, complex) and not found.is_complex:
        inputs, wrong = "non-complex", "complex"
    elif isinstance(value, float) and found.kind in ("bool", "int") and not is_cast:
        inputs, wrong = "integral", "floating point"
    else:
        return
    raise DtypeError(
        f"{title(op.name)}: {name} must fit into {found.name}, got {value!r}: "
        f"For {inputs} input tensors, argument {name} must not be a {wrong} number."
    )


def _has_sums(op: Op) -> bool:
    """It is a product of matrices or the like, whose factors may be truth values."""
    values = [each.value for each in each_statement(op.define)]
    return any(isinstance(node, Reduce) for value in values for node in walk(value))


def _chosen(op: Op, attributes: Mapping[str, object]) -> dtype | None:
    """The dtype that a `Dtype` attribute names, if there is one."""
    for spec in op.attributes:
        if spec.kind == "dtype":
            value = attributes[spec.name]
            return value if isinstance(value, dtype) else None
    return None


def _admitted(
    op: Op, word: str, found: dtype, names: tuple[str, ...], arguments: Mapping[str, Argument]
) -> dtype:
    """The dtype of a word, converted for `Inexact`.

    Args:
        op: For messages.
        word: Without a digit.
        found: The dtype that its operands have together, or that the call names.
        names: Those operands; none if the call names the dtype.
        arguments: Operands by name.

    Raises:
        DtypeError: The word does not take it; but for truth values in arithmetic it is a
            NotImplementedError.
    """
    kind = _class(word)
    truths = kind == "Arithmetic" and any(arguments[name].dtype.kind == "bool" for name in names)
    if found.kind in _ALLOWED[kind] and not truths:
        return found
    if kind == "Inexact":
        return dtypes.get_default_dtype()
    allowed = " or ".join(_PROSE[each] for each in _ALLOWED[kind])
    seen = {name: arguments[name].dtype for name in names}
    subject = f"dtype of {' and '.join(names)}"
    if not names:  # the call names a dtype, to which the operands are converted
        subject, seen = "dtype", {"dtype": found}
    got = ", ".join(f"{name} {each.name}" for name, each in seen.items())
    message = f"{title(op.name)}: {subject} must be {allowed}: requires {word}, got {got}"
    raise DtypeError(message) if kind == "Arithmetic" else UnsupportedDtypeError(message)


def _check_uniform(op: Op, names: tuple[str, ...], arguments: Mapping[str, Argument]) -> None:
    tensors = [name for name in names if not arguments[name].number]
    for name in tensors[1:]:
        first, own = arguments[tensors[0]].dtype, arguments[name].dtype
        if own is not first:
            raise DtypeError(
                f"{title(op.name)}: expected {tensors[0]} and {name} to have the same dtype, "
                f"but got: {first.name} != {own.name}"
            )


def _check_named(
    op: Op, named: dtype, names: tuple[str, ...], arguments: Mapping[str, Argument]
) -> None:
    for name in names:
        own = arguments[name]
        if own.dtype is not named and not own.number:
            raise DtypeError(
                f"{title(op.name)}: dtype of {name} must be {named.name}: requires {named.name}, "
                f"got {own.dtype.name}"
            )


def _output_word(
    op: Op,
    word: str,
    words: Mapping[str, dtype],
    chosen: dtype | None,
    has_inputs: bool,
    attributes: Mapping[str, object],
) -> dtype:
    """The dtype of a word that no input has."""
    named = _NAMED.get(word)
    if named is not None:
        return named
    function, plain = _split(word)
    if function:
        base = words.get(plain)
        if base is None:
            base = _output_word(op, plain, words, chosen, has_inputs, attributes)
        if chosen is not None and function != "Real":
            return chosen
        return _apply(function, base)
    if chosen is not None and all(given.type.word in _NAMED for given in op.inputs):
        return chosen  # no input has a dtype that could vary
    kind = _class(word)
    if kind == "Bool":
        return dtypes.bool_
    if kind in ("Integer", "Integral"):
        return dtypes.int64
    if kind == "Complex":
        return dtypes.get_default_dtype().to_complex()
    if kind in ("Float", "Inexact") or has_inputs:
        return dtypes.get_default_dtype()
    return _of_numbers(op, attributes)


def _apply(function: str, base: dtype) -> dtype:
    """`Wide`, `Real`, `Inexact` or `Precise` of a dtype."""
    if function == "Wide":
        return dtypes.int64 if base.kind in ("bool", "int") else base
    if function == "Real":
        return base.to_real()
    if function == "Precise":
        return dtypes.float32 if base.is_floating_point and base.itemsize < 4 else base
    return dtypes.get_default_dtype() if base.kind in ("bool", "int") else base


def _of_numbers(op: Op, attributes: Mapping[str, object]) -> dtype:
    """The dtype that the `number` attributes of an op without inputs meet in."""
    numbers = [attributes[spec.name] for spec in op.attributes if spec.kind == "number"]
    kinds = {type(each) for each in numbers if each is not None}
    if complex in kinds:
        return dtypes.get_default_dtype().to_complex()
    if not kinds or float in kinds:
        return dtypes.get_default_dtype()
    return dtypes.int64 if int in kinds else dtypes.bool_
