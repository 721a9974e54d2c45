# SPDX-License-Identifier: Apache-2.0
"""NYSE imbalances 2.1f: counts of the whole capture, and the first 2000 packets against a decoder that is not ours."""

import collections
import csv
import gzip
import io
import json

import pytest

FOLDER = "nyse-imbalances"
PROTOCOL = "nyse-imbalances-2.1"
PREFIX = "nyse.nyseequities.imbalancesfeed.xdp.v2.1.f"
PRICE_UNIT = 100000  # every mapping of the capture says 4 decimals
SECOND = 10**9

RECORD_OF = {"1": "native", "3": "definition", "34": "status", "105": "imbalance"}
SIDES = {"B": "B", "S": "A", " ": "N"}
#: Security status to action, reason, is_trading and is_quoting: those that the capture has.
STATUS = {"P": (1, 1, "~", "~"), "O": (7, 1, "Y", "Y"), "X": (12, 1, "N", "N"), "G": (6, 0, "~", "~")}
PRICES = {"reference_price": "ref_price", "continuous_book_clearing_price": "cont_book_clr_price",
          "closing_only_clearing_price": "auct_interest_clr_price", "ssr_filing_price": "ssr_filling_price",
          "indicative_match_price": "ind_match_price", "upper_collar": "upper_collar", "lower_collar": "lower_collar"}
SAME = ("paired_qty", "total_imbalance_qty", "market_imbalance_qty", "auction_type", "auction_status", "freeze_status",
        "num_extensions")


@pytest.fixture(scope="module")
def capture(captures):
    return captures(f"{FOLDER}/xdp-v2.1f.pcap")


@pytest.fixture(scope="module")
def lines(programs, capture):
    """The lines of `--json`: the control records, and one line a message."""
    found = programs.lines(capture, PROTOCOL)
    return [line for line in found if "fields" not in line], [line for line in found if "fields" in line]


@pytest.fixture(scope="module")
def golden(captures):
    """(time of the packet, packet header, message header, fields) of each packet, each of which has one message."""
    with gzip.open(captures(f"{FOLDER}/golden_first2000.json.gz"), "rt") as file:
        packets = json.load(file)

    def fields_of(tree):
        return {name.removeprefix(PREFIX + "."): value for name, value in tree.items() if isinstance(value, str) and value}

    found = []
    for packet in packets:
        layer = packet["layers"][f"omi.{PREFIX}"]
        message = layer[f"{PREFIX}.message_tree"]
        assert sum(name.endswith("message_tree") for name in layer) == 1
        body = [tree for name, tree in message.items() if name.endswith("message_tree")]
        found.append((packet["t"], fields_of(layer[f"{PREFIX}.packetheader_tree"]),
                      fields_of(message[f"{PREFIX}.messageheader_tree"]), fields_of(body[0])))
    return found


def test_counts(programs, capture, captures):
    counts = programs.counts(capture, PROTOCOL)
    wanted = json.loads(captures(f"{FOLDER}/counts.json").read_text())
    assert counts["by_type"] == wanted["by_type"]
    assert counts["packets"] == wanted["packets"] == 11819
    assert counts["messages"] == wanted["messages"] == 11819
    assert counts["heartbeats"] == wanted["empty_packets"] == 0
    assert counts["gaps"] == wanted["forward_gaps"] == 0
    assert counts["sessions"] == wanted["seq_backwards"] + 1
    assert counts["messages_missing"] == counts["duplicates"] == counts["refused"] == 0
    assert not any(counts["refused_by"].values())


def as_golden_shows(name, value, size):
    """Our value of a field as the other decoder writes it: reserved bytes as the hexadecimal of their own hexadecimal."""
    if name.startswith("reserved"):
        text = value.to_bytes(size, "little").hex(" ")
        return ":".join(f"{ord(letter):02x}" for letter in text[:size])
    return str(value).rstrip("\0")


def test_every_field(lines, golden):
    _, messages = lines
    assert len(golden) == 2000
    checked = collections.Counter()
    sizes = {"reserved1": 1, "reserved2": 2, "reserved4": 4}
    for line, (_, packet, header, wanted) in zip(messages, golden):
        assert (line["sequence"], line["type"]) == (int(packet["sequencenumber"]), header["messagetype"])
        fields = {name.replace("_", ""): as_golden_shows(name, value, sizes.get(name.replace("_", ""), 0))
                  for name, value in line["fields"].items()}
        wanted = wanted | {name: header[name] for name in ("messagesize", "messagetype")}
        for name, value in wanted.items():
            assert fields[name] == value, f"packet {packet['sequencenumber']}: {name}"
        assert not [name for name in fields if name not in wanted and fields[name] != ""], "a field that golden does not have"
        checked[line["type"]] += len(wanted)
    assert set(checked) == {"1", "3", "34", "105"}
    assert sum(checked.values()) == sum(len(wanted) + 2 for _, _, _, wanted in golden)


def test_times(lines, golden):
    for line, (arrival, packet, _, _) in zip(lines[1], golden):
        seconds, fraction = arrival.split(".")
        for record in line["records"]:
            assert record["ts_recv"] == int(seconds) * SECOND + int(fraction)
        if line["type"] == "3":  # a mapping has no time of its own
            assert line["records"][0]["ts_event"] == int(packet["timestamp"]) * SECOND + int(packet["nanoseconds"])


def expected_record(fields, names):
    """What a message's record says, from the message's own fields."""
    if "auction_type" in fields:
        clock = fields["auction_time"]
        midnight = 1504756800 * SECOND  # 2017-09-07 in New York, which every imbalance of the capture is of
        expected = {ours: fields[theirs] * PRICE_UNIT for theirs, ours in PRICES.items()}
        expected |= {name: fields[name] for name in SAME}
        return expected | {"side": SIDES[fields["imbalance_side"]], "symbol": names[fields["symbol_index"]],
                           "auction_time": midnight + (clock // 100 * 60 + clock % 100) * 60 * SECOND}
    if "security_status" in fields:
        action, reason, trading, quoting = STATUS[fields["security_status"]]
        return {"status_action": action, "reason": reason, "is_trading": trading, "is_quoting": quoting,
                "is_short_sell_restricted": "N", "symbol": names[fields["symbol_index"]]}
    if "symbol" in fields:
        return {"raw_symbol": fields["symbol"].rstrip("\0"), "symbol": fields["symbol"].rstrip("\0"), "exchange": "XNYS",
                "min_lot_size_round_lot": fields["lot_size"], "min_price_increment": fields["mpv"] * PRICE_UNIT}
    return {"symbol": ""}


def test_every_record(lines):
    control, messages = lines
    assert [(line["record"], line["event"], line["next_sequence"]) for line in control] == [("session", "S", 1)]
    names = {}
    for line in messages:
        fields = line["fields"]
        if line["type"] == "3":
            names[fields["symbol_index"]] = fields["symbol"].rstrip("\0")
        assert len(line["records"]) == 1
        record = line["records"][0]
        assert record["record"] == RECORD_OF[line["type"]]
        assert record["instrument_id"] == fields.get("symbol_index", 0)
        assert record["publisher_id"] == 9
        if "source_time" in fields:
            assert record["ts_event"] == fields["source_time"] * SECOND + fields["source_time_ns"]
        for name, value in expected_record(fields, names).items():
            assert record[name] == value, f"sequence {line['sequence']}: {name}"
    assert len(names) == 221


def test_sums(programs, capture, lines):
    """Sums over the records of `--csv` against sums over the messages."""
    rows = list(csv.DictReader(io.StringIO(programs.dump(capture, PROTOCOL, "--csv").decode())))
    imbalances = [row for row in rows if row["record"] == "imbalance"]
    messages = [line["fields"] for line in lines[1] if line["type"] == "105"]
    assert len(imbalances) == len(messages) == 10695
    for ours, theirs, unit in [("paired_qty", "paired_qty", 1), ("total_imbalance_qty", "total_imbalance_qty", 1),
                               ("ref_price", "reference_price", PRICE_UNIT)]:
        assert sum(int(row[ours]) for row in imbalances) == unit * sum(message[theirs] for message in messages)
    assert collections.Counter(row["record"] for row in rows) == {"session": 1, "native": 1, "definition": 221, "status": 902,
                                                                  "imbalance": 10695}
