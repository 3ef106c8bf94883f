"""Static checks of kinds: bool, int, float. An expression whose kind the call decides has none."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import RegistryError, nearest
from ..language.expression import (
    Attribute,
    Call,
    Cast,
    Constant,
    Expression,
    Index,
    Order,
    Product,
    Read,
    Reduce,
    Scan,
    Size,
    Statement,
    Word,
    walk,
)
from ..language.op import Block, Condition, Op
from ..language.text import print_expression

UNKNOWN = ""
ORDER = ("bool", "int", UNKNOWN, "float")  # of several kinds the last one is that of the result
_WORDS = {
    "Bool": "bool", "bool": "bool", "Integer": "int", "uint": "int", "int": "int",
    "Float": "float", "Inexact": "float", "float": "float", "bfloat": "float",
}  # fmt: skip
_TRUTHS = ("eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not")
_BITS = ("bitand", "bitor", "bitxor", "bitnot", "shl", "shr")
_KEEPING = (
    "add", "sub", "mul", "neg", "abs", "sign", "maximum", "minimum", "floordiv", "mod", "trunc_div",
    "remainder_trunc", "floor", "ceil", "trunc", "round",
)  # fmt: skip
_FLOATS = (
    "div", "exp", "expm1", "log", "log1p", "log2", "sqrt", "rsqrt", "sin", "cos", "cospi", "asin",
    "atan", "tanh", "erf", "erfc", "erfinv", "lgamma", "digamma", "atan2", "uniform",
    "uniform2",
)  # fmt: skip
_SIGNS = {"bitand": "&", "bitor": "|", "bitxor": "^", "bitnot": "~", "shl": "<<", "shr": ">>"}

Kinds = dict[str, str]


def word_kind(word: str) -> str:
    """Kind of the elements of a dtype word; none if several are possible."""
    return _WORDS.get(word.rstrip("0123456789"), UNKNOWN)


def declared_kinds(op: Op) -> Kinds:
    """Kinds of what an entry's statements can read before the first of them."""
    found = {each.name: word_kind(each.type.word) for each in (*op.inputs, *op.outputs)}
    found |= {f"d{each.name}": word_kind(each.type.word) for each in op.outputs}
    for spec in op.attributes:
        known = {"int": "int", "bool": "bool", "float": "float", "size": "int", "Axis": "int"}
        found[spec.name] = known.get(spec.kind, UNKNOWN)
    return found


def check_statement(op: Op, statement: Statement, kinds: Kinds) -> None:
    """Checks the kinds of a statement, and notes that of its target.

    Raises:
        RegistryError: A word, a subscript, an operand or the value has the wrong kind.
    """
    for part in (*statement.target.indices, statement.value):
        if isinstance(part, Word):
            raise _lone_word(part, statement.target)
        for node in walk(part):
            _check_node(op, node, kinds)
    _check_subscripts(statement.target, kinds)
    found = kind_of(statement.value, kinds)
    target = statement.target.tensor
    if target not in {each.name for each in op.outputs}:
        kinds[target] = found
        return
    wanted = kinds[target]
    if wanted in ("bool", "int") and found and ORDER.index(found) > ORDER.index(wanted):
        raise RegistryError(
            f"{target} is of kind {wanted}, and cannot be given a value of kind {found}: "
            f"{print_expression(statement.value)}; use a comparison, or cast(...)"
        )


def check_condition(op: Op, condition: Condition) -> None:
    """Raises RegistryError unless a condition asks for a word that an attribute can be."""
    specs = {spec.name: spec for spec in op.attributes}
    spec = specs.get(condition.attribute)
    if spec is None or spec.kind != "choice":
        choices = [name for name, each in specs.items() if each.kind == "choice"]
        raise RegistryError(
            f"{condition.attribute} must be an attribute with words to choose from, written "
            f"`a|b`{nearest(condition.attribute, choices)}"
        )
    if condition.word not in spec.words:
        raise RegistryError(
            f"{condition.word!r} must be one of {'|'.join(spec.words)}, the words of {spec.name}"
            f"{nearest(condition.word, spec.words)}"
        )


def check_conditions(op: Op, body: tuple[Statement | Block, ...]) -> None:
    """`check_condition` for all blocks."""
    for each in body:
        if isinstance(each, Block):
            for condition in each.conditions:
                check_condition(op, condition)
            check_conditions(op, each.statements)


def _check_node(op: Op, node: Expression, kinds: Kinds) -> None:
    match node:
        case Read():
            _check_subscripts(node, kinds)
        case Order(_, _, place, falling):
            for part, wanted in ((place, "int"), (falling, "bool")):
                if kind_of(part, kinds) not in (wanted, UNKNOWN):
                    raise RegistryError(
                        f"{print_expression(part)} must be of kind {wanted}, and is of kind "
                        f"{kind_of(part, kinds)} in {print_expression(node)}"
                    )
        case Call("eq" | "ne", (Attribute(name), Word(word))):
            check_condition(op, Condition(name, word))
        case _ if any(isinstance(each, Word) for each in node.children):
            raise _lone_word(next(x for x in node.children if isinstance(x, Word)), node)
        case Call(function, arguments) if function in _BITS:
            for each in arguments:
                if kind_of(each, kinds) == "float":
                    raise RegistryError(
                        f"{_SIGNS[function]} takes integers and bool, and "
                        f"{print_expression(each)} is of kind float in {print_expression(node)}"
                    )


def _lone_word(word: Word, where: Expression) -> RegistryError:
    return RegistryError(
        f"the word {word.text!r} can only be compared with an attribute, by == or !=, not in "
        f"{print_expression(where)}"
    )


def _check_subscripts(read: Read, kinds: Kinds) -> None:
    for index in read.indices:
        for part in index.parts if isinstance(index, Product) else (index,):
            if kind_of(part, kinds) == "float":
                raise RegistryError(
                    f"a subscript must be an integer, and {print_expression(part)} is of kind "
                    f"float in {print_expression(read)}; use cast(..., int64)"
                )


def kind_of(node: Expression, kinds: Mapping[str, str]) -> str:
    """The kind of an expression's value, as far as it is known before a call."""
    match node:
        case Constant(value):
            return type(value).__name__
        case Size() | Index() | Product() | Order():
            return "int"
        case Read(name) | Attribute(name):
            return kinds.get(name, UNKNOWN)
        case Cast(_, word):
            return word_kind(word)
        case Reduce(kind, _, body) | Scan(kind, _, _, body):
            if kind in ("any", "all"):
                return "bool"
            if kind.startswith("arg") or kind == "partition_point":
                return "int"
            inner = kind_of(body, kinds)
            return "int" if inner == "bool" and kind in ("sum", "prod") else inner
        case Call("select", (_, then, otherwise)):
            return _joined(then, otherwise, kinds=kinds)
        case Call(function, arguments):
            if function in _TRUTHS:
                return "bool"
            if function in _KEEPING:
                return _joined(*arguments, kinds=kinds)
            return "float" if function in _FLOATS else UNKNOWN
    return UNKNOWN


def _joined(*nodes: Expression, kinds: Mapping[str, str]) -> str:
    return max((kind_of(each, kinds) for each in nodes), key=ORDER.index)
