# SPDX-License-Identifier: Apache-2.0
"""Ways of waiting: those that sleep are woken for records and for the end, and give a descriptor to loops of one's own."""

import asyncio
import errno
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import headrace
from conftest import PATIENCE, eventually, mapped_rings

SLEEPING = ("futex", "eventfd")
KIND = {"spin": "0", "yield": "0", "futex": "1", "eventfd": "2"}
EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def is_readable(feed, seconds=0.0):
    return bool(select.select([feed], [], [], seconds)[0])  # a feed has a fileno


def read_all(feed):
    """Everything that is there now."""
    seen = []
    while (record := feed.next(timeout=0)) is not None:
        seen.append(record.order_id)
    return seen


def woken(handler):
    return int(handler.ask("wakes"))


# ---- next, iteration and batch, whatever the way ----


@pytest.mark.parametrize("wait", KIND)
def test_the_handler_is_told_how_it_waits(handler, wait):
    with handler.attach(wait=wait):
        assert handler.ask("waiting") == KIND[wait]


@pytest.mark.parametrize("wait", SLEEPING)
def test_iteration_ends_when_the_handler_stops(handler, wait):
    with handler.attach(wait=wait) as feed:
        handler.tell("mbo 200 0")
        handler.stop()
        assert [record.order_id for record in feed] == list(range(200))
        assert list(feed) == []
        with pytest.raises(headrace.Stopped):
            feed.next()


@pytest.mark.parametrize("wait", SLEEPING)
@pytest.mark.parametrize("workers", [1, 3])
def test_records_end_the_sleep(start, wait, workers):
    """Of any ring: it sleeps on the first one's word."""
    handler = start(workers=workers)
    with handler.attach(wait=wait) as feed:
        for number in range(60):
            assert feed.next(timeout=0.001) is None  # it has slept
            handler.tell(f"worker {number % workers}")
            handler.send(f"mbo 1 {number}")
            assert feed.next(timeout=PATIENCE).order_id == number
            assert handler.process.stdout.readline() == "ok\n"
        assert feed.stats.records == 60


@pytest.mark.parametrize("wait", SLEEPING)
def test_a_long_stream(start, wait):
    handler = start(slot_count=1024)
    seen = 0
    with handler.attach(wait=wait) as feed:
        handler.send("stream 300000")
        while seen < 300000:
            batch = feed.batch(timeout=PATIENCE)
            assert batch["order_id"].tolist() == list(range(seen, seen + batch.size)) and batch.size
            seen += batch.size
        assert handler.process.stdout.readline() == "ok\n"
        assert feed.stats == (300000, 0, 300000, 0)


@pytest.mark.parametrize("wait", SLEEPING)
def test_timeouts_are_kept(handler, wait):
    with handler.attach(wait=wait) as feed:
        for timeout in (0, 0.001, 0.05):
            begin = time.monotonic()
            assert feed.next(timeout=timeout) is None
            assert time.monotonic() - begin >= timeout
        assert feed.batch(timeout=0.01).size == 0


@pytest.mark.parametrize("wait", SLEEPING)
def test_woken_for_nothing(handler, wait):
    """Spurious wake-ups end no call early, and lose nothing."""
    with handler.attach(wait=wait) as feed:
        before = woken(handler)
        nudges = threading.Thread(target=lambda: handler.tell(*["nudge"] * 200))
        nudges.start()
        begin = time.monotonic()
        assert feed.next(timeout=0.1) is None and time.monotonic() - begin >= 0.1
        nudges.join(PATIENCE)
        assert woken(handler) - before >= 200
        handler.tell("mbo 3 0")
        assert [feed.next(timeout=PATIENCE).order_id for _ in range(3)] == [0, 1, 2]


@pytest.mark.parametrize("wait", ["spin", "yield"])
def test_who_stays_awake_is_not_woken(handler, wait):
    with handler.attach(wait=wait) as feed:
        for number in range(20):
            assert feed.next(timeout=0.001) is None
            handler.tell(f"mbo 1 {number}")
            assert feed.next(timeout=PATIENCE).order_id == number
        assert woken(handler) == 0


@pytest.mark.parametrize("wait", SLEEPING)
@pytest.mark.parametrize("state, error", [(2, headrace.Detached), (3, headrace.Evicted), (4, headrace.Stopped)])
def test_ends_are_told_to_who_sleeps(handler, wait, state, error):
    with handler.attach(wait=wait) as feed:
        assert feed.next(timeout=0.001) is None
        teller = threading.Thread(target=lambda: handler.tell(f"state {state}"))
        teller.start()
        with pytest.raises(error):
            feed.next(timeout=PATIENCE)
        teller.join(PATIENCE)


@pytest.mark.parametrize("wait", SLEEPING)
def test_the_handler_dies_while_it_sleeps(handler, wait):
    with handler.attach(wait=wait) as feed:
        handler.tell("mbo 1 0")
        assert feed.next(timeout=PATIENCE).order_id == 0
        killer = threading.Thread(target=handler.kill)
        killer.start()
        with pytest.raises(headrace.HandlerDied) as caught:
            feed.next(timeout=PATIENCE)
        assert caught.value.errno == errno.EPIPE
        killer.join(PATIENCE)


@pytest.mark.parametrize("wait", SLEEPING)
def test_a_signal_ends_the_sleep(handler, wait):
    with handler.attach(wait=wait) as feed:
        previous = signal.signal(signal.SIGALRM, signal.default_int_handler)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(KeyboardInterrupt):
                feed.next(timeout=PATIENCE)
        finally:
            signal.signal(signal.SIGALRM, previous)
        handler.tell("mbo 1 0")
        assert feed.next(timeout=PATIENCE).order_id == 0


def test_descriptors_are_given_back(handler):
    """With every way, many times: none is left, and no mapping."""
    handler.attach(wait="eventfd").close()
    before = len(os.listdir("/proc/self/fd"))
    for round in range(60):
        with handler.attach(wait=list(KIND)[round % 4]) as feed:
            feed.next(timeout=0)
        eventually(lambda: handler.ask("attached") == "0")
    assert len(os.listdir("/proc/self/fd")) == before and mapped_rings() == 0


# ---- attaching ----


def test_monitor_is_refused_or_works(handler):
    flags = {word for line in open("/proc/cpuinfo") if line.startswith("flags") for word in line.split()}
    if flags & {"waitpkg", "mwaitx"}:
        with handler.attach(wait="monitor") as feed:
            handler.tell("mbo 100 0")
            assert [feed.next(timeout=PATIENCE).order_id for _ in range(100)] == list(range(100))
    else:
        with pytest.raises(headrace.AttachError, match="neither WAITPKG nor MONITORX") as caught:
            handler.attach(wait="monitor")
        assert caught.value.errno == errno.EOPNOTSUPP
        handler.attach().close()


@pytest.mark.parametrize("wait, error", [("futex", errno.EPROTONOSUPPORT), ("eventfd", errno.EPROTO)])
def test_a_handler_that_wakes_nobody(handler, wait, error):
    """An older one does not know the word: better an error than a sleep without end."""
    handler.tell("minor 0")
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(headrace.AttachError) as caught:
        handler.attach(wait=wait)
    assert caught.value.errno == error
    assert len(os.listdir("/proc/self/fd")) == before and mapped_rings() == 0
    eventually(lambda: handler.ask("attached") == "0")
    with handler.attach(wait="yield") as feed:  # and with it, as ever
        handler.tell("mbo 1 7")
        assert feed.next(timeout=PATIENCE).order_id == 7


@pytest.mark.parametrize("wait", ["", "sleep", "FUTEX", "eventfd "])
def test_a_way_that_there_is_not(handler, wait):
    with pytest.raises(ValueError, match="wait: "):
        handler.attach(wait=wait)


# ---- a loop of one's own ----


@pytest.mark.parametrize("wait", ["spin", "yield", "futex"])
def test_only_an_eventfd_can_be_waited_for(handler, wait):
    with handler.attach(wait=wait) as feed:
        for call in (feed.fileno, feed.arm):
            with pytest.raises(ValueError, match="eventfd"):
                call()
        handler.tell("mbo 1 0")
        assert feed.next(timeout=PATIENCE).order_id == 0


def test_a_closed_feed_has_no_descriptor(handler):
    feed = handler.attach(wait="eventfd")
    feed.close()
    for call in (feed.fileno, feed.arm):
        with pytest.raises(ValueError, match="closed"):
            call()


def test_armed_and_told(handler):
    with handler.attach(wait="eventfd") as feed:
        for number in range(50):
            assert feed.arm() and not is_readable(feed)
            handler.tell(f"mbo 2 {number * 2}")
            assert is_readable(feed, PATIENCE)
            assert read_all(feed) == [number * 2, number * 2 + 1]
        assert woken(handler) == 50  # once for each time that it armed
        assert feed.fileno() == feed.fileno()


def test_not_armed_when_there_is_something(handler):
    with handler.attach(wait="eventfd") as feed:
        handler.tell("mbo 3 0")
        assert not feed.arm()
        assert feed.next(timeout=0).order_id == 0
        assert not feed.arm()
        assert read_all(feed) == [1, 2] and feed.arm()


def test_arming_empties_the_descriptor(handler):
    """What is left of the wake-up before would make a loop spin."""
    with handler.attach(wait="eventfd") as feed:
        handler.tell("nudge", "nudge")
        assert is_readable(feed)
        assert feed.arm() and not is_readable(feed)
        assert feed.arm() and not is_readable(feed)  # twice is as good as once
        handler.tell("mbo 1 5")
        assert is_readable(feed, PATIENCE) and read_all(feed) == [5]


def test_arming_gives_a_batch_back(start):
    handler = start(slot_count=64)
    with handler.attach(wait="eventfd") as feed:
        handler.tell("mbo 64 0")
        assert feed.batch(64, timeout=PATIENCE).size == 64
        assert feed.arm()
        handler.tell("mbo 64 64")  # there is room again
        assert is_readable(feed, PATIENCE)
        assert feed.batch(64, timeout=0)["order_id"].tolist() == list(range(64, 128))
        assert feed.stats.dropped == 0


def test_armed_when_the_end_comes(start):
    for state, error in ((2, headrace.Detached), (3, headrace.Evicted), (4, headrace.Stopped)):
        handler = start()
        with handler.attach(wait="eventfd") as feed:
            handler.tell("mbo 1 9")
            assert read_all(feed) == [9] and feed.arm()
            handler.tell(f"state {state}")
            assert is_readable(feed, PATIENCE)
            with pytest.raises(error):
                feed.next(timeout=0)
            assert not feed.arm(), "after the end there is nothing to wait for"
        handler.kill()
        os.unlink(handler.socket)


def test_armed_when_the_handler_dies(handler):
    """The descriptor tells; the first looks may still take the handler for alive, by its heartbeat of a moment ago."""
    with handler.attach(wait="eventfd") as feed:
        assert feed.arm()
        handler.kill()
        assert is_readable(feed, PATIENCE)
        with pytest.raises(headrace.HandlerDied):
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                assert feed.next(timeout=0) is None
        assert is_readable(feed)


def test_one_loop_for_two_feeds(start, tmp_path):
    """As select has them, each with its own handler."""
    one = start()
    os.rename(one.socket, tmp_path / "one.sock")
    one.socket = str(tmp_path / "one.sock")
    two = start()
    with one.attach(wait="eventfd") as first, two.attach(wait="eventfd") as second:
        assert first.arm() and second.arm()
        two.tell("mbo 1 22")
        assert select.select([first, second], [], [], PATIENCE)[0] == [second]
        assert read_all(second) == [22] and second.arm()
        one.tell("mbo 1 11")
        assert select.select([first, second], [], [], PATIENCE)[0] == [first]
        assert read_all(first) == [11]


def test_another_thread_waits_meanwhile(handler):
    """The feed is one thread's at a time: its descriptor too."""
    with handler.attach(wait="eventfd") as feed:
        seen = []
        reader = threading.Thread(target=lambda: seen.append(feed.next(timeout=PATIENCE)))
        reader.start()

        def is_refused():
            try:
                feed.fileno()
            except RuntimeError:
                return True
            return False

        eventually(is_refused)
        handler.tell("mbo 1 3")
        reader.join(PATIENCE)
        assert seen[0].order_id == 3


# ---- asyncio ----


def test_asyncio_reads_and_ends(start):
    """Records come by turns from another task of the same loop, so that each must end a sleep."""
    handler = start(slot_count=1024)

    async def publish():
        for number in range(100):
            handler.tell(f"mbo 10 {number * 10}")
            await asyncio.sleep(0)
        handler.stop()

    async def read(feed):
        seen = []
        publishing = asyncio.create_task(publish())
        async for batch in feed.batches():
            seen += batch["order_id"].tolist()
        await publishing
        return seen

    with handler.attach(wait="eventfd") as feed:
        assert asyncio.run(asyncio.wait_for(read(feed), PATIENCE)) == list(range(1000))
        assert woken(handler) > 0


def test_asyncio_is_told_of_the_death(handler):

    async def read(feed):
        asyncio.get_running_loop().call_later(0.05, handler.kill)
        return [batch.size async for batch in feed.batches()]

    with handler.attach(wait="eventfd") as feed:
        with pytest.raises(headrace.HandlerDied):
            asyncio.run(asyncio.wait_for(read(feed), PATIENCE))


def test_the_example_of_asyncio(handler, tmp_path):
    process = subprocess.Popen([sys.executable, EXAMPLES / "asyncio_strategy.py", "test", "--socket", handler.socket, "--file",
                                tmp_path / "out"], stdout=subprocess.PIPE, text=True)
    eventually(lambda: handler.ask("attached") == "1")
    order = bytes([14, 0xA0]) + bytes(54)
    handler.publish(*[order] * 100)
    handler.stop()
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    line = json.loads(output)
    assert (line["records"], line["lost"], line["published"]) == (100, 0, 100)
    assert (tmp_path / "out").read_bytes() == order * 100


@pytest.mark.parametrize("wait", SLEEPING)
def test_the_recorder_takes_it(handler, tmp_path, wait):
    process = subprocess.Popen([sys.executable, EXAMPLES / "record_to_file.py", "test", tmp_path / "out",
                                "--socket", handler.socket, "--wait", wait], stdout=subprocess.PIPE, text=True)
    eventually(lambda: handler.ask("attached") == "1")
    assert handler.ask("waiting") == KIND[wait]
    handler.tell("mbo 100 0")
    handler.stop()
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and json.loads(output)["records"] == 100
    assert (tmp_path / "out").stat().st_size == 100 * 56
