# SPDX-License-Identifier: Apache-2.0
"""What strategies read through `headrace run` is what `headrace dump` decodes, byte for byte; and what a ring cannot take is
told in its stream, to the record."""

import collections
import csv
import io
import os
import subprocess
import sys

import pytest

import frames
from programs import eal, iex_feed, impact_feed, itch_feed, pcap_input, simulate, tom_feed, until
from recordset import ALL_SCHEMAS, LOST, RTYPE, Records, lost_count, trade_of, trades_of

ITCH, IEX = "nasdaq-itch-5.0", "iex-deep-1.0"
LANGUAGES = ("c", "python")


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    """A generated capture of 200,000 messages and more."""
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=20260105, messages=200000)


@pytest.fixture(scope="module")
def day_records(programs, day):
    return Records(programs.dump(day, ITCH, "--raw"))


def symbols_of(programs, capture, protocol):
    """The symbol of every record, in order: "" for what concerns the whole venue."""
    rows = csv.reader(io.StringIO(programs.dump(capture, protocol, "--csv").decode()))
    column = next(rows).index("symbol")
    return [row[column] for row in rows]


def consumer(name, **more):
    """One whose ring holds every record of these captures: if it still fills up, that is an error."""
    return {"name": name, "ring_records": 524288, "on_full": "detach"} | more


def replay(workshop, capture, feed, consumers, **handler_options):
    """Runs a capture flat out to one strategy for each (consumer, language); returns handler, {name: strategy}, exit code 0."""
    config = {"eal": eal(), "inputs": [pcap_input("day", capture, wait_for_consumers=True)], "feeds": [feed("feed", "day")],
              "consumers": [settings for settings, _, _ in consumers]}
    handler = workshop.handler(config, **handler_options)
    strategies = {settings["name"]: workshop.recorder(handler, settings["name"], language, slow_us)
                  for settings, language, slow_us in consumers}
    until(lambda: not handler.running() or "refused pid" in handler.log_text(), "the capture has been replayed")
    assert "refused pid" not in handler.log_text(), handler.log_text()
    assert handler.wait() == 0, handler.log_text()
    return handler, strategies


def check_whole(strategy, wanted):
    result = strategy.result()
    records = Records(strategy.records())
    assert result["lost"] == 0 and result["records"] == len(records)
    assert strategy.records() == wanted
    # The page's count is of the end, and the handler has ended: every record has been read.
    assert result["published"] == result["records"]


def test_generated_day(workshop, day, day_records):
    _, strategies = replay(workshop, day, itch_feed, [(consumer(language), language, 0) for language in LANGUAGES])
    wanted = day_records.select(day_records.of_schemas(["mbo"]))
    for strategy in strategies.values():
        check_whole(strategy, wanted)


@pytest.mark.parametrize("name, protocol, feed", [("miax-tom/tom-v1.9.pcap", "miax-tom-1.9", tom_feed),
                                                  ("ice-impact/impact-v1.1.33.pcap", "ice-impact-1.1", impact_feed)])
def test_numbered_instruments(workshop, programs, captures, name, protocol, feed):
    """Instruments by the venue's own numbers, in every schema but trades, which dump does not have by themselves."""
    capture = captures(name)
    schemas = [schema for schema in ALL_SCHEMAS if schema != "trades"]
    _, strategies = replay(workshop, capture, feed, [(consumer("c", schemas=schemas, ring_records=131072), "c", 0)])
    check_whole(strategies["c"], programs.dump(capture, protocol, "--raw"))


def test_all_schemas_at_once(workshop, programs):
    """Slots of 576 bytes, records of 40 to 520: everything that dump has."""
    capture = simulate(programs, workshop.folder, seed=4, messages=40000, live_orders=5000)
    settings = {"schemas": ALL_SCHEMAS, "ring_records": 131072}
    _, strategies = replay(workshop, capture, itch_feed, [(consumer(language, **settings), language, 0) for language in LANGUAGES])
    for strategy in strategies.values():
        check_whole(strategy, programs.dump(capture, ITCH, "--raw"))


def test_iex_capture(workshop, programs, captures):
    capture = captures("iex-deep-1.0/deep10.pcap.zst")
    records = Records(programs.dump(capture, IEX, "--raw"))
    schemas = ["mbo", "status"]
    _, strategies = replay(workshop, capture, iex_feed, [(consumer(language, schemas=schemas), language, 0) for language in LANGUAGES])
    assert len(records) == 391999 + 12 + 11
    for strategy in strategies.values():
        check_whole(strategy, records.data)


def test_schemas_select(workshop, day, day_records):
    """One consumer for each schema, each with exactly its own records; control records come to everyone."""
    settings = [(consumer(schema, schemas=[schema], ring_records=524288 if schema == "mbo" else 8192), "c", 0)
                for schema in ALL_SCHEMAS]
    _, strategies = replay(workshop, day, itch_feed, settings)
    for schema in ALL_SCHEMAS:
        check_whole(strategies[schema], day_records.select(day_records.of_schemas([schema])))


def test_trades_schema(workshop, day, day_records):
    settings = [(consumer("trades", schemas=["trades"]), "c", 0), (consumer("pythons", schemas=["trades"]), "python", 0)]
    _, strategies = replay(workshop, day, itch_feed, settings)
    wanted = trades_of(day_records)
    trades = sum(record[1] == RTYPE["trade"] for record in Records(wanted))
    executed = sum(record[1] == RTYPE["mbo"] and record[38:39] == b"T" for record in day_records)
    assert trades == executed > 1000
    for strategy in strategies.values():
        check_whole(strategy, wanted)


def test_trades_beside_orders(workshop, day, day_records):
    """A consumer of both gets each trade twice: as an order record, and right after it as a trade record."""
    _, strategies = replay(workshop, day, itch_feed, [(consumer("both", schemas=["mbo", "trades"]), "c", 0)])
    wanted = []
    for record in Records(day_records.select(day_records.of_schemas(["mbo"]))):
        wanted.append(record)
        if record[1] == RTYPE["mbo"] and record[38:39] == b"T":
            wanted.append(trade_of(record))
    check_whole(strategies["both"], b"".join(wanted))


def test_symbols_select(workshop, programs, day, day_records):
    """Two consumers with symbols of their own, one with a symbol that the day does not have, one with all."""
    symbols = symbols_of(programs, day, ITCH)
    busiest = [symbol for symbol, _ in collections.Counter(symbol for symbol in symbols if symbol).most_common(7)]
    schemas = ["mbo", "status", "native"]
    chosen = {"first": busiest[:2], "second": busiest[1:7], "nobody": ["NOSUCH"]}
    settings = [(consumer(name, symbols=list(names), schemas=schemas), language, 0)
                for (name, names), language in zip(chosen.items(), ("c", "python", "c"))]
    settings.append((consumer("everything"), "c", 0))
    _, strategies = replay(workshop, day, itch_feed, settings)
    control = day_records.control() | (day_records.of_schemas(schemas) & (day_records.instrument == 0))
    for name, names in chosen.items():
        mask = control | (day_records.of_schemas(schemas) & [symbol in names for symbol in symbols])
        check_whole(strategies[name], day_records.select(mask))
    check_whole(strategies["everything"], day_records.select(day_records.of_schemas(["mbo"])))


def test_feeds_select_and_order_state(workshop, programs, day, day_records):
    """Two feeds of the same packets, one without an order store; three consumers: one of each feed, one of both."""
    bare = Records(programs.dump(day, ITCH, "--raw", "--no-orders"))
    assert bare.data != day_records.data
    config = {"eal": eal(), "inputs": [pcap_input(name, day, wait_for_consumers=True) for name in ("one", "two")],
              "feeds": [itch_feed("kept", "one"), itch_feed("bare", "two", order_state=False, publisher_id=77)],
              "consumers": [consumer("kept", feeds=["kept"]), consumer("bare", feeds=["bare"]),
                            consumer("both", feeds=["bare", "kept"])]}
    handler = workshop.handler(config)
    strategies = {name: workshop.recorder(handler, name) for name in ("kept", "bare", "both")}
    assert handler.wait() == 0
    check_whole(strategies["kept"], day_records.select(day_records.of_schemas(["mbo"])))

    def of_publisher(records, number):
        return b"".join(record for record in records if int.from_bytes(record[2:4], "little") == number)

    def as_publisher(data, number):
        return b"".join(record[:2] + number.to_bytes(2, "little") + record[4:] for record in Records(data))

    wanted_bare = as_publisher(bare.select(bare.of_schemas(["mbo"])), 77)
    check_whole(strategies["bare"], wanted_bare)
    strategies["both"].result()
    both = Records(strategies["both"].records())
    assert of_publisher(both, 2) == strategies["kept"].records() and of_publisher(both, 77) == wanted_bare


def test_redundant_lines(workshop, day, day_records):
    """A and B bring the same packets: each message is taken once, and the second copies are counted."""
    config = {"eal": eal(), "inputs": [pcap_input(name, day, wait_for_consumers=True) for name in ("left", "right")] +
              [pcap_input("never", day, wait_for_consumers=True, pace="original", speed=0.001)],
              "feeds": [itch_feed("feed", "left", "right")], "consumers": [consumer("reader")]}
    config["feeds"][0]["lines"][0]["name"] = "A"
    config["feeds"][0]["lines"][1]["name"] = "B"
    handler = workshop.handler(config)
    reader = workshop.recorder(handler, "reader")
    handler.until_stat("input", "left", "finished", 1)
    handler.until_stat("input", "right", "finished", 1)
    lines = handler.stat()["line"]
    assert sorted(lines) == ["feed/0/A", "feed/0/B"]
    total = {name: lines["feed/0/A"][name] + lines["feed/0/B"][name] for name in lines["feed/0/A"]}
    assert total["messages"] == total["messages_repeated"] > 200000 and total["gaps"] == 0 and total["sessions"] == 1
    assert total["delivered"] == total["duplicates"]
    assert handler.stop() == 0
    check_whole(reader, day_records.select(day_records.of_schemas(["mbo"])))


def test_lines_without_a_name_are_told_apart(workshop, day):
    """The same group by two network cards, no names given: each line has its own counters in `headrace stat`."""
    config = {"eal": eal(), "inputs": [pcap_input(name, day, wait_for_consumers=True) for name in ("left", "right")],
              "feeds": [itch_feed("feed", "left", "right")], "consumers": [consumer("reader")]}
    handler = workshop.handler(config)
    assert len(handler.stat()["line"]) == 2, "two lines share one subject, so one of them cannot be seen"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ring_records", [64, 1024])
def test_slow_reader_is_told_of_every_loss(workshop, programs, language, ring_records):
    """A LOST record stands exactly where records are missing, and its count is how many: position by position, what was read
    is the dump's."""
    capture = simulate(programs, workshop.folder, seed=7, messages=60000)
    settings = {"name": "slow", "ring_records": ring_records, "on_full": "drop"}
    handler, strategies = replay(workshop, capture, itch_feed,
                                 [(settings, language, 300), (consumer("whole"), "c", 0)])
    records = Records(programs.dump(capture, ITCH, "--raw"))
    wanted = Records(records.select(records.of_schemas(["mbo"])))
    check_whole(strategies["whole"], wanted.data)
    result = strategies["slow"].result()
    position = 0
    losses = 0
    for record in Records(strategies["slow"].records()):
        if record[1] == RTYPE["lost"]:
            assert lost_count(record) > 0
            first_ts, last_ts = LOST.unpack(record)[6:]
            assert 0 < first_ts <= last_ts
            position += lost_count(record)
            losses += lost_count(record)
        else:
            assert record == wanted[position], f"record {position}"
            position += 1
    assert position == len(wanted)
    assert losses == result["lost"] > 0
    assert result["records"] + result["lost"] == result["published"] == len(wanted)
    assert f"consumer 'slow': {len(wanted)} records published, {losses} lost" in handler.log_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_detach_when_full(workshop, programs, language):
    """on_full: detach ends the slow strategy with an error; what it read is a beginning of the dump; nobody else notices."""
    capture = simulate(programs, workshop.folder, seed=8, messages=60000)
    settings = {"name": "slow", "ring_records": 64, "on_full": "detach"}
    handler, strategies = replay(workshop, capture, itch_feed, [(settings, language, 20000), (consumer("whole"), "c", 0)])
    records = Records(programs.dump(capture, ITCH, "--raw"))
    wanted = records.select(records.of_schemas(["mbo"]))
    check_whole(strategies["whole"], wanted)
    assert strategies["slow"].wait() == 1, strategies["slow"].log_text()
    read = strategies["slow"].records()
    assert read and len(read) < len(wanted) and wanted.startswith(read)
    if language == "python":
        assert "Detached" in strategies["slow"].log_text()


@pytest.fixture
def two_days(tmp_path):
    """Nasdaq gives out stock locates anew every day: 1 is AAA and then BBB, 2 is BBB and then AAA."""
    packets = [frames.mold(b"DAY1      ", 1, [frames.stock_directory(1, b"AAA"), frames.stock_directory(2, b"BBB"),
                                              frames.add_order(1, 11, b"B", 100, b"AAA", 10000),
                                              frames.add_order(2, 12, b"B", 100, b"BBB", 10000)]),
               frames.mold(b"DAY1      ", 5, [], count=0xFFFF),
               frames.mold(b"DAY2      ", 1, [frames.stock_directory(2, b"AAA"), frames.stock_directory(1, b"BBB"),
                                              frames.add_order(1, 21, b"B", 100, b"BBB", 10000),
                                              frames.add_order(2, 22, b"B", 100, b"AAA", 10000)])]
    return frames.write_pcap(tmp_path / "days.pcap", [frames.udp_frame(packet) for packet in packets])


def test_symbols_follow_the_session(workshop, two_days):
    """A consumer of a symbol gets that symbol, whatever its number is today."""
    _, strategies = replay(workshop, two_days, itch_feed, [(consumer("reader", symbols=["AAA"]), "c", 0)])
    strategies["reader"].result()
    orders = [int.from_bytes(record[16:24], "little") for record in Records(strategies["reader"].records()) if record[1] == RTYPE["mbo"]]
    assert orders == [11, 22], "order 21 is of BBB, order 22 is of AAA"


def test_names_follow_the_session(workshop, programs, two_days):
    """The directory that strategies ask for a symbol: today's, once today's has been told."""
    config = {"eal": eal(), "inputs": [pcap_input("day", two_days, wait_for_consumers=True)], "feeds": [itch_feed("feed", "day")],
              "consumers": [{"name": "reader"}]}
    handler = workshop.handler(config)
    script = """
import sys, headrace
with headrace.attach("reader", socket=sys.argv[1], wait="yield") as feed:
    orders = [record for record in feed if record.rtype == headrace.RTYPE_MBO]
    print(*(feed.symbol(record.publisher_id, record.instrument_id) for record in orders[-2:]))
"""
    done = subprocess.run([sys.executable, "-c", script, handler.socket], env=programs.python_environment(), capture_output=True,
                          text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["BBB", "AAA"]


def test_locates_beyond_the_room(workshop):
    """instruments_max: 16 and stock locates up to 65535: either the configuration is refused, because this protocol wants room for
    every locate, or what has no room goes out as instrument 0, as the decoder's counter says. Nothing reads beyond its tables."""
    messages = [frames.stock_directory(locate, b"S%d" % locate) for locate in (1, 15, 16, 17, 4000, 65535)]
    messages += [frames.add_order(locate, locate, b"B", 100, b"S%d" % locate, 10000) for locate in (1, 15, 16, 17, 4000, 30000, 65535)]
    capture = frames.write_pcap(workshop.folder / "locates.pcap", [frames.udp_frame(frames.mold(b"DAY1      ", 1, messages))])
    config = {"eal": eal(), "inputs": [pcap_input("day", capture, wait_for_consumers=True)],
              "feeds": [itch_feed("feed", "day", instruments_max=16)],
              "consumers": [consumer("reader", ring_records=1024)]}
    handler = workshop.start(config)
    until(lambda: "ready: " in handler.log_text() or not handler.running(), "the handler is ready, or has refused")
    if not handler.running() and handler.wait() == os.EX_CONFIG:
        assert "instruments_max" in handler.log_text()
        return
    reader = workshop.recorder(handler, "reader")
    assert handler.wait() == 0, handler.log_text()
    reader.result()
    seen = [int.from_bytes(record[4:8], "little") for record in Records(reader.records()) if record[1] == RTYPE["mbo"]]
    assert seen[:2] == [1, 15], "instruments that there is room for"
    assert len(seen) in (2, 7) and set(seen[2:]) <= {0}, f"instruments beyond the room: {seen[2:]}"
