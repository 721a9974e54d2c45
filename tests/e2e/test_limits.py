# SPDX-License-Identifier: Apache-2.0
"""What one user may take of a handler, what a peer may say to it, and what happens when descriptors run out."""

import contextlib
import errno
import os
import resource
import select
import time

import pytest

import asking
from programs import cpu_seconds, eal, endless_input, itch_feed, simulate, until

NOBODY = 65534
#: A ring of the default size: 65,536 slots of 64 bytes, and its pages of header and cursor.
RING_MIB = 6  # of 65,536 records and a header, in whole huge pages
IDLE_PER_USER = 16
STRANGERS_ASKING = 8  # of all who are on no allow list
SILENT = 40
CROWD = range(70000, 70008)  # users


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=5, messages=2000, live_orders=500, symbols=20)


def config_of(day, *consumers, **instance):
    return {"instance": instance, "eal": eal(), "inputs": [endless_input("day", day)], "feeds": [itch_feed("feed", "day")],
            "consumers": [consumer if isinstance(consumer, dict) else {"name": consumer} for consumer in consumers]}


def for_both(*names, **more):
    """Consumers that root may attach as, as always, and nobody too."""
    return [{"name": name, "allow": {"users": [str(NOBODY)]}} | more for name in names]


@pytest.fixture
def other_user(workshop):
    """The number of another user, who can reach the socket."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    workshop.sockets.chmod(0o711)
    return NOBODY


class Attachment:
    """A strategy that does nothing but hold its ring."""

    def __init__(self, handler, consumer, user=None, waiting=asking.AWAKE):
        self.connection = asking.knock(handler, user=user)
        self.connection.send(asking.request(consumer=consumer.encode(), minor=1, waiting=waiting))
        self.status, self.message, self.descriptors = asking.answer(self.connection)

    def close(self):
        for descriptor in self.descriptors:
            os.close(descriptor)
        self.descriptors = []
        self.connection.close()


@pytest.fixture
def attach():
    """Attaches; everything is closed at the end of the test."""
    made = []

    def one(*arguments, **keywords):
        made.append(Attachment(*arguments, **keywords))
        return made[-1]

    yield one
    for attachment in made:
        attachment.close()


def attach_in_time(attach, handler, consumer, **keywords):
    """Once those that left are known to have left."""

    def tried():
        attachment = attach(handler, consumer, **keywords)
        if attachment.status == 0:
            return attachment
        attachment.close()
        return None

    return until(tried, f"{consumer} is let in")


# ---- what a user may have ----


def test_rings_of_one_user(workshop, day, attach):
    """Two, and no third; when one has gone, another; of the refused nothing is left."""
    handler = workshop.handler(config_of(day, "a", "b", "c", attachments_per_user=2))
    before = handler.descriptors()
    first, second = attach(handler, "a"), attach(handler, "b", waiting=asking.EVENTFD)
    assert first.status == second.status == 0
    with_two = handler.descriptors()
    for waiting in (asking.AWAKE, asking.FUTEX, asking.EVENTFD):
        third = attach(handler, "c", waiting=waiting)
        assert third.status == -errno.EDQUOT and not third.descriptors
        assert "instance.attachments_per_user" in third.message and "user 0 has 2 rings" in third.message
        assert third.connection.recv(1) == b""
        third.close()
    until(lambda: handler.descriptors() == with_two, "of the refused no descriptor has stayed")
    assert "instance.attachments_per_user" in handler.log_text()
    first.close()
    third = attach_in_time(attach, handler, "c")
    assert attach(handler, "a").status == -errno.EDQUOT
    second.close()
    third.close()
    until(lambda: handler.descriptors() == before, "all have left")
    assert attach_in_time(attach, handler, "a").status == attach_in_time(attach, handler, "b").status == 0


def test_memory_of_one_user(workshop, day, attach):
    """The limit is of bytes: within 15 MiB are two rings of 6 MiB and a small one of 2 MiB, but no large one."""
    consumers = ["a", "b", "c", {"name": "small", "ring_records": 64}, {"name": "large", "ring_records": 262144}]
    handler = workshop.handler(config_of(day, *consumers, ring_mib_per_user=2 * RING_MIB + 3))
    large = attach(handler, "large")  # 18 MiB, more than this user may ever have
    assert large.status == -errno.EDQUOT and "instance.ring_mib_per_user" in large.message and "0 MiB" in large.message
    first, second = attach(handler, "a"), attach(handler, "b")
    assert first.status == second.status == 0
    third = attach(handler, "c")
    assert third.status == -errno.EDQUOT and "instance.ring_mib_per_user" in third.message
    assert f"user 0 has {2 * RING_MIB} MiB of rings" in third.message
    assert attach(handler, "small").status == 0
    second.close()
    attach_in_time(attach, handler, "c")


def test_limits_are_each_users_own(workshop, day, attach, other_user):
    names = ("a", "b", "c", "d", "e")
    handler = workshop.handler(config_of(day, *for_both(*names), attachments_per_user=2, ring_mib_per_user=2 * RING_MIB + 1))
    assert [attach(handler, name).status for name in "abc"] == [0, 0, -errno.EDQUOT]
    mine = attach(handler, "c", user=other_user)
    assert mine.status == 0, mine.message
    assert attach(handler, "d", user=other_user).status == 0
    refused = attach(handler, "e", user=other_user)
    assert refused.status == -errno.EDQUOT and f"user {other_user} has 2 rings" in refused.message
    assert attach(handler, "e").status == -errno.EDQUOT
    mine.close()
    attach_in_time(attach, handler, "e", user=other_user)


def test_same_consumer_again_at_the_limit(workshop, day, attach):
    """A strategy that is restarted has its own ring to give back: the limit is not in its way, however quick it is."""
    handler = workshop.handler(config_of(day, "only", "other", attachments_per_user=1))
    for _ in range(200):
        attachment = attach(handler, "only")
        assert attachment.status == 0, attachment.message
        attachment.close()
    attach_in_time(attach, handler, "only")
    assert attach(handler, "other").status == -errno.EDQUOT


def test_strategies_are_told_of_the_limit(workshop, day, attach):
    """Both SDKs, with the handler's own words; a killed strategy's ring counts no longer."""
    handler = workshop.handler(config_of(day, "a", "b", attachments_per_user=1))
    holder = workshop.recorder(handler, "a", wait="futex")
    until(lambda: handler.attached("a"), "the first has attached")
    in_c = workshop.recorder(handler, "b")
    assert in_c.wait() == os.EX_UNAVAILABLE and "instance.attachments_per_user" in in_c.log_text()
    in_python = workshop.recorder(handler, "b", "python")
    assert in_python.wait() == 1 and "instance.attachments_per_user" in in_python.log_text()
    assert "AttachError" in in_python.log_text()
    holder.kill()
    attach_in_time(attach, handler, "b")


def test_a_hundred_consumers(workshop, day, attach):
    """As many rings and counters as are configured: each has a place in the statistics."""
    names = [f"consumer-{number}" for number in range(100)]
    consumers = [{"name": name, "ring_records": 64} for name in names]
    handler = workshop.handler(config_of(day, *consumers, attachments_per_user=100))
    assert [attach(handler, name, waiting=number % 3).status for number, name in enumerate(names)] == [0] * 100
    until(lambda: all(ring["attached"] for ring in handler.stat()["ring"].values()), "all have attached")
    rings = handler.stat()["ring"]
    assert [rings[name]["waiting"] for name in names] == [number % 3 for number in range(100)]
    assert all({"published", "lost", "waiting", "wakes"} <= set(rings[name]) for name in names)


# ---- what a peer may say ----


def test_requests_of_every_wrong_length(workshop, day, attach):
    """What test_attach.py does not have: the good request cut anywhere, and with anything from a byte to 64 KiB behind it."""
    handler = workshop.handler(config_of(day, "c"))
    before = handler.descriptors()
    good = asking.request(consumer=b"c", minor=1, waiting=asking.FUTEX)
    lengths = [*range(1, len(good)), *range(len(good) + 1, len(good) + 17), 128, 4096, 65536]
    for length in lengths:
        with asking.asked(handler, good[:length].ljust(length, b"\0")) as (connection, given):
            assert given is not None and given[0] == -errno.EPROTO, (length, given)
            assert f"{length} bytes, wanted 64" in given[1] and not given[2]
            assert connection.recv(1) == b""
    assert attach(handler, "c").status == 0
    until(lambda: handler.descriptors() == before + 1, "one connection is left, the good one")


@pytest.mark.parametrize("waiting", [3, 4, 256, 2**16, 2**31, 2**32 - 1])
def test_waiting_of_an_unknown_kind(workshop, day, attach, waiting):
    """An error in words, before anything is taken; and the same peer is let in once it asks for what there is."""
    handler = workshop.handler(config_of(day, "c"))
    before = handler.descriptors()
    refused = attach(handler, "c", waiting=waiting)
    assert refused.status == -errno.EPROTO and f"waiting {waiting} is not known" in refused.message and not refused.descriptors
    refused.close()
    until(lambda: handler.descriptors() == before, "nothing of it is left")
    assert handler.stat()["ring"]["c"]["attaches"] == 0
    assert attach(handler, "c", waiting=asking.FUTEX).status == 0


def test_waiting_of_every_known_kind(workshop, day):
    """The timer comes last, to who asked for it and nobody else; and what is reserved is not looked at."""
    handler = workshop.handler(config_of(day, "c"))
    before = handler.descriptors()
    for waiting in (asking.AWAKE, asking.FUTEX, asking.EVENTFD):
        request = asking.request(consumer=b"c", minor=1, waiting=waiting, reserved=b"\xff" * 12)
        with asking.asked(handler, request) as (_, given):
            assert given[0] == 0, given
            targets = [os.readlink(f"/proc/self/fd/{descriptor}") for descriptor in given[2]]
            kinds = ["headrace-ring", ("headrace-cursor", "secretmem"), "headrace-directory", "headrace-statistics", "[timerfd]"]
            assert len(targets) == (5 if waiting == asking.EVENTFD else 4)
            assert all(any(name in target for name in ([kind] if isinstance(kind, str) else kind))
                       for kind, target in zip(kinds, targets)), targets
            until(lambda: handler.stat()["ring"]["c"]["waiting"] == waiting, "the worker knows how it waits")
            more = 2 if waiting == asking.EVENTFD else 1
            until(lambda: handler.descriptors() == before + more, "its connection, and its timer")
        until(lambda: not handler.attached("c"), "it has left")
        until(lambda: handler.descriptors() == before, "its timer too")


@pytest.mark.parametrize("minor", [0, 1, 2, 65535])
def test_readers_of_other_minors(workshop, day, minor):
    """An older one asks with zeros where `waiting` is now; a newer one with what this handler does not know of."""
    handler = workshop.handler(config_of(day, "c"))
    for _ in range(3):
        with asking.asked(handler, asking.request(consumer=b"c", minor=minor)) as (_, given):
            assert given[0] == 0 and len(given[2]) == 4
        until(lambda: not handler.attached("c"), "it has left")


def test_statistics_do_not_wait(workshop, day):
    """Whatever stands there: of this kind of request the word is reserved."""
    handler = workshop.handler(config_of(day, "c"))
    with asking.asked(handler, asking.request(kind=asking.STATISTICS, minor=1, waiting=77)) as (_, given):
        assert given[0] == 0 and len(given[2]) == 1


# ---- those that say nothing ----


def is_open(connection):
    """Nothing has come and nobody has hung up."""
    return not select.select([connection], [], [], 0)[0]


@pytest.mark.parametrize("listened", [IDLE_PER_USER, STRANGERS_ASKING])
def test_silent_connections_keep_nobody_out(workshop, day, attach, other_user, listened):
    """Forty of one user: 16 are listened to, for a second, or 8 when it is on no allow list; the rest are hung up on at once; another user
    attaches meanwhile."""
    handler = workshop.handler(config_of(day, "c", *(for_both("d") if listened == IDLE_PER_USER else "d")))
    before = handler.descriptors()
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(asking.knock(handler, user=other_user)) for _ in range(SILENT)]
        mine = attach(handler, "c")
        assert mine.status == 0, mine.message
        answers = [asking.answer(connection) for connection in silent]  # waits until each is hung up on
        assert sum(given is None for given in answers) == SILENT - listened
        assert {given[0] for given in answers if given} == {-errno.ETIMEDOUT}
    log = handler.log_text()
    assert log.index("consumer 'c' attached") < log.index("no request within"), "it had to wait until they were gone"
    until(lambda: handler.descriptors() == before + 1, "only the strategy is left")
    assert attach(handler, "c").status == -errno.EBUSY
    assert handler.attached("c")


@pytest.mark.parametrize("known", [False, True])
def test_silent_crowd_keeps_nobody_out(workshop, day, attach, other_user, known):
    """More connections of more users than there are places: whoever knocks and asks is let in, and who is refused is told so, but the log
    is not filled with it."""
    allowed = {"allow": {"users": [str(user) for user in CROWD]}} if known else {}
    handler = workshop.handler(config_of(day, "c", {"name": "d"} | allowed))
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE_PER_USER):
            for user in CROWD:
                with contextlib.suppress(OSError):
                    stack.enter_context(asking.knock(handler, user=user))
        mine = attach(handler, "c")
        assert mine.status == 0, mine.message
        mine.close()
    until(lambda: not handler.attached("c"), "it has left")
    for _ in range(1000):
        with asking.asked(handler, asking.request(consumer=b"c", minor=1), user=other_user) as (_, given):
            assert given is None or given[0] == -errno.EACCES
    assert handler.log_text().count("refused pid") < 500
    assert attach(handler, "c").status == 0


def test_silence_without_end(workshop, day, attach, other_user):
    """Becoming valid, for all that: the same user, silent forty times in a row, can attach when it says what it wants."""
    handler = workshop.handler(config_of(day, *for_both("c")))
    before = handler.descriptors()
    for _ in range(3):
        with contextlib.ExitStack() as stack:
            for _ in range(SILENT):
                stack.enter_context(asking.knock(handler, user=other_user))
    attachment = attach_in_time(attach, handler, "c", user=other_user)
    attachment.close()
    until(lambda: handler.descriptors() == before, "no descriptor has stayed")


# ---- no descriptors left ----


def leave_descriptors(handler, count):
    """The handler can open so many more, and no others, until it has closed some."""
    numbers = {int(name) for name in os.listdir(f"/proc/{handler.pid}/fd")}
    limit = count  # numbers below it that are not in use
    while limit - sum(number < limit for number in numbers) < count:
        limit += 1
    resource.prlimit(handler.pid, resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_started_with_few_descriptors(workshop, day):
    """Too few for the rings: it does not start, and says which ring it was."""
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60))

    names = [f"c{number}" for number in range(30)]
    handler = workshop.start(config_of(day, *({"name": name, "ring_records": 64} for name in names)), preexec_fn=few)
    assert handler.wait() == os.EX_UNAVAILABLE
    assert "the ring of 'c" in handler.log_text() and "Too many open files" in handler.log_text()
    assert not handler.socket.exists()


def test_descriptors_run_out(workshop, day, attach):
    """Who knocks then waits: the control thread does not spin on him, and lets him in when others have gone."""
    handler = workshop.handler(config_of(day, "c", "d"))
    before = handler.descriptors()
    assert attach(handler, "d").status == 0
    with contextlib.ExitStack() as stack:
        leave_descriptors(handler, 6)
        for _ in range(6):
            _, given = stack.enter_context(asking.asked(handler, asking.request(kind=asking.STATISTICS)))
            assert given[0] == 0
        knocking = stack.enter_context(asking.knock(handler, patience=60))
        knocking.send(asking.request(consumer=b"c", minor=1))
        until(lambda: "nobody is let in for" in handler.log_text(), "the log tells why nobody is let in")
        used, began = cpu_seconds(handler.pid)[0], time.monotonic()
        until(lambda: time.monotonic() - began > 1, "time to spin in has passed", every=0.1)
        share = (cpu_seconds(handler.pid)[0] - used) / (time.monotonic() - began)
        assert share < 0.2, f"the control thread used {share:.0%} of a processor"
        assert is_open(knocking)
        assert handler.log_text().count("nobody is let in for") < 30, "nor does it fill the log"
    # The knocking one has left with them. A place is free for the next.
    attach_in_time(attach, handler, "c").close()
    until(lambda: handler.descriptors() == before + 1, "those who are here, and nobody else")


def test_knocking_until_there_is_room(workshop, day):
    """The one that waits at the door is answered as soon as there is a descriptor for it."""
    handler = workshop.handler(config_of(day, "c"))
    leave_descriptors(handler, 4)
    with contextlib.ExitStack() as holders:
        for _ in range(4):
            holders.enter_context(asking.asked(handler, asking.request(kind=asking.STATISTICS)))
        with asking.knock(handler, patience=60) as late:
            late.send(asking.request(consumer=b"c", minor=1))
            until(lambda: "nobody is let in for" in handler.log_text(), "it waits at the door")
            holders.close()
            status, message, descriptors = asking.answer(late)
            for descriptor in descriptors:
                os.close(descriptor)
            assert status == 0, message


def test_no_descriptor_for_the_ring(workshop, day, attach):
    """Let in, but there is none left for its timer or cursor: refused in words, and let in when there is."""
    handler = workshop.handler(config_of(day, "c", "d"))
    before = handler.descriptors()
    attach_in_time(attach, handler, "c").close()  # from now on a cursor page has to be made for it
    until(lambda: not handler.attached("c"), "it has left")
    until(lambda: handler.descriptors() == before, "its descriptors are closed")
    leave_descriptors(handler, 1)
    refused = attach(handler, "c", waiting=asking.EVENTFD)
    assert refused.status == -errno.EMFILE and "timer" in refused.message and not refused.descriptors
    refused.close()
    until(lambda: handler.descriptors() == before, "nothing of it is left")
    resource.prlimit(handler.pid, resource.RLIMIT_NOFILE, resource.getrlimit(resource.RLIMIT_NOFILE))
    for waiting in (asking.EVENTFD, asking.FUTEX, asking.AWAKE):
        attach_in_time(attach, handler, "c", waiting=waiting).close()
        until(lambda: not handler.attached("c"), "it has left")
    assert attach(handler, "d").status == 0
