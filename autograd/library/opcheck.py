"""`opcheck`: whether what was registered for an op holds on given arguments."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...ops import namespaces
from ...ops.errors import ArgumentValueError, OpCheckError, nearest
from ...ops.registry import registry
from ...tensor.arrays import array_of
from ...tensor.base import TensorBase
from ...tensor.library.arguments import bind, named_tensors
from ...tensor.library.by_name import op_of
from ...tensor.library.custom import CustomOp
from ...tensor.library.kernel_call import ask_fake, meta_of
from ...tensor.library.results import Promise
from ...tensor.tensor import Tensor
from .. import tree
from ..gradcheck import gradcheck
from ..modes import no_grad
from ..vmap import vmap

Arguments = tuple[Any, ...]
Options = dict[str, Any]


class Case:
    """An op with the arguments that it is checked on.

    Attributes:
        op: Implemented by hand, or any function of tensors, such as a declared op.
        name: For messages.
        arguments, options: Of the call.
    """

    def __init__(
        self,
        op: Any,
        arguments: Arguments,
        options: Options,
        rtol: float | None,
        atol: float | None,
    ) -> None:
        self.op = _found(op) if isinstance(op, str) else op
        known = self.op.schema if isinstance(self.op, CustomOp) else None
        self.schema = known
        self.name = str(getattr(op, "__name__", op)) if known is None else known.name
        self.arguments, self.options = arguments, options
        self.rtol, self.atol = rtol, atol

    def copy(self) -> tuple[Arguments, Options]:
        """The arguments with elements of their own."""
        return tree_map(_copy, self.arguments), tree_map(_copy, self.options)

    def call(self, arguments: Arguments, options: Options) -> list[Any]:
        """The results of a call, flat."""
        return tree.flatten(self.op(*arguments, **options))[0]

    def leaves(self) -> list[Any]:
        """Tensors among the arguments."""
        found = tree.flatten((self.arguments, self.options))[0]
        return [x for x in found if isinstance(x, Tensor)]

    def wrong(self, what: str) -> OpCheckError:
        """A property that does not hold."""
        return OpCheckError(f"{self.name}: {what}")


def _found(name: str) -> Any:
    """The op of a name: made by hand or declared."""
    declared = namespaces.find(name) if name in registry and "::" in name else None
    return op_of(name) if declared is None else declared


def tree_map(function: Callable[[Any], Any], whole: Any) -> Any:
    """A nest of values with a function applied to each."""
    leaves, structure = tree.flatten(whole)
    return tree.unflatten([function(x) for x in leaves], structure)


def _copy(value: Any) -> Any:
    if not isinstance(value, TensorBase):
        return value
    made = value.detach().clone()
    return made.requires_grad_() if value.requires_grad else made


def _same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(array_of(a), array_of(b), equal_nan=a.dtype.kind == "float"))


def _close(case: Case, a: Any, b: Any) -> bool:
    """Two results agree up to rounding."""
    coarse = a.dtype.itemsize <= 4
    rtol = case.rtol if case.rtol is not None else 1e-4 if coarse else 1e-7
    atol = case.atol if case.atol is not None else 1e-5 if coarse else 1e-7
    first, second = array_of(a.detach()), array_of(b.detach())
    return first.shape == second.shape and bool(
        np.allclose(first.astype(float), second.astype(float), rtol, atol, equal_nan=True)
    )


def check_schema(case: Case) -> None:
    """The op writes into those arguments only that its schema marks."""
    arguments, options = case.copy()
    with no_grad():
        case.call(arguments, options)
    written: set[int] = set()
    if case.schema is not None:
        values = bind(case.schema, arguments, options)
        written = {id(x) for _, form, x in named_tensors(case.schema, values) if form.written}
    given = tree.flatten((case.arguments, case.options))[0]
    for place, (before, after) in enumerate(zip(given, tree.flatten((arguments, options))[0])):
        if isinstance(after, Tensor) and id(after) not in written and not _same(before, after):
            raise case.wrong(
                f"tensor {place} of the arguments was changed, which mutates_args does not name"
            )


def check_autograd_registration(case: Case) -> None:
    """Results of arguments that require grad have a history, whose backward gives gradients."""
    arguments, options = case.copy()
    wanted = [
        x
        for x in tree.flatten((arguments, options))[0]
        if isinstance(x, Tensor) and x.requires_grad
    ]
    underived = isinstance(case.op, CustomOp) and not (case.op.backward or case.op.composite)
    if not wanted or underived:
        return
    results = [x for x in case.call(arguments, options) if isinstance(x, Tensor)]
    derived = [x for x in results if x.requires_grad]
    if not derived:
        raise case.wrong("no result has a history, though an argument requires grad")
    total = derived[0].sum()
    for x in derived[1:]:
        total = total + x.sum().to(total.dtype)
    total.backward()
    if all(x.grad is None for x in wanted):
        raise case.wrong("backward gave no gradient to any argument that requires grad")


def check_fake(case: Case) -> None:
    """The fake promises the shapes and dtypes that the results have."""
    arguments, options = case.copy()
    with no_grad():
        if isinstance(case.op, CustomOp):
            if case.op.composite is not None:
                return
            values = bind(case.op.schema, arguments, options)
            promise = ask_fake(case.op, values)
        else:
            metas = tree_map(meta_of, arguments), tree_map(meta_of, options)
            promise = Promise(tuple(case.call(*metas)))
        results = case.call(arguments, options)
    own = [x for x in results if isinstance(x, Tensor)]
    fakes = [x for x in tree.flatten(promise.results)[0] if isinstance(x, Tensor)]
    if len(own) != len(fakes):
        raise case.wrong(f"the fake gives {len(fakes)} tensors, the kernel {len(own)}")
    for place, (real, fake) in enumerate(zip(own, fakes)):
        if not promise.fits(fake, real.shape) or real.dtype is not fake.dtype:
            raise case.wrong(
                f"result {place}: the fake promises {fake.dtype.name}{promise.shown(fake)}, the "
                f"kernel gave {real.dtype.name}{list(real.shape)}"
            )


def check_gradients(case: Case) -> None:
    """Gradients agree with finite differences, for arguments that require grad."""
    if not any(x.requires_grad for x in case.leaves()):
        return
    if isinstance(case.op, CustomOp) and not (case.op.backward or case.op.composite):
        raise case.wrong("an argument requires grad, but no autograd formula was registered")
    arguments, options = case.copy()
    leaves, structure = tree.flatten((arguments, options))
    places = [i for i, x in enumerate(leaves) if isinstance(x, Tensor) and x.requires_grad]

    def function(*given: Any) -> Any:
        every = list(leaves)
        for place, value in zip(places, given):
            every[place] = value
        found = case.call(*tree.unflatten(every, structure))
        return tuple(x for x in found if isinstance(x, Tensor) and x.dtype.kind == "float")

    inputs = tuple(leaves[i] for i in places)
    coarse = any(x.dtype.itemsize < 8 for x in inputs)
    eps, rtol, atol = (1e-3, 1e-2, 1e-2) if coarse else (1e-6, 1e-3, 1e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it wants float64, which a kernel may lack
        gradcheck(
            function, inputs, eps=eps, rtol=case.rtol or rtol, atol=case.atol or atol,
            check_undefined_grad=False, nondet_tol=1e-5 if coarse else 0.0,
        )  # fmt: skip


def check_vmap(case: Case) -> None:
    """The op mapped over a batch agrees with the op on each example."""
    if not case.leaves():
        return
    arguments, options = case.copy()
    leaves, structure = tree.flatten((arguments, options))
    places = [i for i, x in enumerate(leaves) if isinstance(x, Tensor)]

    def function(*given: Any) -> Any:
        every = list(leaves)
        for place, value in zip(places, given):
            every[place] = value
        found = case.call(*tree.unflatten(every, structure))
        return tuple(x for x in found if isinstance(x, Tensor))

    with no_grad():
        one = [leaves[i].detach() for i in places]
        other = [_shuffled(x) for x in one]
        batch = [x.unsqueeze(0).repeat(2, *[1] * x.dim()) for x in one]
        for row, x in zip(batch, other):
            row[1] = x
        mapped = vmap(function)(*batch)
        for number, given in enumerate((one, other)):
            expected = function(*[x.clone() for x in given])
            for place, (x, y) in enumerate(zip(mapped, expected)):
                if not _close(case, x[number], y):
                    raise case.wrong(
                        f"vmap differs from the op on example {number}, result {place}"
                    )


def _shuffled(tensor: Any) -> Any:
    """Another example of the same kind: the elements in reverse order."""
    return tensor.reshape(-1).flip(0).reshape(tuple(tensor.shape))


CHECKS: dict[str, Callable[[Case], None]] = {
    "test_schema": check_schema,
    "test_autograd_registration": check_autograd_registration,
    "test_faketensor": check_fake,
    "test_gradients": check_gradients,
    "test_vmap": check_vmap,
}


def opcheck(
    op: Any,
    args: Sequence[Any],
    kwargs: Options | None = None,
    *,
    test_utils: str | Sequence[str] = tuple(CHECKS),
    raise_exception: bool = True,
    atol: float | None = None,
    rtol: float | None = None,
) -> dict[str, Any]:
    """Checks of an op on given arguments: for each "SUCCESS", or the error.

    Args:
        op: Implemented by hand, by name or as the object; or any function of tensors.
        args, kwargs: Of the call. Gradients are checked for those that require grad.
        test_utils: Names of the checks: test_schema, test_autograd_registration,
            test_faketensor, test_gradients, test_vmap.
        raise_exception: Raise the first error.
        atol, rtol: Tolerances in place of those of the dtypes.

    Raises:
        OpCheckError: A check failed.
        ValueError: There is no check of that name.
    """
    names = (test_utils,) if isinstance(test_utils, str) else tuple(test_utils)
    for name in names:
        if name not in CHECKS:
            raise ArgumentValueError(
                f"opcheck: test_utils must be among {', '.join(CHECKS)}, got {name!r}"
                f"{nearest(name, list(CHECKS))}"
            )
    case = Case(op, tuple(args), dict(kwargs or {}), rtol, atol)
    found: dict[str, Any] = {}
    for name in names:
        try:
            CHECKS[name](case)
            found[name] = "SUCCESS"
        except Exception as error:
            if raise_exception:
                raise OpCheckError(f"opcheck({case.name}, ...): {name} failed: {error}") from error
            found[name] = error
    return found
