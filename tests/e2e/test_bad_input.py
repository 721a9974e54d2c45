# SPDX-License-Identifier: Apache-2.0
"""Bytes from a network are anybody's: whatever comes is refused by a counter of its own, counted once, and harms nothing else.

Every capture goes through `headrace dump` and through `headrace run`, and both must say the same.
"""

import json
import os
import random
import subprocess
from pathlib import Path

import pytest

import frames
from frames import SESSION, add_order, ethernet, ipv4, mold, udp, udp_frame
from programs import eal, iex_feed, itch_feed, pcap_input, simulate

ITCH, IEX = "nasdaq-itch-5.0", "iex-deep-1.0"
PACKET_REFUSALS = ("runt", "not_ipv4", "bad_ip_header", "truncated", "bad_ip_checksum", "fragment", "not_udp", "bad_udp_length",
                   "bad_udp_checksum")
LINE_REFUSALS = ("short_header", "foreign_header", "malformed", "unsequenced", "foreign_session", "implausible")
DECODE_REFUSALS = ("unknown_type", "bad_length")
MBUF_ROOM = 2048  # eal.mbuf_bytes 2176, of which 128 are headroom
ORDER = add_order(1, 7, b"B", 100, b"AAA", 10000)
DATA = mold(SESSION, 1, [ORDER])

#: What is wrong with a frame, and which counter says so.
REFUSED = {
    "empty frame": (b"", "runt"),
    "half an Ethernet header": (udp_frame(DATA)[:13], "runt"),
    "tag without its EtherType": (udp_frame(DATA, tags=[(0x8100, 5)])[:17], "runt"),
    "second tag cut": (udp_frame(DATA, tags=[(0x88A8, 5), (0x8100, 5)])[:19], "runt"),
    "three tags": (udp_frame(DATA, tags=[(0x8100, 5)] * 3), "not_ipv4"),
    "ARP": (ethernet(bytes(46), kind=0x0806), "not_ipv4"),
    "IPv6": (ethernet(bytes.fromhex("6000000000081140") + bytes(40), kind=0x86DD), "not_ipv4"),
    "802.3 length": (ethernet(bytes(46), kind=46), "not_ipv4"),
    "Ethernet header alone": (udp_frame(DATA)[:14], "truncated"),
    "half an IP header": (udp_frame(DATA)[:30], "truncated"),
    "IP packet cut": (udp_frame(DATA)[:-1], "truncated"),
    "total length beyond the frame": (ethernet(ipv4(udp(DATA), total=1500)), "truncated"),
    "IP version 6 in an IPv4 frame": (ethernet(ipv4(udp(DATA), version=6)), "bad_ip_header"),
    "header of 16 bytes": (ethernet(ipv4(udp(DATA), words=4)), "bad_ip_header"),
    "total length of 0": (ethernet(ipv4(udp(DATA), total=0)), "bad_ip_header"),
    "total length below the header": (ethernet(ipv4(udp(DATA), total=19)), "bad_ip_header"),
    "wrong IP checksum": (ethernet(ipv4(udp(DATA), check=0x1234)), "bad_ip_checksum"),
    "first fragment": (ethernet(ipv4(udp(DATA), flags=0x2000)), "fragment"),
    "later fragment": (ethernet(ipv4(udp(DATA), flags=0x0001)), "fragment"),
    "TCP": (ethernet(ipv4(udp(DATA), protocol=6)), "not_udp"),
    "IGMP": (ethernet(ipv4(bytes(8), protocol=2)), "not_udp"),
    "no room for a UDP header": (ethernet(ipv4(bytes(7))), "bad_udp_length"),
    "UDP length of 0": (ethernet(ipv4(udp(DATA, length=0))), "bad_udp_length"),
    "UDP length of 7": (ethernet(ipv4(udp(DATA, length=7))), "bad_udp_length"),
    "UDP length beyond the packet": (ethernet(ipv4(udp(DATA, length=1000))), "bad_udp_length"),
    "wrong UDP checksum": (udp_frame(DATA, check=0x1234), "bad_udp_checksum"),
    "no payload": (udp_frame(b""), "short_header"),
    "half a session header": (udp_frame(DATA[:19]), "short_header"),
    "count without messages": (udp_frame(mold(SESSION, 1, [], count=3)), "malformed"),
    "count above the messages": (udp_frame(mold(SESSION, 1, [ORDER], count=2)), "malformed"),
    "count above any datagram": (udp_frame(mold(SESSION, 1, [ORDER], count=0xFFFE)), "malformed"),
    "message beyond the end": (udp_frame(DATA[:-1]), "malformed"),
    "half a message length": (udp_frame(mold(SESSION, 1, [ORDER]) + b"\0", ), None),
    "last possible sequence": (udp_frame(mold(SESSION, 2**64 - 1, [ORDER])), "malformed"),
    "unknown message type": (udp_frame(mold(SESSION, 1, [b"z" + bytes(20)])), "unknown_type"),
    "message type 0": (udp_frame(mold(SESSION, 1, [bytes(20)])), "unknown_type"),
    "message type 255": (udp_frame(mold(SESSION, 1, [b"\xff" * 20])), "unknown_type"),
    "message one byte short": (udp_frame(mold(SESSION, 1, [ORDER[:-1]])), "bad_length"),
    "message one byte long": (udp_frame(mold(SESSION, 1, [ORDER + b"\0"])), "bad_length"),
    "message of length 0": (udp_frame(mold(SESSION, 1, [b""])), "bad_length"),
    "message of one byte": (udp_frame(mold(SESSION, 1, [b"A"])), "bad_length"),
}


def check_dump_identities(counts):
    assert counts["messages"] == sum(counts["by_type"].values()) + sum(counts["refused_by"][name] for name in DECODE_REFUSALS)
    assert counts["refused"] == sum(counts["refused_by"].values())


def check_run_identities(found, input_name="bad"):
    """Every step: what came in = what went on + what was refused."""
    received, packet = found["input"][input_name], found["packet"][input_name]
    lines = list(found["line"].values())
    assert received["frames"] == packet["frames"] + received["oversized"]
    assert packet["frames"] == packet["accepted"] + sum(packet[name] for name in PACKET_REFUSALS)
    (worker,) = found["worker"].values()
    assert packet["accepted"] == sum(line["datagrams"] for line in lines) + worker["unknown_line"]
    told = sum(line["delivered"] + line["heartbeats"] + line["ends"] + line["duplicates"] + line["late"] +
               sum(line[name] for name in LINE_REFUSALS) for line in lines)
    assert sum(line["datagrams"] for line in lines) == told + sum(window["held_now"] for window in found["window"].values())
    (decode,) = found["decode"].values()
    assert decode["messages"] == sum(line["messages"] for line in lines)
    assert decode["messages"] == decode["decoded"] + sum(decode[name] for name in DECODE_REFUSALS)
    (fanout,) = found["fanout"].values()
    assert fanout["records"] == fanout["unwanted"], "nobody is attached"


def run_counters(workshop, capture, feed, code=0, executable=None, **input_options):
    """The counters of `headrace run` after a capture, read while it lives: a second input waits for a consumer that never comes."""
    config = {"eal": eal(), "inputs": [pcap_input("bad", capture, **input_options),
                                       pcap_input("never", capture, wait_for_consumers=True)],
              "feeds": [feed], "consumers": [{"name": "absent", "ring_records": 64}]}
    handler = workshop.handler(config, executable=executable)
    handler.until_stat("input", "bad", "finished", 1)
    found = handler.stat()
    assert handler.stop() == code, handler.log_text()
    assert "ERROR: " not in handler.log_text() and "runtime error" not in handler.log_text(), handler.log_text()
    check_run_identities(found)
    return found


def same_refusals(counts, found):
    """`dump` and `run` of one capture agree, counter by counter."""
    told = {name: found["packet"]["bad"][name] for name in PACKET_REFUSALS}
    told |= {name: sum(line[name] for line in found["line"].values()) for name in LINE_REFUSALS}
    told |= {name: next(iter(found["decode"].values()))[name] for name in DECODE_REFUSALS}
    wanted = {name: counts["refused_by"][name] for name in told}
    assert told == wanted


@pytest.mark.parametrize("title", REFUSED)
def test_dump_refuses(programs, tmp_path, title):
    """One bad frame between two good ones: refused by its counter, and the good ones come through."""
    frame, counter = REFUSED[title]
    capture = frames.write_pcap(tmp_path / "one.pcap", [udp_frame(mold(SESSION, 1, [])), frame])
    done = programs.run("dump", capture, "--protocol", ITCH, "--checksum", "udp")
    counts = json.loads(done.stdout)
    check_dump_identities(counts)
    assert counts["packets"] == 2
    assert {name: value for name, value in counts["refused_by"].items() if value} == ({counter: 1} if counter else {})
    assert counts["gaps"] == 0
    good = [udp_frame(mold(SESSION, 2 if counter in DECODE_REFUSALS or not counter else 1, [ORDER]))]
    capture = frames.write_pcap(tmp_path / "two.pcap", [udp_frame(mold(SESSION, 1, [])), frame, *good])
    counts = programs.counts(capture, ITCH, "--checksum", "udp")
    assert counts["by_type"] == {"A": 1 if counter else 2} and counts["gaps"] == counts["duplicates"] == 0


def test_run_refuses_as_dump_does(workshop, programs):
    """All of them in one capture, sequence after sequence, live counters against dump's."""
    bad = [frame for frame, _ in REFUSED.values()]
    capture = frames.write_pcap(workshop.folder / "bad.pcap", bad)
    found = run_counters(workshop, capture, itch_feed("feed", "bad"), checksum="udp")
    counts = programs.counts(capture, ITCH, "--checksum", "udp")
    check_dump_identities(counts)
    same_refusals(counts, found)
    assert counts["packets"] == found["packet"]["bad"]["frames"] == len(bad)


def test_what_is_accepted(programs, tmp_path):
    """Odd but right: padding, a kept FCS, IP options, no UDP checksum, one and two tags, bytes after the last message."""
    session = iter(range(1, 100))
    odd = [udp_frame(mold(SESSION, next(session), [ORDER])) + bytes(6),
           udp_frame(mold(SESSION, next(session), [ORDER])) + b"\xde\xad\xbe\xef",
           ethernet(ipv4(udp(mold(SESSION, next(session), [ORDER])), words=6, options=b"\x94\x04\0\0")),
           udp_frame(mold(SESSION, next(session), [ORDER]), check=0),
           udp_frame(mold(SESSION, next(session), [ORDER]), tags=[(0x8100, 141)]),
           udp_frame(mold(SESSION, next(session), [ORDER]), tags=[(0x88A8, 7), (0x8100, 141)]),
           udp_frame(mold(SESSION, next(session), [ORDER]) + b"trailer")]
    counts = programs.counts(frames.write_pcap(tmp_path / "odd.pcap", odd), ITCH, "--checksum", "udp")
    assert counts["by_type"] == {"A": len(odd)} and counts["refused"] == counts["gaps"] == 0


def test_sequence_zero(workshop, programs):
    """A live feed refuses it: no session has it. Captures made anonymous have nothing else: dump takes it."""
    capture = frames.write_pcap(workshop.folder / "zero.pcap", [udp_frame(mold(bytes(10), 0, [ORDER, ORDER]))] * 3)
    assert programs.counts(capture, ITCH)["by_type"] == {"A": 6}
    found = run_counters(workshop, capture, itch_feed("feed", "bad"))
    (line,) = found["line"].values()
    assert line["unsequenced"] == 3 and line["messages"] == 0


def test_checksum_is_a_choice(workshop, programs):
    wrong_udp = udp_frame(mold(SESSION, 1, [ORDER]), check=0x1234)
    wrong_ip = ethernet(ipv4(udp(mold(SESSION, 2, [ORDER])), check=0x1234))
    capture = frames.write_pcap(workshop.folder / "sums.pcap", [wrong_udp, wrong_ip])
    for choice, messages in (("none", 2), ("ip", 1), ("udp", 0)):
        counts = programs.counts(capture, ITCH, "--checksum", choice)
        assert counts["messages"] == messages, choice
        found = run_counters(workshop, capture, itch_feed("feed", "bad"), checksum=choice)
        same_refusals(counts, found)


def test_other_destinations(workshop):
    """Somebody else's traffic on the port: counted, and nothing of it is taken for ours."""
    others = [udp_frame(DATA, group="233.54.12.112"), udp_frame(DATA, port=26478), udp_frame(DATA, group="10.0.0.9")]
    capture = frames.write_pcap(workshop.folder / "others.pcap", [*others, udp_frame(DATA)])
    found = run_counters(workshop, capture, itch_feed("feed", "bad"))
    (worker,) = found["worker"].values()
    (line,) = found["line"].values()
    assert worker["unknown_line"] == 3 and line["messages"] == 1


def test_oversized_frames(workshop, programs):
    """Longer than a packet buffer: refused by the input step; one byte less is taken. dump has no packet buffers."""
    filler = b"\0" * (MBUF_ROOM - len(udp_frame(DATA)))
    fits = udp_frame(DATA) + filler
    assert len(fits) == MBUF_ROOM
    many = udp_frame(mold(SESSION, 2, [ORDER] * 60))
    capture = frames.write_pcap(workshop.folder / "long.pcap", [fits, fits + b"\0", many, bytes(65535), bytes(65536), bytes(200000)])
    assert len(many) > MBUF_ROOM
    found = run_counters(workshop, capture, itch_feed("feed", "bad"))
    assert found["input"]["bad"]["frames"] == 6 and found["input"]["bad"]["oversized"] == 5
    (line,) = found["line"].values()
    assert line["messages"] == 1
    counts = programs.counts(capture, ITCH)
    assert counts["messages"] == 61 and counts["packets"] == 6


def test_gap_and_duplicate(programs, tmp_path):
    """Missing messages are one gap with first and count; late and repeated ones are counted, never delivered twice. With a window what comes
    late within it fills its place; without, the gap is told at once."""
    packets = [mold(SESSION, 1, [ORDER]), mold(SESSION, 5, [ORDER, ORDER]), mold(SESSION, 2, [ORDER] * 2), mold(SESSION, 6, [ORDER] * 3)]
    capture = frames.write_pcap(tmp_path / "gap.pcap", [udp_frame(packet) for packet in packets])
    for window, (messages, missing, duplicates, late), hole, delivered in (
            ("1024", (7, 1, 0, 0), (4, 1), [1, 2, 3, 5, 6, 7, 8]), ("0", (5, 3, 0, 1), (2, 3), [1, 5, 6, 7, 8])):
        counts = programs.counts(capture, ITCH, "--window-packets", window)
        assert (counts["messages"], counts["gaps"], counts["messages_missing"], counts["duplicates"], counts["late"]
                ) == (messages, 1, missing, duplicates, late)
        lines = programs.lines(capture, ITCH, "--window-packets", window)
        (gap,) = [line for line in lines if line.get("record") == "gap"]
        assert (gap["first_sequence"], gap["count"]) == hole
        assert [line["sequence"] for line in lines if "fields" in line] == delivered


def test_one_strange_packet_does_not_end_the_session(programs, tmp_path):
    """A single datagram with another session's name, in the middle of a good session, may not silence the good one: what comes
    after it is delivered."""
    packets = [mold(SESSION, 1, [ORDER]), mold(b"STRANGE   ", 1, [ORDER]), *(mold(SESSION, 2 + i, [ORDER]) for i in range(20))]
    capture = frames.write_pcap(tmp_path / "strange.pcap", [udp_frame(packet) for packet in packets])
    counts = programs.counts(capture, ITCH)
    assert counts["messages"] >= 21, f"{counts['duplicates']} good datagrams were taken for late copies of an older session"


def test_first_packet_with_a_wild_sequence(programs, tmp_path):
    """The very first packet decides what is expected: a wild number in it may not make the real ones look old for ever."""
    packets = [mold(SESSION, 2**63, [ORDER]), *(mold(SESSION, 1 + i, [ORDER]) for i in range(20))]
    capture = frames.write_pcap(tmp_path / "wild.pcap", [udp_frame(packet) for packet in packets])
    counts = programs.counts(capture, ITCH)
    assert counts["messages"] >= 20, f"{counts['duplicates']} good datagrams were taken for duplicates"


def test_symbols_that_are_not_ascii(programs, tmp_path):
    """A symbol is eight bytes of the network: `dump` shows the record whatever they are."""
    order = add_order(3, 7, b"B", 100, b"CAF\xc9", 10000)
    capture = frames.write_pcap(tmp_path / "latin.pcap", [udp_frame(mold(SESSION, 1, [order, ORDER, frames.stock_directory(4, b"\xe9\xff")]))])
    lines = programs.lines(capture, ITCH)
    assert [len(line["records"]) for line in lines if "fields" in line] == [1, 1, 1]
    rows = programs.dump(capture, ITCH, "--csv").decode("latin-1").splitlines()
    assert [row.split(",")[1] for row in rows[1:]] == ["session", "mbo", "mbo", "definition"]


@pytest.mark.parametrize("cut", [1, 8, 40, 70, 86, 87])
def test_damaged_capture(workshop, programs, cut):
    """A capture that ends within a packet: what came before is decoded, and the exit code says that it was damaged."""
    capture = frames.write_pcap(workshop.folder / "cut.pcap", [udp_frame(mold(SESSION, 1 + i, [ORDER])) for i in range(3)], cut=cut)
    done = programs.run("dump", capture, "--protocol", ITCH, check=False)
    assert done.returncode == os.EX_DATAERR and b"damaged at packet 3" in done.stderr
    assert json.loads(done.stdout)["messages"] == 2
    found = run_counters(workshop, capture, itch_feed("feed", "bad"), code=os.EX_DATAERR)
    assert found["input"]["bad"]["damaged"] == 1 and found["packet"]["bad"]["frames"] == 2


def test_damaged_compression(programs, captures, tmp_path):
    """A zstd capture that was cut, or has other bytes in the middle."""
    whole = captures("iex-deep-1.0/deep10.pcap.zst").read_bytes()
    cut = tmp_path / "cut.pcap.zst"
    cut.write_bytes(whole[:100000])
    done = programs.run("dump", cut, "--protocol", IEX, check=False)
    assert done.returncode == os.EX_DATAERR and 0 < json.loads(done.stdout)["messages"] < 391999
    changed = tmp_path / "changed.pcap.zst"
    changed.write_bytes(whole[:100000] + bytes(1000) + whole[101000:])
    done = programs.run("dump", changed, "--protocol", IEX, check=False)
    assert done.returncode == os.EX_DATAERR, done.stderr
    check_dump_identities(json.loads(done.stdout))


@pytest.mark.parametrize("content", [b"", b"\xd4\xc3\xb2\xa1", bytes(24), b"\x0a\x0d\x0d\x0a" + bytes(40), b"\x28\xb5\x2f\xfd" + bytes(40),
                                     b"\x28\xb5\x2f\xfd", b"text, and no capture at all"],
                         ids=["empty", "magic-alone", "zeros", "pcapng-zeros", "zstd-zeros", "zstd-magic", "text"])
@pytest.mark.parametrize("protocol", [ITCH, IEX])
def test_no_capture_at_all(programs, tmp_path, content, protocol):
    path = tmp_path / "odd.pcap"
    path.write_bytes(content)
    done = programs.run("dump", path, "--protocol", protocol, check=False)
    assert done.returncode in (os.EX_NOINPUT, os.EX_DATAERR) or (protocol == ITCH and done.returncode == 0), done
    assert done.returncode == 0 or done.stderr.startswith(b"headrace dump: ")
    assert b"(null)" not in done.stderr


def test_other_link_type(programs, tmp_path):
    path = frames.write_pcap(tmp_path / "raw.pcap", [b"x"], link=101)
    done = programs.run("dump", path, "--protocol", IEX, check=False)
    assert done.returncode == os.EX_NOINPUT and b"link type RAW" in done.stderr


def test_frames_cut_by_the_capture(programs, tmp_path):
    """tcpdump -s 64: the frames were longer than what was kept."""
    whole = udp_frame(mold(SESSION, 1, [ORDER] * 3))
    path = frames.write_pcap(tmp_path / "snap.pcap", [(whole[:64], len(whole))] * 5)
    counts = programs.counts(path, ITCH)
    assert counts["refused_by"]["truncated"] == 5 and counts["messages"] == 0


# Mutations of real frames.

MUTANTS = 5000


def mutate(randomness, frame):
    """One of the ways in which bytes go wrong. Half of them with the checksums made right again, to get further in."""
    data = bytearray(frame)
    kind = randomness.randrange(6)
    if kind == 0:
        data = data[: randomness.randrange(len(data) + 1)]
    elif kind == 1:
        at = randomness.randrange(len(data))
        data[at:at] = randomness.randbytes(randomness.randrange(1, 40))
    elif kind == 2:
        at = randomness.randrange(len(data))
        del data[at : at + randomness.randrange(1, 40)]
    else:
        low = 42 if kind == 5 and len(data) > 50 else 0  # kind 5: behind the UDP header
        for _ in range(randomness.choice((1, 1, 2, 8))):
            at = randomness.randrange(low, len(data))
            data[at] = randomness.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, data[at] ^ 1 << randomness.randrange(8), randomness.randrange(256)))
    return frames.repair(bytes(data)) if randomness.random() < 0.5 else bytes(data)


@pytest.fixture(scope="module")
def originals(programs, captures, tmp_path_factory):
    """{protocol: real frames}"""
    itch = [frame for file in sorted(captures("nasdaq-itch-5.0/packets").glob("*/*.pcap")) for frame in frames.read_pcap(file)]
    itch += frames.read_pcap(simulate(programs, tmp_path_factory.mktemp("sim"), seed=2, messages=5000, live_orders=500, symbols=20))
    return {ITCH: itch, IEX: frames.read_pcap(captures("iex-deep-1.0/deep10.pcap.zst"))[::40]}


@pytest.fixture(params=[ITCH, IEX])
def mutants(request, originals, tmp_path):
    """(protocol, a capture of mutants among good frames)"""
    seed = int(os.environ.get("HEADRACE_TEST_SEED", "20260105"))  # another finds other things
    print(f"seed {seed}: HEADRACE_TEST_SEED={seed} made these mutants")
    randomness = random.Random(seed)
    chosen = originals[request.param]
    made = [mutate(randomness, randomness.choice(chosen)) for _ in range(MUTANTS)]
    return request.param, frames.write_pcap(tmp_path / f"mutants-{request.param}.pcap", made)


def test_mutants_through_dump(programs, mutants):
    protocol, capture = mutants
    for checksum in ("none", "udp"):
        counts = programs.counts(capture, protocol, "--checksum", checksum)
        assert counts["packets"] == MUTANTS
        check_dump_identities(counts)
    assert counts["refused"] > MUTANTS / 10
    for mode in ("--csv", "--json", "--raw"):
        done = programs.run("dump", capture, "--protocol", protocol, "--checksum", "none", mode)
        assert done.stdout and not done.stderr
        if mode == "--json":
            for text in done.stdout.splitlines():
                line = json.loads(text)
                assert line.get("records") or "record" in line, f"a message without records: {text}"


def feed_of(protocol):
    return itch_feed("feed", "bad") if protocol == ITCH else iex_feed("feed", "bad")


def test_mutants_through_run(workshop, programs, mutants):
    protocol, capture = mutants
    found = run_counters(workshop, capture, feed_of(protocol), checksum="none")
    assert found["input"]["bad"]["frames"] == MUTANTS
    counts = programs.counts(capture, protocol, "--checksum", "none")
    assert {name: found["packet"]["bad"][name] for name in PACKET_REFUSALS} == {name: counts["refused_by"][name] for name in PACKET_REFUSALS}


def test_readers_of_mutants(workshop, programs, mutants):
    """What strategies get from a hostile wire is still whole records, and the Python SDK can read them all."""
    protocol, capture = mutants
    schemas = ["mbo", "status", "definition", "imbalance", "statistics", "native"]
    config = {"eal": eal(), "inputs": [pcap_input("bad", capture, wait_for_consumers=True, checksum="none")], "feeds": [feed_of(protocol)],
              "consumers": [{"name": language, "schemas": schemas, "ring_records": 32768, "on_full": "detach"} for language in ("c", "python")]}
    handler = workshop.handler(config)
    strategies = [workshop.recorder(handler, language, language) for language in ("c", "python")]
    assert handler.wait() == 0, handler.log_text()
    assert [strategy.result()["lost"] for strategy in strategies] == [0, 0]
    assert strategies[0].records() == strategies[1].records()


@pytest.fixture
def sanitised(programs):
    build = os.environ.get("HEADRACE_ASAN_BUILD")
    if not build:
        pytest.skip("no build with sanitizers: set HEADRACE_ASAN_BUILD to one (meson setup -Db_sanitize=address,undefined)")
    return Path(build) / "feedhandler" / "headrace"


ASAN = os.environ | {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=99", "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99:print_stacktrace=1"}


def test_sanitised_dump(sanitised, mutants, tmp_path):
    protocol, mutated = mutants
    all_bad = frames.write_pcap(tmp_path / "bad.pcap", [frame for frame, _ in REFUSED.values()])
    for capture in (mutated, all_bad):
        for mode in ("--counts", "--csv", "--json", "--raw"):
            done = subprocess.run([sanitised, "dump", capture, "--protocol", protocol, "--checksum", "none", mode], env=ASAN,
                                  capture_output=True, timeout=120)
            assert done.returncode == 0, done.stderr.decode(errors="replace")[:4000]


def test_sanitised_run(sanitised, workshop, mutants, monkeypatch):
    protocol, capture = mutants
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        monkeypatch.setenv(name, ASAN[name])
    run_counters(workshop, capture, feed_of(protocol), executable=sanitised, checksum="none")
