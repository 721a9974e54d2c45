# SPDX-License-Identifier: Apache-2.0
"""DBN files to read and replay: those that Databento publishes, where there are any, and others made by its own library:
of every record kind and version."""

import os
import struct
from datetime import date
from pathlib import Path

import pytest


def published():
    """Databento's own sample files: those that `./dev test` fetches, or all in $HEADRACE_DBN_SAMPLES."""
    folder = Path(os.environ.get("HEADRACE_DBN_SAMPLES") or Path(os.environ["HEADRACE_BUILD"]) / "dbn-samples")
    return sorted(path for path in folder.rglob("*.dbn*") if ".frag" not in path.name)


def library():
    return pytest.importorskip("databento_dbn", reason="no databento-dbn (./dev test installs it)")


NOON = 1_700_000_000_000_000_000  # 2023-11-14T22:13:20Z


def record(rtype, size, number, time_step, ts_out=None):
    """A record of that type: printable bytes, so that texts are texts, with times where DBN has them."""
    time = NOON + number * time_step
    body = bytearray((65 + (number + at) % 26) for at in range(size))
    body[0:16] = struct.pack("<BBHIQ", (size + (8 if ts_out else 0)) // 4, rtype, 1, 5482, time)
    at = 32 if rtype in LIKE_TRADES else {0xA0: 40, 0x12: 16, 0x13: 16, 0x14: 16, 0x18: 16}.get(rtype)
    if at:
        body[at : at + 8] = struct.pack("<Q", time + 7)
    return bytes(body) + (ts_out.to_bytes(8, "little") if ts_out else b"")


LIKE_TRADES = {0x00, 0x01, 0x0A, 0xB1, 0xC0, 0xC1, 0xC2, 0xC3, 0xC4}

#: schema: (its type, bytes in version 1, 2 and 3)
KINDS = {
    "mbo": (0xA0, 56, 56, 56), "trades": (0x00, 48, 48, 48), "mbp-1": (0x01, 80, 80, 80), "mbp-10": (0x0A, 368, 368, 368),
    "tbbo": (0x01, 80, 80, 80), "ohlcv-1s": (0x20, 56, 56, 56), "ohlcv-1m": (0x21, 56, 56, 56), "ohlcv-1d": (0x23, 56, 56, 56),
    "definition": (0x13, 360, 400, 520), "statistics": (0x18, 64, 64, 80), "status": (0x12, 40, 40, 40),
    "imbalance": (0x14, 112, 112, 112),
    "bbo-1s": (0xC3, 80, 80, 80), "cmbp-1": (0xB1, 80, 80, 80), "cbbo-1m": (0xC1, 80, 80, 80),
}


def make(schema, version, records=50, ts_out=False, step=1_000_000):
    """The bytes of a file; schema None: one of every kind, and symbol mappings and system messages too."""
    dbn = library()
    interval = {"start_date": date(2023, 11, 14), "end_date": date(2023, 11, 15), "symbol": "5482"}
    metadata = dbn.Metadata(dataset="GLBX.MDP3", start=NOON, stype_in=dbn.SType.RAW_SYMBOL, stype_out=dbn.SType.INSTRUMENT_ID,
                            schema=None if schema is None else dbn.Schema.from_str(schema), symbols=["ESZ3"],
                            version=version, ts_out=ts_out, mappings=[Mapping("ESZ3", [interval])])
    kinds = [KINDS[schema]] if schema else list(KINDS.values()) + [(0x16, 80, 176, 176)]
    out = bytes(metadata)
    for number in range(records):
        kind = kinds[number % len(kinds)]
        out += record(kind[0], kind[version], number, step, ts_out=NOON + number * step + 99 if ts_out else None)
    return out


class Mapping:
    """What databento_dbn takes for a SymbolMapping."""

    def __init__(self, raw_symbol, intervals):
        self.raw_symbol = raw_symbol
        self.intervals = [Interval(**each) for each in intervals]


class Interval:
    def __init__(self, start_date, end_date, symbol):
        self.start_date, self.end_date, self.symbol = start_date, end_date, symbol


def decoded(data):
    """The records as Databento's library gives them, upgraded to version 3; without ts_out."""
    dbn = library()
    decoder = dbn.DBNDecoder(upgrade_policy=dbn.VersionUpgradePolicy.UPGRADE_TO_V3)
    decoder.write(data)
    metadata, *records = decoder.decode()
    out = []
    for each in records:
        raw = bytearray(bytes(each))
        if metadata.ts_out:
            raw = raw[:-8]
            raw[0] -= 2
        out.append(bytes(raw))
    return out
