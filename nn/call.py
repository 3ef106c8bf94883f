"""The call of a module, and the hooks around it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from ..autograd.hooks import RemovableHandle
from .hooks import BackwardWatch


class Hooked:
    """What a module offers to be called. Mixed into `Module`."""

    forward: Callable[..., Any]
    _forward_pre_hooks: dict[int, Callable[..., Any]]
    _forward_pre_hooks_with_kwargs: dict[int, bool]
    _forward_hooks: dict[int, Callable[..., Any]]
    _forward_hooks_with_kwargs: dict[int, bool]
    _forward_hooks_always_called: dict[int, bool]
    _backward_pre_hooks: dict[int, Callable[..., Any]]
    _backward_hooks: dict[int, Callable[..., Any]]

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before forward; what it returns replaces the arguments."""
        return self._add_call_hook("_forward_pre_hooks", hook, prepend, with_kwargs)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after forward; what it returns replaces the output."""
        handle = self._add_call_hook("_forward_hooks", hook, prepend, with_kwargs)
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` before the module's backward."""
        return self._add_call_hook("_backward_pre_hooks", hook, prepend, False)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` after the module's backward."""
        return self._add_call_hook("_backward_hooks", hook, prepend, False)

    register_backward_hook = register_full_backward_hook

    def _add_call_hook(
        self, registry: str, hook: Any, prepend: bool, with_kwargs: bool
    ) -> RemovableHandle:
        hooks: OrderedDict[int, Any] = getattr(self, registry)
        keyword = getattr(self, registry + "_with_kwargs", None)
        handle = RemovableHandle(hooks, *([keyword] if keyword is not None else []))
        hooks[handle.id] = hook
        if with_kwargs and keyword is not None:
            keyword[handle.id] = True
        if prepend:
            hooks.move_to_end(handle.id, last=False)
        return handle

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not (
            self._forward_hooks
            or self._forward_pre_hooks
            or self._backward_hooks
            or self._backward_pre_hooks
        ):
            return self.forward(*args, **kwargs)
        return self._call_with_hooks(args, kwargs)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            args, kwargs = self._run_pre_hooks(args, kwargs)
            watch = None
            if self._backward_hooks or self._backward_pre_hooks:
                watch = BackwardWatch(
                    self,
                    list(self._backward_pre_hooks.values()),
                    list(self._backward_hooks.values()),
                )
                args = watch.watch_inputs(args)
            result = self.forward(*args, **kwargs)
            result = self._run_hooks(args, kwargs, result, list(self._forward_hooks))
            return watch.watch_outputs(result) if watch is not None else result
        except Exception:
            self._run_hooks(args, kwargs, None, list(self._forward_hooks_always_called))
            raise

    def _run_pre_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for number, hook in list(self._forward_pre_hooks.items()):
            if number in self._forward_pre_hooks_with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            "forward pre-hook must return None or a tuple of (new_args, "
                            f"new_kwargs), but got {changed}."
                        )
                    args, kwargs = changed
                continue
            changed = hook(self, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        return args, kwargs

    def _run_hooks(self, args: Any, kwargs: Any, result: Any, numbers: list[int]) -> Any:
        for number in numbers:
            hook = self._forward_hooks[number]
            keywords = (kwargs,) if number in self._forward_hooks_with_kwargs else ()
            changed = hook(self, args, *keywords, result)
            if changed is not None:
                result = changed
        return result
