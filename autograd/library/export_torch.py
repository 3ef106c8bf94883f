"""Ops as custom ops of PyTorch: memory is shared through DLPack, derivatives and vmap filled in.

What PyTorch asks for beside the op itself, its backward for some arguments, the op on a batch, the
backward of the backward, is a function of tensors here too: each is exported when it is first
needed, under a name made of the op's.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from ...ops import namespaces
from ...ops.dtype import by_name, dtype
from ...ops.errors import BackendError, CustomOpError
from ...ops.language.op import Op
from ...ops.registry import registry
from ...tensor.calls import dispatch
from ...tensor.devices import META
from ...tensor.interchange.dlpack import from_dlpack
from ...tensor.layout import strided
from ...tensor.library.by_name import find
from ...tensor.library.custom import CustomOp
from ...tensor.library.schema import Form, Parameter, Schema, split_name
from ...tensor.tensor import Tensor, fresh
from .. import modes
from ..transforms import vjp
from ..vmap import vmap
from .torch_schema import Signature, signature_of

Described = tuple[tuple[int, ...], dtype]
Pattern = tuple[bool, ...]
_exported: dict[str, tuple[Op | CustomOp, Exported]] = {}  # by the name in PyTorch


def export_torch(op: Any, name: str | None = None) -> Any:
    """An op as a custom op of PyTorch, `torch.ops.namespace.name`.

    Args:
        op: An entry, by its registry name or as what stands for it; or an op implemented by hand.
        name: `namespace::name` there; by default the op's own, in the namespace `tensorsmith` if
            it has none.

    Returns:
        What `torch.library.custom_op` gives.

    Raises:
        RuntimeError: PyTorch is not installed, or its schemas cannot say what the op takes.
    """
    found = _resolved(op)
    own = found.schema.name if isinstance(found, CustomOp) else found.name
    name = name or (own if "::" in own else f"tensorsmith::{own}")
    split_name(name)
    before = _exported.get(name)
    if before is None or before[0] is not found:
        signature = signature_of(found, name)
        before = found, Exported(name, signature, _function(found, signature))
        _exported[name] = before
    return before[1].op


def _resolved(op: Any) -> Op | CustomOp:
    if isinstance(op, str):
        return find(op) or registry.get(op.removeprefix("aten::"))
    if isinstance(op, (Op, CustomOp)):
        return op
    inner = getattr(op, "op", None)
    if isinstance(inner, (Op, CustomOp)):
        return inner
    if callable(op):
        found = _entry_of(op)
        if found is not None:
            return found
    raise CustomOpError(
        "export_torch: the name of an entry, its function or an op made by hand is needed, got "
        f"{getattr(op, '__qualname__', type(op).__name__)!r}; custom_op makes an op of a function"
    )


def _entry_of(function: Callable[..., Any]) -> Op | None:
    """The entry whose function it is; None for a function that is not one of ours."""
    name, module = str(getattr(function, "__name__", "")), str(getattr(function, "__module__", ""))
    space, dot, own = str(getattr(function, "__qualname__", "")).partition(".")
    declared = f"{space}::{own}"
    if dot and declared in registry and namespaces.find(declared) is function:
        return registry.get(declared)
    ours = module.partition(".")[0] == __name__.partition(".")[0]
    return registry.get(name) if ours and name in registry else None


def _function(op: Op | CustomOp, signature: Signature) -> Callable[..., Any]:
    """The op as a function of its arguments in the order of the signature."""
    if isinstance(op, CustomOp):
        custom = op
        names = [each.name for each in signature.schema.parameters]
        return lambda *values: custom(**dict(zip(names, values)))
    entry = op

    def run(*values: Any) -> Any:
        given = {p.name: x for p, x in zip(signature.schema.parameters, values)}
        operands = tuple(given.pop(each.name) for each in entry.inputs)
        for spec in entry.attributes:  # None stands for a default that a schema cannot say
            plain = spec.kind not in ("dtype", "choice") and not spec.optional
            if plain and spec.default is not None and given[spec.name] is None:
                del given[spec.name]
        found = dispatch.call(entry, operands, given)
        return found.clone() if entry.form == "view" else found

    return run


class Exported:
    """A function of tensors that PyTorch knows as an op.

    Attributes:
        name: `namespace::name`.
        signature: What it takes and gives.
        function: On tensors of this library.
        describe: Shapes and dtypes of the results, from those of the arguments.
        op: What PyTorch made of it.
    """

    def __init__(
        self,
        name: str,
        signature: Signature,
        function: Callable[..., Any],
        describe: Callable[[tuple[Any, ...]], list[Described]] | None = None,
    ) -> None:
        self.torch = _torch()
        self.name, self.signature, self.function = name, signature, function
        self.describe = describe or self.run_on_meta
        self.pulls: dict[tuple[int, ...], Exported] = {}
        self.batches: dict[Pattern, Exported] = {}
        self.op = self.torch.library.custom_op(
            name, self.run, mutates_args=(), schema=signature.schema.signature()
        )
        self.op.register_fake(self.fake)
        self.op.register_vmap(self.map)
        if signature.differentiable:
            self.op.register_autograd(self.backward, setup_context=self.set_up)

    def complete(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments with the defaults at the end that PyTorch leaves out."""
        return values + tuple(x.default for x in self.signature.schema.parameters[len(values) :])

    # forward

    def run(self, *values: Any) -> Any:
        """The results for tensors of PyTorch."""
        with modes.no_grad():
            found = self.function(*(self.taken(x) for x in self.complete(values)))
        results = found if isinstance(found, tuple) else (found,)
        made = tuple([self.torch.from_dlpack(x.detach().contiguous()) for x in results])
        return made if len(made) > 1 else made[0]

    def taken(self, value: Any) -> Any:
        """A tensor of PyTorch as one of this library, over the same memory; dtypes likewise."""
        if isinstance(value, self.torch.Tensor):
            if value.device.type != "cpu":
                raise BackendError(f"{self.name}: the tensor must be on cpu, got {value.device}")
            return from_dlpack(value.detach().resolve_conj().resolve_neg())
        return _dtype_of(self.torch, value)

    def fake(self, *values: Any) -> Any:
        """Empty results, for arguments without elements."""
        place = next(x for x in values if isinstance(x, self.torch.Tensor)).device
        made = tuple([
            self.torch.empty(shape, dtype=getattr(self.torch, kind.name), device=place)
            for shape, kind in self.describe(self.complete(values))
        ])  # fmt: skip
        return made if len(made) > 1 else made[0]

    def run_on_meta(self, values: tuple[Any, ...]) -> list[Described]:
        """Shapes and dtypes, found by running the function on tensors without elements."""
        with modes.no_grad():
            found = self.function(*(_meta(self.torch, x) for x in values))
        results = found if isinstance(found, tuple) else (found,)
        return [(tuple(x.shape), x.dtype) for x in results]

    # backward

    def set_up(self, ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keeps the arguments."""
        tensors = [i for i, x in enumerate(inputs) if isinstance(x, self.torch.Tensor)]
        ctx.save_for_backward(*(inputs[i] for i in tensors))
        ctx.tensors = tensors
        ctx.rest = [None if i in tensors else x for i, x in enumerate(inputs)]

    def backward(self, ctx: Any, *gradients: Any) -> Any:
        """Gradients of the arguments, by the exported backward."""
        values = list(ctx.rest)
        for place, tensor in zip(ctx.tensors, ctx.saved_tensors):
            values[place] = tensor
        wanted = tuple(
            place
            for place in self.signature.differentiable
            if isinstance(values[place], self.torch.Tensor) and ctx.needs_input_grad[place]
        )
        found = self.pull(wanted).op(*values, *gradients) if wanted else ()
        results = iter(found if isinstance(found, tuple) else (found,))
        given = tuple(next(results) if i in wanted else None for i in range(len(values)))
        return given if len(given) > 1 else given[0]

    def pull(self, wanted: tuple[int, ...]) -> Exported:
        """The backward for some arguments, exported once."""
        found = self.pulls.get(wanted)
        if found is None:
            found = self.pulls[wanted] = self.make_pull(wanted)
        return found

    def make_pull(self, wanted: tuple[int, ...]) -> Exported:
        """The function that gives the gradients of the arguments at some places."""
        function, schema = self.function, self.signature.schema
        count = len(schema.parameters)

        def run(*values: Any) -> Any:
            fixed, gradients = list(values[:count]), values[count:]

            def partly(*moving: Any) -> Any:
                for place, value in zip(wanted, moving):
                    fixed[place] = value
                return function(*fixed)

            outputs, pull_back = vjp(partly, *(values[place] for place in wanted))
            results = outputs if isinstance(outputs, tuple) else (outputs,)
            cotangents = tuple(_cotangent(g, y) for g, y in zip(gradients, results))
            return pull_back(cotangents if isinstance(outputs, tuple) else cotangents[0])

        def describe(values: tuple[Any, ...]) -> list[Described]:
            return [_described(self.torch, values[place]) for place in wanted]

        plain = tuple(Parameter(x.name, x.form) for x in schema.parameters)
        taken = tuple(
            Parameter(f"d{i}", Form("Tensor", optional=True)) for i in range(len(schema.returns))
        )
        name = f"{schema.name}_backward_{'_'.join(map(str, wanted))}"
        made = Schema(name, plain + taken, (Form("Tensor"),) * len(wanted))
        places = tuple(range(count, count + len(taken)))
        signature = Signature(made, self.signature.differentiable + places)
        return Exported(name, signature, run, describe)

    # vmap

    def map(self, info: Any, in_dims: tuple[Any, ...], *values: Any) -> Any:
        """The results on a batch, by the exported function of batches."""
        values = self.complete(values)
        given = dict(enumerate(in_dims))
        dims = [
            given.get(i) if isinstance(x, self.torch.Tensor) else None for i, x in enumerate(values)
        ]
        moved = tuple(x if dim is None else x.movedim(dim, 0) for x, dim in zip(values, dims))
        pattern = tuple(dim is not None for dim in dims)
        found = self.batches.get(pattern)
        if found is None:
            found = self.batches[pattern] = self.make_batch(pattern)
        results = found.op(*moved)
        several = isinstance(results, tuple)
        return results, (0,) * len(results) if several else 0

    def make_batch(self, pattern: Pattern) -> Exported:
        """The function on a batch, for arguments mapped as the pattern says."""
        function, schema = self.function, self.signature.schema
        mapped = [i for i, each in enumerate(pattern) if each]

        def run(*values: Any) -> Any:
            def partly(*examples: Any) -> Any:
                every = list(values)
                for place, value in zip(mapped, examples):
                    every[place] = value
                return function(*every)

            return vmap(partly)(*(values[i] for i in mapped))

        def describe(values: tuple[Any, ...]) -> list[Described]:
            size = int(values[mapped[0]].shape[0])
            one = tuple(x[0] if each else x for x, each in zip(values, pattern))
            return [((size, *shape), kind) for shape, kind in self.describe(one)]

        name = f"{schema.name}_vmap_{'_'.join(map(str, mapped))}"
        plain = tuple(Parameter(x.name, x.form) for x in schema.parameters)
        made = Schema(name, plain, schema.returns)
        return Exported(name, Signature(made, self.signature.differentiable), run, describe)


def _torch() -> Any:
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise BackendError("export_torch: PyTorch must be installed to export to it") from error


def _dtype_of(torch: Any, value: Any) -> Any:
    """A dtype of PyTorch as one of this library; other values as they are."""
    if not isinstance(value, torch.dtype):
        return value
    return by_name(str(value).removeprefix("torch."))


def _described(torch: Any, value: Any) -> Described:
    kind = _meta(torch, value)
    return tuple(kind.shape), kind.dtype


def _meta(torch: Any, value: Any) -> Any:
    """An argument without elements."""
    if isinstance(value, torch.Tensor):
        shape = tuple(int(n) for n in value.shape)
        steps = tuple(int(n) for n in value.stride())
        return fresh(strided(_dtype_of(torch, value.dtype), shape, steps, META))
    if isinstance(value, torch.SymInt):
        return int(value)
    return _dtype_of(torch, value)


def _cotangent(given: Any, result: Any) -> Any:
    """The cotangent of a result; zeros where there is none."""
    if not isinstance(given, Tensor):
        return result.new_zeros(tuple(result.shape))
    return given if given.dtype is result.dtype else given.to(result.dtype)
