# SPDX-License-Identifier: Apache-2.0
"""Live, over a wire that loses: two lines, a recovery server, and a strategy that sees nothing of it; or is told exactly what is missing."""

import datetime
import json
import struct
import zoneinfo

import pytest

from programs import Process, eal, itch_feed, simulate, until
from recordset import Records, without_arrival

ITCH = "nasdaq-itch-5.0"
SERVER = "10.99.0.1"
PORT = 30000
GROUPS = ("233.54.12.111", "233.86.230.111")
MESSAGES = 20000
MAYBE_BAD_BOOK = 4


def today():
    """A day's times count from midnight in New York, and live the day is today."""
    return datetime.datetime.now(zoneinfo.ZoneInfo("America/New_York")).date()


def config(interface, window_us=3000, **recovery):
    device = f"net_af_packet0,iface={interface},blocksz=262144,framesz=2048,framecnt=16384"
    lines = [{"name": name, "input": "wire", "group": group, "port": 26477} for name, group in zip("AB", GROUPS)]
    return {"eal": eal(memory_mib=128, mbufs=16383, devices=[device]),
            "inputs": [{"name": "wire", "plane": "dpdk", "device": "net_af_packet0"}],
            "feeds": [itch_feed("feed", orders_max=262144, window_packets=4096, window_us=window_us, recovery=recovery) | {"lines": lines}],
            "consumers": [{"name": "reader", "ring_records": 1048576, "on_full": "detach"}]}


def exchange(workshop, programs, sender, out, seed, *more):
    """Sends the day, of which each line loses a fifth of the packets."""
    command = ["ip", "netns", "exec", sender, programs.headrace, "sim", "--seed", seed, "--messages", MESSAGES, "--symbols", 50,
               "--live-orders", 2000, "--date", today(), "--send", "--interface", out, "--lines", 2, "--loss", "0.2,0.2",
               "--delay-us", "5,60", "--rate", 20000, "--stats", *more]
    return workshop.own(Process("exchange", [str(part) for part in command], workshop.folder))


def run(workshop, programs, addressed, seed, *more, **recovery):
    sender, out, receiver, interface = addressed
    asked = recovery.pop("asked", True)
    servers = [f"{SERVER}:{PORT}"] if asked else []
    more = (*more, "--request-server", f"{SERVER}:{PORT}", "--linger", "6") if asked else more
    handler = workshop.handler(config(interface, servers=servers, **recovery), netns=receiver)
    reader = workshop.recorder(handler, "reader", wait="futex")
    until(lambda: handler.stat()["ring"]["reader"]["attached"], "the reader has attached")
    sending = exchange(workshop, programs, sender, out, seed, *more)
    lines = lambda: handler.stat()["line"]
    until(lambda: sum(line["ends"] for line in lines().values()) > 0 or not sending.running(), "the session's end", patience=60, every=0.1)
    until(lambda: all(window["held_now"] == 0 for window in handler.stat()["window"].values()), "nothing is held any more", patience=20)
    found = handler.stat()
    assert handler.stop() == 0
    sending.wait(30)
    statistics = json.loads(next(line for line in reversed(sending.log_text().splitlines()) if line.startswith("{")))
    return found, reader, statistics


def wanted(programs, workshop, seed):
    capture = simulate(programs, workshop.folder, seed=seed, messages=MESSAGES, symbols=50, live_orders=2000, date=today(), rate=20000)
    records = Records(programs.dump(capture, ITCH, "--raw"))
    return Records(records.select(records.of_schemas(["mbo"])))


def test_everything_is_recovered(workshop, programs, addressed):
    """A fifth lost on each line: the other line has most of it, the server the rest."""
    found, reader, statistics = run(workshop, programs, addressed, 31, requests_per_second=5000)
    (window,), (recovery,) = found["window"].values(), found["recovery"].values()
    assert statistics["lost_on_all_lines"]["packets"] > 10
    assert recovery["messages_recovered"] >= 10 and recovery["given_up"] == 0
    delivered = sum(line["messages"] for name, line in found["line"].items() if "recovery" in name)
    assert recovery["messages_recovered"] >= delivered > 0, "of some a line had brought its copy late, but in time"
    assert window["holes_expired"] == window["holes_overflowed"] == window["holes_given_up"] == 0
    assert sum(line["gaps"] for line in found["line"].values()) == 0
    assert reader.result()["lost"] == 0
    assert without_arrival(Records(reader.records())) == without_arrival(wanted(programs, workshop, 31))


@pytest.mark.parametrize("misbehave", ["lie:3", "flood:3", "stall:3", "die:3"])
def test_a_server_that_misbehaves(workshop, programs, addressed, misbehave):
    """What it says wrong is refused and counted, what it does not say is given up: every record that is missing is told of, and none is wrong."""
    flooded = misbehave.startswith("flood")
    calmer = ("--loss", "0.05,0.05") if flooded else ()  # else it is this machine that is flooded
    patience = {"patience_ms": 20000, "answer_ms": 50, "attempts": 100} if flooded else {"patience_ms": 400, "answer_ms": 10, "attempts": 3}
    found, reader, statistics = run(workshop, programs, addressed, 32, "--misbehave", misbehave, *calmer, requests_per_second=5000,
                                    **patience)
    (recovery,) = found["recovery"].values()
    lines = found["line"].values()
    records = Records(reader.records())
    gaps = [record for record in records if record[1] == 0xE1]  # see ring/include/headrace/record.h
    assert reader.result()["lost"] == 0
    assert sum(line["messages"] + line["messages_missing"] for line in lines) == statistics["messages"], "each came, or was told to be missing"
    if flooded:
        assert sum(line["gaps"] for line in lines) == 0
        assert without_arrival(records) == without_arrival(wanted(programs, workshop, 32))
    else:
        assert sum(line["gaps"] for line in lines) > 0
        assert recovery["given_up"] > 0
    if misbehave.startswith("lie"):
        assert recovery["answers_refused"] > 0
    assert len(gaps) == sum(line["gaps"] for line in lines)
    assert sum(struct.unpack_from("<Q", gap, 24)[0] for gap in gaps) == sum(line["messages_missing"] for line in lines)


def test_without_a_server(workshop, programs, addressed):
    """What neither line brings is declared, once, as soon as the other line has had its time: here longer than this machine stops a
    process for, so that what the other line does bring is never late."""
    found, reader, statistics = run(workshop, programs, addressed, 33, asked=False, window_us=200_000)
    lines = found["line"].values()
    assert sum(line["late"] for line in lines) == 0
    assert sum(line["messages_missing"] for line in lines) == statistics["lost_on_all_lines"]["messages"] > 0
    assert reader.result()["lost"] == 0
    assert all(line["first"] > 0 and line["lost"] > 0 for line in lines)
    assert sum(line["duplicates"] for line in lines) > 0
