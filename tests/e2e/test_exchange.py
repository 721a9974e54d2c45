# SPDX-License-Identifier: Apache-2.0
"""`headrace sim` as a small exchange: lines that lose and delay, as a capture and on sockets of the loopback interface."""

import collections
import json
import os
import socket
import struct
import threading

import pytest

from programs import Process, numbers, until

ITCH = "nasdaq-itch-5.0"
DAY = {"messages": 30000, "live-orders": 3000, "symbols": 50}
LINE_A, LINE_B = "233.54.12.111", "233.86.230.111"
Frame = collections.namedtuple("Frame", "time group port payload")


def arguments(**options):
    """messages=5, send=True as --messages 5 --send"""
    given = []
    for name, value in options.items():
        given += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    return given


def told(stderr):
    return json.loads(stderr.splitlines()[-1])


def capture(programs, path, **options):
    """(what it says of itself, its frames)"""
    options = {**DAY, **{name.replace("_", "-"): value for name, value in options.items()}}
    statistics = told(programs.run("sim", *arguments(output=path, stats=True, **options)).stderr)
    data, at, found = path.read_bytes(), 24, []
    while at < len(data):
        seconds, nanoseconds, length, _ = struct.unpack_from("<IIII", data, at)
        frame = data[at + 16 : at + 16 + length]
        udp_length = int.from_bytes(frame[38:40], "big")
        found.append(Frame(seconds * 10**9 + nanoseconds, socket.inet_ntoa(frame[30:34]), int.from_bytes(frame[36:38], "big"),
                           frame[42 : 34 + udp_length]))
        at += 16 + length
    return statistics, found


def messages_of(payload):
    """(sequence, messages) of a MoldUDP64 packet."""
    sequence, count = struct.unpack_from("!QH", payload, 10)
    found, at = [], 20
    for _ in range(0 if count == 0xFFFF else count):
        length = int.from_bytes(payload[at : at + 2], "big")
        found.append(payload[at + 2 : at + 2 + length])
        at += 2 + length
    assert at == len(payload)
    return sequence, found


def test_lines_of_a_capture(programs, tmp_path):
    """Two impaired lines against the same day without fault: each packet that did not come is counted as lost, no other."""
    _, clean = capture(programs, tmp_path / "clean.pcap")
    said, frames = capture(programs, tmp_path / "lines.pcap", lines=2, line_port="26477,26478", loss="0.05,0.2", duplicate=0.02,
                           reorder="0,0.05", reorder_delay_us=500, delay_us="5,30", jitter_us=20)
    when = {frame.payload: frame.time for frame in clean[:-3]}
    assert len(when) == len(clean) - 3, "but for the end of session, no packet is like another"
    assert [frame.time for frame in frames] == sorted(frame.time for frame in frames)
    assert said["packets"] == len(frames)
    missing = {}
    for line, group, port, delay, jitter in (("A", LINE_A, 26477, 5000, 20000), ("B", LINE_B, 26478, 30000, 20500 + 500000)):
        came = [frame for frame in frames if frame.group == group]
        assert {frame.port for frame in came} == {port}
        copies = collections.Counter(frame.payload for frame in came)
        counted = next(each for each in said["lines"] if each["line"] == line)
        missing[line] = when.keys() - copies.keys()
        ends = sum(copies[payload] for payload in copies.keys() - when.keys())
        assert len(came) == counted["arrived"] == counted["sent"] - counted["lost"] + counted["duplicated"]
        assert 0 <= counted["lost"] - len(missing[line]) <= 3 and ends <= 6
        assert max(copies[payload] for payload in when) == 2
        late = [frame.time - when[frame.payload] for frame in came if frame.payload in when]
        assert min(late) >= delay
        order = [messages_of(frame.payload)[0] for frame in came]
        assert (order == sorted(order)) == (line == "A"), "only line B reorders"
        assert counted["reordered"] == 0 if line == "A" else 0.03 < counted["reordered"] / counted["sent"] < 0.08
    assert 0.04 < len(missing["A"]) / len(when) < 0.06 and 0.18 < len(missing["B"]) / len(when) < 0.22
    both = missing["A"] & missing["B"]
    assert 0 <= said["lost_on_all_lines"]["packets"] - len(both) <= 3
    assert said["lost_on_all_lines"]["messages"] == sum(len(messages_of(payload)[1]) for payload in both)


def test_the_seed_is_the_impairment(programs, tmp_path):
    options = dict(lines=2, loss=0.1, reorder=0.1, jitter_us=50)
    first, same, other = (capture(programs, tmp_path / f"{name}.pcap", seed=seed, **options)[1]
                          for name, seed in (("first", 5), ("same", 5), ("other", 6)))
    assert first == same and first != other


@pytest.mark.parametrize("options, words", [
    ({"lines": 5}, "--lines: found '5', wanted a number from 1 to 4"),
    ({"lines": 2, "loss": "0.1,0.2,0.3"}, "--loss: found 3 values, wanted 1, or one for each of the 2 lines"),
    ({"loss": 1.5}, "--loss: found '1.5', wanted a number from 0 to 1"),
    ({"lines": 2, "line_group": f"{LINE_A},{LINE_A}"}, "the same group and port for lines A and B"),
    ({"line_group": f"{LINE_A},{LINE_B}"}, "found 2 groups for 1 lines"),
    ({"line_port": "26477.5"}, "wanted whole numbers")])
def test_wrong_lines(programs, tmp_path, options, words):
    done = programs.run("sim", *arguments(output=tmp_path / "never.pcap", **options), check=False)
    assert done.returncode == os.EX_USAGE and words in done.stderr.decode(), done.stderr
    assert not (tmp_path / "never.pcap").exists()


class Listener:
    """A socket for each line, read by a thread until it is closed."""

    def __init__(self, *addresses):
        self.received = {address: [] for address in addresses}
        self.open = True
        self.threads = []
        for address in addresses:
            wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            wire.setsockopt(socket.SOL_SOCKET, 33 if os.geteuid() == 0 else socket.SO_RCVBUF, 16 << 20)  # 33: SO_RCVBUFFORCE
            wire.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(address[0]) + socket.inet_aton("127.0.0.1"))
            wire.bind(address)
            wire.settimeout(0.1)
            self.threads.append(threading.Thread(target=self.read, args=(wire, self.received[address])))
        for thread in self.threads:
            thread.start()

    def read(self, wire, received):
        with wire:
            while self.open:
                try:
                    received.append(wire.recv(2048))
                except TimeoutError:
                    pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.open = False
        for thread in self.threads:
            thread.join()


def own_groups():
    """Two groups and a port that no other run on this machine has."""
    unique = os.getpid() * 64 + next(numbers) % 64
    return (f"239.{unique >> 16 & 127}.{unique >> 8 & 255}.{unique & 255}", 26477), (
        f"239.{128 + (unique >> 16 & 127)}.{unique >> 8 & 255}.{unique & 255}", 26477)


def sender(workshop, addresses, **options):
    """`headrace sim --send` on the loopback interface, running."""
    groups = ",".join(group for group, _ in addresses)
    command = [workshop.programs.headrace, "sim",
               *arguments(send=True, interface="lo", stats=True, lines=len(addresses), line_group=groups, **options)]
    return workshop.own(Process("sim", command, workshop.folder))


def ended(process):
    assert process.wait() == 0, process.log_text()
    return told(process.log_text())


def test_sent_is_what_a_capture_holds(workshop, programs, tmp_path):
    """The same options with --send and with --output: the same packets on each line, in the same order."""
    lines = own_groups()
    options = {"lines": 2, "loss": "0.1,0.02", "duplicate": 0.05, "reorder": 0.05, "jitter-us": 100, "seed": 3, "messages": 5000,
               "live-orders": 500}
    _, frames = capture(programs, tmp_path / "same.pcap", line_group=",".join(group for group, _ in lines), **options)
    with Listener(*lines) as heard:
        del options["lines"]
        statistics = ended(sender(workshop, lines, symbols=DAY["symbols"], **options))
        assert statistics["packets"] == len(frames)
        until(lambda: sum(map(len, heard.received.values())) >= len(frames), "all packets have come")
    for group, port in lines:
        assert heard.received[group, port] == [frame.payload for frame in frames if frame.group == group]
