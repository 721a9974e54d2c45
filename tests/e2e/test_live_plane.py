# SPDX-License-Identifier: Apache-2.0
"""The same records over a wire: two network namespaces, a veth pair between them, and DPDK's af_packet port at its end."""

import datetime
import os
import struct
import subprocess
import zoneinfo

import pytest

import frames
from programs import eal, itch_feed, simulate, until
from recordset import Records, without_arrival

ITCH = "nasdaq-itch-5.0"
PACKETS = 100000
PACKETS_PER_SECOND = 50000


def first_packets(path, count):
    """The capture cut after so many packets."""
    data = path.read_bytes()
    at = 24
    for _ in range(count):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    path.write_bytes(data[:at])
    return path


def live_config(interface, consumer, **input_options):
    device = f"net_af_packet0,iface={interface},blocksz=262144,framesz=2048,framecnt=16384"
    return {"eal": eal(memory_mib=128, mbufs=16383, devices=[device]),
            "inputs": [{"name": "wire", "plane": "dpdk", "device": "net_af_packet0"} | input_options],
            "feeds": [itch_feed("feed", "wire", orders_max=262144)],
            "consumers": [{"name": consumer, "ring_records": 1048576, "on_full": "detach"}]}


def replay(sender, interface, capture, *options):
    done = subprocess.run(["ip", "netns", "exec", sender, "tcpreplay", "-q", "-K", "-i", interface, *options, capture],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_nothing_lost(workshop, programs, wire):
    sender, out, receiver, interface = wire
    # A day's times count from midnight in New York, and live the day is today.
    today = datetime.datetime.now(zoneinfo.ZoneInfo("America/New_York")).date()
    capture = first_packets(simulate(programs, workshop.folder, seed=11, messages=560000, date=today), PACKETS)
    counts = programs.counts(capture, ITCH)
    assert counts["packets"] == PACKETS
    handler = workshop.handler(live_config(interface, "reader", checksum="udp"), netns=receiver)
    reader = workshop.recorder(handler, "reader")
    until(lambda: handler.stat()["ring"]["reader"]["attached"], "the reader has attached")
    replay(sender, out, capture, f"--pps={PACKETS_PER_SECOND}")
    (line,) = handler.stat()["line"]
    until(lambda: handler.stat()["packet"]["wire"]["frames"] >= PACKETS, "every packet has been polled", patience=20, every=0.05)
    found = handler.stat()
    assert handler.stop() == 0
    result = reader.result()
    assert found["line"][line]["messages"] == counts["messages"]
    assert found["line"][line]["gaps"] == found["line"][line]["messages_missing"] == 0
    assert found["line"][line]["duplicates"] == 0 and found["line"][line]["sessions"] == 1
    assert found["packet"]["wire"]["accepted"] == PACKETS
    assert found["input"]["wire"]["frames"] == found["packet"]["wire"]["frames"] and found["input"]["wire"]["oversized"] == 0
    assert result["lost"] == 0
    records = Records(programs.dump(capture, ITCH, "--raw"))
    wanted = Records(records.select(records.of_schemas(["mbo"])))
    live = Records(reader.records())
    assert len(live) == len(wanted) == result["records"]
    assert without_arrival(live) == without_arrival(wanted)
    # What was left out of that comparison: arrival at this host, now, each not before the one before it.
    arrivals = [int.from_bytes(record[40:48], "little") for record in live if record[1] == 0xA0]
    assert all(a <= b for a, b in zip(arrivals, arrivals[1:]))
    assert abs(arrivals[-1] / 1e9 - datetime.datetime.now().timestamp()) < 300


def test_bad_frames_from_the_wire(workshop, programs, wire):
    """What must be refused is refused live as it is from a capture, and nothing of it disturbs what follows."""
    sender, out, receiver, interface = wire
    good = [frames.udp_frame(frames.mold(frames.SESSION, 1 + i, [frames.add_order(1, 1 + i, b"B", 100, b"AAA", 10000)]))
            for i in range(10)]
    order = frames.mold(frames.SESSION, 5, [frames.add_order(1, 99, b"B", 100, b"AAA", 10000)])
    # No fragment among them: this driver's sockets have the kernel put fragments together, so a lone one never arrives.
    bad = {"not_ipv4": frames.ethernet(bytes(60), kind=0x86DD),
           "bad_ip_checksum": frames.ethernet(frames.ipv4(frames.udp(order), check=0x1234)),
           "bad_udp_checksum": frames.udp_frame(order, check=0x1234),
           "not_udp": frames.ethernet(frames.ipv4(frames.udp(order), protocol=6)),
           "truncated": frames.ethernet(frames.ipv4(frames.udp(order), total=1000))}
    tagged = frames.udp_frame(frames.mold(frames.SESSION, 11, [frames.add_order(1, 11, b"S", 1, b"AAA", 1)]), tags=[(0x8100, 141)])
    capture = frames.write_pcap(workshop.folder / "bad.pcap", good[:5] + list(bad.values()) + good[5:] + [tagged])
    config = live_config(interface, "reader", checksum="udp")
    config["feeds"][0]["silence_ms"] = 300
    handler = workshop.handler(config, netns=receiver)
    line = lambda: next(iter(handler.stat()["line"].values()))
    until(lambda: line()["silent"] == 1, "nothing comes: the line is silent")
    replay(sender, out, capture, "--pps=1000")
    until(lambda: line()["silent"] == 1 and line()["silences"] == 2, "it was heard of, and fell silent again")
    until(lambda: handler.stat()["packet"]["wire"]["frames"] >= len(bad) + 11, "every packet has been polled", patience=20)
    found = handler.stat()
    assert handler.stop() == 0
    packet = found["packet"]["wire"]
    for name in bad:
        assert packet[name] == 1, (name, packet)
    (line,) = found["line"].values()
    assert line["messages"] == 11, "the ten, and the one behind a VLAN tag, which the kernel takes off or not"
    assert line["gaps"] == 0


def test_no_such_interface(workshop):
    config = live_config("nosuchif", "reader")
    handler = workshop.start(config)
    assert handler.wait() == os.EX_UNAVAILABLE
    assert "eal.devices" in handler.log_text() and "nosuchif" in handler.log_text()
    assert not handler.socket.exists()
