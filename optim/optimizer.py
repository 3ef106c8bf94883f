"""Optimizer: parameter groups, per-parameter state, saving and loading."""

from __future__ import annotations

import itertools
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from operator import itemgetter
from typing import Any

from ..autograd import enable_grad, set_grad_enabled
from ..autograd.hooks import RemovableHandle, add_hook
from ..tensor import Tensor, call, tensor
from ..tensor.calls.each import COUNT, call_each, count_up


class _RequiredParameter:
    """Marks an option that every parameter group must give."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _RequiredParameter()

Closure = Callable[[], Any]
Row = tuple[Any, ...]  # operands of a step op: parameter, gradient, and what is remembered of it


class Optimizer:
    """Base of all optimizers. A subclass gives `_update_group(group)`, or `_update(parameter,
    group)` for one parameter.

    Args:
        params: Parameters, (name, parameter) pairs, or dictionaries with `params` and options.
        defaults: Options of groups that do not set them.

    Attributes:
        param_groups: List of dictionaries: `params` and the options.
        state: Parameter -> dictionary of what the optimizer remembers of it.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, "
                f"but got {type(params).__name__}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._step_pre_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self._step_post_hooks: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own.

        Raises:
            TypeError: Not a dictionary, or a parameter that is not a tensor.
            ValueError: A parameter is not a leaf, stands in another group, or an option is missing.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = dict(param_group)
        params = group["params"]
        if isinstance(params, Tensor):
            params = [params]
        elif isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the "
                "ordering of tensors in sets will change between runs. Please use a list instead."
            )
        params = [p[1] if isinstance(p, tuple) else p for p in params]
        for parameter in params:
            if not isinstance(parameter, Tensor):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(parameter).__name__}"
                )
            recorded = self.defaults.get("differentiable")
            if not (recorded or parameter.is_leaf or parameter.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(p) in known for p in params):
            raise ValueError("some parameters appear in more than one parameter group")
        group["params"] = params
        for name, default in self.defaults.items():
            if default is required and name not in group:
                raise ValueError(
                    "parameter group didn't specify a value of required optimization parameter "
                    f"{name}"
                )
            group.setdefault(name, default)
        if group.get("foreach") and group.get("fused"):
            raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters, or fill them with zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                gradient = parameter._grad
                if gradient is None:
                    continue
                if set_to_none:
                    parameter._grad = None
                else:
                    parameter.grad = gradient.detach()
                    parameter.grad.zero_()

    def step(self, closure: Closure | None = None) -> Any:
        """Update every parameter that has a gradient.

        Args:
            closure: Computes the loss again, with gradients.

        Returns:
            What the closure returned.
        """
        if self._step_pre_hooks:
            for hook in list(self._step_pre_hooks.values()):
                hook(self, (closure,), {})
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with set_grad_enabled(bool(self.defaults.get("differentiable"))):
            for group in self.param_groups:
                self._update_group(group)
        if self._step_post_hooks:
            for hook in list(self._step_post_hooks.values()):
                hook(self, (closure,), {})
        return loss

    def _update_group(self, group: dict[str, Any]) -> None:
        for parameter in group["params"]:
            if parameter.grad is not None:
                self._update(parameter, group)

    def _update(self, parameter: Tensor, group: dict[str, Any]) -> None:
        raise NotImplementedError(f"{type(self).__name__} must define _update")

    def _new_state(self, parameter: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """What is remembered of a parameter before its first step."""
        return {}

    # -- steps of many parameters at once ----------------------------------------------------------

    def _rows(self, group: dict[str, Any], names: Sequence[str]) -> list[Row]:
        """For each parameter that has a gradient: both, and the tensors of its state by name."""
        rows: list[Row] = []
        states = self.state
        pick = _picker(names)
        for parameter in group["params"]:
            gradient = parameter._grad
            if gradient is not None:
                state = states[parameter]
                if not state:
                    state.update(self._new_state(parameter, group))
                rows.append((parameter, gradient, *pick(state)))
        return rows

    def _count(self, rows: list[Row]) -> Iterable[tuple[float, list[Row]]]:
        """Counts the steps of the rows' parameters; (number of this step, rows) for each number."""
        states = self.state
        steps = count_up([states[row[0]]["step"] for row in rows], COUNT)
        return by_value(steps, rows)

    @staticmethod
    def _step_rows(
        op: str, rows: list[Row], attributes: tuple[Any, ...], group: dict[str, Any]
    ) -> None:
        """Runs a step op on rows; its results are the new parameter and the new state, in order."""
        if not rows:
            return
        places = (0, *range(2, len(rows[0])))
        if not group.get("differentiable"):
            call_each(op, rows, attributes, places)
            return
        for row in rows:  # recorded: what is written in place is not what the op has read
            found = call(op, tuple([x.clone() for x in row]), attributes)
            for place, result in zip(places, found if isinstance(found, tuple) else (found,)):
                row[place].copy_(result)

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; gives a handle to remove it."""
        return add_hook(self._step_pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step; gives a handle to remove it."""
        return add_hook(self._step_post_hooks, hook)

    # -- saving ------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """State and groups with parameters replaced by their numbers."""
        numbers = {
            id(p): i
            for i, p in enumerate(
                itertools.chain.from_iterable(g["params"] for g in self.param_groups)
            )
        }
        groups = [
            {
                **{k: v for k, v in group.items() if k != "params"},
                "params": [numbers[id(p)] for p in group["params"]],
            }
            for group in self.param_groups
        ]
        state = {numbers[id(p)]: value for p, value in self.state.items() if id(p) in numbers}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take back what `state_dict` gave; tensors are copied and cast to their parameter's dtype.

        Raises:
            ValueError: The groups do not match.
        """
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        for mine, theirs in zip(self.param_groups, saved):
            if len(mine["params"]) != len(theirs["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size "
                    "of optimizer's group"
                )
        numbers = itertools.chain.from_iterable(group["params"] for group in saved)
        parameters = itertools.chain.from_iterable(group["params"] for group in self.param_groups)
        by_number = dict(zip(numbers, parameters))
        self.state = defaultdict(dict)
        for number, value in state_dict["state"].items():
            parameter = by_number[number]
            self.state[parameter] = {k: _fit(k, v, parameter) for k, v in value.items()}
        for mine, theirs in zip(self.param_groups, saved):
            mine.update({k: deepcopy(v) for k, v in theirs.items() if k != "params"})

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._step_pre_hooks = OrderedDict()
        self._step_post_hooks = OrderedDict()

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join(lines) + "\n)"


def _picker(names: Sequence[str]) -> Callable[[dict[str, Any]], Iterable[Any]]:
    """What gives the values under some names of a state."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda state: [state[name] for name in names]


def new_state(parameter: Tensor, *names: str) -> dict[str, Any]:
    """The state of a parameter: a step count and tensors of its shape, all zero."""
    data = parameter.detach()
    return {"step": tensor(0.0), **{name: data.new_zeros(data.shape) for name in names}}


def by_value(values: Sequence[float], rows: list[Row]) -> Iterable[tuple[float, list[Row]]]:
    """(value, its rows) for each of the values that rows have."""
    if not rows:
        return ()
    if values.count(values[0]) == len(rows):
        return ((values[0], rows),)
    found: dict[float, list[Row]] = {}
    for value, row in zip(values, rows):
        found.setdefault(value, []).append(row)
    return found.items()


def word(option: Any) -> str:
    """An option that is on or off, as ops of steps take it."""
    return "yes" if option else "no"


def _fit(name: str, value: Any, parameter: Tensor) -> Any:
    if not isinstance(value, Tensor):
        return tensor(float(value)) if name == "step" else deepcopy(value)
    if name == "step" or not parameter.is_floating_point():
        return value.clone()
    return value.to(dtype=parameter.dtype, device=parameter.device, copy=True)


def check_not_negative(**options: Any) -> None:
    """Raises ValueError, in PyTorch's words, if an option is negative."""
    words = {
        "lr": "learning rate",
        "eps": "epsilon value",
        "weight_decay": "weight_decay value",
        "momentum": "momentum value",
    }
    for name, value in options.items():
        if not float(value) >= 0:
            raise ValueError(f"Invalid {words.get(name, name)}: {value}")


def check_betas(betas: tuple[float, float]) -> None:
    """Raises ValueError, in PyTorch's words, if a beta is not in [0, 1)."""
    for number, beta in enumerate(betas):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {number}: {beta}")
