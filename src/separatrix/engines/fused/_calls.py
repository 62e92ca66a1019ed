"""Calling machine code by its address from inside a Numba function, and the floating-point mode around it."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def _caller(count: int) -> Callable[..., Any]:
    """An intrinsic (address, argument, …): arrays go as pointers to their first element, numbers as they are."""

    def typed(context: Any, address: Any, *arguments: Any) -> Any:
        signature = types.void(address, *arguments)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            passed = []
            for kind, value in zip(signature.args[1:], values[1:], strict=True):
                is_array = isinstance(kind, types.Array)
                # The data alone: the machine code knows its shapes and counts no references.
                passed.append(context.make_array(kind)(context, builder, value).data if is_array else value)
            pointer = ir.FunctionType(ir.VoidType(), [value.type for value in passed]).as_pointer()
            builder.call(builder.inttoptr(values[0], pointer), passed)
            return context.get_dummy_value()

        return signature, generate

    names = ", ".join(f"a{k}" for k in range(count))
    namespace: dict[str, Any] = {"typed": typed}
    # Numba wants an intrinsic's parameters by name; they differ by their number alone
    exec(f"def call(context, address, {names}):\n    return typed(context, address, {names})", namespace)
    return intrinsic(namespace["call"])  # type: ignore[no-any-return]  # untyped


@intrinsic
def address(context: Any, array: Any) -> Any:
    """Where an array's first element lies, as a whole number."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.ptrtoint(context.make_array(signature.args[0])(context, builder, values[0]).data, ir.IntType(64))

    return types.int64(array), generate


@intrinsic
def pointer(context: Any, array: Any, first: Any) -> Any:
    """A pointer to element `first` of an array or pointer; with `carray` a view that nothing is counted for."""
    is_array = isinstance(array, types.Array)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(array)(context, builder, values[0]).data if is_array else values[0]
        return builder.gep(data, [values[1]])

    return types.CPointer(array.dtype)(array, types.intp), generate


@intrinsic
def prefetch(context: Any, array: Any, element: Any) -> Any:
    """Ask for the cache line of element `at`; nothing happens if there is none."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        byte, whole = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # Arguments of the intrinsic: a read, kept in all cache levels, of data.
        read, keep, data_cache = (ir.Constant(whole, number) for number in (0, 3, 1))
        builder.call(function, [builder.bitcast(builder.gep(data, [values[1]]), byte), read, keep, data_cache])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


call5 = _caller(5)
call6 = _caller(6)
call7 = _caller(7)
call10 = _caller(10)
call13 = _caller(13)

_FLUSH = 0x8040  # MXCSR: denormal results become 0 (bit 15), denormal operands count as 0 (bit 6)


@intrinsic
def flush_denormals(context: Any) -> Any:
    """Let this thread's vector unit flush denormal numbers; the mode before, for `restore_mode`. On x86 only."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if not _is_x86():
            # Other processors have no MXCSR register; `restore_mode` does nothing there either, so this 0 is unread.
            return ir.Constant(ir.IntType(32), 0)
        # The two instructions exchange the register with memory only, hence a place on the stack.
        place = cgutils.alloca_once(builder, ir.IntType(32))
        _mode_call(builder, "llvm.x86.sse.stmxcsr", place)
        before = builder.load(place)
        other = cgutils.alloca_once(builder, ir.IntType(32))
        # Only two bits of the control register are set; rounding and exceptions stay as they are.
        builder.store(builder.or_(before, ir.Constant(ir.IntType(32), _FLUSH)), other)
        _mode_call(builder, "llvm.x86.sse.ldmxcsr", other)
        return before

    return types.uint32(), generate


@intrinsic
def restore_mode(context: Any, mode: Any) -> Any:
    """Put back what `flush_denormals` found."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if _is_x86():
            place = cgutils.alloca_once(builder, ir.IntType(32))
            builder.store(values[0], place)
            _mode_call(builder, "llvm.x86.sse.ldmxcsr", place)
        return context.get_dummy_value()

    return types.void(types.uint32), generate


def _is_x86() -> bool:
    return platform.machine().lower() in ("x86_64", "amd64")


def _mode_call(builder: Any, name: str, place: Any) -> None:
    byte = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte])
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    builder.call(function, [builder.bitcast(place, byte)])
