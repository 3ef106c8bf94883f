"""An `Op` from the pieces of its entry: strings, lists and mappings, as YAML or JSON hold them.

The YAML reader and the compiled registry both come through here; nothing here knows about files,
but `locate` gives the line of a piece for messages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from ..dtype import DTYPES
from ..errors import RegistryError, nearest
from ..language.expression import Call, Expression, Index, Product, Read, Statement
from ..language.op import AttributeSpec, Block, Op, Sample, each_statement
from ..language.parse import parse_expression, parse_statements
from ..language.scope import Scope
from ..language.signature import count_in, parse_attribute, parse_input, parse_output
from ..language.split import split
from ..language.syntax import parse_quietly
from ..language.vocabulary import PRIMITIVES
from .autocast import Rules, can_be_cast, read_autocast
from .pieces import EntryPieces, Locate, Path, Pieces, as_text
from .samples import Samples

KEYS = (
    "doc", "names", "inputs", "attrs", "order", "outputs", "inplace", "promotes",
    "same", "autocast", "sizes", "require", "define", "outside", "compute", "derivative", "adjoint",
    "nondifferentiable", "view", "kernel", "domain", "smooth", "laws", "reference", "source",
    "samples", "rejects", "tolerance", "since", "variants",
)  # fmt: skip
"""Keys of an entry, in the order in which they are written."""

_INHERITED = ("doc", "names", "autocast", "source", "since")
_VIEW_KEYS = ("shape", "strides", "offset")
_VERSION = re.compile(r"\d+(\.\d+)*")
_DTYPES = tuple(each.name for each in DTYPES)


def build(
    name: str,
    pieces: Pieces,
    locate: Locate = lambda path: ("", 0),
    functions: Callable[[str], bool] = lambda name: False,
) -> Op:
    """The op that an entry describes; calls of other ops in its expressions are not inlined yet.

    Args:
        name: Registry key.
        pieces: Key -> text, list or mapping.
        locate: Path of a piece -> file and line.
        functions: Whether a name is an op that expressions may call.

    Raises:
        RegistryError: An unknown or missing key, or a text that does not parse.
    """
    return split(_Builder(name, _promote_variant(name, pieces), locate, functions).op())


def _promote_variant(name: str, pieces: Pieces) -> Pieces:
    """An entry that is a list of variants only, with the first one as the entry itself."""
    variants = pieces.get("variants")
    if "outputs" in pieces or not isinstance(variants, list) or not variants:
        return pieces
    first = variants[0]
    if not isinstance(first, Mapping):
        raise RegistryError("a variant must be a mapping", entry=name)
    own = {key: value for key, value in pieces.items() if key != "variants"}
    rest = {"variants": variants[1:]} if variants[1:] else {}
    return {**own, **first, **rest}


class _Builder(EntryPieces):
    """One entry on its way to an Op."""

    def __init__(
        self, name: str, pieces: Pieces, locate: Locate, functions: Callable[[str], bool]
    ) -> None:
        super().__init__(name, pieces, locate)
        self.functions = functions
        space, separator, _ = name.partition("::")
        if separator:
            self.functions = lambda each: functions(f"{space}::{each}") or functions(each)

    def op(self) -> Op:
        self.check_keys()
        self.inputs = self.each("inputs", parse_input)
        self.attributes = self.each("attrs", parse_attribute)
        self.outputs = self.each("outputs", parse_output)
        self.scope = self.make_scope()
        self.attributes = tuple(map(self.with_count, self.attributes))
        define = self.statements("define", self.scope)
        compute = self.statements("compute", self.scope)
        form, kernel = self.form(define)
        adjoint, calls = self.adjoint(form, compute or define)
        return Op(
            name=self.name,
            doc=self.text("doc"),
            inputs=self.inputs,
            attributes=self.attributes,
            outputs=self.outputs,
            order=self.order(),
            sizes=self.each("sizes", lambda name, text: (name, self.integer(text))),
            requirements=self.requirements(form),
            define=define,
            compute=compute,
            outside=self.each("outside", lambda name, text: (name, self.integer(text))),
            derivatives=self.each("derivative", self.derivative),
            adjoint=adjoint,
            nondifferentiable=self.words("nondifferentiable"),
            form=form,
            kernel=kernel + calls,
            names=self.names(),
            inplace=self.flag("inplace"),
            promotes=self.flag("promotes"),
            same=self.words("same"),
            autocast=self.autocast(),
            reference=self.reference(),
            samples=self.samples(),
            rejects=self.rejects(),
            laws=self.words("laws"),
            tolerance=self.each("tolerance", _tolerance),
            domain=self.condition("domain"),
            smooth=self.condition("smooth"),
            source=self.text("source"),
            since=self.since(),
            variants=self.variants(),
        )

    def check_keys(self) -> None:
        for key in self.pieces:
            if key not in KEYS:
                with self.at(key):
                    raise RegistryError(f"unknown key {key}{nearest(key, KEYS)}")
        meaning = [key for key in ("define", "view", "kernel") if key in self.pieces]
        for key in ("doc", "outputs", "reference"):
            optional = key == "reference" and ("kernel" in meaning or "::" in self.name)
            if key not in self.pieces and not optional:
                with self.at():
                    raise RegistryError(f"an entry must have the key {key}")
        if not self.text("doc").strip():
            with self.at("doc"):
                raise RegistryError("doc must be a sentence that says what the op gives")
        if len(meaning) != 1:
            got = " and ".join(meaning) or "none"
            with self.at():
                raise RegistryError(f"an entry must have one of define, view, kernel, got {got}")

    def make_scope(self) -> Scope:
        ranks: dict[str, int | None] = {}
        sizes: dict[str, None] = {}
        for each in (*self.inputs, *self.outputs):
            counts = {len(kind.axes) for kind in each.types}
            ranks[each.name] = counts.pop() if len(counts) == 1 else None
            sizes.update((size, None) for kind in each.types for size in kind.sizes)
        for spec in self.attributes:
            sizes.update((size, None) for size in spec.sizes)
        sizes.update((size, None) for size in self.mapping("sizes"))
        # `n: N` is read as the size `N`, and `n` is the index over it
        names = [a.name for a in self.attributes if a.sizes != (a.name.upper(),)]
        return Scope(ranks, names, sizes, self.functions)

    def with_count(self, spec: AttributeSpec) -> AttributeSpec:
        """The attribute with the expression that it is counted by, if it is."""
        text = count_in(as_text(self.mapping("attrs")[spec.name], spec.name))
        if not text:
            return spec
        with self.at("attrs", spec.name):
            return replace(spec, counted=parse_expression(text, self.scope))

    def integer(self, text: str) -> Expression:
        """An expression over sizes and attributes only."""
        return parse_expression(text, Scope({}, self.scope.attributes, self.scope.sizes))

    def requirements(self, form: str) -> tuple[tuple[str, Expression], ...]:
        """Sentences and conditions; those of views are Python over shapes and stay texts."""
        if form == "view":
            return ()
        return self.each("require", lambda why, text: (why, self.integer(text)))

    def statements(self, key: str, scope: Scope) -> tuple[Statement | Block, ...]:
        if key not in self.pieces:
            return ()
        with self.at(key):
            found = parse_statements(self.text(key), scope)
            if not found:
                raise RegistryError(f"{key} must have a statement, name = value")
            return found

    def condition(self, key: str) -> str:
        """Text of a condition on the elements of inputs."""
        text = self.text(key)
        if text:
            with self.at(key):
                free = Scope(
                    dict.fromkeys(self.scope.ranks), self.scope.attributes, self.scope.sizes
                )
                parse_expression(text, free)
        return text

    def since(self) -> str:
        """The version that the op came with."""
        text = self.text("since")
        if text and not _VERSION.fullmatch(text):
            with self.at("since"):
                raise RegistryError(f"since must be a version like 1.2, got {text!r}")
        return text

    def autocast(self) -> Rules:
        if "autocast" not in self.pieces:
            return ()
        with self.at("autocast"):
            rules = read_autocast(self.pieces["autocast"])
            if not any(can_be_cast(each.type.word) for each in self.inputs):
                raise RegistryError("autocast must have an input that can be a float, none can")
        return rules

    def order(self) -> tuple[str, ...]:
        names = [each.name for each in (*self.inputs, *self.attributes)]
        order = self.words("order") or tuple(names)
        with self.at("order"):
            given = [name for name in order if name != "*"]
            if sorted(given) != sorted(names):
                wrong = next((n for n in given if n not in names), None) or next(
                    (n for n in names if n not in given), given[-1] if given else ""
                )
                raise RegistryError(f"order must name each of {', '.join(names)} once; see {wrong}")
        return order

    def derivative(self, pair: str, text: str) -> tuple[str, str, Expression]:
        output, slash, given = pair.partition("/")
        outputs = [each.name for each in self.outputs]
        inputs = [each.name for each in self.inputs]
        if not slash or output[1:] not in outputs or given[1:] not in inputs:
            raise RegistryError(
                f"a derivative must be of a d<output>/d<input> of {', '.join(outputs)} and "
                f"{', '.join(inputs)}, got {pair}"
            )
        return output[1:], given[1:], parse_expression(text, self.scope)

    def form(
        self, define: tuple[Statement | Block, ...]
    ) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The op's form, and for views and extern ops the texts that stand for its meaning."""
        if "view" in self.pieces:
            view = self.mapping("view")
            with self.at("view"):
                if tuple(view) != _VIEW_KEYS:
                    raise RegistryError(f"view must have the keys {', '.join(_VIEW_KEYS)} in order")
            return "view", self.each("view", _python) + self.each("require", _view_requirement)
        if "kernel" in self.pieces:
            if isinstance(self.pieces["kernel"], str):
                return "extern", (("name", self.text("kernel")),)
            kernel = self.each("kernel", lambda name, text: (name, text))
            with self.at("kernel"):
                if "name" not in dict(kernel):
                    raise RegistryError("kernel must have the key name")
            return "extern", kernel
        arguments = tuple(Read(each.name) for each in self.inputs)
        match define:
            case (Statement(_, Call(function, given)),) if function in PRIMITIVES:
                if given == arguments:
                    return "primitive", ()
        return "derived", ()

    def adjoint(
        self, form: str, body: tuple[Statement | Block, ...]
    ) -> tuple[tuple[Statement | Block, ...], tuple[tuple[str, str], ...]]:
        """Stated cotangents: statements, or for views and extern ops the texts of calls of ops."""
        if form not in ("derived", "primitive"):
            return (), self.each("adjoint", _python)
        scope = self.scope.with_tensors({s.target.tensor: None for s in each_statement(body)})
        scope = scope.with_tensors({f"d{o.name}": self.scope.ranks[o.name] for o in self.outputs})
        if isinstance(self.pieces.get("adjoint", ""), str):
            return self.statements("adjoint", scope), ()

        def read(target: str, text: str) -> Statement:
            (found,) = parse_statements(f"{target} = 0", scope)
            assert isinstance(found, Statement)
            scatter = not all(_plain(index) for index in found.target.indices)
            return Statement(found.target, parse_expression(text, scope), scatter)

        return self.each("adjoint", read), ()

    def reference(self) -> str:
        value = self.pieces.get("reference", "")
        if isinstance(value, Mapping):
            lines = self.each("reference", _python)
            return "\n".join(f"{oracle}: {' '.join(text.split())}" for oracle, text in lines)
        text = self.text("reference")
        with self.at("reference"):
            return _python("reference", text)[1].strip() if text else ""

    def samples(self) -> tuple[Sample, ...]:
        reader = Samples(self.inputs, self.attributes)
        found: list[Sample] = []
        for place, value in enumerate(self.list("samples")):
            with self.at("samples", place):
                found.append(reader.read_complete(value))
        return tuple(found)

    def rejects(self) -> tuple[tuple[str, Sample], ...]:
        reader = Samples(self.inputs, self.attributes)
        found: list[tuple[str, Sample]] = []
        for why, value in self.mapping("rejects").items():
            with self.at("rejects", why):
                cases = value if isinstance(value, list) else [value]
                found.extend((why, reader.read(each)) for each in cases)
        return tuple(found)

    def variants(self) -> tuple[Op, ...]:
        found: list[Op] = []
        inherited = {key: self.pieces[key] for key in _INHERITED if key in self.pieces}
        for place, value in enumerate(self.list("variants"), start=1):
            with self.at("variants", place - 1):
                if not isinstance(value, Mapping):
                    raise RegistryError("a variant must be a mapping")
                inner = {**inherited, "names": list(self.names()), **value}

                def locate(path: Path, place: int = place) -> tuple[str, int]:
                    return self.locate(("variants", place - 1, *path))

                found.append(_Builder(f"{self.name}.{place}", inner, locate, self.functions).op())
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        if "names" in self.pieces:
            return self.words("names")
        return default_names(self.name)


def default_names(name: str) -> tuple[str, ...]:
    """Public names of an entry that states none; one in a namespace is shown there only."""
    return () if "::" in name else (name, f"Tensor.{name}")


def _tolerance(name: str, text: str) -> tuple[str, float]:
    """A dtype, and the relative error that its elements may have."""
    if name not in _DTYPES:
        raise RegistryError(f"tolerance must name dtypes, got {name!r}{nearest(name, _DTYPES)}")
    try:
        return name, float(text)
    except ValueError:
        raise RegistryError(f"the tolerance of {name} must be a number, got {text!r}") from None


def _python(name: str, text: str) -> tuple[str, str]:
    """A name with a text that is checked to be a Python expression."""
    try:
        parse_quietly(f"({text}\n)", "eval")
    except SyntaxError as error:
        raise RegistryError(f"{name}: {error.msg} in {text!r}") from None
    return name, text


def _view_requirement(why: str, text: str) -> tuple[str, str]:
    """A requirement of a view as one of its texts: `require: sentence` and the condition."""
    return f"require: {why}", _python("require", text)[1]


def _plain(index: Expression) -> bool:
    """Whether a target index is an index, or a product of indices."""
    if isinstance(index, Product):
        return all(isinstance(part, Index) for part in index.parts)
    return isinstance(index, Index)


def references(op: Op) -> dict[str, str]:
    """The independent expressions of an op's meaning: oracle (`numpy`, `torch`) -> Python text.

    A reference that names no oracle is `torch` if it uses that, and `numpy` otherwise.
    """
    if op.reference.startswith(("numpy: ", "torch: ")):
        return dict(line.split(": ", 1) for line in op.reference.split("\n"))
    return {"torch" if "torch." in op.reference else "numpy": op.reference} if op.reference else {}
