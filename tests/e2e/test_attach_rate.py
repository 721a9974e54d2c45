# SPDX-License-Identifier: Apache-2.0
"""Attaching a thousand times a second and a thousand times in a row: nothing leaks, nobody sees what another one read, and a
stream beside it stays whole."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from programs import eal, endless_input, itch_feed, pcap_input, simulate, until
from recordset import Records

ITCH = "nasdaq-itch-5.0"
NOBODY = 65534
PER_SECOND = 1000
SECONDS = 10
KILLS = 100
SLACK_KIB = 1024  # of the handler's memory: the C library's, its log's


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=20261, messages=100000)


def config_of(day, *consumers, speed):
    """At its own pace the day takes about four seconds."""
    inputs = [pcap_input("day", day, pace="original", speed=speed, wait_for_consumers=True), endless_input("endless", day)]
    return {"eal": eal(), "inputs": inputs, "feeds": [itch_feed("feed", "day")], "consumers": list(consumers)}


def leave_the_worker_alone():
    """The worker takes the last processor: on a real server nothing else runs there."""
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:-1])


def attach_many(programs, handler, consumers, *arguments):
    command = [programs.attach_rate, "--socket", handler.socket, "--consumers", ",".join(consumers), *arguments]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=250,
                          preexec_fn=leave_the_worker_alone)
    assert done.returncode in (0, 1), done.stderr
    result = json.loads(done.stdout)
    assert result["failures"] == 0, (result, done.stderr[-2000:])
    return result


def memory_kib(handler):
    fields = dict(line.split(":") for line in Path(f"/proc/{handler.pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0])


def mapped(handler):
    return sum("memfd:headrace-" in line or "/secretmem" in line for line in open(f"/proc/{handler.pid}/maps"))


def until_all_have_left(handler, consumers, descriptors):
    until(lambda: not any(handler.attached(name) for name in consumers), "all have left")
    until(lambda: handler.descriptors() == descriptors, f"{handler.descriptors()} descriptors open, were {descriptors}")


def test_a_thousand_attaches_a_second(workshop, programs, day, capsys):
    """For ten seconds, readers of all kinds, while another strategy reads. How long they took is printed, not judged."""
    names = ["rate-a", "rate-b", "rate-c"]
    handler = workshop.handler(config_of(day, {"name": "reader", "ring_records": 524288, "on_full": "detach"},
                                         *({"name": name} for name in names), speed=0.33))
    descriptors = handler.descriptors()
    reader = workshop.recorder(handler, "reader", wait="futex", preexec_fn=leave_the_worker_alone)
    until(lambda: handler.attached("reader"), "the reader has attached")
    attach_many(programs, handler, names, "--count", 300, "--per-second", PER_SECOND, "--waiting", "mixed")  # the day begins
    until_all_have_left(handler, names, descriptors + 1)
    memory, mappings = memory_kib(handler), mapped(handler)
    result = attach_many(programs, handler, names, "--count", PER_SECOND * SECONDS, "--per-second", PER_SECOND,
                         "--waiting", "mixed")
    with capsys.disabled():
        print(f"\nattach rate: {result['count']} in {result['seconds']} s, to the reply {result['reply_us']} us, "
              f"ring of 4 MiB mapped {result['mapped_us']} us, behind by {result['behind_us']} us at most")
    until_all_have_left(handler, names, descriptors + 1)
    assert mapped(handler) == mappings
    assert memory_kib(handler) < memory + SLACK_KIB, f"{memory_kib(handler)} KiB, were {memory}"
    assert sum(handler.stat()["ring"][name]["attaches"] for name in names) == 300 + PER_SECOND * SECONDS
    handler.until_stat("input", "day", "finished", 1)
    assert handler.stop() == 0
    records = Records(programs.dump(day, ITCH, "--raw"))
    assert reader.result()["lost"] == 0
    assert reader.records() == records.select(records.of_schemas(["mbo"]))


@pytest.mark.parametrize("users", ["0", f"0,{NOBODY}"], ids=["one-user", "two-users"])
def test_nobody_sees_an_old_record(workshop, programs, day, users):
    """A thousand in a row, awake and asleep, each reading while records flow: of those, none was published before it came."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    consumer = {"name": "again", "ring_records": 64, "allow": {"users": [str(NOBODY)]}}
    handler = workshop.handler(config_of(day, consumer, speed=0.02))  # for minutes: busy cores take long for a thousand
    workshop.sockets.chmod(0o711)
    descriptors, mappings = handler.descriptors(), mapped(handler)
    result = attach_many(programs, handler, ["again"], "--count", 1000, "--read", 2, "--users", users, "--waiting", "mixed")
    assert result["unread"] == 0, "the day was over too soon"
    assert result["records"] == 2000 and result["old"] == 0
    until_all_have_left(handler, ["again"], descriptors)
    assert mapped(handler) == mappings
    assert handler.stop() == 0


def test_killed_a_hundred_times(workshop, day):
    """SIGKILL, asleep or awake: the ring is free each time, and the same user needs no other memory for the next one."""
    handler = workshop.handler(config_of(day, {"name": "victim", "ring_records": 1024}, speed=0.05))
    descriptors, mappings, memory = handler.descriptors(), mapped(handler), None
    for kill in range(1, KILLS + 1):
        victim = workshop.recorder(handler, "victim", wait=("yield", "futex", "eventfd")[kill % 3])
        until(lambda: handler.stat()["ring"]["victim"]["attaches"] == kill or not victim.running(), f"attach {kill}")
        assert victim.running(), victim.log_text()
        victim.kill()
        memory = memory or memory_kib(handler)
    until_all_have_left(handler, ["victim"], descriptors)
    assert mapped(handler) == mappings
    assert memory_kib(handler) < memory + SLACK_KIB
    assert "refused" not in handler.log_text()
    assert handler.stop() == 0
