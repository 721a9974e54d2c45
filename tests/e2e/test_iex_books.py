# SPDX-License-Identifier: Apache-2.0
"""IEX DEEP+ and TOPS, of which there is no capture: a day made by hand, played to a book of a few lines that reads messages,
and to one that reads our records. Both must hold the same orders in the same queues all the time."""

import collections
import random
import struct

import pytest

from frames import START_NS, udp_frame, write_pcap

UNIT = 100000
LAST, TOB, MBP, MAYBE = 128, 64, 16, 4
SYMBOLS = ["ZIEXT", "AAPL", "MSFT"]
SIDES = {"8": "B", "5": "A"}
STEPS = 6000


def packet(protocol, sequence, messages):
    blocks = b"".join(struct.pack("<H", len(message)) + message for message in messages)
    return struct.pack("<BBHIIHHQQQ", 1, 0, protocol, 1, 7, len(blocks), len(messages), sequence, sequence, START_NS) + blocks


def head(kind, code, symbol, step):
    return kind.encode() + code + struct.pack("<q8s", START_NS + step, symbol.ljust(8).encode())


class Venue:
    """Orders in their queues, as the specification says that messages change them."""

    def __init__(self, numbers):
        self.numbers = numbers
        self.orders = {}  # number: [symbol, side, price, size]; in the order of priority
        self.next_order = 1
        self.next_trade = 10**12

    def add(self, step):
        number, self.next_order = self.next_order, self.next_order + 1
        symbol, side = self.numbers.choice(SYMBOLS), self.numbers.choice("85")
        price, size = self.numbers.randrange(1000000, 1000010), self.numbers.randrange(1, 500)
        self.orders[number] = [symbol, side, price, size]
        return head("a", side.encode(), symbol, step) + struct.pack("<QIq", number, size, price)

    def modify(self, step):
        number = self.numbers.choice(list(self.orders))
        keeps = self.numbers.randrange(2)
        symbol, side, price, size = self.orders[number]
        price, size = self.numbers.choice([price, price + 1]), self.numbers.choice([size, size + 10, max(1, size - 10)])
        if not keeps:
            del self.orders[number]
        self.orders[number] = [symbol, side, price, size]
        return head("M", bytes([keeps]), symbol, step) + struct.pack("<QIq", number, size, price)

    def delete(self, step):
        number = self.numbers.choice(list(self.orders))
        symbol = self.orders.pop(number)[0]
        return head("R", b"\0", symbol, step) + struct.pack("<Q", number)

    def execute(self, step):
        number = self.numbers.choice(list(self.orders))
        symbol, _, price, size = self.orders[number]
        taken = self.numbers.randrange(1, size + 1)
        self.orders[number][3] -= taken
        if self.orders[number][3] == 0:
            del self.orders[number]
        self.next_trade += 1
        price -= self.numbers.randrange(2)  # better than displayed
        return head("L", b"\0", symbol, step) + struct.pack("<QIqq", number, taken, price, self.next_trade)

    def trade(self, step):
        self.next_trade += 1
        return head("T", b"\0", self.numbers.choice(SYMBOLS), step) + struct.pack("<Iqq", 100, 1000000, self.next_trade)

    def clear(self, step):
        symbol = self.numbers.choice(SYMBOLS)
        self.orders = {number: order for number, order in self.orders.items() if order[0] != symbol}
        return head("C", b"\0", symbol, step)

    def step(self, step):
        ways = [self.add] * 8 + [self.trade]
        if self.orders:
            ways += [self.modify] * 4 + [self.delete] * 3 + [self.execute] * 4
        if step % 500 == 499:
            ways = [self.clear]
        return self.numbers.choice(ways)(step)


class Reader:
    """The same from records: A to the end of its queue, M in its place, C takes away, R takes all. T and F change nothing."""

    def __init__(self):
        self.orders = {}

    def read(self, record):
        number, action = record["order_id"], record["action"]
        if action == "A":
            assert number not in self.orders
            self.orders[number] = [record["symbol"], record["side"], record["price"], record["size"]]
        elif action == "M":
            assert self.orders[number][:2] == [record["symbol"], record["side"]]
            self.orders[number][2:] = [record["price"], record["size"]]
        elif action == "C":
            order = self.orders[number]
            assert order[:3] == [record["symbol"], record["side"], record["price"]]
            order[3] -= record["size"]
            assert order[3] >= 0
            if order[3] == 0:
                del self.orders[number]
        elif action == "R":
            self.orders = {number: order for number, order in self.orders.items() if order[0] != record["symbol"]}
        else:
            assert action in "TF"


def dump(programs, capture, protocol):
    lines = programs.lines(capture, protocol)
    return [line for line in lines if "fields" in line]


@pytest.mark.parametrize("seed", range(3))
def test_deep_plus_records_hold_the_same_orders(programs, tmp_path, seed):
    venue, reader = Venue(random.Random(seed)), Reader()
    messages, books = [], []
    for step in range(STEPS):
        messages.append(venue.step(step))
        books.append([(number, [symbol, SIDES[side], price * UNIT, size])
                      for number, (symbol, side, price, size) in venue.orders.items()] if step % 50 == 49 else None)
    packets, at = [], 0
    while at < STEPS:
        count = 1 + venue.numbers.randrange(20)
        packets.append(udp_frame(packet(0x8005, at + 1, messages[at : at + count])))
        at += count
    write_pcap(tmp_path / "orders.pcap", packets)
    lines = dump(programs, tmp_path / "orders.pcap", "iex-deep-plus-1.0")
    assert len(lines) == STEPS
    for line, book in zip(lines, books):
        for i, record in enumerate(line["records"]):
            assert record["flags"] == (LAST if i == len(line["records"]) - 1 else 0)
            reader.read(record)
        assert book is None or book == list(reader.orders.items()), f"after message {line['sequence']}"
    trades = [(record["order_id"], record["size"], record["price"]) for line in lines for record in line["records"]
              if record["action"] == "T"]
    assert trades == [(line["fields"]["trade_id"], line["fields"]["size"], line["fields"]["price"] * UNIT) for line in lines
                      if line["type"] in "LT"]
    kinds = collections.Counter(line["type"] for line in lines)
    assert set(kinds) == set("aMRLTC") and kinds["C"] == STEPS // 500
    orders = programs.counts(tmp_path / "orders.pcap", "iex-deep-plus-1.0")["orders"]
    assert not any(count for name, count in orders.items() if name != "orders")


def test_deep_plus_from_the_middle_of_a_day(programs, tmp_path):
    """Orders from before the start are not known: every record about them says so, and none guesses a side."""
    venue = Venue(random.Random(7))
    messages = [venue.step(step) for step in range(STEPS)]
    before = STEPS // 2
    write_pcap(tmp_path / "late.pcap", [udp_frame(packet(0x8005, before + 1 + i, [message]))
                                        for i, message in enumerate(messages[before:])])
    lines = dump(programs, tmp_path / "late.pcap", "iex-deep-plus-1.0")
    known, unknown = set(), 0
    for line in lines:
        number = line["fields"].get("order_id", line["fields"].get("order_id_reference"))
        if line["type"] == "a":
            known.add(number)
        for record in line["records"]:
            if line["type"] in "MRL":
                assert bool(record["flags"] & MAYBE) == (number not in known)
                assert (record["side"] == "N") == (number not in known)
                unknown += number not in known
    assert unknown > 100


def test_tops_quotes_are_two_sides(programs, tmp_path):
    numbers = random.Random(3)
    quotes = [(numbers.choice(SYMBOLS), numbers.choice([0, 100, 2**32 - 2]), numbers.choice([0, 1, 1876500]),
               numbers.choice([0, 1, 1876600]), numbers.choice([0, 100])) for _ in range(500)]
    messages = [head("Q", bytes([numbers.randrange(256)]), symbol, step) + struct.pack("<IqqI", *quote)
                for step, (symbol, *quote) in enumerate(quotes)]
    packets = [packet(0x8003, 1 + at, messages[at : at + 20]) for at in range(0, 500, 20)]
    write_pcap(tmp_path / "quotes.pcap", map(udp_frame, packets))
    lines = dump(programs, tmp_path / "quotes.pcap", "iex-tops-1.6")
    assert len(lines) == 500
    for step, (line, (symbol, bid_size, bid, ask, ask_size)) in enumerate(zip(lines, quotes)):
        found = [tuple(record[name] for name in ("symbol", "ts_event", "action", "side", "price", "size", "order_id", "flags"))
                 for record in line["records"]]
        assert found == [(symbol, START_NS + step, "M", "B", bid * UNIT if bid_size else None, bid_size, 0, TOB | MBP),
                         (symbol, START_NS + step, "M", "A", ask * UNIT if ask_size else None, ask_size, 0, TOB | MBP | LAST)]
