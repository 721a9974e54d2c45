# SPDX-License-Identifier: Apache-2.0
"""A strategy that sleeps, and means harm by it.

What wakes it is an open file that it shares with the handler: its flags and what it holds are the strategy's to change. Whatever it
does with it, others are woken, attach and leave, and the handler ends when it is told to.
"""

import contextlib
import ctypes
import fcntl
import mmap
import os
import select
import socket
import struct
import threading
import time

import pytest

import asking
from programs import eal, itch_feed, pcap_input, simulate, until

WITHIN = 10  # seconds that an answer or an end may take
WAITING = 128  # offset of the ticket in the cursor page


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=3, messages=100000)


@pytest.fixture
def handler(workshop, day):
    """Its day takes some seconds, in which there is always something new to be woken for."""
    config = {"eal": eal(), "inputs": [pcap_input("day", day, pace="original")], "feeds": [itch_feed("feed", "day")],
              "consumers": [{"name": name} for name in ("hostile", "sleeper", "awake")]}
    return workshop.handler(config)


class Sleeper:
    """An attachment by hand that says that it sleeps."""

    def __init__(self, handler, name, waiting):
        self.connection = asking.knock(handler, patience=WITHIN)
        self.connection.send(asking.request(consumer=name, minor=1, waiting=waiting))
        self.status, self.message, self.descriptors = asking.answer(self.connection)
        assert self.status == 0, self.message
        self.cursor = mmap.mmap(self.descriptors[1], 4096)

    def fall_asleep(self, ticket):
        """It has read nothing, so it is to be woken as soon as there is something."""
        self.cursor[WAITING:WAITING + 4] = struct.pack("<I", ticket)

    def close(self):
        self.cursor.close()
        self.connection.close()
        for descriptor in self.descriptors:
            os.close(descriptor)


def leave_alone(descriptor):
    pass


def fill(descriptor):
    """To the brim, whether it is an eventfd, whose count has a greatest value, or an end of a pipe, or else."""
    with contextlib.suppress(OSError):
        os.write(descriptor, struct.pack("<Q", 2**64 - 2))
        return
    with contextlib.suppress(OSError):
        other = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(other, bytes(4096))


def make_blocking(descriptor):
    fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) & ~os.O_NONBLOCK)


def make_blocking_and_fill(descriptor):
    make_blocking(descriptor)
    fill(descriptor)


def splice_to_who_does_not_read(descriptor):
    """If it is an end of a pipe: the pipe's mutex is held for as long as the splice waits for room."""
    source, sink = socket.socketpair()
    with contextlib.suppress(BlockingIOError):
        while True:
            source.send(b"x", socket.MSG_DONTWAIT)
    make_blocking(descriptor)

    def splice():
        with contextlib.suppress(OSError):
            os.splice(descriptor, source.fileno(), 8)
        sink.close()

    threading.Thread(target=splice, daemon=True).start()


def set_off_all_the_time(descriptor):
    """If it is a timer: every nanosecond."""
    library = ctypes.CDLL(None, use_errno=True)
    library.timerfd_settime(descriptor, 0, struct.pack("<4q", 0, 1, 0, 1), None)


def keep_from_going_off(descriptor):
    library = ctypes.CDLL(None, use_errno=True)
    library.timerfd_settime(descriptor, 0, struct.pack("<4q", 2**31, 0, 2**31, 0), None)


def check_others(handler):
    """One more sleeper is let in, woken and let go; one that is awake is let in."""
    try:
        other = Sleeper(handler, b"sleeper", asking.EVENTFD)
    except TimeoutError:
        pytest.fail(f"the handler has not answered another strategy for {WITHIN} s")
    other.fall_asleep(1)
    assert select.select([other.descriptors[-1]], [], [], WITHIN)[0], f"another strategy has not been woken for {WITHIN} s"
    other.close()
    with asking.asked(handler, asking.request(consumer=b"awake", minor=1)) as (_, given):
        assert given[0] == 0


@pytest.mark.parametrize("attack", [leave_alone, fill, make_blocking, make_blocking_and_fill, splice_to_who_does_not_read,
                                    set_off_all_the_time, keep_from_going_off])
def test_what_it_does_with_its_descriptor_harms_nobody(handler, attack):
    hostile = Sleeper(handler, b"hostile", asking.EVENTFD)
    attack(hostile.descriptors[-1])
    hostile.fall_asleep(7)
    until(lambda: handler.stat()["ring"]["hostile"]["wakes"] >= 1, "the worker wants the hostile one to be woken")
    hostile.fall_asleep(8)  # and once more, when what the first time has left is still there
    check_others(handler)
    hostile.close()
    until(lambda: handler.stat()["ring"]["hostile"]["attached"] == 0, "the hostile one's ring is free", patience=WITHIN)
    began = time.monotonic()
    assert handler.stop() == 0
    assert time.monotonic() - began < WITHIN
