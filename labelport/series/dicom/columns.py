"""Columns of many images at once: codes, vectors and masks in numpy, so that no object is made an image."""

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Places: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Mask: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]


class HeaderColumns:
    """The fields of ``dicom`` of some media rows, each brought to numpy when it is asked for."""

    def __init__(self, rows: pa.Table, at: Places | None = None) -> None:
        """``at``: the rows that are meant, null for all."""
        self._rows = rows
        self._dicom = _one(rows["dicom"])
        self._names = {field.name for field in self._dicom.type}
        self._at = None if at is None or len(at) == rows.num_rows else pa.array(at)

    def column(self, name: str) -> pa.Array:
        """Return a column of media."""
        return self._meant(_one(self._rows[name]))

    def field(self, name: str) -> pa.Array:
        """Return a field as Arrow has it; nulls where the catalogue does not have it yet."""
        if name not in self._names:
            return pa.nulls(len(self._dicom) if self._at is None else len(self._at), pa.string())
        return self._meant(pc.struct_field(self._dicom, name))

    def _meant(self, array: pa.Array) -> pa.Array:
        return array if self._at is None else array.take(self._at)

    def codes(self, name: str) -> Places:
        """Return a number for each row, equal where the values are; nulls are one value. Of text and numbers."""
        return codes_of(self.field(name))

    def is_in(self, name: str, values: list[str]) -> Mask:
        """Return which rows have one of these values."""
        return mask_of(pc.is_in(self.field(name), value_set=pa.array(values, pa.string())))

    def is_given(self, name: str) -> Mask:
        """Return which rows have a value, and not an empty text or list."""
        array = self.field(name)
        if pa.types.is_null(array.type):
            return np.zeros(len(array), bool)
        listed = pa.types.is_list(array.type)
        lengths = pc.list_value_length(array) if listed else pc.binary_length(array)
        return mask_of(pc.greater(lengths, 0))

    def length_is(self, name: str, length: int) -> Mask:
        """Return which rows have a list of this length."""
        return mask_of(pc.equal(pc.list_value_length(self.field(name)), length))

    def joined(self, name: str, *, most: int) -> pa.Array:
        """Return the first texts of each list as one, null lists as empty ones."""
        listed = pc.list_slice(self.field(name), 0, most)
        return pc.fill_null(pc.binary_join(listed, "\\"), "")


def codes_of(array: pa.Array) -> Places:
    """Return a number for each value, equal where the values are; nulls are one value."""
    if array.null_count == len(array):
        return np.zeros(len(array), np.int64)
    encoded = pc.dictionary_encode(array, null_encoding="encode")
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), np.int64)


def mask_of(array: pa.Array) -> Mask:
    """Return a mask, false where it is null."""
    return np.asarray(pc.fill_null(array, False).to_numpy(zero_copy_only=False), bool)


def vectors_of(array: pa.Array, length: int) -> Numbers:
    """Return lists that all have this length as a matrix, a row each."""
    return np.asarray(pc.list_flatten(array).to_numpy(zero_copy_only=False), np.float64).reshape(-1, length)


def _one(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def differing(codes: Any, first: Places, of: Places) -> Mask:
    """Return which groups have a member that differs from their first; ``first``: a row a group, ``of``: its number a row."""
    return np.bincount(of[codes != codes[first[of]]], minlength=len(first)) > 0
