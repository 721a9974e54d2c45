# SPDX-License-Identifier: Apache-2.0
"""Frames and captures made byte by byte: what a sender, good or bad, may put on the wire."""

import struct
import subprocess

GROUP, PORT = "233.54.12.111", 26477
START_NS = 1767623400 * 10**9  # 2026-01-05 09:30:00 US Eastern
SESSION = b"TEST000001"


def address(text):
    return bytes(map(int, text.split(".")))


def checksum(data):
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp(payload, group=GROUP, port=PORT, source="10.0.0.1", length=None, check=None):
    """check: None for the right one, 0 for none, else what to write."""
    length = 8 + len(payload) if length is None else length
    header = struct.pack("!HHHH", 40000, port, length, 0)
    if check is None:
        pseudo = address(source) + address(group) + struct.pack("!BBH", 0, 17, length)
        check = checksum(pseudo + header + payload) or 0xFFFF
    return header[:6] + struct.pack("!H", check) + payload


def ipv4(content, group=GROUP, source="10.0.0.1", protocol=17, flags=0x4000, version=4, words=5, total=None, check=None, options=b""):
    total = 20 + len(options) + len(content) if total is None else total
    header = struct.pack("!BBHHHBBH", version << 4 | words, 0, total, 1, flags, 16, protocol, 0)
    header += address(source) + address(group) + options
    check = checksum(header) if check is None else check
    return header[:10] + struct.pack("!H", check) + header[12:] + content


def ethernet(content, kind=0x0800, tags=()):
    """tags: (EtherType, number) of VLAN tags, outermost first."""
    middle = b"".join(struct.pack("!HH", ethertype, number) for ethertype, number in tags)
    return bytes.fromhex("01005e360c6f 020000000001") + middle + struct.pack("!H", kind) + content


def udp_frame(payload, group=GROUP, port=PORT, tags=(), **udp_options):
    return ethernet(ipv4(udp(payload, group, port, **udp_options), group), tags=tags)


def mold(session, sequence, messages, count=None):
    """A MoldUDP64 packet; a count of one's own makes it a lie."""
    blocks = b"".join(struct.pack("!H", len(message)) + message for message in messages)
    return session + struct.pack("!QH", sequence, len(messages) if count is None else count) + blocks


def itch_head(kind, locate, timestamp=34200 * 10**9):
    return kind + struct.pack("!HH", locate, 0) + timestamp.to_bytes(6, "big")


def add_order(locate, reference, side, shares, stock, price):
    return itch_head(b"A", locate) + struct.pack("!QcI8sI", reference, side, shares, stock.ljust(8), price)


def delete_order(locate, reference):
    return itch_head(b"D", locate) + struct.pack("!Q", reference)


def stock_directory(locate, stock):
    return itch_head(b"R", locate) + struct.pack("!8sccIcc2scccccIc", stock.ljust(8), b"Q", b"N", 100, b"N", b"C", b"Z ", b"P",
                                                 b"N", b"N", b"1", b"N", 0, b"N")


def write_pcap(path, frames, cut=None, link=1):
    """Nanosecond pcap. frames: bytes, or (bytes, original length) for one that was cut. cut: drop so many bytes at the end."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, link)]
    for i, frame in enumerate(frames):
        data, length = frame if isinstance(frame, tuple) else (frame, len(frame))
        at = START_NS + i * 1000
        parts += [struct.pack("<IIII", at // 10**9, at % 10**9, len(data), length), data]
    whole = b"".join(parts)
    path.write_bytes(whole[: len(whole) - cut] if cut else whole)
    return path


def read_pcap(path):
    """The frames of a pcap, plain or zstd."""
    data = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout if path.suffix == ".zst" else path.read_bytes()
    order = {0xA1B23C4D: "<", 0xA1B2C3D4: "<", 0x4D3CB2A1: ">", 0xD4C3B2A1: ">"}[int.from_bytes(data[:4], "little")]
    found = []
    at = 24
    while at < len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        found.append(data[at + 16 : at + 16 + length])
        at += 16 + length
    return found


def repair(frame):
    """The frame with the IP header's checksum made right and no UDP checksum: what was changed in it gets further."""
    at = 14
    while frame[at - 2 : at] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    header = (frame[at] & 15) * 4 if len(frame) > at else 0
    if frame[at - 2 : at] != b"\x08\x00" or header < 20 or len(frame) < at + header + 8:
        return frame
    ip = bytearray(frame[at : at + header])
    ip[10:12] = b"\0\0"
    ip[10:12] = struct.pack("!H", checksum(bytes(ip)))
    return frame[:at] + bytes(ip) + frame[at + header : at + header + 6] + b"\0\0" + frame[at + header + 8 :]
