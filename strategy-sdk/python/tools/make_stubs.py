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
from typing import Iterator, final

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

    def __new__(cls, name: str, *, socket: str | bytes | PathLike[str] | None = None, instance: str | None = None,
                wait: str = "spin") -> Feed: ...
    def __iter__(self) -> Iterator[Record]: ...
    def __next__(self) -> Record: ...
    def next(self, timeout: float | None = None) -> Record | None: ...
    def symbol(self, publisher_id: int, instrument_id: int) -> str | None: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def arm(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    def _run(self, maximum: int, timeout: float | None, /) -> tuple[int, int, int] | None: ...
    def _slots(self, ring: int, /) -> Slots: ...
    def _statistics(self) -> tuple[int, int, int, int]: ...

layouts: dict[str, tuple[int, int, tuple[tuple[str, int, str], ...]]]
'''

SCHEMAS = dict(zip([name for name, value in vars(_headrace).items()
                    if inspect.isclass(value) and issubclass(value, _headrace.Record) and value is not _headrace.Record],
                   _headrace.layouts))  # both in the table's order


def type_of(name, formats):
    if name.startswith("pretty_"):
        return "float"
    kind = formats.get(name, "<u8")
    return "str" if kind.startswith("S") else "bytes" if kind.startswith("(") else "int"


def attributes(record, formats):
    for name, member in vars(record).items():
        if inspect.isgetsetdescriptor(member):
            yield f"    @property\n    def {name}(self) -> {type_of(name, formats)}: ..." + (f"  # {member.__doc__}" if member.__doc__ else "")


def stubs():
    yield HEAD.rstrip()
    for name, value in vars(_headrace).items():
        if inspect.isclass(value) and issubclass(value, _headrace.Error) and value is not _headrace.Error:
            yield f"class {name}(Error): ..."
    for name, value in vars(_headrace).items():
        if inspect.isclass(value) and issubclass(value, _headrace.Record):
            fields = {field: kind for field, _, kind in _headrace.layouts.get(SCHEMAS.get(name), (0, 0, ()))[2]}
            base = "" if value is _headrace.Record else "(Record)"
            yield "\n" + ("" if not base else "@final\n") + f"class {name}{base}:"
            yield f'    """{inspect.cleandoc(value.__doc__).splitlines()[0]}"""\n'
            yield from attributes(value, fields)
            if not base:
                yield "    def __bytes__(self) -> bytes: ..."
    yield TAIL.rstrip()
    for name, value in vars(_headrace).items():
        if isinstance(value, int) and name.isupper():
            yield f"{name}: int"


if __name__ == "__main__":
    print("\n".join(stubs()))
