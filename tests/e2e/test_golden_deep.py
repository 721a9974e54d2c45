# SPDX-License-Identifier: Apache-2.0
"""IEX DEEP 1.0: every message of the capture against what four decoders that are not ours agreed on."""

import csv
import gzip
import io
import itertools
import json
import subprocess

import pytest

FOLDER = "iex-deep-1.0"
PROTOCOL = "iex-deep-1.0"
PRICE_UNIT = 100000  # 1e-4 on the wire, 1e-9 in a record
LAST, MBP = 128, 16

#: Golden's column `flag` is byte 1 of the message; what it becomes in a status record: action, reason, is_trading,
#: is_quoting, is_short_sell_restricted. None: the capture's `flag` does not decide it.
STATUS = {
    ("S", "O"): ("0", "1", "~~~"), ("S", "S"): ("1", "1", "~~~"), ("S", "R"): ("7", "1", "YY~"), ("S", "M"): ("13", "1", "~~~"),
    ("S", "E"): ("12", "1", "NN~"), ("S", "C"): ("15", "1", "NN~"),
    ("H", "T"): ("7", None, "YY~"), ("H", "O"): ("2", None, "NY~"), ("H", "P"): ("9", None, "NY~"), ("H", "H"): ("8", None, "NN~"),
    ("O", "O"): ("8", "60", "NN~"), ("O", "N"): ("0", "60", "~~~"),
    ("P", "\0"): ("14", None, "~~N"), ("P", "\1"): ("14", None, "~~Y"),
    ("E", "O"): ("4", "1", "~~~"), ("E", "C"): ("12", "1", "~~~"),
}
#: The name of byte 1 in `--json`.
FLAG_FIELD = {"S": "system_event", "H": "trading_status", "O": "operational_halt_status", "P": "short_sale_price_test_status",
              "E": "security_event", "8": "event_flags", "5": "event_flags", "T": "sale_condition_flags",
              "B": "sale_condition_flags"}
NUMERIC_FLAG = set("P85TB")


@pytest.fixture(scope="module")
def capture(captures):
    return captures(f"{FOLDER}/deep10.pcap.zst")


@pytest.fixture(scope="module")
def golden(captures):
    with gzip.open(captures(f"{FOLDER}/golden.csv.gz"), "rt", newline="") as file:
        return list(csv.reader(file))[1:]


@pytest.fixture(scope="module")
def rows(programs, capture):
    """The records of `--csv`, column name to value."""
    reader = csv.reader(io.StringIO(programs.dump(capture, PROTOCOL, "--csv").decode()))
    names = next(reader)
    return {name: i for i, name in enumerate(names)}, list(reader)


def test_counts(programs, capture, captures):
    counts = programs.counts(capture, PROTOCOL)
    golden = json.loads(captures(f"{FOLDER}/counts.json").read_text())
    assert counts["by_type"] == golden["by_type"]
    assert counts["packets"] == golden["packets"] == 121314
    assert counts["messages"] == golden["messages"] == 391999
    assert counts["heartbeats"] == golden["heartbeats_or_empty"]
    assert counts["sessions"] == golden["seq_backwards"] + 1
    assert counts["gaps"] == counts["messages_missing"] == counts["duplicates"] == counts["refused"] == 0
    assert not any(counts["refused_by"].values())


def test_trades_add_up(rows, captures):
    column, records = rows
    golden = json.loads(captures(f"{FOLDER}/counts.json").read_text())
    trades = [(int(row[column["price"]]), int(row[column["size"]])) for row in records if row[column["action"]] == "T"]
    assert len(trades) == golden["trades"]
    assert sum(size for _, size in trades) == golden["trade_shares"]
    assert sum(price // PRICE_UNIT * size for price, size in trades) == golden["trade_notional_1e4"]
    assert all(price % PRICE_UNIT == 0 for price, _ in trades)


def test_sessions_are_told(rows):
    column, records = rows
    sessions = [row for row in records if row[column["record"]] == "session"]
    starts = [row for row in sessions if row[column["event"]] == "S"]
    assert len(starts) == 12 and len(sessions) == 12 + 11, "an end before every start but the first"
    assert {row[column["session_id"]] for row in sessions} == {"1132527616"}
    assert not [row for row in records if row[column["record"]] == "gap"]


def expected_of(kind, flag, size, price, trade_id):
    """Columns of the record that a message of golden becomes."""
    if kind in "85":
        return {"record": "mbo", "action": "M" if int(size) else "C", "side": "B" if kind == "8" else "A", "size": size,
                "price": str(int(price) * PRICE_UNIT), "order_id": "0", "flags": str(MBP | (LAST if flag & 1 else 0))}
    if kind == "T":
        return {"record": "mbo", "action": "T", "side": "N", "size": size, "price": str(int(price) * PRICE_UNIT),
                "order_id": trade_id, "flags": str(LAST)}
    if kind == "B":
        return {"record": "trade_break", "size": size, "price": str(int(price) * PRICE_UNIT), "trade_id": trade_id}
    action, reason, answers = STATUS[kind, chr(flag)]
    expected = {"record": "status", "status_action": action, "trading_event": "0", "is_trading": answers[0],
                "is_quoting": answers[1], "is_short_sell_restricted": answers[2]}
    return expected | ({"reason": reason} if reason else {})


def test_every_record(rows, golden):
    column, records = rows
    records = [row for row in records if row[column["record"]] != "session"]
    assert len(records) == len(golden) == 391999
    of = [column[name] for name in ("session", "message_type", "ts_event", "symbol", "sequence", "channel_id", "publisher_id")]
    memory = {}  # most messages are of few kinds: their expectations are made once
    for line, (row, wanted) in enumerate(zip(records, golden), 2):
        index, sequence, kind, flag, ts_ns, symbol, size, price, trade_id, _ = wanted
        status = kind in "SHOPE"  # DBN's status has neither sequence nor channel
        common = [index, kind, ts_ns, symbol, "" if status else sequence, "" if status else "0", "38"]
        assert [row[i] for i in of] == common, f"line {line} of golden.csv"
        key = (kind, flag, size, price, trade_id)
        if key not in memory:
            memory[key] = [(column[name], value) for name, value in expected_of(kind, int(flag), size, price, trade_id).items()]
        for i, value in memory[key]:
            assert row[i] == value, f"line {line} of golden.csv: {wanted}: column {list(column)[i]}"


def test_instrument_numbers_belong_to_symbols(rows):
    column, records = rows
    pairs = {(row[column["instrument_id"]], row[column["symbol"]]) for row in records}
    assert len(pairs) == len({number for number, _ in pairs}) == len({symbol for _, symbol in pairs})
    assert ("0", "") in pairs, "the venue as a whole is instrument 0"


def test_every_native_field(programs, capture, golden):
    """DBN has no place for sale conditions and the like: `--json` shows the message's own fields."""
    dump = subprocess.Popen([programs.headrace, "dump", capture, "--protocol", PROTOCOL, "--json"], stdout=subprocess.PIPE)
    wanted_rows = iter(golden)
    decoded = 0
    with dump.stdout:
        for text in dump.stdout:
            line = json.loads(text)
            if "fields" not in line:
                continue
            wanted = next(wanted_rows)
            index, sequence, kind, flag, ts_ns, symbol, size, price, trade_id, _ = wanted
            fields = line["fields"]
            found_flag = fields[FLAG_FIELD[kind]]
            found = [line["session"], line["sequence"], line["type"], found_flag if kind in NUMERIC_FLAG else ord(found_flag),
                     fields["timestamp"], fields.get("symbol", "").rstrip(), *(fields.get(name, "") for name in ("size", "price", "trade_id"))]
            assert [str(value) for value in found] == [index, sequence, kind, flag, ts_ns, symbol, size, price, trade_id], text
            assert len(line["records"]) == 1, text
            decoded += 1
    assert dump.wait(10) == 0
    assert decoded == len(golden) and next(itertools.chain(wanted_rows, [None])) is None
