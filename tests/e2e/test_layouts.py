# SPDX-License-Identifier: Apache-2.0
"""The tables against layouts that others wrote down (../shared/specs/layouts): every message of every edition, with any bytes
in every field, through `headrace dump --json` and back to the same bytes. Protocols of which there is no capture are here too."""

import json
import random
import struct

import pytest

from frames import udp_frame, write_pcap

ROUNDS = 20  # of each message


def iextp(protocol):
    def packet(sequence, kind, body):
        message = kind.encode() + body
        header = struct.pack("<BBHIIHHQQQ", 1, 0, protocol, 1, 7, 2 + len(message), 1, sequence, sequence, sequence)
        return header + struct.pack("<H", len(message)) + message
    return packet


def xdp(sequence, kind, body):
    message = struct.pack("<HH", 4 + len(body), int(kind)) + body
    return struct.pack("<HBBIII", 16 + len(message), 11, 1, sequence, 1, 0) + message


#: protocol: what makes a packet of a message, what a line's fields have beside the layout's, and the editions.
PROTOCOLS = {
    "iex-tops-1.6": (iextp(0x8003), set(), ["Iex_IexEquities_Tops_IexTp_v1_64", "Iex_IexEquities_Tops_IexTp_v1_66"]),
    "iex-deep-1.0": (iextp(0x8004), set(), ["Iex_IexEquities_Deep_IexTp_v1_06", "Iex_IexEquities_Deep_IexTp_v1_08"]),
    "iex-deep-plus-1.0": (iextp(0x8005), set(), ["Iex_IexEquities_DeepPlus_IexTp_v1_04"]),
    "nyse-imbalances-2.1": (xdp, {"message_size", "message_type"}, ["Nyse_NyseEquities_ImbalancesFeed_Xdp_v2_1_f"]),
}
CASES = [(protocol, edition) for protocol, (_, _, editions) in PROTOCOLS.items() for edition in editions]


def messages_of(layout):
    """(type, fields) of each message: a name and a size for each field."""
    for case in layout["dispatch"]:
        if case["on"] == "message_type":
            yield case["equals"], [(field["key"], field["size"]) for field in layout["structs"][case["struct"]]]


def as_bytes(value, size):
    return value.encode("latin-1") if isinstance(value, str) else value.to_bytes(size, "little", signed=value < 0)


@pytest.mark.parametrize("protocol, edition", CASES)
def test_every_field_comes_back(programs, captures, tmp_path, protocol, edition):
    packet, more, _ = PROTOCOLS[protocol]
    layout = json.loads(captures(f"../specs/layouts/{edition}.json").read_text())
    numbers = random.Random(edition)
    sent = [(kind, fields, [numbers.randbytes(size) for _, size in fields])
            for kind, fields in messages_of(layout) for _ in range(ROUNDS)]
    assert len(sent) >= 11 * ROUNDS
    write_pcap(tmp_path / "all.pcap", [udp_frame(packet(sequence, kind, b"".join(values)))
                                       for sequence, (kind, _, values) in enumerate(sent, 1)])
    lines = programs.lines(tmp_path / "all.pcap", protocol)
    lines = [line for line in lines if "fields" in line]
    assert len(lines) == len(sent)
    for line, (kind, fields, values) in zip(lines, sent):
        assert line["type"] == kind
        assert set(line["fields"]) == {name for name, _ in fields} | more, f"type {kind} of {edition}"
        for (name, size), value in zip(fields, values):
            assert as_bytes(line["fields"][name], size) == value, f"type {kind} of {edition}: {name}"
    counts = programs.counts(tmp_path / "all.pcap", protocol)
    assert counts["messages"] == len(sent) and counts["refused"] == counts["gaps"] == 0
    assert set(counts["by_type"].values()) == {ROUNDS}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_but_what_some_edition_has(programs, captures, tmp_path, protocol):
    """Every other type is unknown, and every message is refused with a byte more or less."""
    packet, _, editions = PROTOCOLS[protocol]
    lengths = {}
    for edition in editions:
        layout = json.loads(captures(f"../specs/layouts/{edition}.json").read_text())
        lengths |= {kind: sum(size for _, size in fields) for kind, fields in messages_of(layout)}
    if packet is xdp:
        kinds = [str(kind) for kind in range(512)]
    else:
        kinds = [chr(kind) for kind in range(128)]
    sent = [(kind, length) for kind in kinds for length in range(90)]
    write_pcap(tmp_path / "all.pcap", [udp_frame(packet(sequence, kind, b" " * length))
                                       for sequence, (kind, length) in enumerate(sent, 1)])
    counts = programs.counts(tmp_path / "all.pcap", protocol)
    assert counts["by_type"] == {kind: 1 for kind in lengths}
    assert counts["refused_by"]["unknown_type"] == sum(kind not in lengths for kind, _ in sent)
    assert counts["refused_by"]["bad_length"] == sum(kind in lengths and length != lengths[kind] for kind, length in sent)
