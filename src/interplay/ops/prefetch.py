"""Ask for memory before it is needed."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


@intrinsic
def _prefetch(typingctx, array, index):  # type: ignore[no-untyped-def]
    """Begin to load ``array[index]`` of a one-dimensional array into the caches; no place is out of range."""

    def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = make_array(signature.args[0])(context, builder, args[0]).data  # type: ignore[no-untyped-call]
        place = builder.bitcast(builder.gep(data, [args[1]]), cgutils.voidptr_t)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t] + [ir.IntType(32)] * 3)
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        builder.call(call, [place, *(ir.Constant(ir.IntType(32), number) for number in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.int64), build


@intrinsic
def _prefetch_row(typingctx, array, index):  # type: ignore[no-untyped-def]
    """Begin to load ``array[index, 0]`` of a two-dimensional array; no place is out of range."""

    def build(context, builder, signature, args):  # type: ignore[no-untyped-def]
        rows = make_array(signature.args[0])(context, builder, args[0])  # type: ignore[no-untyped-call]
        step = cgutils.unpack_tuple(builder, rows.strides, 2)[0]  # type: ignore[no-untyped-call]
        data = builder.bitcast(rows.data, cgutils.voidptr_t)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t] + [ir.IntType(32)] * 3)
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")  # type: ignore[no-untyped-call]
        place = builder.gep(data, [builder.mul(step, args[1])])
        builder.call(call, [place, *(ir.Constant(ir.IntType(32), number) for number in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(array, types.int64), build


# Type checkers count the typing context as an argument, which compiled code does not see.
prefetch: Any = _prefetch
prefetch_row: Any = _prefetch_row
