"""Solved calls written down for native code: ops, plans and histories as structs in memory."""

from __future__ import annotations

import ctypes
import math
import sys
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from ...backends.cpu.pool import SIZES, default_pool
from ...backends.cpu.threads import workers
from ...backends.native.lasting import keep_forever
from ...backends.native.view import View, array
from ...backends.slots import Place, Slots, Solved
from ..layout import is_packed
from . import elements, items, objects, plans
from .runtime import ENABLED, NAMES, STATE, TABLES, function

POINTER = ctypes.c_int64
MOST_NOTES = 1 << 14
_KINDS = {"float32": plans.SINGLE, "float64": plans.REAL, "bool": plans.TRUTH}
_GPU_KINDS = {**_KINDS, "float32": plans.ROUNDED}  # parameters of eight bytes

if ENABLED:
    _insert = function("insert", POINTER, POINTER, POINTER, POINTER, POINTER)
    _clear = function("clear", POINTER, POINTER)
    _learn = function(
        "learn", POINTER, POINTER, POINTER, POINTER, ctypes.py_object, ctypes.py_object, POINTER
    )  # fmt: skip
    _learn_item = function(
        "learn_item", POINTER, ctypes.py_object, ctypes.py_object, POINTER, POINTER
    )


class Owner:
    """Memory of structs, and the objects that they point to.

    Attributes:
        struct: The struct.
        present: Of a plan: places of the operands that the specialised op has.
        kept: Places of the attributes that it has.
        varying: Some of these differ between calls with the same words.
        converted: Places of the operands that are converted first.
    """

    __slots__ = ("__weakref__", "alive", "converted", "kept", "present", "struct", "varying")

    def __init__(self, struct: View) -> None:
        self.struct = struct
        self.alive: list[Any] = []
        self.present: tuple[int, ...] = ()
        self.kept: tuple[int, ...] = ()
        self.varying = False
        self.converted: frozenset[int] = frozenset()

    def array(self, values: Sequence[int]) -> int:
        """Address of integers that live as long as this object."""
        made = array(list(values))
        self.alive.append(made)
        return ctypes.addressof(made)

    def reference(self, value: object) -> int:
        """Address of an object that lives as long as this one."""
        self.alive.append(value)
        return id(value)


class Record:
    """An op as native code looks it up.

    Attributes:
        struct: Its struct.
        owners: Plans in its table.
        counter: The op that counts its last attribute, if there is one.
    """

    __slots__ = ("counter", "defaults", "key", "owners", "struct", "table")

    def __init__(
        self,
        key: object,
        operands: int,
        outputs: int,
        by_type: int,
        defaults: Sequence[Any],
        folds: bool,
        autocast: bool,
        counter: Record | None = None,
    ) -> None:
        self.key = key
        self.counter = counter
        numbers = [float(x) if type(x) in (int, float) else math.nan for x in defaults]
        self.defaults = (ctypes.c_double * max(len(numbers), 1))(*numbers)
        attributes = len(defaults)
        self.table: Any = View(objects.Table)
        self.struct: Any = View(objects.Record)
        self.struct.key = id(key)
        self.struct.operands, self.struct.attributes = operands, attributes
        self.struct.outputs, self.struct.by_type = outputs, by_type
        self.struct.folds = int(folds)
        self.struct.whole = sum(1 << i for i, x in enumerate(defaults) if type(x) is int)
        self.struct.autocast = -int(autocast)
        self.struct.defaults = ctypes.addressof(self.defaults)
        self.struct.table = self.table.at
        if counter is not None:
            self.struct.counter = counter.struct.at
        self.owners: list[Owner] = []

    def publish(self) -> None:
        """Lets native code find the op by its key."""
        word = array([id(self.key)])
        _insert(STATE.records, ctypes.addressof(word), 1, self.struct.at)

    def forget(self) -> None:
        """Drops all plans."""
        _clear(self.table.at)
        self.owners.clear()

    def learn(
        self, owner: Owner, form: int, known: object, values: tuple[Any, ...], targets: Any
    ) -> bool:
        """Puts a plan under the words of a call; whether that is possible.

        Args:
            known: The binding that the call belongs to, or None.
            values: Operands and attributes.
            targets: Tensors that the call writes into.
        """
        if not all(_is_stable(value) for value in values):
            return False
        at = 0 if known is None else id(known)
        found = _learn(self.struct.at, form, at, values, tuple(targets), owner.struct.at)
        if found == 1:
            self.owners.append(owner)
            owner.alive += [known, values_kept(values), tuple(x._layout for x in targets)]
        return bool(found >= 0)


def _is_stable(value: Any) -> bool:
    """Whether equal values look equal to native code: of text only one of all equal ones does."""
    if type(value) is str:
        return sys.intern(value) is value
    return not isinstance(value, (tuple, list)) or all(map(_is_stable, value))


def values_kept(values: Any) -> Any:
    """What the words of a call point to: layouts of tensors, and other values themselves."""
    return tuple(
        values_kept(x) if type(x) in (tuple, list) else getattr(x, "_layout", x) for x in values
    )


_lasting: list[Any] = []
_noted: set[tuple[str | int, ...]] = set()


def is_noted(table: str, words: list[int]) -> bool:
    """Whether something is under these words in a table of the process."""
    return (table, *words) in _noted


def note(table: str, words: list[int], value: int, alive: object) -> None:
    """Puts an address under words into a table of the process, if nothing is there; `alive` is what
    they point to."""
    if len(_lasting) >= MOST_NOTES:  # they start anew
        for name in NAMES[1:]:
            _clear(TABLES[name].at)
        _lasting.clear()
        _noted.clear()
    if is_noted(table, words):
        return
    _noted.add((table, *words))
    array_of_words = array(words)
    _insert(TABLES[table].at, ctypes.addressof(array_of_words), len(words), value)
    _lasting.append(alive)


def write_view(layout: Any, offset: int, place: Place | None = None) -> Owner:
    """A plan for a view; `place` is the GPU that it lies on, if calls of it are to be recorded."""
    owner = Owner(View(plans.Plan))
    plan: Any = owner.struct
    plan.owner = id(owner)
    plan.form, plan.operands, plan.present, plan.outputs = plans.VIEW, 1, 1, 1
    plan.layouts = owner.array([owner.reference(layout)])
    plan.offset, plan.width = offset, layout.dtype.itemsize
    if place is not None:
        _write_place(owner, place, layout.device)
    return owner


def write_part(layout: Any, offset: int, whole: Any) -> Owner | None:
    """A plan for a view of a tensor of the layout `whole`, which native code may make as well; None
    if there is no size class for that."""
    number = size_class(whole.nbytes)
    if number < 0:
        return None
    owner = write_view(layout, offset)
    plan: Any = owner.struct
    plan.layouts = owner.array([owner.reference(layout), owner.reference(whole)])
    plan.sizes, plan.classes = owner.array([0, whole.nbytes]), owner.array([0, number])
    return owner


def _write_place(owner: Owner, place: Place, device: object) -> None:
    """Lets a plan run on a GPU."""
    plan: Any = owner.struct
    plan.gpu, plan.gpu_number = place.gpu, place.number
    plan.device, plan.label = owner.reference(device), owner.reference(place.label)
    if not STATE.find_here:
        STATE.find_here = id(keep_forever(place.find_here))


KINDS = {
    "bool": elements.TRUTHS, "int64": elements.WHOLE, "int32": elements.WHOLE32,
    "uint8": elements.BYTES, "float32": elements.SINGLES, "float64": elements.DOUBLES,
}  # fmt: skip
"""Dtype -> how native code reads its elements."""


def geometry(layout: Any) -> Owner:
    """The extents and strides of a layout, for native code."""
    owner = Owner(View(items.Geometry))
    shape: Any = owner.struct
    shape.layout, shape.count = owner.reference(layout), layout.numel
    shape.rank, shape.width = layout.rank, layout.dtype.itemsize
    shape.extents, shape.strides = owner.array(layout.shape), owner.array(layout.strides)
    if layout.device.type == "cpu" and not layout.conj:
        shape.kind = KINDS.get(layout.dtype.name, elements.UNREAD)
    return owner


def note_geometry(layout: Any) -> None:
    """Lets native code read the elements of tensors of a layout."""
    words = [id(layout)]
    if ENABLED and not is_noted("geometries", words):
        owner = geometry(layout)
        note("geometries", words, owner.struct.at, (owner, layout))


def note_shape(layout: Any, kind: int) -> None:
    """Lets native code make tensors of a layout, of lists whose numbers are of a kind."""
    if not ENABLED or not layout.numel or layout.rank > elements.MOST_NESTED:
        return
    words = [STATE.epoch, kind, layout.rank, *layout.shape]
    if not is_noted("shapes", words):
        owner = geometry(layout)
        if owner.struct.kind != elements.UNREAD:  # what native code cannot read it cannot write
            note("shapes", words, owner.struct.at, owner)


def write_item(tensor: Any, index: Any, found: Any) -> None:
    """Lets native code serve `tensor[index]`, which gave the view `found`."""
    layout = tensor._layout
    owner = write_view(found._layout, 0)
    note_geometry(layout)
    _lasting.append((owner, layout))  # also where it takes the place of another one
    _learn_item(tensor, index, owner.struct.at, found._offset - tensor._offset)


def write_kernels(
    solved: Solved,
    count: int,
    present: int,
    layouts: Sequence[Any],
    numbers: dict[str, int],
    constants: dict[str, Any],
) -> Owner | None:
    """A plan for kernels; None if native code has no room for it.

    Args:
        count: Operands of the call.
        present: Bits of those that are tensors.
        layouts: Of the results.
        numbers: Name -> number of the operand or result, or of the value that is a scalar.
        constants: Scalars that are the same in each call.
    """
    temporaries = [name for name, _ in solved.temporaries]
    first = count + len(layouts)
    if first + len(temporaries) > plans.MOST_ADDRESSES:
        return None
    if any(len(x.template) > plans.MOST_SLOTS for x in solved.launches):
        return None
    size_number = size_class if solved.place is None else solved.place.size_number
    classes = [size_number(x.nbytes) for x in layouts]
    temporary_classes = [size_number(size) for _, size in solved.temporaries]
    if min([*classes, *temporary_classes], default=0) < 0:
        return None
    places = numbers | {name: first + i for i, name in enumerate(temporaries)}
    owner = Owner(View(plans.Plan))
    plan: Any = owner.struct
    plan.owner = id(owner)
    plan.form, plan.operands, plan.present = plans.KERNEL, count, present
    plan.busy = int(any(x.busy for x in solved.launches))
    plan.outputs = len(layouts)
    plan.layouts = owner.array([owner.reference(x) for x in layouts])
    plan.sizes = owner.array([x.nbytes for x in layouts])
    plan.classes = owner.array(classes)
    plan.dense = int(is_packed(layouts[0].shape, layouts[0].strides)) if layouts else 0
    plan.temporaries = len(temporaries)
    plan.temporary_sizes = owner.array([size for _, size in solved.temporaries])
    plan.temporary_classes = owner.array(temporary_classes)
    plan.zeroed = len(solved.zeroed)
    plan.zeroes = owner.array([x for name, size in solved.zeroed for x in (places[name], size)])
    plan.launches = len(solved.launches)
    kinds = _KINDS if solved.place is None else _GPU_KINDS
    plan.steps = owner.array([_launch(owner, x, places, constants, kinds) for x in solved.launches])
    if solved.place is not None:
        if not layouts:
            return None
        _write_place(owner, solved.place, layouts[0].device)
    elif any(x.chunks > 1 for x in solved.launches):
        pool = workers()
        assert pool is not None, "native code runs where there are workers"
        STATE.parallel = pool.address
    return owner


def size_class(size: int) -> int:
    """The number of the pool's class for a request."""
    units = (size + 63) >> 6
    small = default_pool().state.small
    if units < len(small):
        return int(small[units])
    return bisect_left(SIZES, size)


def _launch(
    owner: Owner,
    slots: Slots,
    places: dict[str, int],
    constants: dict[str, Any],
    kinds: dict[str, int],
) -> int:
    launch: Any = View(plans.Launch)
    owner.alive.append(launch)
    template = list(slots.template)
    sources: list[int] = []
    for source in slots.sources:
        if source.name in constants:
            kind = kinds.get(source.kind, plans.INTEGER)
            template[source.place] = _bits(kind, constants[source.name])
            continue
        kind = {"pointer": plans.POINTER, "status": plans.STATUS}.get(source.kind, -1)
        if kind < 0:
            kind = kinds.get(source.kind, plans.INTEGER)
        sources += [source.place, kind, places.get(source.name, 0)]
    launch.kernel, launch.chunks = slots.address, slots.chunks
    launch.name, launch.threads, launch.shared = id(slots.name), slots.threads, slots.shared
    launch.count, launch.template = len(template), owner.array(template)
    launch.varying, launch.sources = len(sources) // 3, owner.array(sources)
    return int(launch.at)


def _bits(kind: int, value: Any) -> int:
    """A number as its slot holds it."""
    if kind in (plans.SINGLE, plans.ROUNDED):
        single = ctypes.c_float(value)
        if kind == plans.SINGLE:
            return int.from_bytes(bytes(single), "little")
        value = single.value
    if kind in (plans.REAL, plans.ROUNDED):
        return int.from_bytes(bytes(ctypes.c_double(value)), "little", signed=True)
    return int(value)
