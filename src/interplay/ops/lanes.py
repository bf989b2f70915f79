"""Sixteen numbers as one value in compiled loops: a vector type, its arithmetic, and 2 to its power.

A loop over scalars becomes vectors only where the compiler may reorder its sums, leaves a slow tail, and then gives
other bits on another processor. Here the width is written down: sixteen lanes, sums in a fixed order, on every machine
(narrower registers take several of them), for single and double precision by the same source.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

from interplay.ops.lane_math import _P

#: Lanes of one value.
WIDTH = 16

#: Coefficients of 2^f = 1 + f (..) for |f| <= 1/2 in single precision, by weighted least squares; relative error
#: 2.0e-9 before rounding.
_P_SINGLE = (
    0.6931472028550664, 0.24022647913628942, 0.0555033247112562, 0.00961843735765431, 0.0013398874414195263,
    0.00015353361914412694,
)  # fmt: skip
#: Per precision: polynomial, the number that rounds to a whole one when added, bits of the mantissa, least power.
_POWERS: dict[str, tuple[tuple[float, ...], float, int, float]] = {
    "float32": (_P_SINGLE, 12582912.0, 23, -126.0),
    "float64": (_P, 6755399441055744.0, 52, -1022.0),
}


class Lanes(types.Type):
    """The compiled type of sixteen numbers of one precision."""

    def __init__(self, element: types.Float) -> None:
        self.element = element
        super().__init__(name=f"Lanes({element})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Lanes) -> None:
        element = ir.FloatType() if fe_type.element == types.float32 else ir.DoubleType()
        super().__init__(dmm, fe_type, ir.VectorType(element, WIDTH))  # type: ignore[no-untyped-call]


def _operator(function: Callable[[Any, Any], Any], instruction: str) -> None:
    """Let `function` work between lanes, by the LLVM instruction of that name."""

    @infer_global(function)  # type: ignore[no-untyped-call]
    class _Typing(AbstractTemplate):
        def generic(self, args: tuple[types.Type, ...], kws: dict[str, types.Type]) -> Any:
            if len(args) == 2 and isinstance(args[0], Lanes) and args[0] == args[1]:
                return signature(args[0], *args)  # type: ignore[no-untyped-call]
            return None

    @lower_builtin(function, Lanes, Lanes)  # type: ignore[no-untyped-call]
    def _lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return getattr(builder, instruction)(*args)


for _function, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _operator(_function, _instruction)


def _vector(context: Any, lanes: Lanes) -> Any:
    return context.get_value_type(lanes)


def _splat(builder: Any, vector: Any, value: Any) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), order)


def _constant(vector: Any, value: float | int) -> Any:
    return ir.Constant(vector, [value] * WIDTH)


def _place(context: Any, builder: Any, signature: Any, args: Any, vector: Any) -> Any:
    """Point to lanes that begin at element args[1] of the array args[0]."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.bitcast(cgutils.gep_inbounds(builder, array.data, args[1]), vector.as_pointer())  # type: ignore[no-untyped-call]


def _is_row(array: Any) -> bool:
    return isinstance(array, types.Array) and array.ndim == 1 and array.layout == "C"


@intrinsic
def _spread(typingctx, value):  # type: ignore[no-untyped-def]
    """Give lanes that all hold `value`."""

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        return _splat(builder, _vector(context, sig.return_type), args[0])

    return Lanes(value)(value), build


@intrinsic
def _load(typingctx, row, at):  # type: ignore[no-untyped-def]
    """Read sixteen elements of a contiguous row, from `at` on; nothing checks that the row has them."""
    if not _is_row(row):
        return None

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        place = _place(context, builder, sig, args, _vector(context, sig.return_type))
        return builder.load(place, align=row.dtype.bitwidth // 8)

    return Lanes(row.dtype)(row, types.intp), build


@intrinsic
def _store(typingctx, row, at, lanes):  # type: ignore[no-untyped-def]
    """Write sixteen elements of a contiguous row, from `at` on; nothing checks that the row has them."""
    if not _is_row(row):
        return None

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        place = _place(context, builder, sig, args, _vector(context, lanes))
        builder.store(args[2], place, align=row.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(row, types.intp, lanes), build


@intrinsic
def _fused(typingctx, a, b, c):  # type: ignore[no-untyped-def]
    """Give a * b + c lane by lane, rounded once."""

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        return _multiply_add(builder, _vector(context, a), *args)

    return a(a, a, a), build


@intrinsic
def _total(typingctx, lanes):  # type: ignore[no-untyped-def]
    """Add the lanes: halves to halves, four times."""

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        found, half = args[0], WIDTH // 2
        while half:
            order = ir.Constant(ir.VectorType(ir.IntType(32), half), list(range(half)))
            rest = ir.Constant(ir.VectorType(ir.IntType(32), half), list(range(half, 2 * half)))
            nothing = ir.Constant(found.type, ir.Undefined)
            found = builder.fadd(
                builder.shuffle_vector(found, nothing, order), builder.shuffle_vector(found, nothing, rest)
            )
            half //= 2
        return builder.extract_element(found, ir.Constant(ir.IntType(32), 0))

    return lanes.element(lanes), build


@intrinsic
def _any_above(typingctx, a, b):  # type: ignore[no-untyped-def]
    """Tell whether a > b in any lane; a NaN is above nothing."""

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        word = builder.bitcast(builder.fcmp_ordered(">", *args), ir.IntType(WIDTH))
        return builder.icmp_unsigned("!=", word, ir.Constant(word.type, 0))

    return types.boolean(a, b), build


@intrinsic
def _largest(typingctx, lanes):  # type: ignore[no-untyped-def]
    """Give the greatest of the lanes."""

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        found = builder.extract_element(args[0], ir.Constant(ir.IntType(32), 0))
        for lane in range(1, WIDTH):
            other = builder.extract_element(args[0], ir.Constant(ir.IntType(32), lane))
            found = builder.select(builder.fcmp_ordered(">", other, found), other, found)
        return found

    return lanes.element(lanes), build


@intrinsic
def _power_of_two(typingctx, lanes):  # type: ignore[no-untyped-def]
    """Give 2^x lane by lane, to one unit in the last place; 0 where that is no normal number; x < 2^7 (2^10)."""

    def build(context, builder, sig, args):  # type: ignore[no-untyped-def]
        return _power(builder, _vector(context, lanes), args[0], *_POWERS[str(lanes.element)])

    return lanes(lanes), build


def _multiply_add(builder: Any, vector: Any, *args: Any) -> Any:
    name = f"llvm.fma.v{WIDTH}{'f32' if vector.element == ir.FloatType() else 'f64'}"
    kind = ir.FunctionType(vector, [vector] * 3)
    function = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
    return builder.call(function, args)


def _power(builder: Any, vector: Any, x: Any, p: tuple[float, ...], rounding: float, bits: int, least: float) -> Any:
    """Write 2^x: the whole part goes into the exponent, the rest through the polynomial, even and odd powers apart."""
    word = ir.VectorType(ir.IntType(32 if bits == 23 else 64), WIDTH)
    small = builder.fcmp_ordered("<", x, _constant(vector, least))
    shifted = builder.fadd(x, _constant(vector, rounding))
    f = builder.fsub(x, builder.fsub(shifted, _constant(vector, rounding)))
    q = builder.fmul(f, f)
    coefficients = [_constant(vector, c) for c in (1.0, *p)]
    parts = []
    for first in (0, 1):
        chain = coefficients[first::2]
        found = chain.pop()
        while chain:
            found = _multiply_add(builder, vector, found, q, chain.pop())
        parts.append(found)
    curve = _multiply_add(builder, vector, parts[1], f, parts[0])
    power = builder.shl(builder.bitcast(shifted, word), _constant(word, bits))
    found = builder.bitcast(builder.add(builder.bitcast(curve, word), power), vector)
    return builder.select(small, _constant(vector, 0.0), found)


# Type checkers count the typing context as an argument, which compiled code does not see.
spread: Any = _spread
load: Any = _load
store: Any = _store
fused: Any = _fused
total: Any = _total
any_above: Any = _any_above
largest: Any = _largest
power_of_two: Any = _power_of_two
