# SPDX-License-Identifier: Apache-2.0
"""A start in mid-day: the book comes from a GLIMPSE server, what comes live meanwhile is held, and both meet at the right message."""

import collections
import datetime
import json
import struct
import subprocess
import zoneinfo

import pytest

from programs import Process, eal, itch_feed, until
from recordset import RTYPE, Records

SERVER = "10.99.0.1"
RECOVERED, MAYBE_BAD_BOOK = 0xE2, 4
SNAPSHOT, UNKNOWN = 32, ("unknown_executions", "unknown_reductions", "unknown_deletions", "unknown_replacements", "duplicate_adds")


def today():
    return datetime.datetime.now(zoneinfo.ZoneInfo("America/New_York")).date()


def config(interface, recovery=True, window=8192, **snapshot):
    device = f"net_af_packet0,iface={interface},blocksz=262144,framesz=2048,framecnt=16384"
    feed = itch_feed("feed", "wire", orders_max=262144, window_packets=window,
                     recovery={"servers": [f"{SERVER}:30000"] if recovery else [], "requests_per_second": 5000}, snapshot={"server": f"{SERVER}:30001"} | snapshot)
    return {"eal": eal(memory_mib=128, mbufs=16383, devices=[device]),
            "inputs": [{"name": "wire", "plane": "dpdk", "device": "net_af_packet0"}], "feeds": [feed],
            "consumers": [{"name": "reader", "ring_records": 1048576, "on_full": "detach"}]}


def exchange(workshop, programs, sender, out, seed, *more):
    command = ["ip", "netns", "exec", sender, programs.headrace, "sim", "--seed", seed, "--messages", 60000, "--symbols", 50,
               "--live-orders", 5000, "--date", today(), "--send", "--interface", out, "--rate", 20000, "--stats",
               "--request-server", f"{SERVER}:30000", "--glimpse", f"{SERVER}:30001", "--username", "user", "--password", "secret",
               "--linger", 3, *more]
    return workshop.own(Process("exchange", [str(part) for part in command], workshop.folder))


def received(receiver, interface):
    done = subprocess.run(["ip", "-n", receiver, "-s", "-j", "link", "show", interface], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)[0]["stats64"]["rx"]["packets"]


def finish(handler, sending):
    """Counters once the session is over and everything has come, and what the exchange says."""
    until(lambda: next(iter(handler.stat()["line"].values()))["silent"] or not sending.running(), "the day is over", patience=60, every=0.1)
    sending.wait(30)
    found = handler.stat()
    assert handler.stop() == 0
    return found, json.loads(next(line for line in reversed(sending.log_text().splitlines()) if line.startswith("{")))


def check_book(found, statistics):
    """The very orders that the exchange has: none unknown, none left over."""
    (book,) = found["book"].values()
    assert {name: book[name] for name in UNKNOWN} == dict.fromkeys(UNKNOWN, 0)
    assert book["orders"] == statistics["live_orders"] > 1000
    assert sum(line["gaps"] for line in found["line"].values()) == 0


def test_start_in_mid_day(workshop, programs, addressed):
    sender, out, receiver, interface = addressed
    sending = exchange(workshop, programs, sender, out, 41)
    until(lambda: received(receiver, interface) > 8000 or not sending.running(), "the day has begun", patience=60, every=0.05)
    handler = workshop.handler(config(interface, username="user", password="secret"), netns=receiver)
    found, statistics = finish(handler, sending)
    assert "whole, live from message" in handler.log_text()
    assert statistics["glimpse"]["snapshots"] == 1
    check_book(found, statistics)
    assert next(iter(found["decode"].values()))["messages"] < statistics["messages"], "it has not seen the day from its beginning"


def test_a_strategy_sees_both(workshop, programs, addressed):
    """Attached before there is a server: session, the snapshot with its flag, then live without; the orders add up to the exchange's."""
    sender, out, receiver, interface = addressed
    handler = workshop.handler(config(interface, username="user", password="secret"), netns=receiver)
    reader = workshop.recorder(handler, "reader", wait="futex")
    until(lambda: "snapshot of feed" in handler.log_text(), "nobody is there to give a snapshot")
    until(lambda: handler.attached("reader"), "the reader has attached")
    sending = exchange(workshop, programs, sender, out, 42, "--loss", "0.01")
    found, statistics = finish(handler, sending)
    check_book(found, statistics)
    assert reader.result()["lost"] == 0
    records = list(Records(reader.records()))
    begins = [at for at, record in enumerate(records) if record[1] == RTYPE["session"] and record[42:43] == b"S"]
    orders, flags, live = set(), [], {}
    for record in records:
        if record[1] != RTYPE["mbo"]:
            continue
        (order, _, size, flag, _, action, side), = struct.iter_unpack("<QqIBBcc", record[16:40])
        flags.append(flag & SNAPSHOT)
        if action == b"A":
            live[order] = size
        elif action == b"C":
            live[order] -= size
            if live[order] == 0:
                del live[order]
    assert begins[0] == 0
    assert flags == sorted(flags, reverse=True) and flags[-1] == 0, "the snapshot comes first, and ends"
    assert len(live) == statistics["live_orders"]


def follow(records):
    """What a strategy knows of the orders that are live, by records alone; and how often it was told what. It forgets all at R."""
    live, seen, doubtful = {}, collections.Counter(), False
    for record in records:
        seen[record[1]] += 1
        if record[1] == RTYPE["gap"]:
            doubtful = True
        elif record[1] == RECOVERED:
            doubtful = False
        if record[1] != RTYPE["mbo"]:
            continue
        order, _, size, flags, _, action, _ = struct.unpack_from("<QqIBBcc", record, 16)
        seen["snapshot"] += bool(flags & SNAPSHOT)
        assert bool(flags & MAYBE_BAD_BOOK) == doubtful or flags & SNAPSHOT
        if action == b"R":
            assert flags & SNAPSHOT
            live.clear()
        elif action == b"A":
            assert doubtful or order not in live
            live[order] = size
        elif action == b"C":
            assert doubtful or live[order] >= size, "an order that is taken from is known, where nothing is in doubt"
            live[order] = live.get(order, size) - size
            if live[order] <= 0:
                del live[order]
    return live, seen


def test_whole_again_after_gaps(workshop, programs, addressed):
    """Messages that nobody has: the book is taken anew, in mid-session, and the strategy is told where it is whole again."""
    sender, out, receiver, interface = addressed
    handler = workshop.handler(config(interface, recovery=False, username="user", password="secret", interval_ms=700), netns=receiver)
    reader = workshop.recorder(handler, "reader", wait="futex")
    until(lambda: handler.attached("reader"), "the reader has attached")
    sending = exchange(workshop, programs, sender, out, 44, "--loss", "0.0002")
    until(lambda: sum(line["messages"] for line in handler.stat()["line"].values()) > 0, "the day has begun", every=0.05)
    found, statistics = finish(handler, sending)
    assert reader.result()["lost"] == 0
    live, seen = follow(Records(reader.records()))
    assert seen[RTYPE["gap"]] == sum(line["gaps"] for line in found["line"].values()) > 1
    assert 1 <= seen[RECOVERED] <= seen[RTYPE["gap"]] and seen["snapshot"] > 5000
    assert statistics["glimpse"]["snapshots"] >= seen[RECOVERED] + 1, "the first is that of the start"
    (book,) = found["book"].values()
    assert book["orders"] == statistics["live_orders"] == len(live)


def test_a_server_that_is_gone_after_a_gap(workshop, programs, addressed):
    """Nobody gives a snapshot: live goes on, in doubt, and nothing is held."""
    sender, out, receiver, interface = addressed
    feed = config(interface, recovery=False, username="user", password="secret", interval_ms=0, patience_ms=1500)
    handler = workshop.handler(feed, netns=receiver)
    reader = workshop.recorder(handler, "reader", wait="futex")
    until(lambda: "given up" in handler.log_text(), "the snapshot of the start is given up")
    sending = workshop.own(Process("exchange", [str(part) for part in (
        "ip", "netns", "exec", sender, programs.headrace, "sim", "--seed", 45, "--messages", 60000, "--symbols", 50, "--live-orders", 5000,
        "--date", today(), "--send", "--interface", out, "--rate", 20000, "--loss", "0.001", "--stats")], workshop.folder))
    sending.wait(60)
    until(lambda: handler.log_text().count("given up") >= 2, "that after the gap too")
    until(lambda: all(window["held_now"] == 0 for window in handler.stat()["window"].values()), "nothing is held")
    assert handler.stop() == 0 and reader.result()["lost"] == 0
    _, seen = follow(Records(reader.records()))
    assert seen[RTYPE["gap"]] > 0 and seen[RECOVERED] == 0 and seen["snapshot"] == 0


@pytest.mark.parametrize("window", [8192, 64])
def test_a_server_that_stalls_after_a_gap(workshop, programs, addressed, window):
    """It lets us in and says no more, while live packets wait: not for long, and no more of them than the window holds."""
    sender, out, receiver, interface = addressed
    server = workshop.own(Process("stalling server", ["ip", "netns", "exec", sender, "python3", "-c", HOSTILE, ""], workshop.folder))
    until(lambda: "listening" in server.log_text(), "the server listens")
    feed = config(interface, recovery=False, window=window, username="user", password="secret", interval_ms=0, patience_ms=5000)
    handler = workshop.handler(feed, netns=receiver)
    reader = workshop.recorder(handler, "reader", wait="futex")
    until(lambda: "given up" in handler.log_text(), "the snapshot of the start is given up")
    silences = handler.log_text().count("said nothing for two seconds")
    assert silences >= 1, "it was tried again before"
    sending = workshop.own(Process("exchange", [str(part) for part in (
        "ip", "netns", "exec", sender, programs.headrace, "sim", "--seed", 46, "--messages", 20000, "--symbols", 50, "--live-orders", 2000,
        "--date", today(), "--send", "--interface", out, "--rate", 5000, "--loss", "0.002", "--stats")], workshop.folder))
    until(lambda: handler.log_text().count("said nothing for two seconds") > silences, "the server is given up before patience_ms is over",
          every=0.05)
    sending.wait(60)
    until(lambda: handler.log_text().count("given up") >= 2, "nobody waits for it any more")
    until(lambda: all(window["held_now"] == 0 for window in handler.stat()["window"].values()), "nothing is held")
    stat = handler.stat()
    assert sum(line["late"] for line in stat["line"].values()) == 0, "nothing live is dropped for a snapshot that does not come"
    assert (sum(each["snapshots_abandoned"] for each in stat["window"].values()) > 0) == (window == 64)
    assert handler.stop() == 0 and reader.result()["lost"] == 0
    found = [record[1] for record in Records(reader.records())]
    assert RTYPE["gap"] in found and RECOVERED not in found


@pytest.mark.parametrize("login, why", [({"username": "user", "password": "wrong"}, "login rejected"), ({"username": "nobody", "password": "secret"}, "login rejected")])
def test_given_up(workshop, programs, addressed, login, why):
    """A server that does not let us in: said, tried again, given up; then live as it comes, and nothing is held for ever."""
    sender, out, receiver, interface = addressed
    sending = exchange(workshop, programs, sender, out, 43)
    until(lambda: received(receiver, interface) > 8000 or not sending.running(), "the day has begun", patience=60, every=0.05)
    handler = workshop.handler(config(interface, patience_ms=1500, **login), netns=receiver)
    found, _ = finish(handler, sending)
    log = handler.log_text()
    assert log.count(why) >= 2 and "given up" in log
    assert next(iter(found["decode"].values()))["messages"] > 1000
    assert next(iter(found["window"].values()))["held_now"] == 0


#: A server that lets everyone in and sends what it is told to, in hexadecimal.
HOSTILE = """
import socket, sys
server = socket.create_server(("10.99.0.1", 30001), reuse_port=True)
print("listening", flush=True)
while True:
    client, _ = server.accept()
    client.recv(49)
    client.sendall(b"\\x00\\x1fA" + b"HRSIM00001" + b"%20d" % 1)
    client.sendall(bytes.fromhex(sys.argv[1]) if sys.argv[1] != "longest" else b"\\xff\\xffS" + bytes(65534))
    while client.recv(4096):
        pass
"""


@pytest.mark.parametrize("data, why", [
    ("longest", "no packet buffer for a message"),
    ((b"\x00\x16SG" + b"99999999999999999999").hex(), "no session reaches"),
    ((b"\x00\x16SG" + b"not a number".ljust(20)).hex(), "no session reaches"),
    ("0000", "a packet of no length"),
])
def test_a_hostile_server(workshop, addressed, data, why):
    """Whatever it sends is refused in words, tried again and given up; the handler goes on, and ends in good order."""
    sender, _, receiver, interface = addressed
    server = workshop.own(Process("hostile server", ["ip", "netns", "exec", sender, "python3", "-c", HOSTILE, data], workshop.folder))
    until(lambda: "listening" in server.log_text(), "the server listens")
    handler = workshop.handler(config(interface, username="user", password="secret", patience_ms=1500), netns=receiver)
    until(lambda: "given up" in handler.log_text(), "it has been given up")
    assert handler.log_text().count(why) >= 2
    assert handler.stop() == 0
