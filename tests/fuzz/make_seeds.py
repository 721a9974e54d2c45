#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Seeds for the fuzz targets.

make_seeds.py FOLDER            FOLDER/TARGET/*, from real captures ($HEADRACE_CAPTURES, or ../shared/captures)
make_seeds.py --corpus FOLDER   the same by hand, from no capture: what is committed as tests/fuzz/corpus

Captures are not ours to copy into the tree: what comes from them stays in a build folder.
"""

import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ITCH, DEEP, PACKET, LINE, LOOPS = "nasdaq-itch-5.0", "iex-deep-1.0", "packet", "line", "loops"
TOPS, DEEP_PLUS, NYSE = "iex-tops-1.6", "iex-deep-plus-1.0", "nyse-imbalances-2.1"
TOM, IMPACT = "miax-tom-1.9", "ice-impact-1.1"
CME, CME_FOLDER = "cme-mdp-3.0", "cme-mdp3"
DBN = "dbn"
TARGETS = (ITCH, TOPS, DEEP, DEEP_PLUS, CME, NYSE, TOM, IMPACT, PACKET, LINE, LOOPS, DBN)

# As in protocol.c.
NO_ORDERS, NO_UNSEQUENCED, WITH_TIME, TWO_STEPS = 1, 2, 4, 8
OTHER_LINE, BAD_TIME, NEXT_DAY = 0x8000, 0x4000, 0x2000
LENGTH_MAX = 0x1FFF

DATAGRAMS_A_SEED = 8
FRAMES_EVERY = 2000  # of a long capture


def pack(datagrams, options=0, time_ns=None):
    """One input: datagrams are bytes, or (prefix bits, bytes)."""
    out = bytes([options | (WITH_TIME if time_ns is not None else 0)])
    out += struct.pack("<Q", time_ns) if time_ns is not None else b""
    for datagram in datagrams:
        bits, payload = datagram if isinstance(datagram, tuple) else (0, datagram)
        out += struct.pack(">H", bits | len(payload[:LENGTH_MAX])) + payload[:LENGTH_MAX]
    return out


def write(folder, target, name, data):
    (folder / target).mkdir(parents=True, exist_ok=True)
    (folder / target / name).write_bytes(data)


# ---- from captures ----


def frames(path):
    """The frames of a pcap, plain or zstd."""
    if path.suffix == ".zst":
        process = subprocess.Popen(["zstd", "-dcq", str(path)], stdout=subprocess.PIPE)
        stream = process.stdout
    else:
        stream = open(path, "rb")
    with stream:
        magic = stream.read(24)[:4]
        order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
        while len(header := stream.read(16)) == 16:
            yield stream.read(struct.unpack(order + "IIII", header)[2])


def payload(frame):
    """The UDP payload of a frame that is known to hold one."""
    at, kind = 14, frame[12:14]
    while kind in (b"\x81\x00", b"\x88\xa8"):
        kind, at = frame[at + 2 : at + 4], at + 4
    udp = at + (frame[at] & 15) * 4
    return frame[udp + 8 : udp + struct.unpack(">H", frame[udp + 4 : udp + 6])[0]]


def from_itch_packets(captures, folder):
    for path in sorted((captures / ITCH / "packets").glob("*/*.pcap")):
        name = f"{path.parent.name}-{path.stem}"
        found = list(frames(path))
        write(folder, ITCH, name, pack([payload(frame) for frame in found][:DATAGRAMS_A_SEED]))
        write(folder, PACKET, name, found[0])


def from_itch_archive(captures, folder):
    """An archive has no packets: its messages, ten to a packet."""
    path = captures / ITCH / "synthetic.itch"
    if not path.exists():
        return
    data, blocks, at = path.read_bytes(), [], 0
    while at + 2 <= len(data) and (length := struct.unpack(">H", data[at : at + 2])[0]):
        blocks.append(data[at : at + 2 + length])
        at += 2 + length
    packets = [mold(first + 1, blocks[first : first + 10]) for first in range(0, len(blocks), 10)]
    for first in range(0, len(packets), 20 * DATAGRAMS_A_SEED):
        write(folder, ITCH, f"archive-{first}", pack(packets[first : first + DATAGRAMS_A_SEED]))


def from_deep(captures, folder):
    path = captures / DEEP / "deep10.pcap.zst"
    if not path.exists():
        return
    if not shutil.which("zstd"):
        print(f"no seeds from {path}: no zstd (Debian: zstd)", file=sys.stderr)
        return
    window, types = [], set()
    for number, frame in enumerate(frames(path)):
        data = payload(frame)
        window = window[-(DATAGRAMS_A_SEED - 1) :] + [data]
        is_first = data[42] not in types if len(data) > 42 else False  # of a message of this type
        if is_first or number % FRAMES_EVERY == DATAGRAMS_A_SEED:
            types.update(data[42:43])
            write(folder, DEEP, f"frame-{number}", pack(window))
        if is_first:
            write(folder, PACKET, f"deep-{number}", frame)


def from_nyse(captures, folder):
    path = captures / "nyse-imbalances" / "xdp-v2.1f.pcap"
    if not path.exists():
        return
    window, types = [], set()
    for number, frame in enumerate(frames(path)):
        data = payload(frame)
        window = window[-(DATAGRAMS_A_SEED - 1) :] + [data]
        if data[18:20] not in types or number % FRAMES_EVERY == DATAGRAMS_A_SEED:  # the first of its type
            types.add(data[18:20])
            write(folder, NYSE, f"frame-{number}", pack(window))
def from_plain(captures, folder, target, name, kind_of):
    """Of a capture that is no archive: the first datagram with each kind of message, and some of the others."""
    path = captures / name
    if not path.exists():
        return
    window, kinds = [], set()
    for number, frame in enumerate(frames(path)):
        data = payload(frame)
        window = window[-(DATAGRAMS_A_SEED - 1) :] + [data]
        new = kind_of(data) - kinds
        if new or number % FRAMES_EVERY == DATAGRAMS_A_SEED:
            kinds |= new
            write(folder, target, f"frame-{number}", pack(window))


def tom_kinds(data):
    kinds, at = set(), 0
    while at + 12 <= len(data):
        kinds.add(data[at + 10 : at + 11] + (data[at + 12 : at + 13] if data[at + 10] == 3 else b""))
        at += struct.unpack("<H", data[at + 8 : at + 10])[0]
    return kinds


def impact_kinds(data):
    kinds, at = set(), 16
    while at + 3 <= len(data):
        kinds.add(data[at : at + 1])
        at += 3 + struct.unpack(">H", data[at + 1 : at + 3])[0]
    return kinds
def from_cme(captures, folder):
    """Packets of many lengths, and the first of each template."""
    path = captures / CME_FOLDER / "mdp3-v6-ab.pcap"
    if not path.exists():
        return
    window, templates = [], set()
    for number, frame in enumerate(frames(path)):
        data = payload(frame)
        window = window[-(DATAGRAMS_A_SEED - 1) :] + [data]
        is_first = data[16] not in templates  # of a packet that begins with this template
        templates.add(data[16])
        if is_first or number % (FRAMES_EVERY // 4) == DATAGRAMS_A_SEED:
            write(folder, CME, f"frame-{number}", pack(window))
        if is_first:
            write(folder, PACKET, f"cme-{number}", frame)
            write(folder, LOOPS, f"cme-{number}", b"".join(loop_packet(0, each[12:]) for each in window))


# ---- by hand ----


def mold(sequence, blocks, session=b"HAND      ", count=None):
    return session + struct.pack(">QH", sequence, len(blocks) if count is None else count) + b"".join(blocks)


def itch(kind, body, locate=7, time_ns=34_200_000_000_001):
    message = kind + struct.pack(">HH", locate, 0) + struct.pack(">Q", time_ns)[2:] + body
    return struct.pack(">H", len(message)) + message


def add(order, side=b"B", shares=100, price=1876500):
    return itch(b"A", struct.pack(">Q", order) + side + struct.pack(">I", shares) + b"HAND    " + struct.pack(">I", price))


def execute(order, shares=40):
    return itch(b"E", struct.pack(">QIQ", order, shares, 1))


def execute_priced(order, printable, shares=40):
    return itch(b"C", struct.pack(">QIQ", order, shares, 2) + printable + struct.pack(">I", 1876400))


def delete(order):
    return itch(b"D", struct.pack(">Q", order))


def reduce(order, shares):
    return itch(b"X", struct.pack(">QI", order, shares))


def replace(order, new):
    return itch(b"U", struct.pack(">QQII", order, new, 50, 1876600))


def itch_corpus():
    symbol = b"HAND    "
    yield "order-life", pack([mold(1, [add(1), execute(1), reduce(1, 20), delete(1)])])
    yield "replace", pack([mold(1, [add(1, b"S"), replace(1, 2), execute_priced(2, b"N")])])
    yield "in-two-steps", pack([mold(1, [add(1, b"S"), replace(1, 2), execute(2), delete(2)])], options=TWO_STEPS)
    yield "unknown-order", pack([mold(1, [execute(9), execute_priced(9, b"Y"), reduce(9, 1), replace(9, 10)])])
    yield "no-order-store", pack([mold(1, [add(1), execute(1), replace(1, 2), delete(2)])], options=NO_ORDERS)
    yield "gap-and-copy", pack([mold(1, [delete(1)]), (OTHER_LINE, mold(1, [delete(1)])), mold(5, [delete(2)]), mold(9, [])])
    yield "sessions", pack([mold(1, [delete(1)]), mold(2, [], count=0xFFFF), (NEXT_DAY, mold(1, [delete(1)], b"NEXT      ")),
                            (BAD_TIME, mold(9, [], b"OTHER     "))])
    yield "session-comes-back", pack([mold(8, [delete(1), delete(2)]), mold(1, [], b"NEXT      "),
                                      mold(9, [delete(2), delete(3)])])
    yield "unsequenced", pack([mold(0, [add(1)])])
    yield "unsequenced-refused", pack([mold(0, [delete(1)])], options=NO_UNSEQUENCED)
    yield "implausible", pack([mold(1, [delete(1)]), mold(1 << 40, []), mold((1 << 64) - 1, [])])
    yield "malformed", pack([mold(1, [], count=3), b"short", mold(1, [b"\x00\xff"]), mold(1, [], count=0xFFFE)])
    yield "types-and-lengths", pack([mold(1, [b"\x00\x00", b"\x00\x01?", b"\x00\x01A", delete(1)])])
    yield "empty-then-short", pack([mold(1, [delete(1)]), mold(2, [b"\x00\x00", b"\x00\x07?......"])])
    yield "cross", pack([mold(1, [itch(b"Q", struct.pack(">Q", 500) + symbol + struct.pack(">IQ", 1876500, 3) + b"O"),
                                  itch(b"B", struct.pack(">Q", 3)),
                                  itch(b"L", b"FIRM" + symbol + b"YNA")])])
    yield "breaker", pack([mold(1, [itch(b"V", struct.pack(">QQQ", 1 << 63, 10, 20)), itch(b"W", b"2"), itch(b"S", b"Q")])])
    yield "imbalance", pack([mold(1, [itch(b"I", struct.pack(">QQ", 1 << 40, 5) + b"B" + symbol + struct.pack(">III", 1, 2, 3)
                                                 + b"O1"), itch(b"h", symbol + b"QH"),
                                      itch(b"J", symbol + struct.pack(">IIII", 3, 4, 2, 300))])])
    yield "directory", pack([mold(1, [itch(b"R", symbol + b"QN" + struct.pack(">I", 100) + b"NCZ PN 1N" + bytes(4) + b"N"),
                                      itch(b"H", symbol + b"H T1  "), itch(b"Y", symbol + b"1"),
                                      itch(b"K", symbol + struct.pack(">I", 36000) + b"A" + struct.pack(">I", 250000))])])
    yield "locate-without-room", pack([mold(1, [itch(b"D", struct.pack(">Q", 1), locate=0xFFFF)])])
    yield "time-at-its-end", pack([mold(1, [delete(1)])], time_ns=(1 << 64) - 1)


def iex(sequence, messages, offset=0, send_time_ns=1, session=7, protocol=0x8004, count=None):
    blocks = b"".join(struct.pack("<H", len(message)) + message for message in messages)
    return struct.pack("<BBHIIHHQQQ", 1, 0, protocol, 1, session, len(blocks), len(messages) if count is None else count,
                       offset, sequence, send_time_ns) + blocks


def deep(kind, flags, body=b"", symbol=b"HAND    ", time_ns=1_767_623_400_000_000_001):
    return kind + flags + struct.pack("<q", time_ns) + symbol + body


def level(kind, size, price, flags=b"\x01"):
    return deep(kind, flags, struct.pack("<Iq", size, price))


def deep_corpus():
    yield "levels", pack([iex(1, [level(b"8", 100, 1876500), level(b"5", 0, 1876600, b"\x00")])])
    yield "trade", pack([iex(1, [deep(b"T", b"\x00", struct.pack("<Iqq", 100, 1876500, 3))])])
    yield "break", pack([iex(1, [deep(b"B", b"\x00", struct.pack("<Iqq", 100, 1876500, 3))])])
    yield "price-out-of-range", pack([iex(1, [level(b"8", 1, (1 << 63) - 1), level(b"5", 1, -(1 << 63))])])
    yield "status", pack([iex(1, [deep(b"H", b"H", b"T1  "), deep(b"O", b"O"), deep(b"P", b"\x01", b"A"), deep(b"E", b"O")])])
    yield "directory", pack([iex(1, [deep(b"D", b"\x00", struct.pack("<IqB", 100, 1, 1)), deep(b"S", b"R", symbol=b""),
                                     deep(b"X", b"Q", struct.pack("<q", 1876500)), deep(b"I", b"A")])])
    yield "auction", pack([iex(1, [deep(b"A", b"O", struct.pack("<IqqIBBIqqqq", 1, 2, 3, 4, 66, 1, 5, 6, 7, 8, 9))])])
    yield "restart", pack([iex(3, []), (NEXT_DAY, iex(1, [level(b"8", 1, 1)], send_time_ns=1 << 60))])
    yield "gap-and-copy", pack([iex(1, []), iex(5, []), (OTHER_LINE, iex(5, [level(b"8", 1, 1)]))])
    yield "foreign", pack([iex(1, [], protocol=0x8003), b"\x01", iex(1, [], count=9)])
    yield "types-and-lengths", pack([iex(1, [b"", b"?", b"8", level(b"8", 1, 1)])])
    yield "no-symbol", pack([iex(1, [deep(b"I", b"A", symbol=bytes(8))])])


def tops(sequence, messages, **more):
    return iex(sequence, messages, protocol=0x8003, **more)


def quote(bid_size, bid, ask, ask_size, flags=b"\x00"):
    return deep(b"Q", flags, struct.pack("<IqqI", bid_size, bid, ask, ask_size))


def tops_corpus():
    yield "quotes", pack([tops(1, [quote(100, 1876500, 1876600, 200), quote(0, 0, 1876600, 200, b"\x80")])])
    yield "price-out-of-range", pack([tops(1, [quote(1, (1 << 63) - 1, -(1 << 63), 1)])])
    yield "trade", pack([tops(1, [deep(b"T", b"\x00", struct.pack("<Iqq", 100, 1876500, 3))])])
    yield "break", pack([tops(1, [deep(b"B", b"\x00", struct.pack("<Iqq", 100, 1876500, 3))])])
    yield "auction", pack([tops(1, [deep(b"A", b"O", struct.pack("<IqqIBBIqqqq", 1, 2, 3, 4, 66, 1, 5, 6, 7, 8, 9))])])
    yield "directory", pack([tops(1, [deep(b"D", b"\x00", struct.pack("<IqB", 100, 1, 1)), deep(b"X", b"Q", bytes(8))])])
    yield "gap-and-copy", pack([tops(1, []), tops(5, []), (OTHER_LINE, tops(5, [quote(1, 1, 2, 1)]))])
    yield "foreign", pack([iex(1, [quote(1, 1, 2, 1)]), tops(1, [], count=9)])
    yield "types-and-lengths", pack([tops(1, [b"", b"8", b"Q", quote(1, 1, 2, 1)])])


def plus(sequence, messages, **more):
    return iex(sequence, messages, protocol=0x8005, **more)


def plus_add(order, side=b"8", size=100, price=1876500):
    return deep(b"a", side, struct.pack("<QIq", order, size, price))


def plus_modify(order, flags, size=60, price=1876500):
    return deep(b"M", flags, struct.pack("<QIq", order, size, price))


def plus_delete(order):
    return deep(b"R", b"\x00", struct.pack("<Q", order))


def plus_execute(order, size=40, price=1876400):
    return deep(b"L", b"\x00", struct.pack("<QIqq", order, size, price, 3))


def deep_plus_corpus():
    clear = deep(b"C", b"\x00")
    yield "order-life", pack([plus(1, [plus_add(1), plus_execute(1), plus_delete(1)])])
    yield "keeps-its-place", pack([plus(1, [plus_add(1, b"5"), plus_modify(1, b"\x01")])])
    yield "loses-its-place", pack([plus(1, [plus_add(1, b"5"), plus_modify(1, b"\x00")])])
    yield "unknown-order", pack([plus(1, [plus_modify(9, b"\x01"), plus_execute(9, 100)])])
    yield "unknown-delete", pack([plus(1, [plus_modify(8, b"\x00"), plus_delete(9)])])
    yield "clear", pack([plus(1, [plus_add(1), clear, plus_delete(1)])])
    yield "clear-and-add", pack([plus(1, [plus_add(1), clear, plus_add(1, size=5)])])
    yield "no-order-store", pack([plus(1, [plus_add(1), plus_modify(1, b"\x01"), clear])], options=NO_ORDERS)
    yield "trade", pack([plus(1, [deep(b"T", b"\x00", struct.pack("<Iqq", 100, 1876500, 3))])])
    yield "break", pack([plus(1, [deep(b"B", b"\x00", struct.pack("<Iqq", 100, 1876500, 3))])])
    yield "side-that-there-is-not", pack([plus(1, [plus_add(1, b"B"), plus_execute(1)])])
    yield "price-out-of-range", pack([plus(1, [plus_add(1, price=(1 << 63) - 1), plus_execute(1)])])
    yield "restart", pack([plus(3, []), (NEXT_DAY, plus(1, [plus_delete(1)], send_time_ns=1 << 60))])
    yield "types-and-lengths", pack([plus(1, [b"", b"8", b"a", plus_delete(1)])])


def xdp(sequence, messages, flag=11, count=None, size=None, seconds=1_767_623_400):
    body = b"".join(messages)
    count = len(messages) if count is None else count
    return struct.pack("<HBBIII", 16 + len(body) if size is None else size, flag, count, sequence, seconds, 5) + body


def nyse(kind, body, size=None):
    return struct.pack("<HH", 4 + len(body) if size is None else size, kind) + body


SOURCE_TIME = struct.pack("<II", 1_767_623_400, 1)


def nyse_mapping(index, decimals=4):
    return nyse(3, struct.pack("<I11sBHBcBcHIIBcHHH", index, b"HAND", 0, 1, 19, b"N", decimals, b"C", 100, 1876500, 0, 0, b"Y",
                               1, 1, 0))


def nyse_imbalance(index, clock=930, side=b"B"):
    return nyse(105, SOURCE_TIME + struct.pack("<IIIIIIHcc", index, 1, 1876500, 1, 2, 3, clock, b"M", side)
                + struct.pack("<IIIIIIBBB", 1, 2, 3, 4, 5, 6, 0, 1, 2))


def nyse_status(index, code, condition=b"~"):
    return nyse(34, SOURCE_TIME + struct.pack("<II", index, 1) + code + condition + bytes(12) + b"N" + bytes(8) + b"~P ")


def nyse_corpus():
    reset = nyse(1, SOURCE_TIME + b"\x08\x01")
    yield "reset", pack([xdp(1, [reset], flag=12), xdp(2, [nyse_mapping(7)])])
    again = xdp(1, [reset], flag=12, seconds=1_767_709_800)
    yield "reset-again", pack([xdp(1, [reset], flag=12), xdp(2, [reset]), (NEXT_DAY, again), (OTHER_LINE, again)])
    yield "imbalance", pack([xdp(1, [nyse_mapping(7), nyse_imbalance(7)])])
    yield "no-mapping", pack([xdp(1, [nyse_imbalance(7, 2500, b"?")])])
    yield "decimals", pack([xdp(1, [nyse_mapping(7, 9), nyse_mapping(8, 10)])])
    yield "status", pack([xdp(1, [nyse_status(7, b"4", b"M"), nyse_status(7, b"?", b"?")])])
    yield "clear-and-control", pack([xdp(1, [nyse(32, SOURCE_TIME + struct.pack("<II", 7, 1)), nyse(31, bytes(10)),
                                             nyse(35, bytes(12)), nyse(15, bytes(16))])])
    yield "heartbeats", pack([xdp(3, [], flag=1), (OTHER_LINE, xdp(9, [], flag=1)), xdp(1 << 31, [], flag=1)])
    yield "foreign", pack([xdp(1, [reset], flag=14), xdp(1, [], flag=11), xdp(1, [reset], flag=1)])
    yield "malformed", pack([xdp(1, [reset], count=3), xdp(1, [reset], size=15), xdp(1, [reset], size=99), b"short",
                             xdp(1, [nyse(1, b"", size=3)]), xdp(1, [nyse(1, b"", size=99)])])
    yield "types-and-lengths", pack([xdp(1, [nyse(1, b""), nyse(256 + 105, bytes(63)), nyse(0, b""), nyse(105, bytes(62))])])
def mach(sequence, body=b"", kind=3, session=1, length=None):
    return struct.pack("<QHBB", sequence, 12 + len(body) if length is None else length, kind, session) + body


def tom(kind, *fields, nanoseconds=123456789, product=67111556):
    """Fields are numbers with their bytes, or bytes."""
    body = kind + struct.pack("<I", nanoseconds) + (b"" if kind in b"SH" else struct.pack("<I", product))
    return body + b"".join(field if isinstance(field, bytes) else field[0].to_bytes(field[1], "little") for field in fields)


def tom_corpus():
    clock = b"1" + struct.pack("<I", 1_767_623_400)
    bid = tom(b"B", (135, 2), (389, 2), (0, 2), b"A")
    offer = tom(b"O", (0, 2), (0, 2), (0, 2), b"T")
    wide = [tom(kind, (1350000, 4), (70000, 4), (0, 4), b"B") for kind in (b"W", b"A")]
    series = tom(b"P", b"SPY        SPY   20161021", (2105000, 4), b"C09:30:0016:15:00NNAPPP", (0, 4), bytes(8))
    yield "quotes", pack([mach(1, clock) + mach(2, bid) + mach(3, offer), mach(4, wide[0]) + mach(5, wide[1])])
    yield "both-sides", pack([mach(1, tom(b"d", (5, 2), (1, 2), (0, 2), b"A", (6, 2), (1, 2), (0, 2), b"C"))
                              + mach(2, tom(b"D", (5, 4), (1, 4), (0, 4), b"A", (6, 4), (1, 4), (0, 4), b"?"))])
    yield "trade", pack([mach(1, tom(b"T", (9, 4), (1, 1), (0, 4), (0, 1), (81500, 4), (10, 4), b"R"))
                         + mach(2, tom(b"X", (9, 4), (1, 1), (81500, 4), (10, 4), b"A"))])
    yield "series", pack([mach(1, series)])
    yield "states", pack([mach(1, tom(b"S", b"1.9     ", (1, 4), b"S")) + mach(2, tom(b"H", b"SPY        HA", (0, 8)))])
    yield "heartbeats", pack([mach(1, bid), mach(1, kind=0), (OTHER_LINE, mach(1, kind=0)), mach(2, bid) + mach(2, kind=0),
                              mach(4, kind=0)])
    yield "sessions", pack([mach(0, kind=1), mach(1, bid), mach(1, kind=2), mach(0, kind=1, session=2), mach(1, bid, session=2)])
    yield "gap-and-copy", pack([mach(1, bid), (OTHER_LINE, mach(1, bid) + mach(2, bid)), mach(9, bid)])
    yield "malformed", pack([mach(1, bid) + mach(3, bid), mach(1, bid) + mach(2, bid, session=2), mach(1, bid, length=99),
                             mach(1, bid, length=11), mach(1), mach(1, kind=4), b"short", mach((1 << 64) - 1, kind=0)])
    yield "types-and-lengths", pack([mach(1, b"?") + mach(2, b"B") + mach(3, b"\0") + mach(4, bid + b"!")])
    yield "time-at-its-end", pack([mach(1, bid)], time_ns=(1 << 64) - 1)
    yield "time-at-its-beginning", pack([mach(1, tom(b"B", (1, 2), (1, 2), (0, 2), b"A", nanoseconds=(1 << 32) - 1))], time_ns=0)


def impact(sequence, messages, count=None, session=1291, sent_ms=1_767_623_400_123):
    return struct.pack(">HIHQ", session, sequence, len(messages) if count is None else count, sent_ms) + b"".join(messages)


def ice(kind, body):
    return kind + struct.pack(">H", len(body)) + body


def zeros(kind, length, *fields, market=1660891):
    """A message about a market, nothing in it but what `fields` say: offset in the body, bytes."""
    body = bytearray(struct.pack(">I", market) + bytes(length - 4))
    for at, data in fields:
        body[at : at + len(data)] = data
    return ice(kind, bytes(body))


def ice_order(number, flags=0, side=b"1", implied=b"N", rfq=b"N", price=24460):
    fields = struct.pack(">q", price) + struct.pack(">I", 15) + implied + rfq
    return zeros(b"E", 50, (4, struct.pack(">Q", number)), (14, side), (15, fields), (29, struct.pack(">Q", 1_767_623_400_123)),
                 (37, bytes([flags])))


def ice_delete(number):
    return zeros(b"F", 24, (4, struct.pack(">Q", number)), (12, struct.pack(">Q", 1_767_623_400_123)))


def impact_corpus():
    begin, end = ice(b"T", b"S"), ice(b"T", b"E")
    leg = bytes([25]) + struct.pack(">IH", 7, 1) + b"1" + bytes(18)
    option_leg = bytes([29]) + struct.pack(">IIH", 7, 8, 1) + b"2" + bytes(18)
    yield "order-life", pack([impact(1, [ice_order(1), ice_order(1, 1), ice_delete(1), ice_delete(2)])])
    yield "no-order-store", pack([impact(1, [ice_order(1), ice_order(1, 1), ice_delete(1)])], options=NO_ORDERS)
    yield "bundle", pack([impact(1, [begin, ice_order(1), ice_order(2), end]), impact(5, [begin, ice_order(3)]), impact(7, [end])])
    yield "implied-and-requests", pack([impact(1, [ice_order(1, implied=b"Y"), ice_order(2, rfq=b"Y", side=b" ")])])
    yield "out-of-range", pack([impact(1, [ice_order(1, price=1 << 62, side=b"?"), ice_order(2, price=-(1 << 63))])])
    yield "trades", pack([impact(1, [zeros(b"G", 46, (25, b" "), (37, b"1"), (39, b"K")), zeros(b"Y", 50), zeros(b"I", 36)])])
    yield "levels", pack([impact(1, [zeros(kind, 34, (4, b"1\x03")) for kind in (b"t", b"s")]
                                 + [zeros(b"r", 14, (4, b"2\x03")), zeros(b"m", 26, (4, b"1\x01"))])])
    yield "snapshot", pack([impact(1, [zeros(b"C", 133, (6, b"O"), (105, b"2018-08-20")), zeros(b"D", 41, (14, b"2"))])])
    yield "statistics", pack([impact(1, [zeros(b"J", 52), zeros(b"M", 30, (20, b"2018-08-20")), zeros(b"N", 20), zeros(b"c", 20),
                                         zeros(b"O", 37, (20, b"Y")), zeros(b"g", 25, (20, b"Y"))])])
    yield "more-statistics", pack([impact(1, [zeros(b"u", 80), zeros(b"w", 53), zeros(b"v", 26), zeros(b"z", 61),
                                              zeros(b"V", 34, (4, b"S")), zeros(b"K", 13, (4, b"O"))])])
    yield "natives", pack([impact(1, [zeros(b"H", 37), zeros(b"f", 13), zeros(b"i", 88), ice(b"b", b"\0"), zeros(b"3", 25),
                                      zeros(b"4", 78), zeros(b"0", 25), zeros(b"k", 31), zeros(b"W", 83)])])
    yield "future", pack([impact(1, [zeros(b"R", 503, (6, b"\x03"), (139, b"\x07\xe2\0\x09\0\x1c"), (417, b"TFM FMV0018!"))])])
    yield "option", pack([impact(1, [zeros(b"l", 322, (8, b"BRN FMZ0018_OMPA0000065000122618"), (208, b"P"), (242, b"\x02"))])])
    yield "futures-strategy", pack([impact(1, [ice(b"9", zeros(b"9", 510, (4, b"A-B"), (88, b"\x02"))[3:] + 2 * leg)])])
    yield "options-strategy", pack([impact(1, [ice(b"U", zeros(b"U", 122, (8, b"A-B"), (57, b"\x02\x01"))[3:] + 2 * option_leg
                                                   + bytes(20))])])
    yield "heartbeat-and-gap", pack([impact(1, []), impact(5, []), (OTHER_LINE, impact(5, [begin])), impact(5, [begin])])
    yield "malformed", pack([impact(1, [begin], count=2), impact(1, [begin], count=0), b"short", impact(1, [b"T\xff\xff"]),
                             impact(1, [], count=0xFFFF)])
    yield "types-and-lengths", pack([impact(1, [ice(b"?", b""), ice(b"E", b""), ice(b"b", b""), ice(b"T", b"?")])])
    yield "sent-at-no-time", pack([impact(1, [begin, ice_order(1)], sent_ms=(1 << 64) - 1)])
def mdp(sequence, messages, send_time_ns=1):
    return struct.pack("<IQ", sequence, send_time_ns) + b"".join(struct.pack("<H", len(each) + 2) + each for each in messages)


def sbe(template, root, *groups, version=9, block=None):
    return struct.pack("<HHHH", len(root) if block is None else block, template, 1, version) + root + b"".join(groups)


def sbe_group(*entries, wide=False, count=None, length=None):
    length = len(entries[0]) if length is None and entries else length or 0
    return struct.pack("<H", length) + bytes(5 if wide else 0) + bytes([len(entries) if count is None else count]) + b"".join(entries)


def root_of(indicator=0x80):
    return struct.pack("<QBH", 1_767_623_400_000_000_001, indicator, 0)


def mdp_level(action=0, kind=b"0", price=402_750_000_000, security=7):
    return struct.pack("<qiiIiBBc5x", price, 5, security, 1, 2, 1, action, kind)


def mdp_book(*levels, orders=(), template=46, **more):
    return sbe(template, root_of(), sbe_group(*levels), sbe_group(*orders, wide=True), **more)


def mdp_order(order=11, place=1, action=0):
    return struct.pack("<QQiBBxx", order, 5, 3, place, action)


def mdp_trade(orders, aggressor=1, action=0):
    return struct.pack("<qiiIiBBIxx", 402_750_000_000, 5, 7, 1, orders, aggressor, action, 4711)


def mdp_party(order):
    return struct.pack("<Qixxxx", order, 3)


def mdp_definition(size):
    return b"".join([bytes(5), b"M", bytes(13), b"XCME", bytes(12), b"HAND".ljust(20, b"\0"), struct.pack("<i", 7),
                     bytes(size - 59)])


def cme_corpus():
    yield "levels", pack([mdp(1, [mdp_book(mdp_level(), mdp_level(2, b"F"))])])
    yield "levels-of-7-decimals", pack([mdp(1, [mdp_book(mdp_level(price=(1 << 63) - 2), template=32)])])
    yield "levels-of-version-6", pack([mdp(1, [sbe(32, root_of(), sbe_group(mdp_level(5, b"J")), version=6)])])
    yield "orders-of-levels", pack([mdp(1, [mdp_book(mdp_level(), orders=[mdp_order(), mdp_order(place=9)])])])
    yield "orders", pack([mdp(1, [sbe(47, root_of(), sbe_group(struct.pack("<QQqiiBc6x", 1, 2, 3, 4, 7, 1, b"1")))])])
    yield "trades", pack([mdp(1, [sbe(48, root_of(), sbe_group(mdp_trade(2)), sbe_group(mdp_party(1), mdp_party(2), wide=True))])])
    yield "trade-taken-back", pack([mdp(1, [sbe(48, root_of(), sbe_group(mdp_trade(9, action=2)), sbe_group(mdp_party(1), wide=True))])])
    yield "end-of-event", pack([mdp(1, [mdp_book(mdp_level())]), mdp(2, [mdp_book()])])
    yield "statistics", pack([mdp(1, [sbe(51, root_of(), sbe_group(struct.pack("<qiIBBciB", 5, 7, 1, 5, 0, b"4", 9, 0)))])])
    yield "daily", pack([mdp(1, [sbe(49, root_of(), sbe_group(struct.pack("<qiiIHBBc7x", 5, 6, 7, 1, 20000, 3, 0, b"6")))])])
    yield "limits", pack([mdp(1, [sbe(50, root_of(), sbe_group(struct.pack("<qqqiI", 5, 6, 7, 7, 1)))])])
    yield "volume", pack([mdp(1, [sbe(37, root_of(), sbe_group(struct.pack("<iiIBxxx", 5, 7, 1, 0)))])])
    yield "status", pack([mdp(1, [sbe(30, struct.pack("<Q6s6siHBBBB", 1, b"ES", b"ES", (1 << 31) - 1, 1, 0x80, 17, 0, 1))])])
    yield "snapshot", pack([mdp(1, [sbe(52, struct.pack("<IIiIQQHBqqq", 1, 1, 7, 1, 1, 1, 1, 17, 5, 6, 7),
                                        sbe_group(struct.pack("<qiibHBBc", 5, 6, 1, 1, 1, 0, 0, b"0")))])])
    yield "snapshot-of-orders", pack([mdp(1, [sbe(53, struct.pack("<IIiIIQ", 1, 1, 7, 1, 1, 1),
                                                  sbe_group(struct.pack("<QQqic", 1, 2, 3, 4, b"1")))])])
    yield "reset-and-heartbeat", pack([mdp(1, [sbe(4, struct.pack("<QB", 1, 0x80), sbe_group(struct.pack("<h", 310))), sbe(12, b"")])])
    yield "bond", pack([mdp(1, [sbe(57, mdp_definition(59), *[sbe_group()] * 4)])])
    yield "currency", pack([mdp(1, [sbe(63, mdp_definition(59), *[sbe_group()] * 5)])])
    yield "groups-that-lie", pack([mdp(1, [mdp_book(mdp_level(), block=60000), sbe(46, root_of(), sbe_group(length=32, count=255))])])
    yield "restart", pack([mdp(9, []), (NEXT_DAY, mdp(1, [sbe(12, b"")], send_time_ns=1 << 60))])
    yield "gap-and-copy", pack([mdp(1, []), mdp(5, [sbe(12, b"")]), (OTHER_LINE, mdp(5, [sbe(12, b"")]))])
    yield "late", pack([mdp(1, []), mdp(5, [sbe(12, b"")]), (OTHER_LINE, mdp(3, [sbe(12, b"")])), mdp(3, [])])
    yield "unsequenced", pack([mdp(0, [sbe(12, b"")])])
    yield "sizes-that-lie", pack([mdp(1, []) + b"\x00\x00", mdp(1, []) + b"\x01", mdp(1, []) + b"\xff\xff", b"short"])
    yield "types-and-lengths", pack([mdp(1, [b"", b"\x00", sbe(300, b""), sbe(1, b""), sbe(16, b""), sbe(15, b"\x1e")])])


INCREMENTAL, BY_PRICE, BY_ORDER, DEFINITIONS = range(4)
SKIP, AGAIN = 4, 8  # as in loops.c


def loop_packet(option, messages):
    """Messages as in a packet, each behind its size."""
    return bytes([option]) + struct.pack(">H", len(messages)) + messages


def sized(*messages):
    return b"".join(struct.pack("<H", len(each) + 2) + each for each in messages)


def by_price(as_of, security=7):
    return sized(sbe(52, struct.pack("<IIiIQQHBqqq", as_of, 1, security, 1, 1, 1, 1, 17, 5, 6, 7),
                     sbe_group(struct.pack("<qiibHBBc", 5, 6, 1, 1, 1, 0, 0, b"0"))))


def by_order(as_of, chunk=1, chunks=1, security=7):
    return sized(sbe(53, struct.pack("<IIiIIQ", as_of, 1, security, chunks, chunk, 1),
                     sbe_group(struct.pack("<QQqic", 10 + chunk, 2, 3, 4, b"1"))))


def loops_corpus():
    change = loop_packet(INCREMENTAL, sized(mdp_book(mdp_level(), orders=[mdp_order()])))
    gap = loop_packet(INCREMENTAL | SKIP, sized(mdp_book(mdp_level(1), orders=[mdp_order(action=1)])))
    definition = loop_packet(DEFINITIONS | SKIP, sized(sbe(57, mdp_definition(59), *[sbe_group()] * 4)))
    levels = lambda as_of, option=SKIP: loop_packet(BY_PRICE | option, by_price(as_of))  # noqa: E731
    orders = lambda as_of, *chunk, option=SKIP: loop_packet(BY_ORDER | option, by_order(as_of, *chunk))  # noqa: E731

    def made(*parts):
        return definition + change + gap + b"".join(parts)

    yield "whole-again", made(levels(3), orders(3), levels(3), orders(3), change)
    yield "changed-since", made(change, levels(3), change, orders(3), levels(3), orders(4))
    yield "in-parts", made(orders(3, 1, 2), orders(3, 2, 2, option=0), orders(3), change)
    yield "part-missing", made(orders(3, 1, 3), orders(3, 3, 3, option=0), orders(3, 2, 3, option=0), orders(4, 2, 2, option=AGAIN))
    yield "parts-that-lie", made(orders(3, 0, 0), orders(3, 7, 2), orders(3, 1, 0xFFFFFFFF), orders(3, 2, 1))
    yield "stale-and-early", made(levels(1), levels(9), levels(0xFFFFFFFF), change * 6, levels(3))
    yield "undefined", change + gap + levels(3) + definition + levels(3)
    yield "joined-late", gap + definition + levels(2) + change + orders(2) + levels(2) + orders(2)
    yield "reset", made(loop_packet(INCREMENTAL, sized(sbe(4, struct.pack("<QB", 1, 0x80), sbe_group(struct.pack("<h", 310))))), change)
    yield "two-gaps", made(levels(3), gap, levels(3), levels(5), orders(5), levels(5), orders(5))
    yield "copies", made(levels(3), levels(3, AGAIN), orders(3, 1, 2), orders(3, 1, 2, option=AGAIN), orders(3, 2, 2, option=0))
    yield "not-what-the-line-is-for", made(loop_packet(BY_PRICE, sized(mdp_book(mdp_level()))), loop_packet(INCREMENTAL, by_price(3)))
    yield "cut", made(loop_packet(BY_PRICE, by_price(3)[:40]), loop_packet(BY_ORDER, by_order(3)[:9]), loop_packet(DEFINITIONS, b"\1"))


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def ethernet(ip, tags=()):
    macs = bytes.fromhex("01005e360c6f020000000001")
    return macs + b"".join(struct.pack(">HH", kind, 100) for kind in tags) + b"\x08\x00" + ip


def ipv4(body, fragment=0x4000, protocol=17, options=b"", total=None, ip_sum=None, version=4):
    length = 20 + len(options)
    total = length + len(body) if total is None else total
    head = struct.pack(">BBHHHBBH", version << 4 | length // 4, 0, total, 1, fragment, 64, protocol, 0)
    head += struct.pack(">II", 0x0A000001, 0xE9360C6F) + options
    value = checksum(head) if ip_sum is None else ip_sum
    return head[:10] + struct.pack(">H", value) + head[12:] + body


def udp(body, length=None, udp_sum=None):
    length = 8 + len(body) if length is None else length
    head = struct.pack(">HHH", 4000, 26477, length)
    pseudo = struct.pack(">IIBBH", 0x0A000001, 0xE9360C6F, 0, 17, length)
    value = checksum(pseudo + head + bytes(2) + body + bytes(len(body) % 2)) or 0xFFFF if udp_sum is None else udp_sum
    return head + struct.pack(">H", value) + body


def packet_corpus():
    data = udp(b"payload")
    yield "sound", ethernet(ipv4(data))
    yield "tagged-twice", ethernet(ipv4(data), (0x88A8, 0x8100))
    yield "tagged-thrice", ethernet(ipv4(data), (0x8100, 0x8100, 0x8100))
    yield "options-and-padding", ethernet(ipv4(data, options=b"\x01" * 40) + bytes(9))
    yield "no-udp-checksum", ethernet(ipv4(udp(b"x", udp_sum=0)))
    yield "bad-udp-checksum", ethernet(ipv4(udp(b"x", udp_sum=1)))
    yield "no-ip-checksum", ethernet(ipv4(data, ip_sum=0))
    yield "bad-ip-checksum", ethernet(ipv4(data, ip_sum=1))
    yield "fragment", ethernet(ipv4(data, fragment=0x2000))
    yield "tcp", ethernet(ipv4(data, protocol=6))
    yield "version-6", ethernet(ipv4(data, version=6))
    yield "total-too-long", ethernet(ipv4(data, total=200))
    yield "udp-too-long", ethernet(ipv4(udp(b"x", length=100)))
    yield "udp-cut", ethernet(ipv4(b"1234"))
    yield "empty-datagram", ethernet(ipv4(udp(b"")))
    yield "runt", b"\x01\x00\x5e"
    yield "tag-cut", ethernet(b"", (0x8100,))[:16]
    yield "arp", ethernet(b"")[:12] + b"\x08\x06" + bytes(28)


# As in line.c.
DATA, HEARTBEAT, END, CLOCK, REQUESTS, ANSWER, RAW, FAR = range(8)
SECOND_LINE, LOST, WHOLE_FRAME, LATER_BAD_TIME = 0x08, 0x40, 0x40, 0x80
NO_WINDOW, RECOVERY, ANY_BYTES = 1, 2, 4


def line_data(offset, count=1, size=5, bits=0, session=0):
    return bytes([DATA | bits | session << 4, offset & 0xFF, count, size])


def line_word(kind, offset, bits=0, session=0):
    return bytes([kind | bits | session << 4, offset & 0xFF])


def line_clock(ns, power=0):
    return bytes([CLOCK | power << 3]) + struct.pack(">h", ns)


def line_raw(data, bits=0):
    return bytes([RAW | bits, len(data)]) + data


def line_corpus():
    begin, ours = line_data(1), b"A         "

    def steps(*parts, options=0, packets=8):
        return bytes([options | packets - 1 << 4]) + begin + b"".join(parts)

    yield "in-order", steps(line_data(0, 3), line_data(0, 63), line_data(0, 1))
    yield "no-window", steps(line_data(2), line_data(-1), line_word(HEARTBEAT, 4), line_word(END, 6), options=NO_WINDOW)
    yield "early-then-missing", steps(line_data(1, 2), line_data(0, bits=SECOND_LINE), line_data(-2, 2, bits=SECOND_LINE))
    yield "overlapping", steps(line_data(5, 4), line_data(4, 6), line_data(3, 3), line_data(0, 4, bits=SECOND_LINE))
    yield "expired", steps(line_data(2), line_clock(999), line_clock(1), line_data(-2))
    yield "time-back", steps(line_data(2), line_clock(-30000, 3), line_data(4), line_clock(30000, 3), line_clock(2000))
    yield "second-hole-too-old", steps(line_data(2), line_clock(-30000, 3), line_data(20), line_clock(30000, 3), line_data(0, 2), line_data(0, 17),
                                       line_data(0))
    yield "end-behind-hole", steps(line_word(END, 3), line_word(END, 3, SECOND_LINE), line_data(0, 3))
    yield "heartbeat-behind-hole", steps(line_word(HEARTBEAT, 3), line_clock(1000))
    yield "new-session", steps(line_data(2), line_data(-1, session=1), line_data(2, session=1), line_data(-1, session=0))
    yield "new-session-early", steps(line_word(END, 0), line_data(5, 7, session=1), line_data(0, 5, session=1))
    yield "strange-session", steps(*[line_data(i, session=2) for i in range(2, 6)])
    yield "full", steps(*[line_data(2 * i, size=255) for i in range(1, 6)], packets=3)
    yield "full-in-front", steps(line_data(20), line_data(10), line_data(5, 2), packets=2)
    yield "full-in-bytes", steps(*[line_data(65 * i - 60, 63, 255) for i in (1, 2)], line_data(110, 63, 255), line_data(0, 5))
    yield "answered", steps(line_data(9), line_clock(1000), bytes([REQUESTS, ANSWER, 4, REQUESTS, ANSWER, 63]),
                            options=RECOVERY)
    yield "given-up", steps(line_data(9), line_clock(1000), *[bytes([REQUESTS, ANSWER | LOST, 0]) + line_clock(5000)] * 4,
                            bytes([REQUESTS]), line_clock(1), options=RECOVERY)
    yield "two-holes", steps(line_data(9), line_data(20), line_clock(1000), bytes([REQUESTS, ANSWER, 0x7F]), line_data(0, 9),
                             bytes([REQUESTS, ANSWER, 63]), options=RECOVERY)
    yield "answer-too-late", steps(line_data(9), line_clock(1000), bytes([REQUESTS]), line_clock(30000, 1), bytes([ANSWER, 63]),
                                   options=RECOVERY)
    yield "far", steps(bytes([FAR, 24, 1, FAR, 39, 1, FAR, 10, 5]), line_clock(1000))
    yield "no-number", steps(line_data(-2), line_word(HEARTBEAT, -2))
    yield "any-payload", steps(line_raw(mold(4, [b"\0\1x"], ours)), line_raw(mold(2, [], ours, count=4)),
                               line_raw(b"short"), options=ANY_BYTES)
    yield "any-frame", steps(line_raw(ethernet(ipv4(udp(mold(2, [b"\0\1x"], ours)))), WHOLE_FRAME | LATER_BAD_TIME),
                             line_raw(b"short", WHOLE_FRAME), options=ANY_BYTES)


# ---- DBN files ----


def dbn_metadata(symbols=(), mappings=(), version=3, schema=0xFFFF, ts_out=0, rest=b""):
    """mappings: (symbol, [(start, end, symbol)])."""
    width = 22 if version == 1 else 71

    def text(symbol):
        return symbol.encode().ljust(width, b"\0")

    fixed = b"GLBX.MDP3".ljust(16, b"\0") + struct.pack("<HQQQ", schema, 1, 2**64 - 1, 0)
    if version == 1:
        fixed += struct.pack("<QBBB", 0, 1, 0, ts_out) + bytes(47)
    else:
        fixed += struct.pack("<BBBH", 1, 0, ts_out, width) + bytes(53)
    tail = bytes(4) + struct.pack("<I", len(symbols)) + b"".join(map(text, symbols)) + bytes(8)
    tail += struct.pack("<I", len(mappings))
    for symbol, intervals in mappings:
        tail += text(symbol) + struct.pack("<I", len(intervals))
        tail += b"".join(struct.pack("<II", start, end) + text(of) for start, end, of in intervals)
    body = fixed + tail + rest
    body += bytes(-len(body) % 8)
    return b"DBN" + bytes([version]) + struct.pack("<I", len(body)) + body


def dbn_record(rtype, size, ts_out=b"", instrument=7):
    body = bytes((i * 7) & 0x7F for i in range(size - 16))
    return struct.pack("<BBHIQ", (size + len(ts_out)) // 4, rtype, 2, instrument, 1_700_000_000_000_000_000) + body + ts_out


def zstd_frame(data):
    """A frame of one raw block."""
    return struct.pack("<IBH", 0xFD2FB528, 0x60, len(data) - 256) + ((len(data) << 3) | 1).to_bytes(3, "little") + data


def dbn_corpus():
    """The first byte: 1 metadata are given, 2 with ts_out, and the version from bit 2 on."""
    orders = dbn_record(0xA0, 56) * 3
    mapped = dbn_metadata(["ESZ3"], [("ESZ3", [(20231114, 20231115, "7")])])
    lying = struct.pack("<I", 0xFFFFFFFF)
    yield "orders", b"\x09" + orders
    yield "orders-with-ts-out", b"\x0b" + dbn_record(0xA0, 56, ts_out=bytes(range(8))) * 2
    yield "statistics-of-version-1", b"\x01" + dbn_record(0x18, 64)
    yield "definition-of-version-1", b"\x01" + dbn_record(0x13, 360)
    yield "definition-of-version-2", b"\x05" + dbn_record(0x13, 400)
    yield "definition", b"\x09" + dbn_record(0x13, 520)
    yield "symbol-mapping-of-version-1", b"\x01" + dbn_record(0x16, 80)
    yield "symbol-mapping", b"\x05" + dbn_record(0x16, 176)
    yield "book-of-ten-levels", b"\x09" + dbn_record(0x0A, 368)
    yield "too-short", b"\x09" + dbn_record(0xA0, 56) + dbn_record(0x13, 56)
    yield "own-kind", b"\x09" + dbn_record(0xE0, 56)
    yield "cut-off", b"\x09" + orders[:-5]
    yield "metadata", b"\0" + mapped + orders
    yield "metadata-of-version-1", b"\0" + dbn_metadata(["A"], [("A", [(1, 2, "7")])], version=1) + orders
    yield "metadata-that-lies", b"\0" + mapped[:112] + lying + mapped[116:]
    # The intervals of the first mapping leave no room for the second: counts alone do not tell.
    eaten = dbn_metadata([], [("A", [(1, 2, "7")]), ("B", [])])
    yield "metadata-that-ends-within-a-mapping", b"\0" + eaten[:4] + struct.pack("<I", len(eaten) - 8 - 80) + eaten[8:-80]
    yield "metadata-cut-off", b"\0" + mapped[:200]
    yield "zstd", b"\0" + zstd_frame(mapped)
    yield "zstd-frames", b"\0" + zstd_frame(mapped)[:-1] + b"\x50\x2a\x4d\x18\x02\0\0\0hi"


def make_corpus(folder):
    for target, inputs in ((ITCH, itch_corpus()), (TOPS, tops_corpus()), (DEEP, deep_corpus()), (DEEP_PLUS, deep_plus_corpus()),
                           (CME, cme_corpus()), (NYSE, nyse_corpus()), (TOM, tom_corpus()), (IMPACT, impact_corpus()),
                           (PACKET, packet_corpus()), (LINE, line_corpus()), (LOOPS, loops_corpus()),
                           (DBN, dbn_corpus())):
        for name, data in inputs:
            if len(data) >= 1500:  # a definition of ICE has 500
                sys.exit(f"{target}/{name}: {len(data)} bytes; the corpus is of small files")
            write(folder, target, name, data)


def make_seeds(folder):
    captures = Path(os.environ.get("HEADRACE_CAPTURES", CHECKOUT.parent / "shared" / "captures"))
    for target in TARGETS:
        (folder / target).mkdir(parents=True, exist_ok=True)
    if not captures.is_dir():
        print(f"no seeds from captures: {captures} is not there (set HEADRACE_CAPTURES)", file=sys.stderr)
        return
    from_itch_packets(captures, folder)
    from_itch_archive(captures, folder)
    from_deep(captures, folder)
    from_nyse(captures, folder)
    from_plain(captures, folder, TOM, "miax-tom/tom-v1.9.pcap", tom_kinds)
    from_plain(captures, folder, IMPACT, "ice-impact/impact-v1.1.33.pcap", impact_kinds)
    from_cme(captures, folder)
    for target in TARGETS:
        print(f"{target}: {len(list((folder / target).iterdir()))} seeds", file=sys.stderr)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--corpus":
        make_corpus(Path(sys.argv[2]))
    elif len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        make_seeds(Path(sys.argv[1]))
    else:
        sys.exit(__doc__)


main()
