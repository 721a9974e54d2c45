# SPDX-License-Identifier: Apache-2.0
"""`headrace dump`: every message that is decoded is counted and written, on the line that brought it, with its values as they are on the
wire."""

import csv
import io
import struct

import frames

CME = "cme-mdp-3.0"
LINES = {"A": ("224.0.31.64", 1000), "B": ("224.0.32.64", 1000)}
NAME = {line: "{}:{}".format(*destination) for line, destination in LINES.items()}
LIMITS, ORDERS, LEVELS, HEARTBEAT = 50, 47, 46, 12
NULL_PRICE = 2**63 - 1


def message(template, block=b"", entry_bytes=0, entries=()):
    body = struct.pack("<HHHH", len(block), template, 1, 9) + block
    if template != HEARTBEAT:
        body += struct.pack("<HB", entry_bytes, len(entries)) + b"".join(entries)
    if template == LEVELS:
        body += struct.pack("<H5xB", 24, 0)  # no orders
    return struct.pack("<H", len(body) + 2) + body


def packet(line, sequence, *messages):
    payload = struct.pack("<IQ", sequence, frames.START_NS + sequence) + b"".join(messages)
    return frames.udp_frame(payload, *LINES[line])


def incremental(template, entry_bytes, entries):
    return message(template, struct.pack("<QB2x", frames.START_NS, 128), entry_bytes, entries)


def level(security):
    return struct.pack("<qiiIiBBc5x", 100, 1, security, 1, 1, 1, 0, b"0")


def order(number):
    return struct.pack("<QQqiiBc6x", number, 2**64 - 1, 100, 5, 7, 0, b"0")


def limits(high, low):
    return struct.pack("<qqqiI", high, low, NULL_PRICE, 7, 1)


def test_what_was_held_to_the_end_is_counted_on_its_line(programs, tmp_path):
    two = incremental(LEVELS, 32, [level(7), level(8)])
    frames_ = [packet("A", 1, two), packet("A", 3, two), packet("B", 1, two), packet("B", 2, two)]  # A's 3 waits to the end
    counts = programs.counts(frames.write_pcap(tmp_path / "held.pcap", frames_), CME)
    assert counts["by_type"] == {"46": 4}
    for line in counts["lines"].values():
        assert line["by_type"] == {"46": 2}
        assert line["entries"] == {"46/no_md_entries": 4}
    one = programs.counts(tmp_path / "held.pcap", CME, "--one-channel")["lines"]
    assert one[NAME["A"]]["by_type"] == {"46": 2} and one[NAME["B"]]["by_type"] == {"46": 1}


def test_message_without_a_record_is_counted_and_written(programs, tmp_path):
    path = frames.write_pcap(tmp_path / "none.pcap", [packet("A", 1, incremental(LIMITS, 32, [limits(NULL_PRICE, NULL_PRICE)] * 2))])
    counts = programs.counts(path, CME)
    assert counts["by_type"] == {"50": 1}
    assert counts["lines"][NAME["A"]]["entries"] == {"50/no_md_entries": 2}
    (row,) = [line for line in programs.lines(path, CME) if "fields" in line]
    assert row["type"] == "50" and row["records"] == [] and len(row["fields"]["no_md_entries"]) == 2


def test_refused_message_is_neither(programs, tmp_path):
    bad = incremental(LIMITS, 31, [limits(1, 2)[:31]])
    path = frames.write_pcap(tmp_path / "refused.pcap", [packet("A", 1, message(HEARTBEAT), bad, message(HEARTBEAT))])
    counts = programs.counts(path, CME)
    assert counts["messages"] == 3 and counts["refused_by"]["bad_length"] == 1
    assert counts["by_type"] == counts["lines"][NAME["A"]]["by_type"] == {"12": 2}
    assert [line["type"] for line in programs.lines(path, CME) if "fields" in line] == ["12", "12"]


def test_unsigned_numbers_are_unsigned(programs, tmp_path):
    number = 2**63 + 5
    path = frames.write_pcap(tmp_path / "unsigned.pcap", [packet("A", 1, incremental(ORDERS, 40, [order(number)]))])
    (row,) = [line for line in programs.lines(path, CME) if "fields" in line]
    assert row["fields"]["no_md_entries"][0]["order_id"] == row["records"][0]["order_id"] == number
    assert row["fields"]["no_md_entries"][0]["md_order_priority"] == 2**64 - 1
    (record,) = [row for row in csv.DictReader(io.StringIO(programs.dump(path, CME, "--csv").decode())) if row["record"] == "mbo"]
    assert int(record["order_id"]) == number


def test_each_line_has_its_own_sessions(programs, tmp_path):
    """B begins anew between two packets of A."""
    frames_ = [packet(line, sequence, message(HEARTBEAT)) for line, sequence in (("A", 1), ("B", 1), ("B", 2))]
    anew = struct.pack("<IQ", 1, frames.START_NS + 3) + message(HEARTBEAT)
    frames_ += [frames.udp_frame(anew, *LINES["B"]), packet("A", 2, message(HEARTBEAT))]
    path = frames.write_pcap(tmp_path / "sessions.pcap", frames_)
    rows = [(row["line"], row["session"], row["sequence"]) for row in programs.lines(path, CME) if "fields" in row]
    a, b = NAME["A"], NAME["B"]
    assert rows == [(a, 0, 1), (b, 0, 1), (b, 0, 2), (b, 1, 1), (a, 0, 2)]
    written = csv.DictReader(io.StringIO(programs.dump(path, CME, "--csv").decode()))
    assert len(set(written.fieldnames)) == len(written.fieldnames)
    assert [(row["line"], int(row["session"]), int(row["sequence"])) for row in written if row["record"] == "native"] == rows


def test_every_instrument_that_yaml_allows(programs, tmp_path):
    count = 70000
    packets = [packet("A", 1 + i, incremental(LEVELS, 32, [level(1 + i * 40 + k) for k in range(40)])) for i in range(count // 40)]
    path = frames.write_pcap(tmp_path / "instruments.pcap", packets)
    assert programs.counts(path, CME)["instruments_refused"] == 0
    rows = csv.DictReader(io.StringIO(programs.dump(path, CME, "--csv").decode()))
    assert [int(row["instrument_id"]) for row in rows if row["record"] == "mbo"] == list(range(1, count + 1))
