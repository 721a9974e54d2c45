# SPDX-License-Identifier: Apache-2.0
"""MIAX ToM 1.9: the first 2,000 packets of the capture against a decoder that is not ours, field by field; every record of the
whole capture against the message that it was made from."""

import json
from collections import Counter

import pytest

import golden

FOLDER = "miax-tom"
PROTOCOL = "miax-tom-1.9"
PREFIX = "miax.pearloptions.topofmarket.mach.v1.9."
LAST, TOB, MBP = 128, 64, 16
SCALE = {"mbboprice2": 100, "tradeprice": 10000}  # golden has decimal numbers, the wire and `--json` have integers


@pytest.fixture(scope="module")
def capture(captures):
    return captures(f"{FOLDER}/tom-v1.9.pcap")


@pytest.fixture(scope="module")
def lines(programs, capture):
    """Every line of `--json`."""
    return programs.lines(capture, PROTOCOL)


@pytest.fixture(scope="module")
def messages(lines):
    return [line for line in lines if "fields" in line]


@pytest.fixture(scope="module")
def packets(captures):
    """The MACH packets of the first 2,000 datagrams."""
    return [packet for layer in golden.layers(captures(f"{FOLDER}/golden_first2000.json.gz"))
            for packet in golden.messages(layer, PREFIX, "machmessage_tree")]


def test_counts(programs, capture, captures):
    counts = programs.counts(capture, PROTOCOL)
    wanted = json.loads(captures(f"{FOLDER}/counts.json").read_text())
    assert counts["by_type"] == wanted["by_type"]
    assert counts["packets"] == wanted["packets"] == 20560
    assert counts["messages"] == wanted["messages"] == 50952
    assert counts["heartbeats"] == wanted["by_type"]["pt0"] == 60
    assert counts["sessions"] == wanted["seq_backwards"] + 1
    assert counts["gaps"] == counts["messages_missing"] == counts["duplicates"] == counts["refused"] == 0
    assert wanted["forward_gaps"] == 0
    assert not any(counts["refused_by"].values())


def test_every_field_of_the_first_2000_packets(messages, packets):
    applications = [wanted for wanted in packets if wanted["packettype"] == "3"]
    assert len(packets) == 4421 and len(applications) == 4415, "the others are heartbeats"
    checked = 0
    heartbeats = [message for message in messages if message["type"] == "pt0"]
    assert len(heartbeats) == 60 and not any(message["records"] for message in heartbeats)
    for message, wanted in zip((message for message in messages if message["type"] != "pt0"), applications):
        found = {name.replace("_", ""): value for name, value in message["fields"].items()}
        assert message["type"] == wanted["messagetype"]
        assert str(message["sequence"]) == wanted["sequencenumber"]
        for name, value in found.items():
            text = wanted.get(name, "")  # golden leaves out what is empty
            if name in SCALE:
                assert value == round(float(text) * SCALE[name]), (name, wanted)
            else:
                assert str(value).strip() == text.strip(), (name, wanted)
            checked += 1
        (record, *_) = message["records"]
        nanoseconds = int(wanted.get("nanoseconds", 0))
        assert record["ts_event"] == int(wanted["seconds"]) * 10**9 + nanoseconds, "the time of its second and its part of it"
    assert checked > 40000


def test_every_record(messages):
    kinds = Counter()
    expected = None
    second = None
    for message in messages:
        fields, records, kind = message["fields"], message["records"], message["type"]
        if kind == "pt0":
            continue  # its number is that of the message in front of it
        kinds[kind] += 1
        assert len(records) == 1, message
        (record,) = records
        assert record["publisher_id"] == 60000
        assert record["sequence"] == fields["sequence_number"] % 2**32 == message["sequence"] % 2**32
        assert expected in (None, fields["sequence_number"])
        expected = fields["sequence_number"] + 1
        if kind == "1":
            second = fields["seconds"]
            assert record["record"] == "native" and record["instrument_id"] == 0
            assert record["message_hex"] == "31" + second.to_bytes(4, "little").hex()
            continue
        assert record["record"] == "mbo"
        assert record["instrument_id"] == fields["product_id"] and record["symbol"] == str(fields["product_id"])
        assert record["ts_event"] == second * 10**9 + fields["nanoseconds"]
        assert record["ts_in_delta"] == record["ts_recv"] - record["ts_event"]
        if kind == "T":
            found = [record[name] for name in ("action", "side", "price", "size", "order_id", "flags")]
            assert found == ["T", "N", fields["trade_price"] * 100000, fields["trade_size"], fields["trade_id"], LAST]
            continue
        size, price = fields["mbbo_size_2"], fields["mbbo_price_2"]
        assert fields["mbbo_condition"] in "AB"
        assert record["action"] == ("M" if size else "C")
        assert record["side"] == ("B" if kind == "B" else "A")
        assert record["size"] == size
        assert record["price"] == (price * 10_000_000 if size or price else None)
        assert record["flags"] == LAST | TOB | MBP and record["order_id"] == 0
    assert kinds == {"1": 60, "B": 25905, "O": 24912, "T": 15}


def test_one_session_and_no_gap(lines):
    controls = [line for line in lines if "fields" not in line]
    assert [(line["record"], line["event"], line["session_id"], line["next_sequence"]) for line in controls] == [
        ("session", "S", "0000000001", 24364476)]
