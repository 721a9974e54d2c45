# SPDX-License-Identifier: Apache-2.0
"""The example that quotes: what it quotes for which book, and when it pulls its quotes. Each record is one event (LAST) unless said."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = Path(os.environ["HEADRACE_BUILD"])
PROGRAM = BUILD / "strategy-sdk/cpp/market_maker"
LAST, TOB, MBP, MAYBE_BAD_BOOK, IMPLIED = 128, 64, 16, 4, 2
UNDEF_PRICE = 2**63 - 1
PATIENCE = 30

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="there is no C++ compiler (Debian: g++)")


def mbo(action, side, price, size, order_id=0, flags=LAST, instrument=1):
    raw = UNDEF_PRICE if price is None else round(price * 1e9)
    return struct.pack("<BBHIQ QqIBBccQiI", 14, 0xA0, 2, instrument, 0, order_id, raw, size, flags, 0, action.encode(), side.encode(), 0, 0, 0)


def status(action, is_trading, instrument=1):
    return struct.pack("<BBHIQ QHHHccc7x", 10, 0x12, 2, instrument, 0, 0, action, 0, 0, is_trading, b"~", b"~")


def gap():
    return struct.pack("<BBHIQ QQQB7x", 12, 0xE1, 2, 0, 0, 1, 1, 0, 0)


def session(event):
    return struct.pack("<BBHIQ QQ10scB4x", 12, 0xE3, 2, 0, 0, 0, 1, b"1         ", event, 0)


BOOK = (mbo("A", "B", 10.00, 300, 1), mbo("A", "A", 10.10, 100, 2))  # micro-price 10.075
QUOTE = "XYZ 100@10.06 10.09@100 0"


class Maker:
    def __init__(self, folder, *options):
        socket = folder / "handler.sock"
        self.handler = subprocess.Popen([BUILD / "tests/sdk/mock_handler", socket, "64", "1024", "1", "drop"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)
        assert self.handler.stdout.readline() == "ready\n"
        self.process = subprocess.Popen([PROGRAM, "test", "--socket", socket, "--wait", "yield", "--prints", "1000000", *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while self.ask("attached") != "1":
            pass
        self.tell("symbol 2 1 XYZ", "symbol 2 3 ABC")

    def ask(self, command):
        self.handler.stdin.write(command + "\n")
        return self.handler.stdout.readline().strip()

    def tell(self, *commands):
        for command in commands:
            assert self.ask(command) == "ok", command

    def publish(self, *records):
        self.tell(*("record " + record.hex() for record in records))

    def end(self, command="state 4", code=0):
        """The quotes, each as 'SYMBOL BID ASK INVENTORY' with '-' for a side that has none, and the closing line."""
        if command:
            self.tell(command)
        out, self.complaints = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == code, self.complaints
        *lines, summary = out.splitlines()
        quotes = []
        for line in lines:
            fields = re.sub(r" +holding ", " ", re.sub(r" @ ", "@", line)).split()
            quotes.append(" ".join(re.sub(r"(\.\d\d)00", r"\1", field) for field in fields))
        return quotes, json.loads(summary)

    def close(self):
        for process in (self.process, self.handler):
            process.kill()
            process.wait(PATIENCE)
        for stream in (self.handler.stdin, self.handler.stdout, self.process.stdout, self.process.stderr):
            stream.close()


@pytest.fixture
def start(tmp_path):
    started = []

    def start_one(*options):
        started.append(Maker(tmp_path, *options))
        return started[-1]

    yield start_one
    for maker in started:
        maker.close()


def test_quotes_around_the_micro_price(start):
    maker = start()
    maker.publish(*BOOK, mbo("A", "A", 10.10, 200, 3))  # both sides 300: 10.05
    quotes, summary = maker.end()
    assert quotes == [QUOTE, "XYZ 100@10.04 10.06@100 0", "XYZ - - - - 0"], "the end pulls what is out"
    assert summary["records"] == summary["events"] == 3 and summary["quotes"] == 3
    assert summary["position"] == 0 and summary["end"].startswith("the handler has stopped")
    assert 0 < summary["tick_to_decision_ns"]["p50"] <= summary["tick_to_decision_ns"]["p999"]


def test_no_decision_within_an_event(start):
    maker = start()
    maker.publish(BOOK[0], mbo("A", "A", 10.10, 50, 2, flags=0), mbo("A", "A", 10.10, 50, 3))
    quotes, summary = maker.end()
    assert quotes[0] == QUOTE and len(quotes) == 2 and summary["events"] == 2


@pytest.mark.parametrize("records, best", [
    ([mbo("C", "B", 10.00, 100, 1)], "XYZ 100@10.05 10.08@100 0"),                # 200 remain: 10.0667
    ([mbo("M", "B", 10.02, 100, 1)], "XYZ 100@10.05 10.07@100 0"),                # to 10.02, 100: 10.06
    ([mbo("T", "B", 10.08, 5), mbo("F", "A", 10.10, 100, 2)], None),              # change no book; and the trade is below our offer
    ([mbo("C", "A", 10.10, 100, 2), mbo("A", "A", 10.10, 100, 4)], "pulled"),     # one side is empty meanwhile
    ([mbo("A", "B", 10.20, 100, 9)], "pulled"),                                   # crossed
    ([mbo("C", "B", 10.00, 300, 1), mbo("A", "B", 10.00, 300, 5, flags=LAST | MAYBE_BAD_BOOK)], "pulled for good"),
    ([mbo("C", "B", 9.99, 10, 77)], "pulled for good"),                           # an order that was there before us
])
def test_book(start, records, best):
    maker = start()
    maker.publish(*BOOK, *records)
    quotes, _ = maker.end()
    assert quotes[0] == QUOTE
    if best is None:
        assert len(quotes) == 2 and "@" not in quotes[1]
    elif best == "pulled":
        assert "@" not in quotes[1]
    elif best == "pulled for good":
        assert len(quotes) == 2 and "@" not in quotes[1]
    else:
        assert quotes[1] == best


def test_price_levels(start):
    maker = start()
    level = LAST | MBP
    maker.publish(mbo("M", "B", 10.00, 300, flags=level), mbo("M", "A", 10.10, 100, flags=level),
                  mbo("M", "A", 10.05, 7, flags=level | IMPLIED), mbo("C", "A", 10.10, 0, flags=level),
                  mbo("M", "A", 10.10, 100, flags=level | TOB), mbo("M", "A", 10.20, 300, flags=level | TOB))
    quotes, _ = maker.end()
    assert quotes[0] == QUOTE and "@" not in quotes[1] and quotes[2] == QUOTE
    assert quotes[3] == "XYZ 100@10.09 10.11@100 0", "a top of book has nothing behind it: 10.10 is the micro-price"


def test_leans_against_its_inventory(start):
    """A sale at our bid fills us: the fair price falls by a tenth of a tick's skew for a tenth of the limit."""
    maker = start("--limit", "200", "--skew", "4")
    maker.publish(*BOOK, mbo("T", "A", 10.06, 1000))
    quotes, summary = maker.end()
    assert quotes[0] == QUOTE
    assert quotes[1] == "XYZ 100@10.04 10.07@100 100", "10.075 less 2 ticks"
    assert summary["fills"] == 1 and summary["position"] == 100


def test_limit(start):
    maker = start("--limit", "100", "--skew", "0")
    maker.publish(*BOOK, mbo("T", "A", 10.05, 60), mbo("T", "A", 10.05, 60))
    quotes, summary = maker.end()
    # What is left of our bid after the first is what may still be bought: no other quote.
    assert quotes[1] == "XYZ - - 10.09@100 100"
    assert summary["position"] == 100 and summary["fills"] == 2


def test_halt_and_resumption(start):
    maker = start()
    maker.publish(*BOOK, status(8, b"N"), mbo("A", "A", 10.10, 1, 3), status(7, b"Y"))
    quotes, _ = maker.end()
    assert quotes[0] == QUOTE and "@" not in quotes[1] and quotes[2].startswith("XYZ 100@")


@pytest.mark.parametrize("what", ["gap", "lost"])
def test_what_is_missing_pulls_all_quotes(start, what):
    maker = start()
    maker.publish(*BOOK)
    if what == "gap":
        maker.publish(gap())
    else:
        os.kill(maker.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, maker.process.pid, os.WSTOPPED)
        maker.tell("mbo 1100 100")
        os.kill(maker.process.pid, signal.SIGCONT)
        while maker.ask("pending") != "0":
            maker.ask("flush")
    maker.publish(mbo("A", "B", 10.01, 10, 5), mbo("A", "B", 5, 10, 6, instrument=3), mbo("A", "A", 6, 10, 7, instrument=3))
    quotes, summary = maker.end()
    of_ours = [quote for quote in quotes if quote.startswith("XYZ")]
    assert of_ours[0] == QUOTE and "@" not in of_ours[-1] and "all quotes are pulled" in maker.complaints
    assert not any(quote.startswith("ABC") and "@5" in quote for quote in quotes), "nor is one quoted that is seen only now"
    assert (summary["lost"] > 0) == (what == "lost")


def test_new_session_begins_anew(start):
    maker = start()
    maker.publish(*BOOK, gap(), session(b"S"), *BOOK)
    quotes, _ = maker.end()
    assert quotes[0] == QUOTE and "@" not in quotes[1] and quotes[2] == QUOTE


def test_symbols_that_are_wanted(start):
    maker = start("--symbol", "ABC")
    maker.publish(*BOOK, mbo("A", "B", 5, 10, 3, instrument=3), mbo("A", "A", 6, 10, 4, instrument=3))
    quotes, _ = maker.end()
    assert len(quotes) == 2 and all(quote.startswith("ABC") for quote in quotes)


def test_prints_no_more_than_it_should(start):
    maker = start("--prints", "0")
    maker.publish(*BOOK)
    quotes, summary = maker.end()
    assert quotes == [] and summary["quotes"] == 2


def test_other_ends(start):
    maker = start()
    maker.publish(*BOOK)
    quotes, summary = maker.end("state 3", code=69)
    assert "@" not in quotes[-1] and "evicted" in summary["end"]


def test_interrupt_pulls_the_quotes(start):
    maker = start()
    maker.publish(*BOOK)
    assert maker.process.stdout.readline().startswith("XYZ")
    maker.process.send_signal(signal.SIGINT)
    quotes, summary = maker.end(command=None)
    assert len(quotes) == 1 and "@" not in quotes[0] and summary["end"] == "running"


def test_a_file_is_quoted_as_its_market_was(start, tmp_path):
    records = [*BOOK, mbo("A", "A", 10.10, 200, 3), mbo("T", "A", 10.04, 60)]
    metadata = struct.pack("<16sHQQQBBBH53sIIIII", b"XNAS.ITCH", 0, 0, 2**64 - 1, 0, 255, 0, 0, 71, b"", 0, 0, 0, 0, 0)
    path = tmp_path / "day.dbn"
    path.write_bytes(b"DBN\x03" + struct.pack("<I", len(metadata)) + metadata + b"".join(records))
    done = subprocess.run([PROGRAM, "--file", path, "--prints", "1000"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    *quotes, summary = done.stdout.splitlines()
    maker = start()
    maker.publish(*records)
    live, live_summary = maker.end()
    assert len(quotes) == len(live)
    told = json.loads(summary)
    for name in ("records", "events", "quotes", "fills", "position", "end"):
        assert told[name] == live_summary[name]
    assert told["position"] == 60 and told["tick_to_decision_ns"]["p50"] == 0


def test_a_file_that_is_not_there(tmp_path):
    done = subprocess.run([PROGRAM, "--file", tmp_path / "none.dbn"], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 69 and "none.dbn" in done.stderr


@pytest.mark.parametrize("arguments, complaint", [
    (["x", "--file", "y"], "found both"),
    ([], "the consumer's NAME is missing"),
    (["x", "--tick", "0"], "--tick 0: wanted a number from"),
    (["x", "--limit", "many"], "--limit many: wanted a number from"),
    (["x", "--wait", "eventfd"], "wanted spin, yield or futex"),
    (["x", "--nothing", "1"], "unknown option --nothing"),
    (["x", "y"], "one NAME is wanted"),
])
def test_wrong_usage(arguments, complaint):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 64 and complaint in done.stderr and "usage:" in done.stderr
