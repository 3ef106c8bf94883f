"""Static checks of what an entry declares: names, defaults, sizes, edges."""

from __future__ import annotations

import keyword

from ..calls.attributes import check_default
from ..errors import RegistryError, nearest, within
from ..language.expression import Index, sizes_in
from ..language.op import Op, each_statement
from ..language.signature import EXTREMES


def check_names(op: Op) -> None:
    """Names of arguments are different, and none is that of an index."""
    sizes = known_sizes(op)
    seen: set[str] = set()
    for each in (*op.inputs, *op.attributes, *op.outputs):
        if not each.name.isidentifier() or keyword.iskeyword(each.name):
            raise RegistryError(f"{each.name!r} must be a Python name, and no keyword")
        if each.name in seen:
            raise RegistryError(f"the name {each.name} stands for two things")
        own = getattr(each, "sizes", ()) == (each.name.upper(),)  # `n: N`, where `n` is the index
        if Index(each.name).size in sizes and not own:
            raise RegistryError(
                f"{each.name} is an index over {Index(each.name).size}; rename that size"
            )
        seen.add(each.name)
    known = [each.name for each in (*op.inputs, *op.outputs)]
    for name in op.nondifferentiable:
        if name not in known:
            raise RegistryError(f"nondifferentiable: {name} is not a tensor{nearest(name, known)}")


def check_same(op: Op) -> None:
    """Inputs of equal shape are the first of the entry, are always given, and share a group."""
    if not op.same:
        return
    first = op.inputs[: len(op.same)]
    if len(first) < 2 or tuple(each.name for each in first) != op.same:
        raise RegistryError("same must name the first inputs, two or more, in their order")
    groups = [{axis.sizes for axis in each.type.axes if axis.group} for each in first]
    for each, own in zip(first, groups):
        if each.default is not None or not own.intersection(groups[0]):
            raise RegistryError(f"same: {each.name} must have no default and share a group")


def check_attributes(op: Op) -> None:
    """Sizes and words of attributes fit what they follow, and a call could give each default."""
    names = [each.name for each in op.attributes]
    words = [each.type.word for each in (*op.inputs, *op.outputs)]
    lengths = {spec.name: len(spec.sizes) for spec in op.attributes}
    for spec in op.attributes:
        if len(set(spec.sizes)) < len(spec.sizes):
            raise RegistryError(f"{spec.name}: the sizes must be different")
        if lengths.get(spec.follows, len(spec.sizes)) != len(spec.sizes):
            raise RegistryError(
                f"{spec.name}: {spec.follows} has {lengths[spec.follows]} sizes, and "
                f"{len(spec.sizes)} are needed"
            )
        if spec.follows and spec.follows not in (*names, *EXTREMES):
            hint = nearest(spec.follows, names)
            raise RegistryError(f"{spec.name}: {spec.follows} is not an attribute{hint}")
        if spec.word and spec.word not in words:
            hint = nearest(spec.word, words)
            raise RegistryError(f"{spec.name}: {spec.word} is not a word of the op{hint}")
    for spec in op.attributes:
        with within("attrs", spec.name):
            check_default(spec)


def check_outside(op: Op) -> None:
    """What is read beyond its edges is a tensor of the entry."""
    bodies = (*op.define, *op.compute, *op.adjoint)
    known = {each.name: None for each in (*op.inputs, *op.outputs)}
    known |= {f"d{each.name}": None for each in op.outputs}
    known |= {statement.target.tensor: None for statement in each_statement(bodies)}
    for name, _ in op.outside:
        if name not in known:
            with within("outside", name):
                raise RegistryError(
                    f"outside: {name} is not a tensor of the entry{nearest(name, [*known])}"
                )


def known_sizes(op: Op) -> set[str]:
    """Names of all sizes that types, attributes and `sizes` mention."""
    found = {size for spec in op.attributes for size in spec.sizes}
    found |= {name for name, _ in op.sizes}
    for each in (*op.inputs, *op.outputs):
        found.update(size for kind in each.types for size in kind.sizes)
    return found


def check_sizes(op: Op) -> None:
    """Every size of an output comes from an input, an attribute or `sizes`, but in extern ops."""
    known = {size for spec in op.attributes for size in spec.sizes if spec.kind != "Keep"}
    for each in op.inputs:
        known.update(each.type.sizes)
    held = {size for each in op.inputs for size in each.type.sizes}
    for spec in op.attributes:
        if spec.kind in ("Axis", "Axes") and spec.sizes[0] not in held:
            raise RegistryError(f"{spec.name}: no input has an axis {spec.sizes[0]}")
    for name, expression in op.sizes:
        missing = sizes_in(expression) - known
        if missing:
            raise RegistryError(f"size {name}: {sorted(missing)[0]} is not known before it")
        known.add(name)
    if op.form == "extern":
        return
    for name in known_sizes(op) - known:
        raise RegistryError(f"size {name} can be solved from no input, attribute or line of sizes")
