# SPDX-License-Identifier: Apache-2.0
"""A CME channel that loses packets, or is joined late: a strategy's books, built from its records alone, are the exchange's books
whenever a record without MAYBE_BAD_BOOK says so, and all of them once RECOVERED has come."""

import collections
import struct

import pytest

from programs import endless_input, pcap_input
from recordset import MBO, RTYPE, Records
from test_exchange import Frame, arguments, told
from test_exchange_cme import DEFINITION, INCREMENTAL, ORDERS, SNAPSHOT, Client, schema  # noqa: F401 (a fixture)

PROTOCOL = "cme-mdp-3.0"
CHANNEL = {"protocol": PROTOCOL, "messages": 6000, "symbols": 4, "live_orders": 600, "loop_ms": 50}
LAST, SNAPSHOT_FLAG, MBP, MAYBE_BAD_BOOK = 0x80, 0x20, 0x10, 4
RECOVERED = 0xE2
ROLES = {"incremental": INCREMENTAL, "snapshot": SNAPSHOT, "order-snapshot": ORDERS, "definition": DEFINITION}


class Capture:
    """A pcap of the exchange: frames, and their bytes."""

    def __init__(self, programs, path, **options):
        self.path = path
        self.said = told(programs.run("sim", *arguments(output=path, stats=True, **CHANNEL | options)).stderr)
        data, at, self.records = path.read_bytes(), 24, []
        self.header = data[:24]
        while at < len(data):
            length = struct.unpack_from("<I", data, at + 8)[0]
            record = data[at : at + 16 + length]
            udp = int.from_bytes(record[54:56], "big")
            group = ".".join(str(each) for each in record[46:50])
            self.records.append((Frame(0, group, int.from_bytes(record[52:54], "big"), record[58 : 50 + udp]), record))
            at += 16 + length

    def write(self, path, keep):
        """Those whose (place, group) are to be kept."""
        path.write_bytes(self.header + b"".join(record for i, (frame, record) in enumerate(self.records) if keep(i, frame.group)))
        return path


class Truth:
    """The books after each incremental packet, by a client that has missed nothing."""

    def __init__(self, schema, capture):
        client, self.after = Client(), {}
        for frame, _ in capture.records:
            if frame.group == INCREMENTAL:
                sequence, _, messages = schema.packet(frame.payload)
                client.take(sequence, messages)
                self.after[sequence] = {number: self.of(book) for number, book in client.books.items()}
        self.last = max(self.after)

    @staticmethod
    def of(book):
        levels = {side: {level[0]: level[1] for level in book.levels[code]} for side, code in ((b"B", "0"), (b"A", "1"))}
        orders = {number: (b"BA"[int(order[0]) :][:1], order[1], order[2]) for number, order in book.orders.items()}
        return levels, orders


class Books:
    """As a strategy keeps them: from records alone."""

    def __init__(self):
        self.levels = collections.defaultdict(lambda: {b"B": {}, b"A": {}})
        self.orders = collections.defaultdict(dict)

    def take(self, instrument, order, price, size, flags, action, side):
        if action in b"TFN":
            return
        if action == b"R" and instrument == 0:
            self.levels.clear()
            self.orders.clear()
        elif action == b"R" and flags & MBP:
            self.levels[instrument] = {b"B": {}, b"A": {}}
        elif action == b"R":
            self.orders[instrument] = {}
        elif flags & MBP:
            levels = self.levels[instrument][side]
            levels.pop(price, None)
            if action != b"C":
                levels[price] = size
                if len(levels) > 10:
                    del levels[min(levels) if side == b"B" else max(levels)]
        else:
            self.orders[instrument].pop(order, None)
            if action != b"C":
                self.orders[instrument][order] = (side, price, size)

    def check(self, truth, instrument, book):
        wanted = truth.get(instrument, ({b"B": {}, b"A": {}}, {}))
        found = (self.levels[instrument], self.orders[instrument])
        assert found[book] == wanted[book], f"instrument {instrument}, {('levels', 'orders')[book]}"


def follow(records, truth):
    """Keeps the books by the records, and holds them against the truth wherever they are not in doubt. How often each thing came."""
    books, seen, touched, at = Books(), collections.Counter(), set(), None

    def check():
        for instrument, book in touched:
            books.check(truth.after[at], instrument, book)
            seen["checked"] += 1
        touched.clear()

    for record in Records(records):
        rtype = record[1]
        seen[rtype] += 1
        if rtype != RTYPE["mbo"]:
            continue
        (_, _, _, instrument, _, order, price, size, flags, _, action, side, _, _, sequence) = MBO.unpack(record)
        if flags & SNAPSHOT_FLAG:
            check()
            seen["snapshot"] += 1
            assert action not in b"TF", "a trade is told once"
        elif sequence != at:
            check()
            at = sequence
        books.take(instrument, order, price, size, flags, action, side)
        if flags & MAYBE_BAD_BOOK:
            seen["doubtful"] += 1
        elif not flags & SNAPSHOT_FLAG and action not in b"TFNR":
            touched.add((instrument, 0 if flags & MBP else 1))
    check()
    return books, seen


def run(workshop, *captures, roles=ROLES, schemas=("mbo", "status", "definition"), **feed):
    """The records that a strategy gets, and the handler's counters at the end."""
    inputs = [pcap_input(f"line{i}", path, wait_for_consumers=True) for i, path in enumerate(captures)]
    lines = [{"input": f"line{i}", "group": group, "port": 14310, "channel": 7, "role": role}
             for i in range(len(captures)) for role, group in roles.items()]
    handler = workshop.handler({
        "eal": {"huge_pages": "never", "memory_mib": 96, "mbufs": 8191},
        "inputs": [*inputs, endless_input("endless", captures[0])],
        "feeds": [{"name": "cme", "protocol": PROTOCOL, "instruments_max": 1024, "lines": lines} | feed],
        "consumers": [{"name": "reader", "ring_records": 65536, "on_full": "detach", "schemas": list(schemas)}]})
    reader = workshop.recorder(handler, "reader", wait="yield")
    for i in range(len(captures)):
        handler.until_stat("input", f"line{i}", "finished", 1)
    found = handler.stat()
    assert handler.stop() == 0 and reader.result()["lost"] == 0
    return reader.records(), found


def doubts(found):
    return found["loops"]["cme/7"]


@pytest.mark.parametrize("seed, late", [(1, 0), (2, 0), (3, 500), (4, 2000), (5, 10000), (6, 30000)])
def test_gaps_are_made_whole(workshop, programs, tmp_path, schema, seed, late):
    """One line that loses a five-hundredth of everything, its loops included: again and again in doubt, and whole again.
    late: us that snapshots are behind: books have changed since, and some gaps are not known to them."""
    options = {"seed": seed} | ({"loop_delay_us": late} if late else {})
    truth = Truth(schema, Capture(programs, tmp_path / "whole.pcap", **options))
    lossy = Capture(programs, tmp_path / "lossy.pcap", loss=0.002, **options)
    records, found = run(workshop, lossy.path)
    books, seen = follow(records, truth)
    assert seen[RTYPE["gap"]] > 0 and seen["snapshot"] > 100 and seen["checked"] > 1000
    assert doubts(found)["doubts"] == seen[RTYPE["gap"]] and seen[RECOVERED] == doubts(found)["recovered"] > 0
    assert seen[RTYPE["definition"]] == CHANNEL["symbols"] == doubts(found)["definitions"], "each is told once"
    if late:
        assert doubts(found)["repeated"] > 0
    if late > 5000:
        assert doubts(found)["stale"] > 0
    assert doubts(found)["in_doubt"] == 0, "the loops go on behind the last event"
    for instrument in truth.after[truth.last]:
        for book in (0, 1):
            books.check(truth.after[truth.last], instrument, book)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_joined_late(workshop, programs, tmp_path, schema, share):
    """From the middle on: in doubt from the first record, whole after one passing of the loops, and no GAP for what came before."""
    _, seen = join(workshop, programs, tmp_path, schema, share)
    assert seen["doubtful"] > 0 and seen["checked"] > 100


def test_joined_after_the_last_event(workshop, programs, tmp_path, schema):
    """Nothing but heartbeats and loops: the books are told all the same."""
    _, seen = join(workshop, programs, tmp_path, schema, 0.7)
    assert seen["doubtful"] == 0 and seen["snapshot"] > 500


def join(workshop, programs, tmp_path, schema, share):
    whole = Capture(programs, tmp_path / "whole.pcap", seed=11)
    truth = Truth(schema, whole)
    begin = int(len(whole.records) * share)
    records, found = run(workshop, whole.write(tmp_path / "late.pcap", lambda i, _: i >= begin))
    books, seen = follow(records, truth)
    assert seen[RTYPE["gap"]] == 0 and seen[RECOVERED] == 1
    assert doubts(found)["in_doubt"] == 0
    for instrument in truth.after[truth.last]:
        for book in (0, 1):
            books.check(truth.after[truth.last], instrument, book)
    return found, seen


def test_a_reset_empties_every_book(workshop, programs, tmp_path, schema):
    """While books are in doubt: what is empty is known."""
    whole = Capture(programs, tmp_path / "whole.pcap", seed=12, reset_at=3000)
    truth = Truth(schema, whole)
    numbers_of = {i: schema.packet(frame.payload) for i, (frame, _) in enumerate(whole.records) if frame.group == INCREMENTAL}
    reset = next(i for i, (_, _, messages) in numbers_of.items() if messages[0]["template"] == 4)
    cut = max(i for i in numbers_of if i < reset - 20)
    lossy = whole.write(tmp_path / "lossy.pcap", lambda i, group: i != cut and (group == INCREMENTAL or i > reset))
    records, found = run(workshop, lossy)
    books, seen = follow(records, truth)
    assert seen[RTYPE["gap"]] == seen[RECOVERED] == 1 and doubts(found)["joined"] == 0 and seen["snapshot"] == 0
    for instrument in truth.after[truth.last]:
        books.check(truth.after[truth.last], instrument, 0)


def test_what_no_loop_tells_of_stays_in_doubt(workshop, programs, tmp_path, schema):
    """No line of snapshots by order: levels are whole again, orders are not."""
    whole = Capture(programs, tmp_path / "whole.pcap", seed=13)
    truth = Truth(schema, whole)
    lost = [i for i, (frame, _) in enumerate(whole.records) if frame.group == INCREMENTAL][400]
    lossy = whole.write(tmp_path / "lossy.pcap", lambda i, _: i != lost)
    records, found = run(workshop, lossy, roles={role: group for role, group in ROLES.items() if role != "order-snapshot"})
    books, seen = follow(records, truth)
    assert seen[RTYPE["gap"]] == seen[RECOVERED] == 1 and doubts(found)["in_doubt"] == 1
    doubtful = {bool(record[36] & MBP) for record in list(Records(records))[-2000:]
                if record[1] == RTYPE["mbo"] and record[36] & MAYBE_BAD_BOOK}
    assert doubtful == {False}
    for instrument in truth.after[truth.last]:
        books.check(truth.after[truth.last], instrument, 0)


def test_without_loops_the_books_stay_in_doubt(workshop, programs, tmp_path, schema):
    whole = Capture(programs, tmp_path / "whole.pcap", seed=13)
    lost = [i for i, (frame, _) in enumerate(whole.records) if frame.group == INCREMENTAL][400]
    lossy = whole.write(tmp_path / "lossy.pcap", lambda i, _: i != lost)
    records, found = run(workshop, lossy, roles={"incremental": INCREMENTAL})
    _, seen = follow(records, Truth(schema, whole))
    assert seen[RTYPE["gap"]] == 1 and seen[RECOVERED] == 0 and seen["doubtful"] > 1000 and "loops" not in found


def test_two_lines_bring_two_copies(workshop, programs, tmp_path, schema):
    """Copies of loops are of no use, and do no harm."""
    whole = Capture(programs, tmp_path / "whole.pcap", seed=14)
    truth = Truth(schema, whole)
    begin = len(whole.records) // 3
    late = whole.write(tmp_path / "late.pcap", lambda i, _: i >= begin)
    records, found = run(workshop, late, late, window_us=60000000)
    books, seen = follow(records, truth)
    assert seen[RECOVERED] == 1 and seen[RTYPE["gap"]] == 0
    assert seen[RTYPE["definition"]] == CHANNEL["symbols"] and doubts(found)["in_doubt"] == 0
    for instrument in truth.after[truth.last]:
        for book in (0, 1):
            books.check(truth.after[truth.last], instrument, book)
