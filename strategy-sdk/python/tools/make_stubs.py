#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints headrace/_headrace.pyi, made from the extension itself. tests/test_stubs.py checks that the file is current.

    PYTHONPATH=<build>/strategy-sdk/python python3 tools/make_stubs.py > headrace/_headrace.pyi
"""

import inspect

from headrace import _headrace

HEAD = '''# SPDX-License-Identifier: Apache-2.0
# Made by tools/make_stubs.py: change that, or the tables in src/.

from os import PathLike
from typing import Any, Callable, Iterator, final

from .batch import Batch
from .enums import (Action, InstrumentClass, MatchAlgorithm, RType, SecurityUpdateAction, Side, StatType, StatUpdateAction, StatusAction,
                    StatusReason, TradingEvent, TriState, UserDefinedInstrument)

class Error(OSError): ...
'''

TAIL = '''
@final
class Slots:
    """The slots of one ring: a read-only buffer that stays mapped for as long as anything holds it."""

    slot_bytes: int
    slot_count: int
    def __buffer__(self, flags: int, /) -> memoryview: ...

class Feed:
    """An attachment to a handler, without what needs numpy. Use headrace.attach."""

    def __new__(cls, name: str | None, *, socket: str | bytes | PathLike[str] | None = None, instance: str | None = None,
                wait: str = "spin", file: str | bytes | PathLike[str] | None = None, slots: int = 0) -> Feed: ...
    def __iter__(self) -> Iterator[Record]: ...
    def __next__(self) -> Record: ...
    def next(self, timeout: float | None = None) -> Record | None: ...
    def symbol(self, publisher_id: int, instrument_id: int) -> str | None: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def arm(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    @property
    def ring_count(self) -> int: ...
    @property
    def ring(self) -> int: ...
    @property
    def is_file(self) -> bool: ...
    def batch(self, maximum: int = 4096, timeout: float | None = None, *, schema: str = "mbo") -> Batch | None: ...
    def _prepare(self, schema: str, /) -> None: ...
    def _directory(self, ring: int, first: int, /) -> list[tuple[int, int, int, str, int]]: ...
    def _slots(self, ring: int, /) -> Slots: ...
    def _statistics(self) -> tuple[int, int, int, int]: ...

def record_from_bytes(data: bytes, stamp: int = ...) -> Record:
    """A record from its exact bytes."""

def _level_from_bytes(name: str, data: bytes, /) -> BidAskPair | ConsolidatedBidAskPair: ...
def _make_lent_type(array: type, void: type, /) -> type: ...
def _set_choices(name: str, members: dict[int, Any], /) -> None: ...
def _set_time(function: Callable[[int], Any], /) -> None: ...
def _arrow_schema(rows: bytes, row_bytes: int, schema: str, columns: tuple[tuple[str, int], ...], symbols: dict[int, str], /) -> object: ...
def _arrow_array(rows: bytes, row_bytes: int, schema: str, columns: tuple[tuple[str, int], ...], symbols: dict[int, str], /) -> object: ...
def _arrow_stream(rows: bytes, row_bytes: int, schema: str, columns: tuple[tuple[str, int], ...], symbols: dict[int, str], /) -> object: ...

layouts: dict[str, tuple[int, int, tuple[tuple[str, int, str, str], ...]]]
'''

# A record of each schema, all zeros; several schemas may have records of one type.
RECORDS = {schema: _headrace.record_from_bytes(bytes([size // 4, rtype]) + bytes(size - 2))
           for schema, (size, rtype, _) in _headrace.layouts.items()}
SCHEMAS = {type(record).__name__: schema for schema, record in RECORDS.items()}
LEVELS = {name: type(RECORDS[schema].levels[0]).__name__ for name, schema in SCHEMAS.items() if hasattr(RECORDS[schema], "levels")}
LEVEL_TYPES = {type(record.levels[0]) for record in RECORDS.values() if hasattr(record, "levels")}


def type_of(name, formats, kinds):
    if name.startswith("pretty_"):
        return "float" if kinds.get(name.removeprefix("pretty_")) == "price" else "Any"
    plain = formats.get(name, "<u8")
    plain = "str" if plain.startswith("S") else "bytes" if plain.startswith("(") else "int"
    kind = kinds.get(name, "")
    return plain if kind in ("", "price", "time") else f"{kind} | {plain}"


def attributes(record, formats, kinds):
    for name, member in vars(record).items():
        if inspect.isgetsetdescriptor(member):
            kind = f"tuple[{LEVELS[record.__name__]}, ...]" if name == "levels" else type_of(name, formats, kinds)
            yield f"    @property\n    def {name}(self) -> {kind}: ..." + (f"  # {member.__doc__}" if member.__doc__ else "")


def stubs():
    yield HEAD.rstrip()
    for name, value in vars(_headrace).items():
        if inspect.isclass(value) and issubclass(value, _headrace.Error) and value is not _headrace.Error:
            yield f"class {name}(Error): ..."
    for name, value in vars(_headrace).items():
        if inspect.isclass(value) and issubclass(value, _headrace.Record):
            rows = _headrace.layouts.get(SCHEMAS.get(name, "mbo"))[2]  # the base has the header's alone
            formats, kinds = {row[0]: row[2] for row in rows}, {row[0]: row[3] for row in rows}
            base = "" if value is _headrace.Record else "(Record)"
            yield "\n" + ("" if not base else "@final\n") + f"class {name}{base}:"
            yield f'    """{inspect.cleandoc(value.__doc__).splitlines()[0]}"""\n'
            yield from attributes(value, formats, kinds)
            if not base:
                yield "    def __bytes__(self) -> bytes: ..."
                yield "    def record_size(self) -> int: ..."
    for value in vars(_headrace).values():
        if inspect.isclass(value) and value in LEVEL_TYPES:
            yield f"\n@final\nclass {value.__name__}:\n    \"\"\"{value.__doc__}\"\"\"\n"
            yield from attributes(value, {}, {"bid_px": "price", "ask_px": "price"})
            yield "    def __bytes__(self) -> bytes: ..."
    yield TAIL.rstrip()
    for name, value in vars(_headrace).items():
        if isinstance(value, int) and name.isupper():
            yield f"{name}: int"


if __name__ == "__main__":
    print("\n".join(stubs()))
