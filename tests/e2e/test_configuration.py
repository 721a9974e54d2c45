# SPDX-License-Identifier: Apache-2.0
"""A configuration that is wrong is an error that says where and what, before anything has been started."""

import os
from pathlib import Path

import pytest

import frames
from programs import eal, itch_feed, pcap_input

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"

GOOD = """\
instance:
  name: test
  runtime_dir: {runtime}
eal:
  huge_pages: never
  memory_mib: 64
inputs:
  - name: day
    plane: pcap
    file: {capture}
    pace: flat-out
feeds:
  - name: nasdaq
    protocol: nasdaq-itch-5.0
    lines:
      - {{input: day, group: 233.54.12.111, port: 26477}}
consumers:
  - name: one
    schemas: [mbo, trades]
    symbols: [AAPL, MSFT]
    ring_records: 1024
"""

#: (what to change, into what, what the message says)
WRONG = {
    "unknown key": ("    pace: flat-out", "    pase: flat-out", ["unknown key 'inputs[0].pase'", "'pace'", ":11:5:"]),
    "unknown top key": ("feeds:", "feds:", ["unknown key 'feds'", "'feeds'"]),
    "unknown choice": ("pace: flat-out", "pace: fast", ["inputs[0].pace", "'fast'", "original|flat-out"]),
    "unknown plane": ("plane: pcap", "plane: xdp", ["inputs[0].plane", "dpdk|pcap"]),
    "missing file key": ("    file: {capture}\n", "", ["inputs[0].file is missing"]),
    "no such capture": ("{capture}", "/nonexistent.pcap", ["/nonexistent.pcap", "cannot be read"]),
    "unknown protocol": ("protocol: nasdaq-itch-5.0", "protocol: itch", ["feeds[0].protocol", "'itch'", "headrace dump --protocol list"]),
    "no such input": ("input: day", "input: night", ["there is no input named 'night'"]),
    "not an address": ("group: 233.54.12.111", "group: 233.54.12.999", ["feeds[0].lines[0].group", "IPv4 address"]),
    "port out of range": ("port: 26477", "port: 70000", ["feeds[0].lines[0].port", "1 to 65535"]),
    "port of zero": ("port: 26477", "port: 0", ["feeds[0].lines[0].port", "1 to 65535"]),
    "not a power of two": ("ring_records: 1024", "ring_records: 1000", ["consumers[0].ring_records", "a power of two"]),
    "too small a ring": ("ring_records: 1024", "ring_records: 32", ["consumers[0].ring_records", "64"]),
    "negative": ("ring_records: 1024", "ring_records: -1024", ["consumers[0].ring_records", "'-1024'"]),
    "overflow": ("ring_records: 1024", "ring_records: 18446744073709552640", ["consumers[0].ring_records"]),
    "unknown schema": ("[mbo, trades]", "[mbo, mbp-1]", ["consumers[0].schemas", "'mbp-1'", "definition"]),
    "not a list": ("symbols: [AAPL, MSFT]", "symbols: AAPL", ["consumers[0].symbols", "wanted a list"]),
    "a list instead of a value": ("pace: flat-out", "pace: [flat-out]", ["inputs[0].pace", "found a list"]),
    "twice": ("    pace: flat-out", "    pace: flat-out\n    pace: original", ["inputs[0].pace", "twice"]),
    "no such feed": ("    ring_records: 1024", "    feeds: [other]", ["there is no feed named 'other'"]),
    "no such user": ("    ring_records: 1024", "    allow: {{users: [no-such-user]}}", ["no user 'no-such-user'"]),
    "no such group": ("    ring_records: 1024", "    allow: {{groups: [no-such-group]}}", ["no group 'no-such-group'"]),
    "name with a slash": ("name: test", "name: a/b", ["instance.name", "'/'"]),
    "two of one name": ("consumers:\n", "consumers:\n  - name: one\n", ["'one' is the name of consumers[0] too"]),
    "not YAML": ("feeds:\n", "feeds: [\n", ["not YAML"]),
    "device of a capture": ("    pace: flat-out", "    device: eth0", ["only plane dpdk has it"]),
    "path too long": ("runtime_dir: {runtime}", "runtime_dir: /tmp/" + "x" * 200, ["instance.runtime_dir"]),
}


@pytest.fixture
def runtime(workshop):
    """Where a handler would make its socket, and must not have made anything."""
    return workshop.sockets / "run"


@pytest.fixture
def capture(tmp_path):
    return frames.write_pcap(tmp_path / "one.pcap", [frames.udp_frame(frames.mold(frames.SESSION, 1, []))])


def text_of(runtime, capture, old=None, new=None):
    assert old is None or GOOD.count(old) == 1, f"{old!r} is not once in the good configuration"
    text = GOOD.replace(old, new) if old else GOOD
    return text.format(runtime=runtime, capture=capture)


def test_good(workshop, programs, capture, runtime):
    path = workshop.write_config(text_of(runtime, capture))
    done = programs.run("check", path)
    assert done.stdout.decode() == f"{path}: good: 1 inputs, 1 feeds, 1 consumers\n"
    assert not runtime.exists(), "check starts nothing and makes nothing"


@pytest.mark.parametrize("title", WRONG)
def test_wrong(workshop, programs, capture, runtime, title):
    """Both `check` and `run` say the same, with file, line and column, and leave nothing behind."""
    old, new, told = WRONG[title]
    path = workshop.write_config(text_of(runtime, capture, old, new))
    checked = programs.run("check", path, check=False)
    started = programs.run("run", path, check=False)
    assert checked.returncode == started.returncode == os.EX_CONFIG
    assert checked.stderr == started.stderr and checked.stdout == started.stdout == b""
    message = checked.stderr.decode()
    for part in told:
        assert part in message, message
    assert message.startswith(f"{path}:"), message
    assert not runtime.exists()


def test_no_file(programs, tmp_path):
    done = programs.run("check", tmp_path / "nosuch.yaml", check=False)
    assert done.returncode == os.EX_CONFIG and b"No such file" in done.stderr


@pytest.mark.parametrize("content", ["", "# only a comment\n", "- a\n- b\n", "text\n", "\0\0\0\0", "a: &x [*x]\n", "? [a]\n: b\n", "\xff\xfe"],
                         ids=["empty", "comment", "list", "text", "zeros", "alias", "complex-key", "not-utf8"])
def test_no_configuration_at_all(programs, tmp_path, content):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content.encode("latin-1"))
    done = programs.run("check", path, check=False)
    assert done.returncode == os.EX_CONFIG and done.stderr.startswith(str(path).encode())


def test_usage(programs):
    for arguments in (["run"], ["check"], ["check", "a", "b"], ["nosuch"], ["dump"], ["dump", "a.pcap"]):
        done = programs.run(*arguments, check=False)
        assert done.returncode == os.EX_USAGE and done.stderr and not done.stdout, arguments
    for command in ("run", "check", "dump", "stat", "sim"):
        done = programs.run(command, "--help")
        assert done.stdout.startswith(b"usage: headrace " + command.encode()) and not done.stderr


def test_device_that_does_not_probe(workshop, capture):
    config = {"eal": eal(devices=["net_af_packet0,iface=nosuchif"]), "inputs": [{"name": "wire", "plane": "dpdk", "device": "net_af_packet0"}],
              "feeds": [itch_feed("feed", "wire")], "consumers": [{"name": "one"}]}
    handler = workshop.start(config)
    assert handler.wait() == os.EX_UNAVAILABLE
    assert "'net_af_packet0,iface=nosuchif' did not probe" in handler.log_text()
    assert not handler.socket.exists()


def test_device_that_is_not_there(workshop, capture):
    config = {"eal": eal(), "inputs": [{"name": "wire", "plane": "dpdk", "device": "net_af_packet7"}],
              "feeds": [itch_feed("feed", "wire")], "consumers": [{"name": "one"}]}
    handler = workshop.start(config)
    assert handler.wait() == os.EX_UNAVAILABLE
    assert "input 'wire': port 'net_af_packet7': there is no such port" in handler.log_text()
    assert not handler.socket.exists()


def test_capture_that_is_none(workshop, tmp_path):
    path = tmp_path / "text.pcap"
    path.write_text("this is a text, long enough to be read as a header of something\n")
    handler = workshop.start({"eal": eal(), "inputs": [pcap_input("day", path)], "feeds": [itch_feed("feed", "day")],
                              "consumers": [{"name": "one"}]})
    assert handler.wait() == os.EX_UNAVAILABLE
    assert "not a capture" in handler.log_text() and "text.pcap" in handler.log_text()
    assert not handler.socket.exists()


def test_too_little_memory(workshop, capture):
    handler = workshop.start({"eal": eal(memory_mib=16, mbufs=65535), "inputs": [pcap_input("day", capture)],
                              "feeds": [itch_feed("feed", "day")], "consumers": [{"name": "one"}]})
    assert handler.wait() == os.EX_UNAVAILABLE
    assert "eal.memory_mib: 16 is too little for eal.mbufs: 65535" in handler.log_text()


def test_processor_that_is_not_there(workshop, capture):
    handler = workshop.start({"eal": eal(worker_core=1000), "inputs": [pcap_input("day", capture)],
                              "feeds": [itch_feed("feed", "day")], "consumers": [{"name": "one"}]})
    assert handler.wait() == os.EX_UNAVAILABLE
    assert "eal.worker_core" in handler.log_text() and "1000" in handler.log_text()


def test_a_file_in_the_sockets_place(workshop, capture):
    """Only a socket to which nobody listens is removed: anything else of that name is somebody's file."""
    config = {"eal": eal(), "inputs": [pcap_input("day", capture)], "feeds": [itch_feed("feed", "day")], "consumers": [{"name": "one"}]}
    name = workshop.instance_name()
    place = workshop.sockets / f"{name}.sock"
    place.write_text("precious")
    handler = workshop.start(config, name=name)
    code = handler.wait()
    assert place.exists() and place.read_text() == "precious", "the handler has removed a file that was not its own"
    assert code == os.EX_UNAVAILABLE


def test_protocols_page_is_current(programs):
    page, command = REFERENCE.with_name("protocols.md"), "headrace help protocols > docs/protocols.md"
    assert programs.run("help", "protocols").stdout.decode() == page.read_text(), f"out of date; make it anew with: {command}"


def test_reference_is_current(programs):
    command = "headrace help config > docs/configuration.md"
    assert REFERENCE.exists(), f"{REFERENCE} is not there; make it with: {command}"
    assert programs.run("help", "config").stdout.decode() == REFERENCE.read_text(), f"out of date; make it anew with: {command}"
