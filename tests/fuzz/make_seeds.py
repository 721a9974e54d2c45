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
ITCH, DEEP, PACKET = "nasdaq-itch-5.0", "iex-deep-1.0", "packet"
CME, CME_FOLDER = "cme-mdp-3.0", "cme-mdp3"

# As in protocol.c.
NO_ORDERS, NO_UNSEQUENCED, WITH_TIME = 1, 2, 4
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
    yield "unsequenced", pack([mdp(0, [sbe(12, b"")])])
    yield "sizes-that-lie", pack([mdp(1, []) + b"\x00\x00", mdp(1, []) + b"\x01", mdp(1, []) + b"\xff\xff", b"short"])
    yield "types-and-lengths", pack([mdp(1, [b"", b"\x00", sbe(300, b""), sbe(1, b""), sbe(16, b""), sbe(15, b"\x1e")])])


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


def make_corpus(folder):
    for target, inputs in ((ITCH, itch_corpus()), (DEEP, deep_corpus()), (CME, cme_corpus()), (PACKET, packet_corpus())):
        for name, data in inputs:
            if len(data) >= 200:
                sys.exit(f"{target}/{name}: {len(data)} bytes; the corpus is of small files")
            write(folder, target, name, data)


def make_seeds(folder):
    captures = Path(os.environ.get("HEADRACE_CAPTURES", CHECKOUT.parent / "shared" / "captures"))
    for target in (ITCH, DEEP, CME, PACKET):
        (folder / target).mkdir(parents=True, exist_ok=True)
    if not captures.is_dir():
        print(f"no seeds from captures: {captures} is not there (set HEADRACE_CAPTURES)", file=sys.stderr)
        return
    from_itch_packets(captures, folder)
    from_itch_archive(captures, folder)
    from_deep(captures, folder)
    from_cme(captures, folder)
    for target in (ITCH, DEEP, CME, PACKET):
        print(f"{target}: {len(list((folder / target).iterdir()))} seeds", file=sys.stderr)


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--corpus":
        make_corpus(Path(sys.argv[2]))
    elif len(sys.argv) == 2 and not sys.argv[1].startswith("-"):
        make_seeds(Path(sys.argv[1]))
    else:
        sys.exit(__doc__)


main()
