# SPDX-License-Identifier: Apache-2.0
"""The simulator: the same seed is the same bytes, and its packets are sound to a decoder that is not ours."""

import json
import os
import shutil
import subprocess

import pytest

import frames
from programs import eal, itch_feed, numbers, simulate, until

ITCH = "nasdaq-itch-5.0"
SMALL = {"messages": 30000, "live_orders": 3000, "symbols": 50}


def test_same_seed_same_bytes(programs, tmp_path):
    first, second, other = (simulate(programs, tmp_path, seed=seed, **SMALL).read_bytes() for seed in (5, 5, 6))
    assert first == second
    assert first != other and len(other) > 100000


def test_options_are_kept(programs, tmp_path):
    path = simulate(programs, tmp_path, group="239.1.2.3", port=5000, session="ABC", ttl=3, **SMALL)
    packets = frames.read_pcap(path)
    for packet in packets[:100]:
        assert packet[30:34] == frames.address("239.1.2.3") and packet[36:38] == (5000).to_bytes(2, "big")
        assert packet[22] == 3
        assert packet[:6] == bytes.fromhex("01005e010203"), "RFC 1112: the group's own address"
        assert packet[42:52] == b"ABC       "


def test_statistics_equal_dump(programs, tmp_path):
    path = tmp_path / "day.pcap"
    done = programs.run("sim", "--seed", 9, "--messages", 30000, "--live-orders", 3000, "--symbols", 50, "--output", path, "--stats")
    told = json.loads(done.stderr.splitlines()[-1])
    counts = programs.counts(path, ITCH, "--checksum", "udp")
    assert told["by_type"] == counts["by_type"] and told["messages"] == counts["messages"]
    assert told["packets"] == counts["packets"]
    assert told["live_orders"] == counts["orders"]["orders"]
    assert counts["refused"] == counts["gaps"] == counts["orders"]["duplicate_adds"] == counts["orders"]["beyond_remaining"] == 0
    assert not any(value for name, value in counts["orders"].items() if name.startswith("unknown"))


def test_compressed_output_is_the_same(programs, tmp_path):
    plain = simulate(programs, tmp_path, seed=5, **SMALL)
    packed = tmp_path / "day.pcap.zst"
    programs.run("sim", "--seed", 5, "--messages", 30000, "--live-orders", 3000, "--symbols", 50, "--output", packed)
    assert programs.dump(packed, ITCH, "--raw") == programs.dump(plain, ITCH, "--raw")
    assert packed.stat().st_size < plain.stat().st_size


def test_standard_output_and_input(programs, tmp_path):
    """sim --output - | dump -"""
    plain = simulate(programs, tmp_path, seed=5, **SMALL)
    piped = programs.run("sim", "--seed", 5, "--messages", 30000, "--live-orders", 3000, "--symbols", 50, "--output", "-").stdout
    assert piped == plain.read_bytes()
    done = programs.run("dump", "-", "--protocol", ITCH, "--raw", input=piped, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == programs.dump(plain, ITCH, "--raw")


def test_checksums_hold(programs, tmp_path):
    """By tcpdump's word, which has never seen our code."""
    if not shutil.which("tcpdump"):
        pytest.skip("tcpdump is not there (Debian: tcpdump)")
    path = simulate(programs, tmp_path, **SMALL)
    done = subprocess.run(["tcpdump", "-r", path, "-vv", "-n", "-c", "2000"], capture_output=True, text=True, timeout=60)
    assert done.stdout.count("[udp sum ok]") == 2000, done.stdout[:500]
    assert "bad" not in done.stdout


def test_times_never_step_back(programs, tmp_path):
    path = simulate(programs, tmp_path, **SMALL)
    data = path.read_bytes()
    at, before = 24, 0
    while at < len(data):
        seconds, nanoseconds, length = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (0, 4, 8))
        now = seconds * 10**9 + nanoseconds
        assert now >= before
        before = now
        at += 16 + length


@pytest.mark.parametrize("arguments", [["--messages", "-1"], ["--messages", "1e6"], ["--symbols", "0"], ["--symbols", "65536"],
                                       ["--group", "10.0.0.1"], ["--group", "nosuch"], ["--port", "0"], ["--date", "2026-02-30"],
                                       ["--session", "ELEVENCHARS"], ["--nosuch"], ["stray"], ["--seed"]])
def test_wrong_options(programs, tmp_path, arguments):
    done = programs.run("sim", "--output", tmp_path / "never.pcap", *arguments, check=False)
    assert done.returncode == os.EX_USAGE and done.stderr.startswith(b"headrace sim: "), done.stderr
    assert not (tmp_path / "never.pcap").exists()


def test_output_that_cannot_be_made(programs, tmp_path):
    done = programs.run("sim", "--messages", 10, "--output", tmp_path / "no" / "such" / "folder.pcap", check=False)
    assert done.returncode == os.EX_CANTCREAT


def test_full_disk_is_an_error(programs):
    if not os.path.exists("/dev/full"):
        pytest.skip("/dev/full is not there")
    for command in (["sim", "--messages", 50000, "--live-orders", 0, "--output", "/dev/full"],):
        done = programs.run(*command, check=False)
        assert done.returncode == os.EX_IOERR and b"No space left" in done.stderr, (done.returncode, done.stderr)


def test_sent_as_multicast(workshop, programs):
    """--send through a namespace's own veth, received by `headrace run`: what arrives is the dump's messages."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("only root can make network namespaces (and ip is needed: Debian: iproute2)")
    name = f"hr-e2e-{os.getpid()}-{next(numbers)}-m"

    def ip(*arguments, check=True):
        done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
        if check and done.returncode != 0:
            pytest.skip(f"this machine makes no network namespaces: ip {' '.join(arguments)}: {done.stderr.strip()}")

    try:
        ip("netns", "add", name)
        ip("-n", name, "link", "add", "out", "type", "veth", "peer", "name", "in")
        ip("-n", name, "address", "add", "10.77.0.1/24", "dev", "out")
        for interface in ("out", "in"):
            ip("-n", name, "link", "set", interface, "up")
        subprocess.run(["ip", "netns", "exec", name, "ethtool", "-K", "out", "tx", "off"], capture_output=True)
        config = {"eal": eal(memory_mib=128, mbufs=16383,
                             devices=["net_af_packet0,iface=in,blocksz=262144,framesz=2048,framecnt=16384"]),
                  "inputs": [{"name": "wire", "plane": "dpdk", "device": "net_af_packet0"}],
                  "feeds": [itch_feed("feed", "wire")], "consumers": [{"name": "one"}]}
        handler = workshop.handler(config, netns=name)
        options = ["--seed", "5", "--messages", "20000", "--live-orders", "1000", "--symbols", "20", "--speed", "1"]
        done = subprocess.run(["ip", "netns", "exec", name, programs.headrace, "sim", *options, "--send", "--interface", "out", "--stats"],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stderr.splitlines()[-1])
        (line,) = handler.stat()["line"]
        until(lambda: handler.stat()["line"][line]["messages"] >= told["messages"], "everything has arrived", patience=20, every=0.05)
        found = handler.stat()["line"][line]
        assert found["messages"] == told["messages"] and found["gaps"] == 0 and found["sessions"] == 1
    finally:
        ip("netns", "del", name, check=False)
