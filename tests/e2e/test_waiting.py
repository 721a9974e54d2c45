# SPDX-License-Identifier: Apache-2.0
"""Strategies that sleep: they read what others read, use no processor while nothing comes, and hear of the end."""

import random
import signal
import sys
import time
from pathlib import Path

import pytest

import asking
from programs import Process, Strategy, cpu_seconds, eal, endless_input, itch_feed, pcap_input, simulate, until
from recordset import Records

ITCH = "nasdaq-itch-5.0"
SLEEPING = ("futex", "eventfd")
AWAKE = ("yield", "spin")
KIND = {"futex": asking.FUTEX, "eventfd": asking.EVENTFD, "yield": asking.AWAKE, "spin": asking.AWAKE}
LANGUAGES = ("c", "python")
HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    """At its own pace about four seconds; between two packets there is time to fall asleep."""
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=20262, messages=100000)


@pytest.fixture(scope="module")
def day_orders(programs, day):
    records = Records(programs.dump(day, ITCH, "--raw"))
    return records.select(records.of_schemas(["mbo"]))


def consumer(name, **more):
    """One whose ring holds the whole day: if it still fills up, that is an error."""
    return {"name": name, "ring_records": 524288, "on_full": "detach"} | more


def market(day, *consumers, speed=1):
    """Begins when all have attached, and goes on for ever once the day is over."""
    inputs = [pcap_input("day", day, pace="original", speed=speed, wait_for_consumers=True), endless_input("endless", day)]
    return {"eal": eal(), "inputs": inputs, "feeds": [itch_feed("feed", "day")], "consumers": list(consumers)}


def quiet_market(day, *names):
    """Nothing ever comes: it waits for a consumer that never attaches."""
    return {"eal": eal(), "inputs": [pcap_input("day", day, wait_for_consumers=True)], "feeds": [itch_feed("feed", "day")],
            "consumers": [consumer(name) for name in (*names, "absent")]}


def until_attached(handler, *names):
    until(lambda: all(handler.attached(name) for name in names), f"{names} have attached")


def until_over(handler):
    """The day is over and everyone has read it: in_ring is of the last look at the cursor, within a millisecond."""
    handler.until_stat("input", "day", "finished", 1)
    until(lambda: not any(ring["in_ring"] for ring in handler.stat()["ring"].values()), "everyone has read everything")
    return handler.stat()["ring"]


def check_whole(strategy, wanted):
    result = strategy.result()
    assert result["lost"] == 0 and result["records"] == result["published"]
    assert strategy.records() == wanted


# ---- the same records ----


def test_sleepers_read_what_others_read(workshop, day, day_orders):
    """Every way of waiting, in both languages, side by side."""
    ways = {f"{way}-{language}": (way, language) for way in SLEEPING + AWAKE for language in LANGUAGES
            if (way, language) != ("spin", "python")}  # one core for a spinner is enough
    handler = workshop.handler(market(day, *(consumer(name) for name in ways)))
    strategies = {name: workshop.recorder(handler, name, language, wait=way) for name, (way, language) in ways.items()}
    rings = until_over(handler)
    for name, (way, _) in ways.items():
        assert rings[name]["waiting"] == KIND[way], name
        assert (rings[name]["wakes"] > 0) == (way in SLEEPING), f"{name} was woken {rings[name]['wakes']} times"
    assert handler.stop() == 0
    for strategy in strategies.values():
        check_whole(strategy, day_orders)


def test_stopped_in_its_sleep(workshop, day, day_orders):
    """SIGSTOP while it sleeps, records come, SIGCONT: it finds them all, woken or not."""
    names = [f"{way}-{language}" for way in SLEEPING for language in LANGUAGES]
    handler = workshop.handler(market(day, *(consumer(name) for name in names), consumer("last"), speed=2))
    strategies = [workshop.recorder(handler, name, name.split("-")[1], wait=name.split("-")[0]) for name in names]
    until_attached(handler, *names)
    for strategy in strategies:
        until(lambda: has_slept(strategy), "it sleeps")
        strategy.signal(signal.SIGSTOP)
        until(lambda: state(strategy) == "T", "it has stopped")
    last = workshop.recorder(handler, "last", wait="futex")  # the day begins
    until(lambda: all(handler.stat()["ring"][name]["in_ring"] > 1000 for name in names), "records have come meanwhile")
    for strategy in strategies:
        strategy.signal(signal.SIGCONT)
    until_over(handler)
    assert handler.stop() == 0
    for strategy in (*strategies, last):
        check_whole(strategy, day_orders)


def test_stopped_again_and_again(workshop, day, day_orders):
    """At any moment of waking, reading and falling asleep."""
    print("seed 20263")
    chance = random.Random(20263)
    handler = workshop.handler(market(day, *(consumer(way) for way in SLEEPING), speed=3))
    strategies = [workshop.recorder(handler, way, wait=way) for way in SLEEPING]
    until_attached(handler, *SLEEPING)
    for _ in range(300):
        strategy = chance.choice(strategies)
        strategy.signal(signal.SIGSTOP)
        time.sleep(chance.random() * 0.005)  # how long it is stopped, nothing is waited for
        strategy.signal(signal.SIGCONT)
    rings = until_over(handler)
    assert all(rings[way]["wakes"] > 0 for way in SLEEPING)
    assert handler.stop() == 0
    for strategy in strategies:
        check_whole(strategy, day_orders)


# ---- a quiet market ----


def state(process):
    return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]


def has_slept(process):
    """By its own wish, more than once; and sleeps now."""
    status = dict(line.split(":") for line in Path(f"/proc/{process.pid}/status").read_text().splitlines())
    return int(status["voluntary_ctxt_switches"]) > 3 and state(process) == "S"


def shares(process, seconds=1.5):
    """(on a processor, on one or waiting for one), of the time that has passed."""
    before, began = cpu_seconds(process.pid), time.monotonic()
    until(lambda: time.monotonic() - began > seconds, "the time has passed", every=0.05)
    after, passed = cpu_seconds(process.pid), time.monotonic() - began
    return (after[0] - before[0]) / passed, (sum(after) - sum(before)) / passed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("way", SLEEPING)
def test_a_sleeper_uses_no_processor(workshop, day, way, language):
    handler = workshop.handler(quiet_market(day, "c"))
    strategy = workshop.recorder(handler, "c", language, wait=way)
    until_attached(handler, "c")
    until(lambda: has_slept(strategy), "it sleeps")
    used, _ = shares(strategy)
    assert used < 0.1, f"{used:.0%} of a processor"
    ring = handler.stat()["ring"]["c"]
    assert (ring["waiting"], ring["wakes"]) == (KIND[way], 0), "nothing came, so nobody had a reason to wake it"
    assert handler.stop() == 0
    assert strategy.result()["records"] == 0


@pytest.mark.parametrize("way", AWAKE)
def test_who_stays_awake_uses_one(workshop, day, way):
    """What it wants is counted, not what it gets: other work on this machine is none of its business."""
    handler = workshop.handler(quiet_market(day, "c"))
    strategy = workshop.recorder(handler, "c", wait=way)
    until_attached(handler, "c")
    _, wanted = shares(strategy)
    assert wanted > 0.5, f"{wanted:.0%} of a processor"
    assert handler.stop() == 0


@pytest.mark.parametrize("way", SLEEPING)
def test_the_handler_dies_while_it_sleeps(workshop, day, way):
    """Nobody is left to wake it: it finds out by itself, soon."""
    handler = workshop.handler(quiet_market(day, *LANGUAGES))
    in_c, in_python = (workshop.recorder(handler, language, language, wait=way) for language in LANGUAGES)
    until_attached(handler, *LANGUAGES)
    until(lambda: has_slept(in_c) and has_slept(in_python), "both sleep")
    handler.kill()
    assert in_c.wait(10) == 1 and '"end": -32' in in_c.log_text(), in_c.log_text()
    assert in_python.wait(10) == 1 and "HandlerDied" in in_python.log_text(), in_python.log_text()


@pytest.mark.parametrize("way", SLEEPING)
def test_the_handler_stops_while_it_sleeps(workshop, day, way):
    handler = workshop.handler(quiet_market(day, *LANGUAGES))
    strategies = [workshop.recorder(handler, language, language, wait=way) for language in LANGUAGES]
    until_attached(handler, *LANGUAGES)
    until(lambda: all(has_slept(strategy) for strategy in strategies), "both sleep")
    assert handler.stop() == 0
    for strategy in strategies:
        assert strategy.result()["records"] == 0
    assert '"end": -108' in strategies[0].log_text()


def test_detached_while_it_sleeps_on_its_work(workshop, day):
    """Becoming invalid: too slow, and on_full: detach. It wakes up to that end, and the neighbour to every record."""
    handler = workshop.handler(market(day, *(consumer(way, ring_records=64) for way in SLEEPING), consumer("whole"), speed=5))
    slow = [workshop.recorder(handler, way, slow_us=50000, wait=way) for way in SLEEPING]
    whole = workshop.recorder(handler, "whole", wait="futex")
    for strategy in slow:
        assert strategy.wait() == 1 and '"end": -105' in strategy.log_text(), strategy.log_text()
    handler.until_stat("input", "day", "finished", 1)
    assert handler.stop() == 0
    assert whole.result()["lost"] == 0


def test_a_way_that_this_processor_lacks(workshop, day):
    """--wait monitor is refused in words, or works: never something else in its place."""
    flags = {word for line in open("/proc/cpuinfo") if line.startswith("flags") for word in line.split()}
    handler = workshop.handler(quiet_market(day, *LANGUAGES))
    strategies = [workshop.recorder(handler, language, language, wait="monitor") for language in LANGUAGES]
    if flags & {"waitpkg", "mwaitx"}:
        until_attached(handler, *LANGUAGES)
        assert handler.stop() == 0
        assert all(strategy.result()["records"] == 0 for strategy in strategies)
    else:
        assert [strategy.wait() for strategy in strategies] == [69, 1]
        assert all("neither WAITPKG nor MONITORX" in strategy.log_text() for strategy in strategies)
        assert all(ring["attaches"] == 0 for ring in handler.stat()["ring"].values())


# ---- asyncio ----


def asyncio_strategy(workshop, handler, name):
    file = workshop.folder / f"{name}.records"
    command = [sys.executable, workshop.programs.python_examples / "asyncio_strategy.py", name, "--socket", handler.socket,
               "--file", file]
    return workshop.own(Strategy(f"{name} in asyncio", command, workshop.folder, file,
                                 env=workshop.programs.python_environment()))


def test_asyncio_reads_everything(workshop, day, day_orders):
    """By loop.add_reader and feed.arm; its other task has its turns meanwhile."""
    handler = workshop.handler(market(day, consumer("loop"), consumer("c")))
    loop = asyncio_strategy(workshop, handler, "loop")
    in_c = workshop.recorder(handler, "c", wait="yield")
    rings = until_over(handler)
    assert rings["loop"]["waiting"] == asking.EVENTFD and rings["loop"]["wakes"] > 0
    assert handler.stop() == 0
    for strategy in (loop, in_c):
        check_whole(strategy, day_orders)
    assert loop.result()["ticks"] > 0


def test_asyncio_in_a_quiet_market(workshop, day):
    """It sleeps in the loop's wait but for its own timer, ten milliseconds; the end wakes it, good or bad."""
    for end in (signal.SIGTERM, signal.SIGKILL):
        handler = workshop.handler(quiet_market(day, "loop"))
        loop = asyncio_strategy(workshop, handler, "loop")
        until_attached(handler, "loop")
        until(lambda: has_slept(loop), "it sleeps")
        used, _ = shares(loop, seconds=0.5)
        assert used < 0.3, f"{used:.0%} of a processor"
        handler.signal(end)
        handler.wait()
        if end == signal.SIGTERM:
            assert loop.result()["records"] == 0
        else:
            assert loop.wait(10) == 1 and "HandlerDied" in loop.log_text()


# ---- a hostile sleeper ----

#: Attaches by hand and harms its own cursor page until it is ended.
HOSTILE = """
import ctypes, mmap, os, random, sys
import asking
way, seed, libc = sys.argv[2], int(sys.argv[3]), ctypes.CDLL(None, use_errno=True)
class handler: socket = sys.argv[1]
connection = asking.knock(handler, patience=60)
connection.send(asking.request(consumer=b"hostile", minor=1, waiting=asking.FUTEX if way != "eventfd" else asking.EVENTFD))
status, message, descriptors = asking.answer(connection)
assert status == 0, message
page = mmap.mmap(descriptors[1], 4096)
waiting = memoryview(page).cast("I")
chance = random.Random(seed)
values = [chance.getrandbits(32) for _ in range(4096)]
print("hostile", flush=True)
while True:
    for value in values:
        waiting[32] = value  # byte 128
        if way == "holes":  # each look is a page fault
            libc.fallocate(descriptors[1], 3, ctypes.c_long(0), ctypes.c_long(4096))
"""


def start_hostile(workshop, handler, way, seed):
    """The process, once it writes."""
    print(f"seed {seed}")
    hostile = workshop.own(Process("hostile", [sys.executable, "-c", HOSTILE, handler.socket, way, str(seed)], workshop.folder,
                                   env=workshop.programs.python_environment() | {"PYTHONPATH": str(HERE)}))
    until(lambda: "hostile\n" in hostile.log_text() or not hostile.running(), "it has begun")
    assert hostile.running(), hostile.log_text()
    return hostile


@pytest.mark.parametrize("way", ["futex", "eventfd", "holes"])
def test_a_hostile_sleeper_harms_nobody(workshop, day, day_orders, way):
    """Random tickets as fast as can be, over a ring that it never reads: the others, asleep and awake, get everything."""
    names = (*SLEEPING, "yield")
    handler = workshop.handler(market(day, *(consumer(name) for name in names), {"name": "hostile", "ring_records": 64},
                                      speed=2))
    hostile = start_hostile(workshop, handler, way, 20264)
    strategies = [workshop.recorder(handler, name, wait=name) for name in names]
    handler.until_stat("input", "day", "finished", 1)
    assert hostile.running()
    rings = handler.stat()["ring"]
    assert rings["hostile"]["lost"] > 0
    assert rings["hostile"]["wakes"] > 10, "it was seen to sleep, each time that both it and the worker had run"
    assert all(rings[name]["wakes"] > 0 for name in SLEEPING)
    hostile.kill()
    until_over(handler)
    assert handler.stop() == 0
    for strategy in strategies:
        check_whole(strategy, day_orders)


def test_tickets_wake_nobody_in_a_quiet_market(workshop, day):
    """There is nothing to read: whatever one writes to its own page, neither it nor its neighbour is woken."""
    handler = workshop.handler(quiet_market(day, "hostile", "c"))
    strategy = workshop.recorder(handler, "c", wait="futex")
    start_hostile(workshop, handler, "futex", 20265)
    until_attached(handler, "hostile", "c")
    used, _ = shares(strategy, seconds=0.5)
    assert used < 0.1
    assert handler.stat()["ring"]["hostile"]["wakes"] == handler.stat()["ring"]["c"]["wakes"] == 0
    assert handler.stop() == 0
    assert strategy.result()["records"] == 0
