# SPDX-License-Identifier: Apache-2.0
"""CME MDP 3.0: every group entry of line A against what two decoders that are not ours agreed on, both lines against the counts,
and Databento's records of the feed through the wire and back."""

import csv
import gzip
import io
import json
import shutil
import struct
import subprocess
from collections import Counter
from decimal import Decimal
from itertools import groupby

import frames
import pytest

FOLDER = "cme-mdp3"
PROTOCOL = "cme-mdp-3.0"
LINES = {"A": ("224.0.31.64", 14340), "B": ("224.0.32.64", 15340)}
LAST, MBP, IMPLIED = 128, 16, 2
END_OF_EVENT = 128
INT32_NULL = 2**31 - 1
SCALE_7 = 10**7  # the prices of schema version 6; a record's are 1e-9

ACTIONS = {"New": 0, "Change": 1, "Delete": 2, "Delete Thru": 3, "Delete From": 4, "Overlay": 5}
AGGRESSORS = {"No Aggressor (0)": 0, "Buy (1)": 1, "Sell (2)": 2}
#: MDEntryType of session statistics to DBN's stat_type.
STATISTICS = {"4": 1, "7": 5, "8": 4, "N": 8, "O": 7}
VOLUME = 10001


def code_of(text):
    """'Implied Bid (E)' is E."""
    return text[text.rindex("(") + 1 : -1]


@pytest.fixture(scope="module")
def capture(captures):
    return captures(f"{FOLDER}/mdp3-v6-ab.pcap")


@pytest.fixture(scope="module")
def wanted(captures):
    return json.loads(captures(f"{FOLDER}/counts.json").read_text())


@pytest.fixture(scope="module")
def golden(captures):
    with gzip.open(captures(f"{FOLDER}/golden_line_a_entries.csv.gz"), "rt", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def frames_a(capture):
    """The pcap of line A alone: its header, and its records."""
    data = capture.read_bytes()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    group = bytes(map(int, LINES["A"][0].split(".")))
    kept, at = [], 24
    while at < len(data):
        end = at + 16 + struct.unpack(order + "IIII", data[at : at + 16])[2]
        if group in data[at + 16 : at + 16 + 42]:
            kept.append(data[at:end])
        at = end
    assert len(kept) == 5000
    return data[:24], kept


@pytest.fixture(scope="module")
def line_a(programs, frames_a, tmp_path_factory):
    """The messages of line A as `--json` has them."""
    path = tmp_path_factory.mktemp("cme") / "line-a.pcap"
    path.write_bytes(frames_a[0] + b"".join(frames_a[1]))
    lines = programs.lines(path, PROTOCOL)
    return [line for line in lines if "fields" in line]


@pytest.fixture(scope="module")
def ends(frames_a):
    """(sequence, transaction) of every event that ends with a message without entries, and how many messages there are."""
    found, messages = [], 0
    for frame in frames_a[1]:
        at = frame.index(b"\x08\x00\x45", 16 + 12) + 2
        payload = frame[at + 28 : at + struct.unpack(">H", frame[at + 2 : at + 4])[0]]
        sequence, at = struct.unpack("<I", payload[:4])[0], 12
        while at < len(payload):
            size, block, template = struct.unpack("<HHH", payload[at : at + 6])
            if template != 12 and payload[at + 10 + block + 2] == 0:
                transaction, indicator = struct.unpack("<QB", payload[at + 10 : at + 19])
                assert indicator == END_OF_EVENT
                found.append((sequence, transaction))
            messages += 1
            at += size
    return found, messages


def test_counts(programs, capture, wanted):
    counts = programs.counts(capture, PROTOCOL)
    by_type = {name.split()[0]: count for name, count in wanted["messages_per_line_by_template"].items()}
    assert counts["packets"] == wanted["packets"] == 10000
    assert counts["messages"] == 2 * sum(by_type.values()) == 2 * 10273
    assert counts["by_type"] == {number: 2 * count for number, count in by_type.items()}
    assert counts["sessions"] == 2
    assert counts["gaps"] == counts["messages_missing"] == counts["duplicates"] == counts["refused"] == 0
    assert not any(counts["refused_by"].values())
    assert set(counts["lines"]) == {f"{group}:{port}" for group, port in LINES.values()}
    for line in counts["lines"].values():
        assert line["datagrams"] == 5000
        assert line["messages"] == 10273
        assert line["gaps"] == 0
        assert line["by_type"] == by_type
        assert line["entries"] == wanted["group_entries_lineA"]


def test_every_message_is_there(line_a, ends, wanted):
    """Those without entries end an event; three have nothing of it in front of them in their packet, and make a record of their own."""
    empty, messages = ends
    by_type = Counter(line["type"] for line in line_a)
    without = [line for line in line_a if line["fields"].get("no_md_entries") == []]
    assert [(line["sequence"], line["fields"]["transact_time"]) for line in without] == empty
    assert sum(bool(line["records"]) for line in without) == 3
    assert {line["line"] for line in line_a} == {"{}:{}".format(*LINES["A"])}
    assert by_type == {name.split()[0]: count for name, count in wanted["messages_per_line_by_template"].items()}
    assert sum(by_type.values()) == messages == 10273
    first, last = wanted["packet_seq"]
    assert sorted({line["sequence"] for line in line_a}) == list(range(first, last + 1))


def expected_entry(row):
    """The fields of an entry as the wire has them, by the columns of golden."""
    mantissa = lambda text: int(Decimal(text) * SCALE_7)
    if row["group"] == "no_order_id_entries":
        return {"order_id": int(row["order_id"]), "last_qty": int(row["last_qty"])}
    kind = row["template_id"]
    entry = {"security_id": int(row["security_id"]), "rpt_seq": int(row["rpt_seq"]), "md_update_action": ACTIONS[row["update_action"]]}
    if row["px"]:
        entry["md_entry_px"] = mantissa(row["px"])
    if row["size"]:
        entry["md_entry_size"] = int(row["size"])
    if kind in ("32", "42"):
        entry["number_of_orders"] = int(row["number_of_orders"]) if row["number_of_orders"] else INT32_NULL
    if row["price_level"]:
        entry["md_price_level"] = int(row["price_level"])
    if kind == "42":
        entry["aggressor_side"] = AGGRESSORS[row["entry_type_or_aggressor"]]
    elif row["entry_type_or_aggressor"]:
        entry["md_entry_type"] = code_of(row["entry_type_or_aggressor"])
    return entry


def test_every_entry(line_a, golden):
    """Each row has its entry and each entry its row; no field but the open flag is in one only."""
    rows = iter(golden)
    entries = 0
    for line in line_a:
        fields = line["fields"]
        for group in ("no_md_entries", "no_order_id_entries"):
            for entry in fields.get(group, []):
                row = next(rows)
                entries += 1
                assert (row["packet_seq"], row["template_id"], row["group"]) == (str(line["sequence"]), line["type"], group)
                assert int(row["transact_time_ns"]) == fields["transact_time"]
                entry.pop("open_close_settl_flag", None)  # golden has no column for it
                assert entry == expected_entry(row), f"row {entries} of golden: {row}"
    assert next(rows, None) is None
    assert entries == len(golden) == 16298


def expected_records(kind, fields):
    """What a message of the four kinds that the capture has becomes: action or stat_type, side, price, size, order_id, flags."""
    entries, made = fields["no_md_entries"], []
    ids = iter(fields.get("no_order_id_entries", []))
    for entry in entries:
        price = entry["md_entry_px"] * 100 if "md_entry_px" in entry else None
        if kind == "32":
            side = {"0": "B", "1": "A", "E": "B", "F": "A"}[entry["md_entry_type"]]
            flags = MBP | (IMPLIED if entry["md_entry_type"] in "EF" else 0)
            made.append(["AMC"[entry["md_update_action"]], side, price, entry["md_entry_size"], 0, flags])
        elif kind == "42":
            own = [next(ids) for _ in range(entry["number_of_orders"])]
            side, other = {0: "NN", 1: "BA", 2: "AB"}[entry["aggressor_side"]]
            aggressor = own.pop(0)["order_id"] if side != "N" and own else 0
            made.append(["T", side, price, entry["md_entry_size"], aggressor, 0])
            made += [["F", other, price, party["last_qty"], party["order_id"], 0] for party in own]
        elif kind == "35":
            made.append([STATISTICS[entry["md_entry_type"]], price, None])
        else:
            made.append([VOLUME, None, entry["md_entry_size"]])
    assert next(ids, None) is None, "every order belongs to a trade"
    if kind in ("32", "42") and fields["match_event_indicator"] & END_OF_EVENT:
        made = made or [["N", "N", None, 0, 0, 0]]
        made[-1][-1] |= LAST
    return made


def test_every_record(line_a, ends):
    sums = Counter()
    endings = dict.fromkeys(ends[0])
    made = [line for line in line_a if line["records"]]
    assert all(line["fields"]["no_md_entries"] == [] for line in line_a if not line["records"])
    last_of = {(line["sequence"], line["fields"]["transact_time"]): line for line in made if line["type"] in ("32", "42")}
    for line in made:
        fields, records, kind = line["fields"], line["records"], line["type"]
        if kind == "12":
            assert [record["record"] for record in records] == ["native"]
            continue
        names = ("stat_type", "price", "quantity") if kind in ("35", "37") else ("action", "side", "price", "size", "order_id", "flags")
        expected = expected_records(kind, fields)
        event = (line["sequence"], fields.get("transact_time"))
        if event in endings and last_of[event] is line:
            expected[-1][-1] |= LAST
        assert [[record[name] for name in names] for record in records] == expected, line
        for record in records:
            assert record["record"] == ("statistics" if kind in ("35", "37") else "mbo")
            assert record["publisher_id"] == 1
            assert record["sequence"] == line["sequence"]
            assert record["ts_event"] == fields["transact_time"]
            assert record["symbol"] == (str(record["instrument_id"]) if fields["no_md_entries"] else ""), "no definition has named it"
            assert 0 < record["ts_in_delta"] < 10**8
            sums[record.get("action", "statistics")] += 1
        instruments = [entry["security_id"] for entry in fields["no_md_entries"]]
        assert set(instruments or [0]) == {record["instrument_id"] for record in records}
        if kind != "42":
            assert (instruments or [0]) == [record["instrument_id"] for record in records]
    assert sums["A"] + sums["M"] + sums["C"] == 14574
    assert sums["T"] == 355
    lasts = sum(record.get("flags", 0) & LAST > 0 for line in line_a for record in line["records"])
    assert lasts == len({(line["sequence"], line["fields"]["transact_time"]) for line in line_a
                         if line["fields"].get("match_event_indicator", 0) & END_OF_EVENT} | set(ends[0]))
    assert sums["statistics"] == 396 + 406


def test_records_add_up(line_a, golden):
    records = [record for line in line_a for record in line["records"]]
    trades = [row for row in golden if row["template_id"] == "42" and row["group"] == "no_md_entries"]
    assert sum(record["size"] for record in records if record.get("action") == "T") == sum(int(row["size"]) for row in trades)
    notional = sum(record["size"] * record["price"] for record in records if record.get("action") == "T")
    assert notional == sum(int(Decimal(row["px"]) * 10**9) * int(row["size"]) for row in trades)
    fills = sum(record.get("action") == "F" for record in records)
    aggressors = sum(record.get("action") == "T" and record["side"] != "N" for record in records)
    assert fills + aggressors == sum(row["group"] == "no_order_id_entries" for row in golden) == 567
    volume = sum(int(row["size"]) for row in golden if row["template_id"] == "37")
    assert sum(record["quantity"] for record in records if record.get("stat_type") == VOLUME) == volume
    securities = {record["instrument_id"] for record in records} - {0}
    assert len(securities) == 127


def test_lines_say_the_same(programs, capture):
    """Both lines decode to the same records but for when they came."""
    counts = programs.counts(capture, PROTOCOL)["lines"]
    assert len({json.dumps([line["by_type"], line["entries"]], sort_keys=True) for line in counts.values()}) == 1


# ---- Databento's records of the feed, back on the wire ----


def databento_records(path):
    """The MBO records of a DBN file that are not of its snapshot: (ts_event, order_id, price, size, flags, action, side, sequence)."""
    if not shutil.which("zstd"):
        pytest.skip("no zstd (Debian: zstd)")
    data = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout
    at, snapshot = 8 + struct.unpack("<I", data[4:8])[0], 32
    while at < len(data):
        if data[at + 1] == 0xA0:
            fields = struct.unpack("<BBHIQQqIBBccQiI", data[at : at + 56])
            _, _, _, _, ts_event, order_id, price, size, flags, _, action, side, _, _, sequence = fields
            if not flags & snapshot:
                yield ts_event, order_id, price, size, flags & LAST, action.decode(), side.decode(), sequence
        at += data[at] * 4


def message(template, ts_event, last, *groups):
    root = struct.pack("<HHHHQBxx", 11, template, 1, 9, ts_event, END_OF_EVENT if last else 0)
    body = root + b"".join(groups)
    return struct.pack("<H", len(body) + 2) + body


def to_wire(records, security=17077):
    """One packet's records as the messages that they came from."""
    out, at = [], 0
    while at < len(records):
        ts_event, order_id, price, size, last, action, side, _ = records[at]
        end = at + 1
        if action == "T":
            while end < len(records) and records[end][5] == "F":
                end += 1
            fills = records[at + 1 : end]
            parties = ([(order_id, size)] if side != "N" else []) + [(fill[1], fill[3]) for fill in fills]
            entry = struct.pack("<qiiIiBBIxx", price, size, security, 1, len(parties), "NBA".index(side), 0, 0)
            group = struct.pack("<H5xB", 16, len(parties)) + b"".join(struct.pack("<Qi4x", *party) for party in parties)
            out.append(message(48, ts_event, fills[-1][4] if fills else last, struct.pack("<HB", 32, 1) + entry, group))
        else:
            while (end < len(records) and end - at < 255 and records[end][0] == ts_event and records[end][5] in "AMC"
                   and not records[end - 1][4]):
                end += 1
            changes = b"".join(struct.pack("<QQqiiBc6x", id_, 1, px, qty, security, "AMC".index(what), {"B": b"0", "A": b"1"}[where])
                               for _, id_, px, qty, _, what, where, _ in records[at:end])
            out.append(message(47, ts_event, records[end - 1][4], struct.pack("<HB", 40, end - at) + changes))
        at = end
    return b"".join(out)


MAYBE_BAD_BOOK = 4


def test_databento_records_come_back(programs, captures, tmp_path):
    """What Databento made of this feed (ESH4, without its snapshot), put into messages, is made again: orders, fills, trades, LAST."""
    wanted, trade = [], None
    for name in ("20231224", "20231225"):
        for record in databento_records(captures(f"databento-dbn/esh4-glbx-mdp3-{name}.mbo.dbn.zst")):
            trade = record if record[5] == "T" else trade
            if record[5] == "F" and record[1] == trade[1]:
                continue  # the aggressor had been resting: its own fill takes a store of orders to know
            wanted.append(record)
    packets = [struct.pack("<IQ", sequence, 1) + to_wire(list(records))
               for sequence, records in groupby(wanted, key=lambda record: record[7])]
    capture = frames.write_pcap(tmp_path / "esh4.pcap", [frames.udp_frame(packet) for packet in packets])
    rows = csv.DictReader(io.StringIO(programs.dump(capture, PROTOCOL, "--csv").decode()))
    found = [(*(int(row[name]) for name in ("ts_event", "order_id", "price", "size", "flags")), row["action"], row["side"],
              int(row["sequence"])) for row in rows if row["record"] == "mbo"]
    for number, (ours, theirs) in enumerate(zip(found, wanted)):
        sure = (*ours[:4], ours[4] & ~MAYBE_BAD_BOOK, *ours[5:])  # one instrument of many: the packets between are missing
        assert sure == theirs, f"record {number}"
    assert len(found) == len(wanted) == 59960
    assert Counter(record[5] for record in found)["T"] == 2973
