"""The data model of an op entry: frozen, typed, hashable, for derived ops too.

An adjoint or a tangent that `derive.py` makes is an `Op` too, so that it is lowered, batched and
differentiated again like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from ..dataclass import dataclass
from .expression import Expression, Statement


@dataclass(frozen=True)
class Axis:
    """One axis in a tensor type: `N`, `3`, `G*C`, `*S` (a group of axes), `B?` (may be missing).

    Attributes:
        factors: Names of sizes or integers; more than one for a product, slow part first.
        group: `*S`: any number of axes, flattened to one logical axis; groups broadcast.
        optional: `B?`: missing when the argument's rank leaves no room for it; its size is then 1.
    """

    factors: tuple[str | int, ...]
    group: bool = False
    optional: bool = False

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of sizes among its factors."""
        return tuple(factor for factor in self.factors if isinstance(factor, str))


@dataclass(frozen=True)
class TensorType:
    """`Float[..., G*C, H, W]`: a dtype word and axes.

    Attributes:
        word: A dtype class with an optional digit to tell two apart (`Float`, `Float2`), a dtype
            (`int64`), or a function of a word (`Wide(Number)`, `Real(Complex)`).
        batched: It begins with `...`: any number of broadcast axes.
        axes: Core axes.
        pointwise: Written without brackets; the same as `[...]`.
    """

    word: str
    batched: bool
    axes: tuple[Axis, ...] = ()
    pointwise: bool = False

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of sizes that its core axes mention, in order."""
        return tuple(size for axis in self.axes for size in axis.sizes)


@dataclass(frozen=True)
class Condition:
    """`reduction == 'none'`: a choice attribute compared with one of its words."""

    attribute: str
    word: str
    negated: bool = False


class Declared:
    """What an entry declares by name: an input, an output or an attribute."""

    name: str
    meaning: str


class DeclaredTensor(Declared):
    """An input or an output."""

    type: TensorType

    @property
    def types(self) -> tuple[TensorType, ...]:
        """Every type that it may have."""
        return (self.type,)


@dataclass(frozen=True)
class Input(DeclaredTensor):
    """A tensor argument.

    Attributes:
        name: As the user writes it.
        type: Dtype word and axes.
        default: What a read of it gives when it is absent; None if it must be present.
        meaning: The sentence after `--`.
        variadic: `Any...`: it takes a list of tensors; extern ops only.
    """

    name: str
    type: TensorType
    default: Expression | None = None
    meaning: str = ""
    variadic: bool = False


@dataclass(frozen=True)
class Output(DeclaredTensor):
    """A result. Where its type depends on a choice attribute, `cases` are tried in order first.

    Attributes:
        name: As named tuples have it.
        type: Dtype word and axes.
        cases: `Float[*S] if reduction == 'none' else Float[]`, the `else` part being `type`.
        meaning: The sentence after `--`.
    """

    name: str
    type: TensorType
    cases: tuple[tuple[Condition, TensorType], ...] = ()
    meaning: str = ""

    @property
    def types(self) -> tuple[TensorType, ...]:
        return (self.type, *(each for _, each in self.cases))


TRUTHS = ("false", "true")
"""The words of a choice that a Python bool makes."""


@dataclass(frozen=True)
class AttributeSpec(Declared):
    """A non-tensor argument.

    Attributes:
        name: As the user writes it.
        kind: int, float, bool, number (int or float), choice (words), Axis, Axes, Keep, Shape (a
            list of sizes that a group is made of), sizes (a tuple of sizes, or one number for all),
            size (one size), ints (any list of integers), dtype, text, any.
        sizes: Names bound by it: `("N",)` for `Axis(N)`, `("SH", "SW")` for `(SH, SW)`, `("G",)`.
        words: The words of a choice.
        default: Python value; `REQUIRED` if there is none. None stands for `all` of `Axes`.
        optional: None is allowed (written `int?`).
        meaning: The sentence after `--`.
        follows: What None means: the value of another attribute (`stride: (SH, SW) = kernel_size`)
            or `largest`, `lowest` or `epsilon`, constants of the dtype of the op's main word.
        word: The dtype word that a number must fit into (`number(Float)`): no fraction where it is
            integral, unless statements cast it, no complex number where it is real; empty if any
            number will do.
        counted: The value of a size that a call does not give, computed from the inputs.
    """

    name: str
    kind: str
    sizes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    default: object = None
    optional: bool = False
    meaning: str = ""
    follows: str = ""
    word: str = ""
    counted: Expression | None = None


class Required:
    """Marks an attribute without a default."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Required()


@dataclass(frozen=True)
class Block:
    """Statements that hold only under conditions on choices (`if reduction == 'mean':`)."""

    conditions: tuple[Condition, ...]
    statements: tuple[Statement | Block, ...]


def each_statement(body: Iterable[Statement | Block]) -> Iterator[Statement]:
    """All statements in order, those inside of blocks included."""
    for each in body:
        if isinstance(each, Block):
            yield from each_statement(each.statements)
        else:
            yield each


@dataclass(frozen=True)
class Op:
    """Everything there is to say about an op.

    Attributes:
        name: Registry key; for derived ops the entry's name and what was done:
            `softmax.adjoint[input]`.
        inputs, attributes, outputs: Arguments and results, in order.
        order: Names of inputs and attributes in the order of the Python signature; a `*` entry
            starts the keyword-only part.
        sizes: Sizes computed from others: `OH -> (H + 2*PH - KH) // SH + 1`, in order.
        requirements: Sentence with *must* -> condition over sizes and attributes.
        define: The mathematics: statements (Blocks until `specialize`); empty for extern ops.
        compute: The same meaning, numerically safe or cheap; empty means `define`.
        outside: Tensor -> value read beyond its edges.
        derivatives: (output, input) -> local partial; pointwise ops only.
        adjoint: Stated cotangent statements, `dx[n] = ...`; may be empty.
        nondifferentiable: Outputs or inputs that carry no derivative (`argmax`, integer results).
        form: "derived" (define), "primitive" (one scalar primitive), "view", "extern".
        kernel: For extern: name of the host routine; for views: map of shape, strides and offset.
        names: Where it appears in the Python API: `torch.softmax` is `softmax`, `Tensor.softmax`,
            `nn.functional.softmax`.
        inplace: The in-place method exists (`exp_`).
        onto: Its output has elements before the call, which puts replace: no entry states it.
        promotes: Inputs with core axes that share a word may have different dtypes.
        same: Inputs whose groups must be equal; those of other inputs broadcast to them.
        autocast: What happens to operands under autocast: (device type, rule); see `autocast.py`.
    """

    name: str
    doc: str
    inputs: tuple[Input, ...]
    attributes: tuple[AttributeSpec, ...]
    outputs: tuple[Output, ...]
    order: tuple[str, ...] = ()
    sizes: tuple[tuple[str, Expression], ...] = ()
    requirements: tuple[tuple[str, Expression], ...] = ()
    define: tuple[Statement | Block, ...] = ()
    compute: tuple[Statement | Block, ...] = ()
    outside: tuple[tuple[str, Expression], ...] = ()
    derivatives: tuple[tuple[str, str, Expression], ...] = ()
    adjoint: tuple[Statement | Block, ...] = ()
    nondifferentiable: tuple[str, ...] = ()
    form: str = "derived"
    kernel: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    inplace: bool = False
    onto: bool = False
    promotes: bool = False
    same: tuple[str, ...] = ()
    autocast: tuple[tuple[str, str], ...] = ()
    reference: str = ""
    samples: tuple[Sample, ...] = ()
    rejects: tuple[tuple[str, Sample], ...] = ()
    laws: tuple[str, ...] = ()
    tolerance: tuple[tuple[str, float], ...] = ()
    domain: str = ""
    smooth: str = ""
    source: str = ""
    since: str = ""
    variants: tuple[Op, ...] = field(default=())

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True)
class Sample:
    """Arguments to test with: a shape or values for each tensor, a value for each attribute.

    Attributes:
        arguments: Name -> Python literal. For a tensor input a list of integers is its shape;
            `{values: [...]}` gives elements, `{shape: [...], range: [lo, hi]}` their range.
    """

    arguments: tuple[tuple[str, object], ...]
