"""Parquet tables, read by pyarrow where it is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, MissingExtraError
from interplay.io.columns import Columns
from interplay.io.guard import foreign, require_claim, require_file
from interplay.io.hints import Hints


def load_parquet(path: Path, kind: str | None, hints: Hints) -> Any:
    """Read a Parquet table like a text table with a header; see `interplay.io.tabular.interpret`."""
    from interplay.io.tabular import interpret

    return interpret(read_parquet(path), kind, hints)


def read_parquet(path: Path) -> Columns:
    """Read the columns of numbers, texts, booleans and instants; instants become seconds since 1970.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    DataError
        If the file is damaged, or a column holds missing values.
    """
    try:
        import pyarrow.parquet as parquet
    except ImportError as error:
        raise MissingExtraError.of("reading Parquet", "pyarrow", "parquet") from error
    size = require_file(path)
    with foreign(str(path)):
        shape = parquet.ParquetFile(path).metadata
        rows, width = int(shape.num_rows), int(shape.num_columns)
    # Run-length encoding shrinks constant columns far beyond any compressor; a page still costs some bytes.
    require_claim(f"{path}", rows * width // 64, size)
    if rows <= 0:
        raise DataError("the table holds no rows. Export it again.")
    with foreign(str(path)):
        table = parquet.read_table(path, use_threads=False)
        columns = [table.column(k) for k in range(table.num_columns)]
        names = [str(n) for n in table.column_names]
    notes = ["read as a Parquet table"]
    kept: list[tuple[str, NDArray[Any]]] = []
    for name, column in zip(names, columns, strict=True):
        array = column_array(name, column, notes)
        if array is not None:
            kept.append((name, array))
    if not kept:
        raise DataError(f"none of the columns ({', '.join(names[:8])}) holds plain values. Flatten the table first.")
    return Columns(names=[n for n, _ in kept], arrays=[a for _, a in kept], notes=tuple(notes))


def column_array(name: str, column: Any, notes: list[str]) -> NDArray[Any] | None:
    """Turn a chunked column into an array, instants into seconds; None, with a note, for what holds no plain values."""
    import pyarrow as pa

    with foreign(f"column {name!r}"):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_timestamp(column.type):
            if column.null_count:
                raise DataError(f"column {name!r} has {column.null_count} missing value(s). Fill or drop these rows.")
            notes.append(f"column {name!r} holds instants; they became seconds since 1970-01-01")
            micro = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
            return np.asarray(micro.cast(pa.int64()).to_numpy()) * 1e-6
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            return np.array([x if x is not None else "" for x in column.to_pylist()], dtype=str)
        if pa.types.is_boolean(column.type):
            column = column.cast(pa.int8())
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
            array = column.to_numpy()
            if array.dtype == np.uint64 and len(array) and array.max() > np.iinfo(np.int64).max:
                notes.append(f"column {name!r} holds numbers of 2^63 and more: they were read as floats")
                return np.asarray(array, dtype=np.float64)
            return np.asarray(array, dtype=np.int64 if array.dtype.kind in "iu" else np.float64)
    notes.append(f"column {name!r} of type {column.type} was not read")
    return None
