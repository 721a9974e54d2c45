# SPDX-License-Identifier: Apache-2.0
"""Attaching and leaving, in good order and in bad: strategies and handlers that are killed, strangers, nonsense, and many times."""

import array
import contextlib
import errno
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

import asking
from programs import Process, eal, itch_feed, pcap_input, simulate, until
from recordset import Records

ITCH = "nasdaq-itch-5.0"
NOBODY = 65534


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=3, messages=100000)


@pytest.fixture(scope="module")
def day_orders(programs, day):
    records = Records(programs.dump(day, ITCH, "--raw"))
    return records.select(records.of_schemas(["mbo"]))


def config_of(day, *consumers, **input_options):
    return {"eal": eal(), "inputs": [pcap_input("day", day, **input_options)], "feeds": [itch_feed("feed", "day")],
            "consumers": [{"ring_records": 524288} | consumer for consumer in consumers]}


def waiting(day, *consumers):
    """A handler that begins once all have attached; `absent` never does, so it goes on for ever."""
    return config_of(day, *consumers, {"name": "absent"}, wait_for_consumers=True)


def attached(handler, consumer):
    return handler.stat()["ring"][consumer]["attached"]


def test_killed_strategy(workshop, day, day_orders):
    """Killed in the middle of the stream: its ring is free at once, its name too, and its neighbour has lost nothing."""
    # At its own pace the day takes about four seconds; three times as fast leaves time to be killed in.
    config = config_of(day, {"name": "victim"}, {"name": "neighbour", "on_full": "detach"}, wait_for_consumers=True,
                       pace="original", speed=3)
    handler = workshop.handler(config)
    victim = workshop.recorder(handler, "victim")
    neighbour = workshop.recorder(handler, "neighbour")
    until(lambda: handler.stat()["ring"]["victim"]["published"] > 1000, "the victim has been published to")
    victim.kill()
    again = workshop.recorder(handler, "victim")
    until(lambda: handler.stat()["ring"]["victim"]["attaches"] == 2, "the same name has attached again")
    assert "attached already" not in handler.log_text()
    again.kill()
    until(lambda: attached(handler, "victim") == 0, "the ring is free again")
    assert attached(handler, "neighbour") == 1
    assert handler.wait() == 0, handler.log_text()
    assert neighbour.result()["lost"] == 0
    assert neighbour.records() == day_orders


def test_stopped_strategy_harms_nobody(workshop, day, day_orders):
    """SIGSTOP: alive, attached, reading nothing. Its own ring overflows; its neighbour gets everything."""
    config = config_of(day, {"name": "frozen", "ring_records": 64}, {"name": "neighbour", "on_full": "detach"},
                       wait_for_consumers=True, pace="original", speed=20)
    handler = workshop.handler(config)
    frozen = workshop.recorder(handler, "frozen")
    neighbour = workshop.recorder(handler, "neighbour")
    until(lambda: handler.stat()["ring"]["frozen"]["published"] > 100, "it has been published to")
    frozen.signal(signal.SIGSTOP)
    until(lambda: handler.stat()["ring"]["frozen"]["lost"] > 0, "its ring has overflowed")
    until(lambda: handler.stat()["input"]["day"]["finished"] == 1 if handler.running() else True, "the day is over")
    frozen.signal(signal.SIGCONT)
    assert handler.wait() == 0
    result = frozen.result()
    assert result["lost"] > 0 and result["records"] + result["lost"] == result["published"]
    assert neighbour.result()["lost"] == 0 and neighbour.records() == day_orders


def test_killed_handler(workshop, day):
    """Both strategies end at once and say why; a new handler takes the name over; they attach again."""
    consumers = ({"name": "c"}, {"name": "python"})
    handler = workshop.handler(waiting(day, *consumers))
    in_c = workshop.recorder(handler, "c")
    in_python = workshop.recorder(handler, "python", "python")
    until(lambda: attached(handler, "c") and attached(handler, "python"), "both have attached")
    handler.kill()
    died = time.monotonic()
    assert in_c.wait(10) == 1 and '"end": -32' in in_c.log_text(), in_c.log_text()
    assert in_python.wait(10) == 1 and "HandlerDied" in in_python.log_text(), in_python.log_text()
    assert time.monotonic() - died < 5
    assert handler.socket.exists(), "the killed handler's socket is stale, which is what this test is about"
    heir = workshop.handler(waiting(day, *consumers), name=handler.name)
    workshop.recorder(heir, "c")
    workshop.recorder(heir, "python", "python")
    until(lambda: attached(heir, "c") and attached(heir, "python"), "both have attached again")
    assert heir.stop() == 0
    assert not heir.socket.exists()


def test_two_handlers_of_one_name(workshop, day):
    first = workshop.handler(waiting(day, {"name": "c"}))
    second = workshop.start(waiting(day, {"name": "c"}), name=first.name)
    assert second.wait() == os.EX_UNAVAILABLE
    assert "a handler is running there already" in second.log_text() or "is another handler named" in second.log_text()
    assert first.stat()["instance"] == first.name, "the second took nothing away from the first"
    assert first.stop() == 0


def test_end_in_good_order(workshop, day):
    """SIGTERM: strategies that have read everything end with 0."""
    handler = workshop.handler(waiting(day, {"name": "c"}, {"name": "python"}))
    strategies = [workshop.recorder(handler, language, language) for language in ("c", "python")]
    until(lambda: attached(handler, "c") and attached(handler, "python"), "both have attached")
    assert handler.stop() == 0
    for strategy in strategies:
        assert strategy.result()["records"] == 0
    assert not handler.socket.exists()


@contextlib.contextmanager
def public(folder):
    """pytest's folders are the user's own: for the time of the test a stranger may pass, to reach the socket."""
    opened = []
    for parent in [folder, *folder.parents]:
        mode = parent.stat().st_mode & 0o7777
        if not mode & 1 and parent.owner() == folder.owner():
            parent.chmod(mode | 0o001)
            opened.append((parent, mode))
    try:
        yield
    finally:
        for parent, mode in opened:
            parent.chmod(mode)


def as_stranger(program, *arguments):
    """The command line that runs a program as a user that is on no list."""
    return ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", str(program), *arguments]


def stranger_environment(handler, folder):
    return os.environ | {"HEADRACE_SOCKET": str(handler.socket), "LD_LIBRARY_PATH": str(folder)}


def run_as_stranger(handler, program, *arguments):
    return subprocess.run(as_stranger(program, *arguments), env=stranger_environment(handler, program.parent),
                          capture_output=True, text=True, timeout=30)


@pytest.fixture
def reachable(programs, workshop):
    """The test's folder and programs that a stranger may run: the build may lie where he may not look."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not there (Debian: util-linux)")
    with public(workshop.folder), public(workshop.sockets):
        copies = workshop.folder / "bin"
        copies.mkdir()
        for program in (programs.headrace, programs.examples / "latency_meter", programs.examples / "libheadrace.so.0"):
            shutil.copy(program, copies)
            (copies / program.name).chmod(0o755)
        yield copies


def test_stranger_is_refused(workshop, day, reachable):
    handler = workshop.handler(waiting(day, {"name": "mine"}, {"name": "theirs", "allow": {"users": ["daemon"], "groups": ["mail"]}}))
    for consumer in ("mine", "theirs"):
        done = run_as_stranger(handler, reachable / "latency_meter", consumer)
        assert done.returncode == os.EX_UNAVAILABLE, done.stderr
        assert f"user {NOBODY} is not on the allow list of consumer '{consumer}'" in done.stderr
    done = run_as_stranger(handler, reachable / "headrace", "stat")
    assert done.returncode == os.EX_UNAVAILABLE and "allow list" in done.stderr
    assert attached(handler, "mine") == attached(handler, "theirs") == 0
    assert "refused pid" in handler.log_text()


@pytest.mark.parametrize("allow", [{"users": ["nobody"]}, {"users": [str(NOBODY)]}, {"groups": [str(NOBODY)]}],
                         ids=["user-name", "user-number", "group"])
def test_stranger_on_the_list_is_let_in(workshop, day, reachable, allow):
    handler = workshop.handler(waiting(day, {"name": "theirs", "allow": allow}))
    done = run_as_stranger(handler, reachable / "headrace", "stat", "--json")
    assert done.returncode == 0, done.stderr
    guest = workshop.own(Process("guest", as_stranger(reachable / "latency_meter", "theirs"), workshop.folder,
                                 env=stranger_environment(handler, reachable)))
    until(lambda: attached(handler, "theirs") or not guest.running(), "the guest has attached")
    assert attached(handler, "theirs") == 1, guest.log_text()


def test_unknown_consumer(workshop, day):
    handler = workshop.handler(waiting(day, {"name": "c"}))
    stranger = workshop.recorder(handler, "nosuch")
    assert stranger.wait() == os.EX_UNAVAILABLE
    assert "there is no consumer 'nosuch'" in stranger.log_text()
    in_python = workshop.recorder(handler, "nosuch", "python")
    assert in_python.wait() == 1 and "there is no consumer 'nosuch'" in in_python.log_text()


def test_second_attach_is_refused(workshop, day):
    handler = workshop.handler(waiting(day, {"name": "c"}))
    first = workshop.recorder(handler, "c")
    until(lambda: attached(handler, "c"), "the first has attached")
    second = workshop.recorder(handler, "c")
    assert second.wait() == os.EX_UNAVAILABLE
    assert f"consumer 'c' is attached already, by pid {first.pid}" in second.log_text()
    assert first.running() and attached(handler, "c") == 1


BAD_REQUESTS = {
    "empty": (b"", None),
    "short": (asking.request(consumer=b"c")[:-1], errno.EPROTO),
    "one byte": (b"H", errno.EPROTO),
    "long": (asking.request(consumer=b"c") + b"\0", errno.EPROTO),
    "very long": (bytes(60000), errno.EPROTO),
    "zeros": (bytes(asking.REQUEST.size), errno.EPROTO),
    "wrong magic": (asking.request(consumer=b"c", magic=asking.MAGIC ^ 1), errno.EPROTO),
    "wrong length field": (asking.request(consumer=b"c", length=63), errno.EPROTO),
    "name without an end": (asking.request(consumer=b"c" * 32), errno.EPROTO),
    "wrong kind": (asking.request(kind=99), errno.EPROTO),
    "wrong version": (asking.request(consumer=b"c", version=2), errno.EPROTONOSUPPORT),
    "wrong ABI": (asking.request(consumer=b"c", abi=2), errno.EPROTONOSUPPORT),
    "no name": (asking.request(consumer=b""), errno.ENOENT),
    "odd name": (asking.request(consumer=b"%s%n"), errno.ENOENT),
    "unprintable name": (asking.request(consumer=b"\x1b[31m\xff"), errno.EPROTO),
}


def test_nonsense_is_refused(workshop, day):
    """Each is answered or hung up on, none gets a descriptor, and the handler serves on."""
    handler = workshop.handler(waiting(day, {"name": "c"}))
    before = handler.descriptors()
    for title, (request, status) in BAD_REQUESTS.items():
        with asking.asked(handler, request) as (connection, given):
            if status is None:
                assert given is None or given[0] < 0, title
            else:
                assert given is not None and given[0] == -status, (title, given)
                assert not given[2], title
                assert connection.recv(1) == b"", f"{title}: the handler hangs up after a refusal"
    strategy = workshop.recorder(handler, "c")
    until(lambda: attached(handler, "c"), "a good one is let in after all that")
    strategy.kill()
    until(lambda: attached(handler, "c") == 0, "it has left")
    until(lambda: handler.descriptors() == before, "no descriptor has stayed")
    assert handler.stop() == 0


def test_names_in_the_log_are_harmless(workshop, day):
    """A peer chooses the name that it asks for: escape sequences in it must not reach the operator's terminal."""
    handler = workshop.handler(waiting(day, {"name": "c"}))
    with asking.asked(handler, asking.request(consumer=b"\x1b[31mcrimson")) as (_, given):
        assert given[0] == -errno.EPROTO
    until(lambda: "refused" in handler.log_text(), "the refusal is logged")
    assert b"\x1b" not in handler.log.read_bytes()


def test_silence_is_hung_up_on(workshop, day):
    handler = workshop.handler(waiting(day, {"name": "c"}))
    with asking.knock(handler) as connection:
        began = time.monotonic()
        status, message, _ = asking.answer(connection)
        assert status == -errno.ETIMEDOUT and "no request within" in message
        assert connection.recv(1) == b""
        assert 0.9 < time.monotonic() - began < 5
    assert handler.running()


def test_descriptors_sent_along_are_not_kept(workshop, day):
    """A peer may send descriptors of its own with a request: the handler has no use for them, and must not collect them."""
    handler = workshop.handler(waiting(day, {"name": "c"}))
    before = handler.descriptors()
    for _ in range(20):
        with asking.knock(handler) as connection:
            connection.sendmsg([asking.request(consumer=b"nosuch")],
                               [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 10))])
            assert asking.answer(connection)[0] == -errno.ENOENT
    until(lambda: handler.descriptors() == before, "no descriptor has stayed")


def test_talking_out_of_turn(workshop, day):
    """An attached strategy that says something is told to go; the handler lives."""
    handler = workshop.handler(waiting(day, {"name": "c"}))
    with asking.asked(handler, asking.request(consumer=b"c")) as (connection, given):
        assert given[0] == 0 and len(given[2]) == 4
        connection.send(b"by the way")
        assert connection.recv(1) == b""
    until(lambda: attached(handler, "c") == 0, "its ring is free")


def test_watchers_do_not_keep_strategies_out(workshop, day):
    """One user's many looks at the statistics, left open, take no place away from a strategy."""
    handler = workshop.handler(waiting(day, {"name": "c"}))
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(asking.knock(handler))
            with contextlib.suppress(OSError):
                connection.send(asking.request(kind=asking.STATISTICS))
                given = asking.answer(connection)
                for descriptor in given[2] if given else []:
                    os.close(descriptor)
        with asking.knock(handler) as connection:
            with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                connection.send(asking.request(consumer=b"c"))
                given = asking.answer(connection)
                assert given is not None and given[0] == 0, f"a strategy was turned away because of watchers: {given}"
                for descriptor in given[2]:
                    os.close(descriptor)
                return
            raise AssertionError("a strategy was turned away because of watchers: hung up on without a word")


def test_asking_in_time_while_the_handler_is_busy(workshop, day):
    """A request that was sent within the second is heard, though the handler was making another's large ring meanwhile."""
    every = ["mbo", "trades", "status", "definition", "imbalance", "statistics", "native"]
    handler = workshop.handler(waiting(day, {"name": "small", "ring_records": 64},
                                       {"name": "large", "ring_records": 524288, "schemas": every}))
    before = handler.descriptors()
    began = time.monotonic()
    with asking.knock(handler) as small, asking.knock(handler) as large:
        until(lambda: handler.descriptors() == before + 2, "both have been accepted")
        # The time that has passed is what is tested, so it is waited for: most of the second that the handler allows.
        time.sleep(0.8)
        large.send(asking.request(consumer=b"large"))
        time.sleep(0.05)
        small.send(asking.request(consumer=b"small"))
        if time.monotonic() - began > 0.98:
            pytest.skip("this machine was too busy for the test itself to ask within the second")
        status, message, descriptors = asking.answer(small)
        for descriptor in descriptors + asking.answer(large)[2]:
            os.close(descriptor)
        assert status == 0, message


def test_many_attachments_leak_nothing(workshop, day):
    """300 attachments, half of them ended without a word."""
    handler = workshop.handler(waiting(day, {"name": "c", "ring_records": 1024}))

    def cycle():
        with asking.asked(handler, asking.request(consumer=b"c")) as (_, given):
            assert given is not None and given[0] == 0, given

    cycle()
    until(lambda: attached(handler, "c") == 0, "it has left")
    until(lambda: handler.stat() is not None, "it answers")
    before = until(lambda: settled(handler), "its descriptors have settled")
    maps_before = mappings(handler)
    for _ in range(300):
        cycle()
    until(lambda: attached(handler, "c") == 0, "the last has left")
    until(lambda: handler.descriptors() == before, f"descriptors: {handler.descriptors()}, were {before}")
    assert mappings(handler) <= maps_before + 2, "the rings' memory has not been given back"
    assert handler.stat()["ring"]["c"]["attaches"] == 301
    assert handler.stop() == 0


def settled(handler):
    first = handler.descriptors()
    time.sleep(0.15)  # one tick of the control thread: it has taken the worker's answers
    return first if handler.descriptors() == first else 0


def mappings(handler):
    with open(f"/proc/{handler.pid}/maps") as file:
        return sum("headrace-ring" in line or "headrace-cursor" in line for line in file)


def test_python_attaches_many_times(workshop, programs, day):
    """The SDK's side of the same: no descriptor and no mapping stays in the strategy."""
    handler = workshop.handler(waiting(day, {"name": "c", "ring_records": 1024}))
    script = """
import os, sys, headrace
def cycle():
    with headrace.attach("c", socket=sys.argv[1], wait="yield") as feed:
        feed.batch(timeout=0)
def state():
    return len(os.listdir("/proc/self/fd")), open("/proc/self/maps").read().count("headrace")
cycle()
before = state()
for _ in range(100):
    cycle()
assert state() == before, (before, state())
"""
    done = subprocess.run([sys.executable, "-c", script, handler.socket], env=programs.python_environment(),
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
