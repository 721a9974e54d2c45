# SPDX-License-Identifier: Apache-2.0
"""Attaching, reading record by record, and every way in which that ends."""

import errno
import os
import signal
import threading
import time

import pytest

import headrace
from conftest import PATIENCE, eventually, mapped_rings


@pytest.mark.parametrize("wait", ["spin", "yield"])
def test_iteration_ends_when_the_handler_stops(handler, wait):
    with handler.attach(wait=wait) as feed:
        handler.tell("mbo 200 0")
        handler.stop()
        assert [record.order_id for record in feed] == list(range(200))
        assert list(feed) == []  # and stays ended
        with pytest.raises(headrace.Stopped) as caught:
            feed.next()
        assert caught.value.errno == errno.ESHUTDOWN and "stopped" in str(caught.value)


def test_stamps_increase_and_are_the_time_of_publishing(handler):
    with handler.attach() as feed:
        before = time.time_ns()
        handler.tell("mbo 5 0")
        stamps = [feed.next(timeout=10).stamp for _ in range(5)]
        assert before <= stamps[0] and stamps == sorted(set(stamps)) and stamps[-1] <= time.time_ns() + 5


def test_next_gives_none_when_nothing_came_in_time(handler):
    with handler.attach() as feed:
        for timeout in (0, 0.001, 0.05):
            begin = time.monotonic()
            assert feed.next(timeout=timeout) is None
            assert time.monotonic() - begin >= timeout


def test_records_that_come_while_it_waits(handler):
    with handler.attach() as feed:
        for number in range(20):
            handler.send(f"mbo 1 {number}")
            assert feed.next(timeout=PATIENCE).order_id == number
            assert handler.process.stdout.readline() == "ok\n"


def test_losses_are_told_and_add_up(start):
    handler = start(slot_count=64)
    with handler.attach() as feed:
        handler.tell("mbo 76 0")
        assert [feed.next(timeout=10).order_id for _ in range(64)] == list(range(64))
        assert feed.next(timeout=0) is None  # tells the handler of the room
        handler.tell("flush")
        lost = feed.next(timeout=10)
        assert type(lost) is headrace.Lost and lost.count == 12 and lost.first_ts <= lost.last_ts
        assert feed.stats == headrace.FeedStats(records=64, lost=12, published=76, dropped=12)


def test_a_handler_that_is_killed(handler):
    with handler.attach() as feed:
        handler.tell("mbo 3 0")
        handler.kill()
        seen = []
        with pytest.raises(headrace.HandlerDied) as caught:
            for record in feed:
                seen.append(record.order_id)
        assert seen == [0, 1, 2] and caught.value.errno == errno.EPIPE
        with pytest.raises(headrace.Error, match="died"):
            feed.next()
        with pytest.raises(headrace.HandlerDied):
            feed.batch()


def test_a_handler_that_is_killed_while_it_is_waited_for(handler):
    with handler.attach() as feed:
        killer = threading.Thread(target=handler.kill)
        killer.start()
        with pytest.raises(headrace.HandlerDied):
            feed.next(timeout=PATIENCE)
        killer.join()


def test_too_slow_with_the_policy_to_detach(start):
    handler = start(slot_count=64, on_full="detach")
    with handler.attach() as feed:
        handler.tell("mbo 65 0")
        seen = []
        with pytest.raises(headrace.Detached) as caught:
            for record in feed:
                seen.append(record.order_id)
        assert seen == list(range(64)) and caught.value.errno == errno.ENOBUFS


def test_evicted(handler):
    with handler.attach() as feed:
        handler.tell("state 3")
        with pytest.raises(headrace.Evicted) as caught:
            feed.batch()
        assert caught.value.errno == errno.EBADMSG


def test_the_reason_of_an_end_is_kept(handler, tmp_path):
    with handler.attach() as feed:
        handler.tell("state 3")
        with pytest.raises(headrace.Evicted):
            feed.next()
        with pytest.raises(headrace.AttachError):
            headrace.attach("test", socket=tmp_path / "none.sock")
        with pytest.raises(headrace.Evicted, match="cursor"):
            feed.next()


def test_symbols(handler):
    with handler.attach() as feed:
        assert feed.symbol(2, 5) is None
        handler.tell("symbol 2 5 MSFT", "symbol 3 5 AAPL")
        assert feed.symbol(2, 5) == "MSFT" and feed.symbol(publisher_id=3, instrument_id=5) == "AAPL"
        assert feed.symbol(2, 6) is None
        for outside in ((-1, 0), (65536, 0), (0, -1), (0, 2**32)):
            with pytest.raises(ValueError):
                feed.symbol(*outside)


def test_nobody_there(tmp_path):
    with pytest.raises(headrace.AttachError, match="no handler is running") as caught:
        headrace.attach("test", socket=tmp_path / "none.sock")
    assert isinstance(caught.value, OSError) and caught.value.errno == errno.ENOENT


def test_no_such_consumer(handler):
    with pytest.raises(headrace.AttachError, match="no such consumer") as caught:
        headrace.attach("another", socket=handler.socket)
    assert caught.value.errno == errno.ENOENT


def test_refused(handler):
    handler.tell(f"refuse {-errno.EACCES} not on the list")
    with pytest.raises(headrace.AttachError, match="not on the list") as caught:
        handler.attach()
    assert caught.value.errno == errno.EACCES
    handler.attach().close()  # and then it is let in


def test_an_answer_that_is_not_of_this_protocol(handler):
    handler.tell("garble")
    with pytest.raises(headrace.AttachError) as caught:
        handler.attach()
    assert caught.value.errno == errno.EPROTO


def test_a_name_that_is_too_long(handler):
    with pytest.raises(headrace.AttachError) as caught:
        headrace.attach("x" * 32, socket=handler.socket)
    assert caught.value.errno == errno.EINVAL


@pytest.mark.parametrize("arguments, error", [({"wait": "sleep"}, ValueError), ({"wait": None}, TypeError),
                                              ({"socket": 5}, TypeError), ({"socket": "a\0b"}, ValueError)])
def test_arguments_of_attach(handler, arguments, error):
    with pytest.raises(error):
        headrace.attach("test", **({"socket": handler.socket} | arguments))


def test_the_socket_of_the_environment(handler, monkeypatch):
    monkeypatch.setenv("HEADRACE_SOCKET", handler.socket)
    headrace.attach("test").close()


def test_closing_frees_the_consumer_at_once(handler):
    for _ in range(3):
        with handler.attach() as feed:
            assert handler.ask("attached") == "1"
        eventually(lambda: handler.ask("attached") == "0")
        assert mapped_rings() == 0 and feed.closed


def test_a_feed_that_is_dropped_is_closed(handler):
    feed = handler.attach()
    del feed
    eventually(lambda: handler.ask("attached") == "0")
    assert mapped_rings() == 0


def test_a_closed_feed_can_only_be_asked_for_its_counts(handler):
    feed = handler.attach()
    handler.tell("mbo 2 0")
    feed.next(timeout=10)
    feed.close()
    feed.close()
    assert feed.stats.records == 1 and feed.stats.published == 2
    for call in (feed.next, feed.batch, lambda: next(feed), lambda: feed.symbol(0, 0)):
        with pytest.raises(ValueError, match="closed"):
            call()


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan")])
def test_a_timeout_out_of_range(handler, timeout):
    with handler.attach() as feed, pytest.raises(ValueError):
        feed.next(timeout=timeout)


@pytest.mark.parametrize("timeout", [float("inf"), 1e300, None])
def test_a_timeout_without_end(handler, timeout):
    with handler.attach() as feed:
        handler.tell("mbo 1 0")
        assert feed.next(timeout=timeout).order_id == 0


@pytest.mark.parametrize("wait", ["spin", "yield"])
def test_a_signal_ends_the_waiting(handler, wait):
    """Raised by another thread once this one waits: while it does, the feed says that it is in use."""
    def interrupt():
        eventually(in_use)
        os.kill(os.getpid(), signal.SIGINT)

    def in_use():
        try:
            feed.stats
        except RuntimeError:
            return True
        return False

    with handler.attach(wait=wait) as feed:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            feed.next(timeout=PATIENCE)
        thread.join()
        handler.tell("mbo 1 0")
        assert feed.next(timeout=10).order_id == 0  # the feed is as good as before


def test_a_signal_handler_that_closes_the_feed(handler):
    with handler.attach() as feed:
        previous = signal.signal(signal.SIGALRM, lambda *_: feed.close())
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with pytest.raises(ValueError, match="closed"):
                feed.next(timeout=PATIENCE)
        finally:
            signal.signal(signal.SIGALRM, previous)
    assert mapped_rings() == 0


def test_a_feed_is_one_threads_at_a_time(handler):
    with handler.attach() as feed:
        seen = []
        reader = threading.Thread(target=lambda: seen.append(feed.next(timeout=PATIENCE)))
        reader.start()
        refused = []

        def is_refused():
            try:
                feed.close() if refused else feed.stats
            except RuntimeError as error:
                refused.append(str(error))
            return len(refused) >= 2

        eventually(is_refused)
        handler.tell("mbo 1 3")
        reader.join(PATIENCE)
        assert seen[0].order_id == 3 and "another thread" in refused[0]


def test_other_threads_run_while_one_waits(handler):
    with handler.attach() as feed:
        seen = []
        reader = threading.Thread(target=lambda: seen.extend(feed))
        reader.start()
        handler.tell("mbo 100 0")  # by this thread, while the other waits
        handler.stop()
        reader.join(PATIENCE)
        assert [record.order_id for record in seen] == list(range(100))


def test_threads_that_do_not_take_turns(handler):
    """Each call is either done or refused; what is read is read once. Free-threaded builds take the same test."""
    with handler.attach() as feed:
        handler.tell("mbo 200 0")
        seen, refused, unexpected = [[], [], []], [0, 0, 0], []

        def read(mine):
            deadline = time.monotonic() + PATIENCE
            while sum(map(len, seen)) < 200 and time.monotonic() < deadline:
                try:
                    if mine == 0:
                        record = feed.next(timeout=0)
                        seen[mine] += [record.order_id] if record is not None else []
                    else:
                        feed.stats, feed.symbol(2, 5), feed.instruments.by_symbol("MSFT")
                        record = feed.next(timeout=0.0001)
                        seen[mine] += [record.order_id] if record is not None else []
                except RuntimeError:
                    refused[mine] += 1
                except Exception as error:
                    unexpected.append(error)

        threads = [threading.Thread(target=read, args=(mine,)) for mine in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert unexpected == [] and sorted(sum(seen, [])) == list(range(200))
        assert all(mine == sorted(mine) for mine in seen)
        assert feed.stats.records == 200
