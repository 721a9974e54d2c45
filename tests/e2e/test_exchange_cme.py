# SPDX-License-Identifier: Apache-2.0
"""`headrace sim --protocol cme-mdp-3.0`: a channel that a client written from CME's own XML follows, joins late and recovers in."""

import collections
import os
from pathlib import Path

import pytest

from programs import until
from sbe import Schema
from test_exchange import Listener, arguments, capture, ended, own_groups, sender, told

SOURCE = Path(__file__).resolve().parents[2]
INCREMENTAL, SNAPSHOT, ORDERS, DEFINITION = (f"224.0.31.{last}" for last in (1, 22, 64, 43))
NEW, CHANGE, DELETE = range(3)
CHANNEL = {"protocol": "cme-mdp-3.0", "messages": 6000, "symbols": 4, "live_orders": 600, "loop_ms": 50}


@pytest.fixture(scope="module")
def schema():
    path = Path(os.environ.get("HEADRACE_SPECS", SOURCE.parent / "shared" / "specs")) / "cme" / "templates_FixBinary_v9.xml"
    if not path.exists():
        pytest.skip(f"no templates: {path} is not there (set HEADRACE_SPECS to the folder of the specifications)")
    return Schema(path)


class Book:
    """One instrument as a client keeps it: ten levels a side by price, and all orders."""

    def __init__(self):
        self.levels = {"0": [], "1": []}  # (price, quantity, orders)
        self.orders = {}  # id: (side, price, quantity, priority)
        self.number = 0

    def change_level(self, entry):
        assert entry["RptSeq"] == self.number + 1, "no change of a level is missing"
        self.number += 1
        levels, place = self.levels[entry["MDEntryType"]], entry["MDPriceLevel"] - 1
        level = (entry["MDEntryPx"], entry["MDEntrySize"], entry["NumberOfOrders"])
        if entry["MDUpdateAction"] == NEW:
            assert place <= len(levels)
            levels.insert(place, level)
            del levels[10:]
        else:
            assert levels[place][0] == level[0], "the level is where it is said to be"
            levels[place : place + 1] = [level] if entry["MDUpdateAction"] == CHANGE else []

    def change_order(self, action, number, side, price, quantity, priority):
        assert (number in self.orders) == (action != NEW)
        if action == DELETE:
            assert self.orders.pop(number)[:2] == (side, price)
        else:
            self.orders[number] = (side, price, quantity, priority)

    def check(self):
        """What the orders say of the levels, the levels say themselves; and nothing crosses."""
        for side, best_first in (("0", True), ("1", False)):
            found = collections.defaultdict(lambda: [0, 0])
            for own, price, quantity, _ in self.orders.values():
                if own == side:
                    found[price][0] += quantity
                    found[price][1] += 1
            wanted = [(price, *found[price]) for price in sorted(found, reverse=best_first)][:10]
            assert self.levels[side] == wanted
        if self.levels["0"] and self.levels["1"]:
            assert self.levels["0"][0][0] < self.levels["1"][0][0]


class Client:
    """Follows incremental packets, from the start or from snapshots."""

    def __init__(self):
        self.books = collections.defaultdict(Book)
        self.sequence = 0
        self.resets = 0
        self.deep = 0
        self.recovered = 0

    def take(self, sequence, messages, joined=None):
        """joined: {instrument: last packet that its snapshot knows}; None follows all."""
        assert joined is not None or sequence == self.sequence + 1, "packets are numbered in a row"
        self.sequence = sequence

        def known(entry):
            return joined is not None and sequence <= joined[entry["SecurityID"]]

        for message in messages:
            if message["template"] == 4:
                self.resets += 1
                assert message["NoMDEntries"] == [{"ApplID": 310}]
                self.books.clear()
            elif message["template"] == 46:
                self.recovered += bool(message["MatchEventIndicator"] & 0x20)
                entries = message["NoMDEntries"]
                for entry in entries:
                    if not known(entry):
                        self.books[entry["SecurityID"]].change_level(entry)
                for order in message["NoOrderIDEntries"]:
                    level = entries[order["ReferenceID"] - 1]
                    if not known(level):
                        self.books[level["SecurityID"]].change_order(order["OrderUpdateAction"], order["OrderID"], level["MDEntryType"],
                                                                     level["MDEntryPx"], order["MDDisplayQty"], order["MDOrderPriority"])
            elif message["template"] == 47:
                for entry in message["NoMDEntries"]:
                    self.deep += 1
                    if not known(entry):
                        self.books[entry["SecurityID"]].change_order(entry["MDUpdateAction"], entry["OrderID"], entry["MDEntryType"],
                                                                     entry["MDEntryPx"], entry["MDDisplayQty"], entry["MDOrderPriority"])
            else:
                assert message["template"] == 12 and len(messages) == 1

    def state(self):
        return {number: (book.levels, book.orders, book.number) for number, book in self.books.items()}


def levels_of(snapshot):
    found = {"0": [], "1": []}
    for entry in snapshot["NoMDEntries"]:
        levels = found[entry["MDEntryType"]]
        levels.append((entry["MDEntryPx"], entry["MDEntrySize"], entry["NumberOfOrders"]))
        assert entry["MDPriceLevel"] == len(levels)
    return found


def orders_of(chunks):
    assert [chunk["CurrentChunk"] for chunk in chunks] == list(range(1, chunks[0]["NoChunks"] + 1))
    assert len({chunk["LastMsgSeqNumProcessed"] for chunk in chunks}) == 1
    entries = [entry for chunk in chunks for entry in chunk["NoMDEntries"]]
    assert len({entry["OrderID"] for entry in entries}) == len(entries)
    return {entry["OrderID"]: (entry["MDEntryType"], entry["MDEntryPx"], entry["MDDisplayQty"], entry["MDOrderPriority"])
            for entry in entries}


class Loops:
    """The loops of snapshots against a client that has followed all: each is true at the packet that it names."""

    def __init__(self, client):
        self.client = client
        self.sequence = {group: 0 for group in (SNAPSHOT, ORDERS, DEFINITION)}
        self.seen = {group: [] for group in (SNAPSHOT, ORDERS, DEFINITION)}
        self.full_loops = collections.Counter()
        self.chunks = []
        self.most_chunks = 0

    def take(self, group, sequence, messages):
        (message,) = messages
        if sequence == 1:
            self.seen[group] = []
        else:
            assert sequence == self.sequence[group] + 1
        self.sequence[group] = sequence
        if group == ORDERS:
            self.chunks = self.chunks + [message] if message["CurrentChunk"] > 1 else [message]
            self.most_chunks = max(self.most_chunks, message["NoChunks"])
        if group != ORDERS or message["CurrentChunk"] == message["NoChunks"]:
            self.seen[group].append(message["SecurityID"])
            self.full_loops[group] += len(self.seen[group]) == message["TotNumReports"]
        assert len(set(self.seen[group])) == len(self.seen[group]) <= message["TotNumReports"]
        if group == DEFINITION:
            assert message["TotNumReports"] == CHANNEL["symbols"] and message["MinPriceIncrement"] == 250000000
            return
        assert message["LastMsgSeqNumProcessed"] == self.client.sequence
        book = self.client.books[message["SecurityID"]]
        assert book.number > 0, "an instrument whose book has not changed is not in the loop"
        if group == SNAPSHOT:
            assert levels_of(message) == book.levels and message["RptSeq"] == book.number
        elif message["CurrentChunk"] == message["NoChunks"]:
            assert orders_of(self.chunks) == book.orders


def test_every_snapshot_is_the_state_that_it_names(programs, tmp_path, schema):
    said, frames = capture(programs, tmp_path / "cme.pcap", reset_at=3000, **CHANNEL)
    client, counted = Client(), collections.Counter()
    loops = Loops(client)
    for frame in frames:
        assert frame.port == 14310 and len(frame.payload) <= 1400
        sequence, sent, messages = schema.packet(frame.payload)
        assert sent == frame.time - 5000, "5 us from the stamp to the capture"
        counted.update(str(message["template"]) for message in messages)
        if frame.group == INCREMENTAL:
            client.take(sequence, messages)
            for book in client.books.values():
                book.check()
        else:
            loops.take(frame.group, sequence, messages)
    assert dict(counted) == said["by_template"]
    assert client.resets == 1 and client.recovered > 300 and client.deep > 500
    assert sum(len(book.orders) for book in client.books.values()) == said["live_orders"]
    assert min(loops.full_loops[group] for group in (SNAPSHOT, ORDERS, DEFINITION)) > 10 and loops.most_chunks > 2


@pytest.mark.parametrize("reset", [None, 2000])
def test_joined_late_is_followed_from_the_start(programs, tmp_path, schema, reset):
    """From one loop of snapshots in the middle, and what came after each instrument's packet number."""
    options = {"reset_at": reset} if reset else {}
    _, frames = capture(programs, tmp_path / "cme.pcap", **CHANNEL | options)
    packets = [(frame.group, *schema.packet(frame.payload)) for frame in frames]
    whole, late, joined, chunks = Client(), Client(), {}, collections.defaultdict(list)
    for group, sequence, _, messages in packets:
        if group == INCREMENTAL:
            whole.take(sequence, messages)
    begin = len(packets) * 2 // 3
    for group, sequence, _, messages in packets[begin:]:
        number = messages[0].get("SecurityID")
        if group == SNAPSHOT and number not in joined:
            joined[number] = messages[0]["LastMsgSeqNumProcessed"]
            late.books[number].levels = levels_of(messages[0])
            late.books[number].number = messages[0]["RptSeq"]
        if group == ORDERS and number in joined and messages[0]["LastMsgSeqNumProcessed"] == joined[number]:
            chunks[number].append(messages[0])
        if len(joined) == CHANNEL["symbols"] and all(len(chunks[each]) == chunks[each][0]["NoChunks"] if chunks[each] else False
                                                     for each in joined):
            break
    for number, each in chunks.items():
        late.books[number].orders = orders_of(each)
    for group, sequence, _, messages in packets:
        if group == INCREMENTAL and sequence > min(joined.values()):
            late.take(sequence, messages, joined)
    assert late.state() == whole.state() and len(set(joined.values())) > 1


def test_lines_of_all_streams(programs, tmp_path, schema):
    """Two lines: each stream has its own two groups, and loses on both of them."""
    said, frames = capture(programs, tmp_path / "cme.pcap", lines=2, loss="0.1,0.1", **CHANNEL)
    groups = collections.Counter((frame.group, frame.port) for frame in frames)
    assert groups.keys() == {(f"224.0.{third}.{last}", port) for third, port in ((31, 14310), (32, 15310)) for last in (1, 22, 43, 64)}
    for line in said["lines"]:
        assert groups[line["group"], line["port"]] == line["arrived"] == line["sent"] - line["lost"]
    assert [line["stream"] for line in said["lines"][::2]] == ["incremental", "snapshot", "order_snapshot", "definition"]
    for third in (31, 32):
        numbers = [schema.packet(frame.payload)[0] for frame in frames if frame.group == f"224.0.{third}.1"]
        assert numbers == sorted(set(numbers)) and 0.05 < 1 - len(numbers) / numbers[-1] < 0.15
    assert said["lost_on_all_lines"]["packets"] > 0


def test_same_seed_same_channel(programs, tmp_path):
    first, same, other = (capture(programs, tmp_path / f"{name}.pcap", seed=seed, **CHANNEL)[1]
                          for name, seed in (("first", 5), ("same", 5), ("other", 6)))
    assert first == same and first != other


def test_sent_channel(workshop, programs, tmp_path):
    """--send puts on the wire what --output has in its capture."""
    lines = own_groups() + own_groups()
    groups = dict(zip(("line_group", "snapshot_group", "order_group", "definition_group"), (group for group, _ in lines)))
    _, frames = capture(programs, tmp_path / "cme.pcap", line_port=26477, **groups, **CHANNEL)
    del groups["line_group"]
    with Listener(*lines) as heard:
        statistics = ended(sender(workshop, lines[:1], line_port=26477, speed=2, **groups, **CHANNEL))
        assert statistics["packets"] == len(frames)
        until(lambda: sum(map(len, heard.received.values())) >= len(frames), "all packets have come")
    for group, port in lines:
        assert heard.received[group, port] == [frame.payload for frame in frames if frame.group == group]


@pytest.mark.parametrize("options, words", [
    ({"protocol": "itch"}, "wanted nasdaq-itch-5.0 or cme-mdp-3.0"),
    ({"protocol": "cme-mdp-3.0", "symbols": 1001}, "--symbols: found 1001, wanted 1 to 1000"),
    ({"protocol": "cme-mdp-3.0", "live_orders": 0}, "--live-orders: found 0, wanted 1 to 100000"),
    ({"protocol": "cme-mdp-3.0", "reset_at": 101, "messages": 100}, "wanted a message of the mix: 1 to 100"),
    ({"protocol": "cme-mdp-3.0", "snapshot_group": INCREMENTAL}, "the same group and port for lines A and A of two streams"),
    ({"reset_at": 5}, "found --reset-at without --protocol cme-mdp-3.0"),
    ({"definition_group": DEFINITION}, "found --definition-group without")])
def test_wrong_channels(programs, tmp_path, options, words):
    done = programs.run("sim", *arguments(output=tmp_path / "never.pcap", **options), check=False)
    assert done.returncode == os.EX_USAGE and words in done.stderr.decode(), done.stderr


def test_what_cme_does_not_have(programs):
    done = programs.run("sim", "--protocol", "cme-mdp-3.0", "--send", "--glimpse", "127.0.0.1:0", check=False)
    assert done.returncode == os.EX_USAGE and b"CME has neither" in done.stderr


def test_empty_mix(programs, tmp_path):
    """Only the build-up: no message of the mix."""
    done = programs.run("sim", *arguments(output=tmp_path / "cme.pcap", stats=True, protocol="cme-mdp-3.0", messages=0, live_orders=1))
    assert told(done.stderr)["by_template"]["46"] == 1
