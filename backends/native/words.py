"""The words of the language: what only native code can do, one method for each.

`word_NAME` writes a call of `language.NAME`.
"""

from __future__ import annotations

import ast

from .expressions import ExpressionWriter, Value
from .kinds import INT, MEMORY, NONE, REAL, Kind, annotation, kind_of, width
from .language import Native, Pause


class WordWriter(ExpressionWriter):
    """The part of a function's writer for the words of the language."""

    def word_cast(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`cast(kind, address)`."""
        kind = kind_of(annotation(arguments[0]), self.module)
        return Value(self.converted(self.value(arguments[1]), INT, node).text, kind)

    def word_address(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`address(value)`: of a native function, or of what lies at an address."""
        if isinstance(arguments[0], ast.Name):
            target = self.function.scope.get(arguments[0].id)
            if isinstance(target, Native):
                self.uses.append(target)
                return Value(f'ptrtoint (ptr @"{target.symbol}" to i64)', INT)
        return Value(self.value(arguments[0]).text, INT)

    def word_place_of(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`place_of(field)`."""
        return Value(self.place(arguments[0]).address, INT)

    def word_stack(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`stack(kind, count)`."""
        kind, count = arguments
        size = self.function.scope.get(count.id) if isinstance(count, ast.Name) else None
        size = count.value if isinstance(count, ast.Constant) else size
        if not isinstance(size, int):
            raise self.error(node, "the count must be a constant")
        text = annotation(kind)
        slot = self.label("stack")
        self.slots.append(f"  %{slot} = alloca [{size} x {MEMORY.get(text, 'i64')}], align 16")
        found = self.set(f"ptrtoint ptr %{slot} to i64", INT)
        return Value(found.text, Kind("Int", None, text, self.module))

    def word_invoke(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`invoke(function, *arguments)`."""
        function = self.pointer(self.converted(self.value(arguments[0]), INT, node).text)
        texts = [
            f"i64 {self.converted(self.value(argument), INT, argument).text}"
            for argument in arguments[1:]
        ]
        return self.set(f"call i64 {function}({', '.join(texts)})", INT)

    def word_real(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`real(value)`."""
        return self.set(f"sitofp i64 {self.value(arguments[0]).text} to double", REAL)

    def word_bits(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`bits(value)`."""
        return self.set(f"bitcast double {self.value(arguments[0]).text} to i64", INT)

    def word_single_bits(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`single_bits(value)`."""
        rounded = self.set(f"fptrunc double {self.value(arguments[0]).text} to float", REAL)
        whole = self.set(f"bitcast float {rounded.text} to i32", INT)
        return self.set(f"zext i32 {whole.text} to i64", INT)

    def word_shift_right(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`shift_right(value, count)`."""
        a, b = (self.converted(self.value(x), INT, node).text for x in arguments)
        return self.set(f"lshr i64 {a}, {b}", INT)

    # -- what several threads may do to one place

    def word_load_atomic(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`load_atomic(field)`."""
        place, memory, size = self.shared(arguments[0])
        found = self.set(f"load atomic {memory}, ptr {place} seq_cst, align {size}", INT)
        return self.widened(found, memory)

    def word_store_atomic(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`store_atomic(field, value)`."""
        place, memory, size = self.shared(arguments[0])
        value = self.narrowed(arguments[1], memory)
        self.put(f"store atomic {memory} {value}, ptr {place} seq_cst, align {size}")
        return Value("", NONE)

    def word_fetch_add(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`fetch_add(field, amount)`."""
        place, memory, _ = self.shared(arguments[0])
        amount = self.narrowed(arguments[1], memory)
        found = self.set(f"atomicrmw add ptr {place}, {memory} {amount} seq_cst", INT)
        return self.widened(found, memory)

    def word_compare_exchange(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`compare_exchange(field, seen, value)`."""
        place, memory, _ = self.shared(arguments[0])
        seen, value = (self.narrowed(argument, memory) for argument in arguments[1:])
        pair = self.set(
            f"cmpxchg ptr {place}, {memory} {seen}, {memory} {value} seq_cst seq_cst", INT
        )
        found = self.set(f"extractvalue {{ {memory}, i1 }} {pair.text}, 0", INT)
        return self.widened(found, memory)

    def word_pause(self, node: ast.Call, arguments: list[ast.expr]) -> Value:
        """`pause()`."""
        self.uses.append(Pause)
        self.put(f'call void @"{Pause.symbol}"()')
        return Value("", NONE)

    def shared(self, node: ast.expr) -> tuple[str, str, int]:
        """Pointer, LLVM's type and bytes of a place that is read and written as a whole."""
        place = self.place(node)
        if place.kind not in ("Int", "Address", "Int32") or place.count:
            raise self.error(node, f"threads can share integers only, and this is {place.kind}")
        return self.pointer(place.address), MEMORY[place.kind], width(place.kind)

    def narrowed(self, node: ast.expr, memory: str) -> str:
        """Text of an integer as it lies in memory."""
        value = self.converted(self.value(node), INT, node)
        if memory == "i64":
            return value.text
        return self.set(f"trunc i64 {value.text} to i32", INT).text

    def widened(self, value: Value, memory: str) -> Value:
        """An integer from memory as one of 64 bits."""
        return value if memory == "i64" else self.set(f"sext i32 {value.text} to i64", INT)
