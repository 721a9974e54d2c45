# SPDX-License-Identifier: Apache-2.0
"""ICE iMpact 1.1.33: the first 2,000 packets of the capture against a decoder that is not ours, field by field; every record of
the whole capture against its message, and against a book that is kept here."""

import json
from collections import Counter

import pytest

import golden

FOLDER = "ice-impact"
PROTOCOL = "ice-impact-1.1"
PREFIX = "ice.icefutures.mdf.impact.v1.1.33."
LAST, MAYBE_BAD, OURS = 128, 4, 2
UNIT = 10**9
SIDES = {"1": "B", "2": "A", " ": "N"}


@pytest.fixture(scope="module")
def capture(captures):
    return captures(f"{FOLDER}/impact-v1.1.33.pcap")


@pytest.fixture(scope="module")
def lines(programs, capture):
    """Every line of `--json`."""
    return programs.lines(capture, PROTOCOL)


@pytest.fixture(scope="module")
def messages(lines):
    return [line for line in lines if "fields" in line]


@pytest.fixture(scope="module")
def packets(captures):
    """The first 2,000: header, messages."""
    found = []
    for layer in golden.layers(captures(f"{FOLDER}/golden_first2000.json.gz")):
        (header,) = golden.messages(layer, PREFIX, "packetheader_tree")
        found.append((header, golden.messages(layer, PREFIX, "message_tree")))
    return found


def test_counts(programs, capture, captures):
    counts = programs.counts(capture, PROTOCOL)
    wanted = json.loads(captures(f"{FOLDER}/counts.json").read_text())
    assert counts["by_type"] == wanted["by_type"]
    assert counts["packets"] == wanted["packets"] == 8680
    assert counts["messages"] == wanted["messages"] == 31893
    assert counts["heartbeats"] == wanted["empty_packets"] == 2334
    assert counts["sessions"] == wanted["seq_backwards"] + 1
    assert counts["gaps"] == counts["messages_missing"] == counts["duplicates"] == counts["refused"] == 0
    assert wanted["forward_gaps"] == 0
    assert not any(counts["refused_by"].values())


def test_every_field_of_the_first_2000_packets(messages, packets):
    rest = iter(messages)
    checked = 0
    for header, wanted_messages in packets:
        assert len(wanted_messages) == int(header["numberofmsgs"])
        for place, wanted in enumerate(wanted_messages):
            message = next(rest)
            assert message["type"] == wanted["messagetype"]
            assert message["sequence"] == int(header["sequence"]) + place
            sent_ns = int(header["sentdatetime"]) * 10**6
            for record in message["records"]:
                if "ts_in_delta" in record:
                    assert record["ts_recv"] - record["ts_in_delta"] == sent_ns
            for name, value in message["fields"].items():
                text = wanted.get(name.replace("_", ""), "")  # golden leaves out what is empty
                assert str(value).strip(" \0") == text.strip(), (name, wanted)
                checked += 1
    assert checked > 40000


def expected_order(message, known):
    """action, side, price, size, flags of an order's record, by the book that `known` is."""
    fields = message["fields"]
    number = fields["order_id"]
    if message["type"] == "E":
        known[number] = (SIDES[fields["side"]], fields["price"] * UNIT, fields["quantity"])
        return ("M" if fields["extra_flags"] & 1 else "A", *known[number], OURS if fields["is_implied"] == "Y" else 0)
    side, price, size = known.pop(number, ("N", None, None))
    return ("C", side, price, size, MAYBE_BAD if side == "N" else 0)


def test_every_order_and_trade(messages):
    known, kinds = {}, Counter()
    for message in messages:
        fields, kind = message["fields"], message["type"]
        if kind not in "EFG":
            continue
        kinds[kind] += 1
        (record,) = message["records"]
        assert record["record"] == "mbo" and record["publisher_id"] == 57
        assert record["instrument_id"] == fields["market_id"] and record["sequence"] == message["sequence"]
        found = tuple(record[name] for name in ("action", "side", "price", "size"))
        flags = record["flags"] & ~LAST
        if kind == "G":
            on_market = fields["off_market_trade_indicator"] == " "
            assert found == ("T", SIDES[fields["aggressor_side"]], fields["price"] * UNIT, fields["quantity"])
            assert record["order_id"] == fields["trade_id"] and flags == (0 if on_market else OURS)
            assert record["ts_event"] == fields["transact_date_time"] * 10**6 + fields["sequence_within_millis"]
            continue
        assert (*found, flags) == expected_order(message, known), message
        assert record["order_id"] == fields["order_id"]
        if kind == "F":
            assert record["ts_event"] == fields["message_date_time"] * 10**6 + fields["sequence_within_millis"]
        else:
            assert abs(record["ts_event"] - fields["modification_timestamp"]) < 1000, "but for the number within a microsecond"
    assert kinds == {"E": 11738, "F": 6160, "G": 290}


def test_book_at_the_end(programs, capture, messages):
    known, unknown = set(), 0
    for message in messages:
        number = message["fields"].get("order_id")
        if message["type"] == "E":
            known.add(number)
        elif message["type"] == "F":
            unknown += number not in known
            known.discard(number)
    orders = programs.counts(capture, PROTOCOL)["orders"]
    assert orders["orders"] == len(known) == 568
    assert orders["unknown_deletions"] == unknown == 368
    assert orders["duplicate_adds"] == orders["orders_refused"] == 0


def test_last_ends_each_market_of_a_bundle(messages):
    """LAST once for each market and bundle, on its last record; bundles that go over the end of a packet are left out."""
    bundle, crossing, bundles = None, 0, 0
    for message in messages:
        if message["type"] == "T":
            if message["fields"]["start_or_end"] == "S":
                bundle, times = [], set()
                continue
            if len(times) > 1:
                crossing += 1
            else:
                lasts = {record["instrument_id"]: place for place, record in enumerate(bundle)}
                for place, record in enumerate(bundle):
                    assert bool(record["flags"] & LAST) == (lasts[record["instrument_id"]] == place), message
                bundles += 1
            bundle = None
        else:
            mbos = [record for record in message["records"] if record["record"] == "mbo"]
            if bundle is None:
                assert all(record["flags"] & LAST for record in mbos)
            else:
                bundle += mbos
                times.update(record["ts_recv"] for record in message["records"])
    assert bundles > 5400 and crossing < 20


def test_every_statistic(messages):
    kinds = Counter()
    for message in messages:
        fields, records, kind = message["fields"], message["records"], message["type"]
        if kind not in "JMN":
            continue
        kinds[kind] += 1
        assert all(record["record"] == "statistics" and record["instrument_id"] == fields["market_id"] for record in records)
        assert {record["ts_event"] for record in records} == {fields["message_date_time"] * 10**6}
        found = [(record["stat_type"], record["price"], record.get("quantity")) for record in records]
        if kind == "J":
            assert found == [(6, None, fields["volume"]), (19, None, fields["block_volume"]), (5, fields["high"] * UNIT, None),
                             (4, fields["low"] * UNIT, None), (13, fields["vwap"] * UNIT, None)]
        elif kind == "M":
            assert found == [(9, None, fields["open_interest"])]
            assert fields["open_interest_date"] == "2018-08-20" and records[0]["ts_ref"] == 1534723200 * 10**9
        else:
            assert found == [(1, fields["open_price"] * UNIT, None)]
    assert kinds == {"J": 279, "M": 2510, "N": 6}


def test_markers_are_native(messages):
    markers = [message for message in messages if message["type"] == "T"]
    assert len(markers) == 10910
    for marker in markers:
        (record,) = marker["records"]
        assert record["record"] == "native" and record["instrument_id"] == 0
        assert record["message_hex"] == "540001" + marker["fields"]["start_or_end"].encode().hex()


def test_one_session_and_no_gap(lines):
    controls = [line for line in lines if "fields" not in line]
    assert [(line["record"], line["event"], line["session_id"], line["next_sequence"]) for line in controls] == [
        ("session", "S", "0000001291", 253572)]
