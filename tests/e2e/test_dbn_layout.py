# SPDX-License-Identifier: Apache-2.0
"""Our records are DBN's: read by Databento's own library where it is installed, and laid out as its source says in any case."""

import importlib
import json
import struct
import sys

import pytest

from programs import simulate
from recordset import RTYPE, Records

ITCH = "nasdaq-itch-5.0"

#: DBN version 3, offsets in bytes (record.rs): name -> (record bytes, {field: (offset, numpy type)}).
HEADER = {"length": (0, "u1"), "rtype": (1, "u1"), "publisher_id": (2, "<u2"), "instrument_id": (4, "<u4"), "ts_event": (8, "<u8")}
LAYOUT = {
    "mbo": (56, {"order_id": (16, "<u8"), "price": (24, "<i8"), "size": (32, "<u4"), "flags": (36, "u1"), "channel_id": (37, "u1"),
                 "action": (38, "S1"), "side": (39, "S1"), "ts_recv": (40, "<u8"), "ts_in_delta": (48, "<i4"), "sequence": (52, "<u4")}),
    "trades": (48, {"price": (16, "<i8"), "size": (24, "<u4"), "action": (28, "S1"), "side": (29, "S1"), "flags": (30, "u1"),
                    "depth": (31, "u1"), "ts_recv": (32, "<u8"), "ts_in_delta": (40, "<i4"), "sequence": (44, "<u4")}),
    "status": (40, {"ts_recv": (16, "<u8"), "action": (24, "<u2"), "reason": (26, "<u2"), "trading_event": (28, "<u2"),
                    "is_trading": (30, "S1"), "is_quoting": (31, "S1"), "is_short_sell_restricted": (32, "S1")}),
    "definition": (520, {"ts_recv": (16, "<u8"), "min_price_increment": (24, "<i8"), "display_factor": (32, "<i8"),
                         "expiration": (40, "<u8"), "activation": (48, "<u8"), "raw_instrument_id": (112, "<u8"),
                         "min_lot_size_round_lot": (168, "<i4"), "currency": (224, "S4"), "raw_symbol": (238, "S71"),
                         "exchange": (330, "S5"), "asset": (335, "S11"), "security_type": (353, "S7"), "instrument_class": (487, "S1"),
                         "security_update_action": (493, "S1")}),
    "imbalance": (112, {"ts_recv": (16, "<u8"), "ref_price": (24, "<i8"), "auction_time": (32, "<u8"), "cont_book_clr_price": (40, "<i8"),
                        "auct_interest_clr_price": (48, "<i8"), "ssr_filling_price": (56, "<i8"), "ind_match_price": (64, "<i8"),
                        "upper_collar": (72, "<i8"), "lower_collar": (80, "<i8"), "paired_qty": (88, "<u4"),
                        "total_imbalance_qty": (92, "<u4"), "market_imbalance_qty": (96, "<u4"), "unpaired_qty": (100, "<u4"),
                        "auction_type": (104, "S1"), "side": (105, "S1"), "auction_status": (106, "u1"), "freeze_status": (107, "u1"),
                        "num_extensions": (108, "u1"), "unpaired_side": (109, "S1"), "significant_imbalance": (110, "S1")}),
    "statistics": (80, {"ts_recv": (16, "<u8"), "ts_ref": (24, "<u8"), "price": (32, "<i8"), "quantity": (40, "<i8"),
                        "sequence": (48, "<u4"), "ts_in_delta": (52, "<i4"), "stat_type": (56, "<u2"), "channel_id": (58, "<u2"),
                        "update_action": (60, "u1"), "stat_flags": (61, "u1")}),
}
TRADE = LAYOUT["trades"][1]


def levels(count, last=("ct", "<u4", 4)):
    """The columns of `count` levels of 32 bytes behind 48; `last`: what is told of each side's orders, its type and its step."""
    name, kind, step = last
    level = {"bid_px": (0, "<i8"), "ask_px": (8, "<i8"), "bid_sz": (16, "<u4"), "ask_sz": (20, "<u4"), f"bid_{name}": (24, kind),
             f"ask_{name}": (24 + step, kind)}
    return {f"{field}_{i:02}": (48 + 32 * i + at, type) for i in range(count) for field, (at, type) in level.items()}


VENUES = levels(1, ("pb", "<u2", 4))
OHLCV = (56, {"open": (16, "<i8"), "high": (24, "<i8"), "low": (32, "<i8"), "close": (40, "<i8"), "volume": (48, "<u8")})
BBO = (80, {name: TRADE[name] for name in ("price", "size", "side", "flags", "ts_recv", "sequence")} | levels(1))
CMBP_1 = (80, {name: TRADE[name] for name in ("price", "size", "action", "side", "flags", "ts_recv", "ts_in_delta")} | VENUES)
CBBO = (80, {name: TRADE[name] for name in ("price", "size", "side", "flags", "ts_recv")} | VENUES)
LAYOUT |= {"mbp-1": (80, TRADE | levels(1)), "tbbo": (80, TRADE | levels(1)), "mbp-10": (368, TRADE | levels(10)),
           "bbo-1s": BBO, "bbo-1m": BBO, "cmbp-1": CMBP_1, "tcbbo": CMBP_1, "cbbo-1s": CBBO, "cbbo-1m": CBBO}
LAYOUT |= {f"ohlcv-{length}": OHLCV for length in ("1s", "1m", "1h", "1d", "eod")}
STAMP_BYTES = 8  # a slot is its stamp and the record


@pytest.fixture(scope="module")
def headrace(programs):
    sys.path.insert(0, str(programs.python_path))
    try:
        return importlib.import_module("headrace")
    except ImportError as error:
        pytest.skip(f"the build has no Python package for this Python: {error}")
    finally:
        sys.path.remove(str(programs.python_path))


@pytest.mark.parametrize("schema", LAYOUT)
def test_numpy_offsets(headrace, schema):
    record_bytes, fields = LAYOUT[schema]
    dtype = headrace.dtype(schema)
    assert dtype.itemsize == STAMP_BYTES + record_bytes
    assert "-" not in schema or set(dtype.names) == {"stamp", *HEADER, *fields}
    for name, (offset, kind) in (HEADER | fields).items():
        found, found_offset = dtype.fields[name][:2]
        assert (found_offset, found.str) == (STAMP_BYTES + offset, importlib.import_module("numpy").dtype(kind).str), name


@pytest.fixture(scope="module")
def sample(programs, captures, tmp_path_factory):
    """Records of every DBN type, with what `--json` says of them, in the same order."""
    raw, told = b"", []
    sources = [simulate(programs, tmp_path_factory.mktemp("dbn"), messages=5000, live_orders=500, symbols=20),
               *sorted(captures("nasdaq-itch-5.0/packets").glob("*/*.pcap"))]
    for source in sources:
        raw += programs.dump(source, ITCH, "--raw")
        for text in programs.dump(source, ITCH, "--json").splitlines():
            line = json.loads(text)
            told += line.get("records", [line])
    records = Records(raw)
    assert len(records) == len(told)
    ours = [RTYPE[name] for name in ("gap", "session", "trade_break", "native")]
    kept = [i for i, rtype in enumerate(records.rtype) if rtype not in ours]
    return b"".join(records[i] for i in kept), [told[i] for i in kept]


def metadata():
    """A DBN v3 header: mixed schemas, no symbols."""
    fixed = struct.pack("<16sHQQQBBBH53sI", b"XNAS.ITCH", 0xFFFF, 0, 2**64 - 1, 0, 0xFF, 0, 0, 71, b"", 0)
    assert len(fixed) == 104 and fixed[100:] == bytes(4), "the fixed part is 100 bytes; then the length of a schema definition"
    body = fixed + struct.pack("<IIII", 0, 0, 0, 0)  # symbols, partial, not_found, mappings
    body += bytes(-(len(body) + 8) % 8)
    return b"DBN\x03" + struct.pack("<I", len(body)) + body


#: The fields of `--json` that have another name in Databento's classes.
OTHER_NAME = {"status_action": "action"}
CLASSES = {"mbo": "MBOMsg", "status": "StatusMsg", "definition": "InstrumentDefMsg", "imbalance": "ImbalanceMsg", "statistics": "StatMsg"}
TRISTATE = {"Y": True, "N": False, "~": None}
UNDEFINED = {"price": 2**63 - 1, "size": 2**32 - 1, "ts_ref": 2**64 - 1, "min_price_increment": 2**63 - 1, "display_factor": 2**63 - 1,
             "strike_price": 2**63 - 1, "activation": 2**64 - 1, "expiration": 2**64 - 1, "quantity": 2**63 - 1}


def plain(value):
    """Databento gives enumerations, characters or numbers."""
    value = getattr(value, "value", value)
    return value.decode() if isinstance(value, bytes) else value


def test_databento_reads_it(sample):
    databento_dbn = pytest.importorskip("databento_dbn", reason="databento_dbn is not installed (pip install databento-dbn)")
    data, told = sample
    decoder = databento_dbn.DBNDecoder()
    decoder.write(metadata() + data)
    records = [record for record in decoder.decode() if not isinstance(record, databento_dbn.Metadata)]
    assert len(records) == len(told)
    seen = set()
    for record, wanted in zip(records, told):
        kind = wanted["record"]
        seen.add(kind)
        assert type(record).__name__ == CLASSES[kind] or type(record).__name__.startswith(CLASSES[kind])
        for name, value in wanted.items():
            if name in ("record", "symbol"):
                continue
            found = getattr(record, OTHER_NAME.get(name, name))
            if name == "flags":
                found = int(found)
            elif value is None:
                value = UNDEFINED[name]
                found = value if found is None else found
            elif name.startswith("is_"):
                value = TRISTATE[value]
            assert plain(found) == value, (kind, name, found, wanted)
    assert seen == set(CLASSES)
