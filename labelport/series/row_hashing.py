"""64-bit hashes of rows over all their columns, nested ones too: the same in every process, on every machine.

Made a column at a time, in numpy. A value is hashed with the path of its column, and the sum over the columns is
mixed once more; nulls add nothing. So a row's hash depends neither on the rows beside it nor on the order of
columns, and a column that holds nothing costs nothing. Not made to withstand somebody who seeks two rows of one
hash: claims compare tokens, too.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Words: TypeAlias = np.ndarray[Any, np.dtype[np.uint64]]

_ADD, _ONE, _TWO = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)


def row_hashes(rows: pa.Table, *, seed: bytes) -> Words:
    """Return a hash of each row; other seeds give other hashes."""
    total = np.zeros(rows.num_rows, np.uint64)
    for name in rows.column_names:
        column = rows[name]
        array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        total += _hashed(array, name, seed)
    return _mixed(total + _seed("", seed))


def with_words(hashes: Words, said: Sequence[tuple[bytes, ...]]) -> Words:
    """Return the hashes of rows of which something else is said; empty words leave a hash as it is."""
    made = hashes.copy()
    for row, words in enumerate(said):
        if any(words):
            body = msgspec.msgpack.encode([int(made[row]), *words])
            made[row] = int.from_bytes(hashlib.blake2b(body, digest_size=8).digest(), "little")
    return made


def _hashed(array: pa.Array, path: str, seed: bytes) -> Words:
    """Return the hash of each value, 0 for null."""
    kind, count = array.type, len(array)
    if array.null_count == count or pa.types.is_null(kind):
        return np.zeros(count, np.uint64)
    if pa.types.is_dictionary(kind):
        return _of_dictionary(array, path, seed)
    if pa.types.is_struct(kind):
        fields = (_hashed(pc.struct_field(array, field.name), f"{path}.{field.name}", seed) for field in kind)
        return sum(fields, np.zeros(count, np.uint64))
    if pa.types.is_list(kind):
        return _of_lists(array, path, seed)
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        encoded = pc.dictionary_encode(array)
        return _of_dictionary(encoded, path, seed)
    bits = _bits(array)
    return _where_given(array, _mixed(bits + _seed(path, seed)))


def _bits(array: pa.Array) -> Words:
    """Return numbers, truth values and times as 64 bits; what stands for null is not said."""
    kind = array.type
    if pa.types.is_floating(kind):
        return np.asarray(_filled(array, pa.float64())).view(np.uint64)
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_temporal(kind):
        return np.asarray(_filled(array, pa.int64())).view(np.uint64)
    encode = msgspec.msgpack.Encoder().encode
    blake = hashlib.blake2b
    digests = b"".join([blake(encode(value), digest_size=8).digest() for value in array.to_pylist()])
    return np.frombuffer(digests, "<u8").astype(np.uint64)


def _filled(array: pa.Array, kind: pa.DataType) -> Any:
    plain = array if array.type.equals(kind) else array.cast(kind)
    return pc.fill_null(plain, pa.scalar(0, kind)).to_numpy(zero_copy_only=False)


def _of_dictionary(array: pa.DictionaryArray, path: str, seed: bytes) -> Words:
    values = array.dictionary
    if pa.types.is_string(values.type) or pa.types.is_binary(values.type):
        blake = hashlib.blake2b
        digests = b"".join(
            [blake(value or b"", digest_size=8).digest() for value in values.cast(pa.binary()).to_pylist()]
        )
        hashes = _mixed(np.frombuffer(digests, "<u8").astype(np.uint64) + _seed(path, seed))
    else:
        hashes = _hashed(values, path, seed)
    places = np.asarray(_filled(array.indices, pa.int64()))
    return _where_given(array, hashes[places])


def _of_lists(array: pa.ListArray, path: str, seed: bytes) -> Words:
    """Return the hash of each list: of its values with their places, and of its length."""
    starts = array.offsets.to_numpy().astype(np.int64)
    values = array.values.slice(starts[0], starts[-1] - starts[0])
    starts = starts - starts[0]
    lengths = np.diff(starts)
    places = np.arange(len(values)) - np.repeat(starts[:-1], lengths)
    each = _mixed(_hashed(values, path, seed) ^ _mixed(places.astype(np.uint64)))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(each, dtype=np.uint64)])
    whole = sums[starts[1:]] - sums[starts[:-1]] + lengths.astype(np.uint64)
    return _where_given(array, _mixed(whole + _seed(f"{path}[]", seed)))


def _where_given(array: pa.Array, hashes: Words) -> Words:
    if not array.null_count:
        return hashes
    return np.where(array.is_valid().to_numpy(zero_copy_only=False), hashes, np.uint64(0))


def _seed(path: str, seed: bytes) -> np.uint64:
    digest = hashlib.blake2b(path.encode(), digest_size=8, key=seed[:64]).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def _mixed(words: Words) -> Words:
    """Return each number scrambled: the finaliser of SplitMix64 (Steele, Lea, Flood 2014), a bijection."""
    with np.errstate(over="ignore"):
        mixed = words + _ADD
        mixed ^= mixed >> _SHIFTS[0]
        mixed *= _ONE
        mixed ^= mixed >> _SHIFTS[1]
        mixed *= _TWO
        mixed ^= mixed >> _SHIFTS[2]
    return mixed
