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


SMALL = {"messages": 4000, "live_orders": 400, "symbols": 20, "rate": 20000, "seed": 11}
SESSION = b"HRSIM00001"


def whole_day(programs, folder):
    """Every message of the SMALL day; [0] is number 1."""
    return [message for frame in capture(programs, folder / "whole.pcap", **SMALL)[1] for message in messages_of(frame.payload)[1]]


def server_of(process, kind):
    """(host, port) as the simulator says them."""
    mark = f"headrace sim: {kind} server at "

    def said():
        assert process.running(), process.log_text()
        lines = [line for line in process.log_text().splitlines() if line.startswith(mark)]
        return lines[0].removeprefix(mark).split(":") if lines else None

    host, port = until(said, f"the {kind} server's address")
    return host, int(port)


class Asker:
    """A client of the request server."""

    def __init__(self, server):
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.connect(server)

    def ask(self, sequence, count, session=SESSION, patience=20):
        """The answer, or None when there is none in time."""
        self.wire.settimeout(patience)
        self.wire.send(session + struct.pack("!QH", sequence, count))
        try:
            return self.wire.recv(2048)
        except TimeoutError:
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()


def collect(received, found):
    """Takes the messages of new packets; the sequence number after the newest message that is known of."""
    newest = 1
    for payload in received:
        sequence, messages = messages_of(payload)
        newest = max(newest, sequence + len(messages))
        found.update(enumerate(messages, sequence))
    return newest


def test_what_is_lost_can_be_asked_for(workshop, programs, tmp_path):
    """Two lines that lose a third each: with the request server's answers the day is whole."""
    day = whole_day(programs, tmp_path)
    lines = own_groups()
    found, asked = {}, 0
    with Listener(*lines) as heard:
        process = sender(workshop, lines, request_server="127.0.0.1:0", loss=0.33, speed=2, linger=2, **SMALL)
        with Asker(server_of(process, "request")) as asker:
            def whole():
                nonlocal asked
                newest = collect([payload for line in lines for payload in heard.received[line]], found)
                for sequence in range(1, newest):
                    if sequence not in found:
                        answer = asker.ask(sequence, 5)
                        first, messages = messages_of(answer)
                        assert first == sequence and 1 <= len(messages) <= 5 and answer[:10] == SESSION
                        found.update(enumerate(messages, first))
                        asked += 1
                return newest == len(day) + 1

            until(whole, "the end of the day", patience=30)
            assert asker.ask(len(day) + 1, 1, patience=0.2) is None, "what is to come is not served"
            assert asker.ask(1, 1, session=b"HRSIM00002", patience=0.2) is None, "nor another session"
            everything = asker.ask(1, 65535)
            assert 1300 < len(everything) <= 1400, "as many messages as fit into one packet"
        statistics = ended(process)
    assert [found[number] for number in range(1, len(day) + 1)] == day
    served = statistics["request_server"]
    assert asked > 50 and served["answered"] == asked + 1 and served["requests"] == asked + 3
    assert served["future"] == 1 and served["foreign"] == 1
    assert statistics["lost_on_all_lines"]["messages"] > 0


@pytest.mark.parametrize("kind", ["die", "stall", "lie", "flood"])
def test_misbehaving_request_server(workshop, programs, tmp_path, kind):
    """Right for three requests, and then no more."""
    day = whole_day(programs, tmp_path)
    lines = own_groups()[:1]
    process = sender(workshop, lines, request_server="127.0.0.1:0", misbehave=f"{kind}:3", speed=5, linger=3, **SMALL)
    with Asker(server_of(process, "request")) as asker:
        until(lambda: asker.ask(10, 1, patience=0.05), "the first answer, when there is something to be asked for")
        for sequence in (2, 3):  # sent before what came already
            assert messages_of(asker.ask(sequence, 1)) == (sequence, [day[sequence - 1]])
        if kind == "die":
            with pytest.raises(ConnectionRefusedError):
                until(lambda: asker.ask(4, 1, patience=0.05) and False, "an error from a port that nobody has")
        elif kind == "stall":
            assert [asker.ask(4, 1, patience=0.2) for _ in range(3)] == [None] * 3
        elif kind == "lie":
            truth = SESSION + struct.pack("!QHH", 4, 1, len(day[3])) + day[3]
            answers = [asker.ask(4, 1) for _ in range(200)]
            assert truth not in answers and None not in answers and len(set(answers)) > 100
        else:
            assert messages_of(asker.ask(4, 1)) == (4, [day[3]])
            for _ in range(99):
                assert messages_of(asker.wire.recv(2048)) == (4, [day[3]])
    statistics = ended(process)["request_server"]
    assert statistics["answered"] == {"die": 3, "stall": 3, "lie": 203, "flood": 4}[kind]
    assert statistics["lies"] == (200 if kind == "lie" else 0) and statistics["unanswered"] == (3 if kind == "stall" else 0)


class Soup:
    """A client of the GLIMPSE server."""

    def __init__(self, server, username="", password="", session=""):
        self.wire = socket.create_connection(server, 20)
        self.wire.settimeout(20)
        self.file = self.wire.makefile("rb")
        self.say(b"L", f"{username:6}{password:10}{session:10}{1:20}".encode())

    def say(self, kind, payload=b""):
        self.wire.sendall(struct.pack("!Hc", 1 + len(payload), kind) + payload)

    def hear(self):
        """(type, payload); None when the server has closed, also upon something that it had not read yet."""
        try:
            head = self.file.read(2)
        except ConnectionResetError:
            return None
        if not head:
            return None
        packet = self.file.read(int.from_bytes(head, "big"))
        return packet[:1], packet[1:]

    def snapshot(self):
        """(messages, the number of the next real-time message)"""
        kind, accepted = self.hear()
        assert kind == b"A" and accepted[:10].strip() == SESSION and accepted[10:] == b"%20d" % 1
        messages = []
        while True:
            kind, message = self.hear()
            if kind == b"S" and message[:1] == b"G":
                assert len(message) == 21
                return messages, int(message[1:])
            if kind == b"S":
                messages.append(message)
            assert kind in b"SH"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.wire.close()


def orders_after(messages, orders=None):
    """{reference: (locate, side, shares, stock, price)} in order of time."""
    orders = dict(orders or {})
    for message in messages:
        kind, locate = message[:1], message[1:3]
        reference = message[11:19]
        if kind in (b"A", b"F"):
            side, shares, stock, price = struct.unpack_from("!cI8sI", message, 19)
            assert reference not in orders
            orders[reference] = (locate, side, shares, stock, price)
        elif kind in (b"E", b"C", b"X", b"D"):
            locate, side, shares, stock, price = orders[reference]
            left = 0 if kind == b"D" else shares - int.from_bytes(message[19:23], "big")
            assert left >= 0
            orders[reference] = (locate, side, left, stock, price)
            if left == 0:
                del orders[reference]
        elif kind == b"U":
            locate, side, _, stock, _ = orders.pop(reference)
            shares, price = struct.unpack_from("!II", message, 27)
            orders[message[19:27]] = (locate, side, shares, stock, price)
    return orders


def test_glimpse_joins_the_stream(workshop, programs, tmp_path):
    """Snapshots all through the day: each is the state after the message before the one that it names."""
    day = whole_day(programs, tmp_path)
    lines = own_groups()[:1]
    process = sender(workshop, lines, glimpse="127.0.0.1:0", username="user", password="secret", speed=0.2, **SMALL | {"messages": 4000})
    server = server_of(process, "GLIMPSE")
    with Soup(server, "user", "wrong") as client:
        assert client.hear() == (b"J", b"A") and client.hear() is None
    with Soup(server, "user", "secret", "OTHER") as client:
        assert client.hear() == (b"J", b"S") and client.hear() is None
    joined = set()

    def snapshot_is_right():
        with Soup(server, "user", "SECRET") as client:
            messages, following = client.snapshot()
            client.say(b"O")
            assert client.hear() is None, "the server closes after a logout"
        joined.add(following)
        before = day[: following - 1]
        stocks = [message for message in messages if message[:1] in b"RH"]
        assert sorted(stocks) == sorted(message for message in before if message[:1] in b"RH")
        found = orders_after(messages[len(stocks):])
        wanted = orders_after(before)
        assert list(found.items()) == list(wanted.items()), f"the orders before message {following}, in their queues' order"
        assert orders_after(day[following - 1:], found) == orders_after(day)
        return following > len(day) - 3

    until(snapshot_is_right, "a snapshot of the end of the day", every=0.1)
    assert len(joined) > 5, "most of them in the middle"
    process.kill()


def test_glimpse_heartbeats_and_end(workshop, programs):
    lines = own_groups()[:1]
    process = sender(workshop, lines, glimpse="127.0.0.1:0", speed=3, linger=2, **SMALL)
    with Soup(server_of(process, "GLIMPSE")) as client:
        client.snapshot()
        heard = [client.hear()]
        while heard[-1] is not None:
            if heard[-1][0] == b"H":
                client.say(b"R")
            heard.append(client.hear())
    assert heard[-2:] == [(b"Z", b""), None] and set(heard[:-2]) == {(b"H", b"")} and len(heard) >= 4
    statistics = ended(process)
    assert statistics["glimpse"]["logins_accepted"] == statistics["glimpse"]["snapshots"] == 1
    assert statistics["history"]["evicted_packets"] == 0


def test_history_is_bounded(workshop, programs):
    """Beyond --history-mib the oldest are not served, and are counted."""
    lines = own_groups()[:1]
    process = sender(workshop, lines, request_server="127.0.0.1:0", history_mib=1, speed=0, linger=3, messages=60000, live_orders=1000,
                     symbols=20)
    with Asker(server_of(process, "request")) as asker:
        until(lambda: asker.ask(61000, 1, patience=0.05), "an answer from the end of the day")
        assert asker.ask(1, 1, patience=0.2) is None
    statistics = ended(process)
    assert statistics["history"]["bytes"] <= 1 << 20 and statistics["history"]["evicted_messages"] > 10000
    assert statistics["request_server"]["evicted"] == 1 and statistics["request_server"]["answered"] == 1


@pytest.mark.parametrize("options, words", [
    ({"request_server": "127.0.0.1:0"}, "--request-server without --send"),
    ({"send": True, "request_server": "nowhere"}, "wanted an IPv4 address and a port"),
    ({"send": True, "glimpse": "127.0.0.1:70000"}, "wanted a number from 0 to 65535"),
    ({"send": True, "misbehave": "lie"}, "--misbehave without --request-server"),
    ({"send": True, "request_server": "127.0.0.1:0", "misbehave": "cheat"}, "wanted die, stall, lie or flood"),
    ({"send": True, "glimpse": "127.0.0.1:0", "username": "toolong"}, "wanted 1 to 6 characters"),
    ({"send": True, "linger": 1}, "--linger without")])
def test_wrong_servers(programs, tmp_path, options, words):
    output = {} if "send" in options else {"output": tmp_path / "never.pcap"}
    done = programs.run("sim", *arguments(**options, **output), check=False)
    assert done.returncode == os.EX_USAGE and words in done.stderr.decode(), done.stderr


def test_address_that_is_taken(workshop, programs):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        done = programs.run("sim", "--send", "--interface", "lo", "--request-server", f"127.0.0.1:{port}", check=False)
    assert done.returncode == os.EX_OSERR and b"--request-server: the server cannot be set up: Address already in use" in done.stderr
