# SPDX-License-Identifier: Apache-2.0
"""Lines A and B of a real capture: together, each with holes that the other fills, and both cut at random."""

import random
import struct

import pytest

from recordset import RTYPE, Records, without_arrival

PROTOCOL = "cme-mdp-3.0"
LINE_A, LINE_B = "224.0.31.64", "224.0.32.64"
SEEDS = range(1, 11)
#: Longer than the lines of this capture are apart, 15 us; shorter than from one packet to the next but one, mostly.
WINDOW = ("--window-us", "100")


class Capture:
    """The packets of a nanosecond pcap: (line, sequence number, its bytes with the record header)."""

    def __init__(self, path):
        data = path.read_bytes()
        self.header, self.packets, at = data[:24], [], 24
        while at < len(data):
            length = struct.unpack_from("<I", data, at + 8)[0]
            record = data[at:at + 16 + length]
            line = "A" if record[16 + 30:16 + 34] == bytes(map(int, LINE_A.split("."))) else "B"
            self.packets.append((line, struct.unpack_from("<I", record, 16 + 42)[0], record))
            at += 16 + length
        self.sequences = sorted({sequence for _, sequence, _ in self.packets})

    def write(self, path, keep):
        path.write_bytes(self.header + b"".join(record for line, sequence, record in self.packets if keep(line, sequence)))
        return path


@pytest.fixture(scope="module")
def capture(captures):
    return Capture(captures("cme-mdp3/mdp3-v6-ab.pcap"))


@pytest.fixture(scope="module")
def whole(programs, capture, tmp_path_factory):
    """What line A alone gives, and the golden test compares entry by entry: without arrival, for the other line's is another."""
    path = capture.write(tmp_path_factory.mktemp("a") / "a.pcap", lambda line, _: line == "A")
    return without_arrival(Records(programs.dump(path, PROTOCOL, "--raw")))


def together(programs, path):
    return Records(programs.dump(path, PROTOCOL, "--raw", "--one-channel", *WINDOW))


def gaps_of(records):
    """[(first sequence number, count)]: see struct hr_gap."""
    return [struct.unpack_from("<QQ", record, 16) for record in records if record[1] == RTYPE["gap"]]


def holes(sequences, lost):
    """Runs of lost numbers; what is lost before the first packet or behind the last, nobody can know of."""
    found = []
    for sequence in sequences:
        if sequence not in lost:
            continue
        if found and sum(found[-1]) == sequence:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((sequence, 1))
    return found


def test_one_stream(programs, capture, whole, tmp_path):
    path = capture.write(tmp_path / "ab.pcap", lambda *_: True)
    assert without_arrival(together(programs, path)) == whole
    counts = programs.counts(path, PROTOCOL, "--one-channel", *WINDOW)
    assert (counts["packets"], counts["messages"], counts["duplicates"], counts["gaps"], counts["late"]) == (10000, 10273, 5000, 0, 0)
    lines = counts["lines"].values()
    assert sum(line["first"] for line in lines) == 5000 and all(line["lost"] == 0 for line in lines)


@pytest.mark.parametrize("cut, share", [("A", 0.3), ("B", 0.3), ("A", 1), ("B", 1)])
def test_each_fills_the_others_holes(programs, capture, whole, tmp_path, cut, share):
    chance = random.Random(20261)
    lost = {sequence for sequence in capture.sequences if chance.random() < share}
    path = capture.write(tmp_path / "cut.pcap", lambda line, sequence: line != cut or sequence not in lost)
    assert without_arrival(together(programs, path)) == whole


@pytest.mark.parametrize("seed", SEEDS)
def test_holes_by_turns(programs, capture, whole, tmp_path, seed):
    """What one line loses the other one has: still everything, in order."""
    chance = random.Random(seed)
    fate = {sequence: chance.choice(("both", "A", "B")) for sequence in capture.sequences}
    path = capture.write(tmp_path / "turns.pcap", lambda line, sequence: fate[sequence] in ("both", line))
    assert without_arrival(together(programs, path)) == whole


@pytest.mark.parametrize("seed", SEEDS)
def test_both_cut(programs, capture, tmp_path, seed):
    """GAP records equal exactly what was cut from both; every other packet's records are there."""
    chance = random.Random(seed)
    share = chance.uniform(0.01, 0.3)
    alive = {line: {sequence for sequence in capture.sequences if chance.random() >= share} for line in "AB"}
    path = capture.write(tmp_path / "both.pcap", lambda line, sequence: sequence in alive[line])
    lost = set(capture.sequences) - alive["A"] - alive["B"]
    kept = [sequence for sequence in capture.sequences if sequence not in lost]
    within = [sequence for sequence in capture.sequences if kept[0] < sequence < kept[-1]]
    records = together(programs, path)
    assert gaps_of(records) == holes(within, lost), f"seed {seed}"
    counts = programs.counts(path, PROTOCOL, "--one-channel", *WINDOW)
    assert counts["messages_missing"] == len(lost & set(within))
    for name, line in (("A", f"{LINE_A}:14340"), ("B", f"{LINE_B}:15340")):
        own = [sequence for sequence in capture.sequences if min(alive[name]) < sequence < max(alive[name])]
        assert counts["lines"][line]["lost"] == len(set(own) - alive[name])
