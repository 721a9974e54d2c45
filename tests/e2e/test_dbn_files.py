# SPDX-License-Identifier: Apache-2.0
"""DBN files: what `headrace record` writes is read by Databento's own packages, and what they write is read here and replays,
record for record."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import dbn_samples
from programs import Process, eal, itch_feed, pcap_input, simulate, until

SCHEMAS = ["mbo", "status", "definition", "imbalance", "statistics"]
SAMPLES = [(schema, version, ts_out) for schema in [*dbn_samples.KINDS, None] for version in (1, 2, 3)
           for ts_out in (False, True)]
SOURCE = Path(__file__).resolve().parents[2]
ITCH, CME = "nasdaq-itch-5.0", "cme-mdp-3.0"


# ---- the programs ----


def number(raw, at):
    """The 64-bit number at that place."""
    return int.from_bytes(raw[at : at + 8], "little")


def split(raw):
    """Records in a row -> list; without Headrace's own."""
    out, at = [], 0
    while at < len(raw):
        out.append(raw[at : at + raw[at] * 4])
        at += raw[at] * 4
    return [each for each in out if not 0xE0 <= each[1] <= 0xEF]


def read_here(programs, path, *arguments):
    """(exit code, bytes, what it said) of hr_open."""
    done = subprocess.run([programs.build / "tests" / "e2e" / "read_dbn", path, *arguments], capture_output=True, timeout=120)
    return done.returncode, done.stdout, done.stderr.decode()


def body(data):
    """The records of an uncompressed file."""
    return data[8 + int.from_bytes(data[4:8], "little") :]


def start_recorder(workshop, handler, consumer, output, *arguments, **keywords):
    command = [workshop.programs.headrace, "record", "--consumer", consumer, "--socket", handler.socket, "--output", output,
               *arguments]
    recorder = workshop.own(Process(f"recorder of {consumer}", command, workshop.folder, **keywords))
    until(lambda: "attached as" in recorder.log_text() or not recorder.running(), "the recorder to attach")
    return recorder


def start_replay(workshop, *arguments):
    name = workshop.instance_name()
    command = [workshop.programs.headrace, "replay", *arguments, "--instance", name, "--runtime-dir", workshop.sockets]
    replay = workshop.own(Process("replay", command, workshop.folder))
    replay.socket = workshop.sockets / f"{name}.sock"
    until(lambda: "ready: strategies attach" in replay.log_text() or not replay.running(), "the replay to be ready")
    return replay


def finished(path):
    """(the one file that a recording left, its sidecar)."""
    return path, json.loads(Path(f"{path}.json").read_text())


def with_packages(programs, folder, script, *arguments):
    """A script under the Python of Debian with the packages of a folder of the build; its standard output."""
    packages = programs.build / folder
    if not packages.is_dir():
        pytest.skip(f"no {folder}: {packages} is not there (./dev test installs it)")
    done = subprocess.run([sys.executable, "-c", script, *map(str, arguments)], capture_output=True, timeout=300,
                          env=os.environ | {"PYTHONPATH": str(packages)})
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


# ---- a day and a channel, recorded ----


def itch_config(capture, **consumer):
    return {"eal": eal(), "inputs": [pcap_input("a", capture, wait_for_consumers=True)], "feeds": [itch_feed("itch", "a")],
            "consumers": [{"name": "tape", "ring_records": 1 << 19, "schemas": SCHEMAS} | consumer]}


def cme_config(capture):
    """One feed for each stream: to the offline decoder each destination is a channel 0 of its own."""
    groups = {"definition": "224.0.31.43", "book": "224.0.31.1", "prices": "224.0.31.22", "orders": "224.0.31.64"}
    feeds = [{"name": name, "protocol": "cme-mdp-3.0", "orders_max": 65536,
              "lines": [{"input": "a", "group": group, "port": 14310}]} for name, group in groups.items()]
    return {"eal": eal(), "inputs": [pcap_input("a", capture, wait_for_consumers=True)], "feeds": feeds,
            "consumers": [{"name": "tape", "ring_records": 1 << 19, "schemas": SCHEMAS}]}


def record_market(workshop, venue, *arguments, output=None):
    """(path of the file, its sidecar, the records that the capture has)."""
    if venue == "itch":
        capture, protocol, config = simulate(workshop.programs, workshop.folder, seed=5, messages=60000), ITCH, itch_config
    else:
        capture, protocol, config = simulate(workshop.programs, workshop.folder, seed=5, messages=6000, protocol=CME, symbols=4,
                                             live_orders=600, loop_ms=50), CME, cme_config
    handler = workshop.handler(config(capture))
    output = output or workshop.folder / "tape"
    recorder = start_recorder(workshop, handler, "tape", output, *arguments)
    assert recorder.wait() == 0, recorder.log_text()
    assert handler.wait() == 0
    suffix = ".dbn" if "--no-compress" in arguments else ".dbn.zst"
    wanted = split(workshop.programs.dump(capture, protocol, "--raw"))
    return (*finished(f"{output}{suffix}"), wanted)


READ_WITH_DATABENTO = """
import sys, databento
store = databento.DBNStore.from_file(sys.argv[1])
metadata = store.metadata
assert (metadata.version, metadata.dataset) == (3, sys.argv[2]), metadata
assert metadata.stype_in == "raw_symbol" and metadata.stype_out == "instrument_id"
frame = store.to_df(schema="mbo")
assert len(frame) and frame["symbol"].notna().any(), frame.head()
for each in store:
    sys.stdout.buffer.write(bytes(each))
"""

READ_WITH_DBN = """
import sys, databento_dbn as dbn
decoder = dbn.DBNDecoder(compression=dbn.Compression.ZSTD) if sys.argv[1].endswith(".zst") else dbn.DBNDecoder()
decoder.write(open(sys.argv[1], "rb").read())
metadata, *records = decoder.decode()
assert metadata.schema is None and metadata.end > metadata.start and not metadata.ts_out
for each in records:
    sys.stdout.buffer.write(bytes(each))
"""


@pytest.mark.parametrize("venue, dataset", [("itch", "XNAS.ITCH"), ("cme", "GLBX.MDP3")])
def test_recording_is_read_by_everyone(workshop, venue, dataset):
    path, sidecar, wanted = record_market(workshop, venue)
    assert sidecar["records"] == len(wanted) > 10000
    assert sidecar["dropped"] == sidecar["lost_in_ring"] == 0 and sidecar["own_records_left_out"]["session"] > 0
    assert not list(workshop.folder.glob("*.part*"))
    code, here, said = read_here(workshop.programs, path)
    assert code == 0 and split(here) == wanted, said
    read = 0
    for script, arguments in ((READ_WITH_DATABENTO, [path, dataset]), (READ_WITH_DBN, [path])):
        try:
            raw = with_packages(workshop.programs, "python-databento", script, *arguments)
        except pytest.skip.Exception:
            continue
        assert split(raw) == wanted
        read += 1
    if not read:
        pytest.skip(f"no databento: {workshop.programs.build}/python-databento is not there (./dev test installs it)")


def test_recording_is_read_by_the_crate(workshop):
    """tests/crate: the `dbn` crate, in a fresh cargo project."""
    cargo = shutil.which("cargo")
    if not cargo:
        pytest.skip("no cargo (https://rustup.rs)")
    command = [cargo, "build", "--release", "--quiet", "--manifest-path", SOURCE / "tests" / "crate" / "Cargo.toml",
               "--target-dir", workshop.programs.build / "crate"]
    built = subprocess.run(command, capture_output=True, timeout=540)
    missing = (b"failed to download", b"failed to get", b"no matching package")
    if built.returncode != 0 and any(words in built.stderr for words in missing):
        pytest.skip(f"no crate dbn: {built.stderr.decode()[-300:]}")
    assert built.returncode == 0, built.stderr.decode()
    path, _, wanted = record_market(workshop, "itch")
    done = subprocess.run([workshop.programs.build / "crate" / "release" / "read-dbn", path], capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    assert split(done.stdout) == wanted
    assert b"XNAS.ITCH" in done.stderr and b"200 symbols" in done.stderr


READ_WITH_NAUTILUS = """
import sys
from nautilus_trader.adapters.databento.loaders import DatabentoDataLoader
from nautilus_trader.model.identifiers import InstrumentId
loader = DatabentoDataLoader()
found = loader.from_dbn_file(sys.argv[1], instrument_id=InstrumentId.from_str(sys.argv[2]), as_legacy_cython=False,
                             include_trades=False)
for each in found:
    print(type(each).__name__, each.ts_event, each.order.order_id)
"""


@pytest.mark.skipif(os.environ.get("HEADRACE_TEST_LONG") != "1", reason="long: NautilusTrader is large (./dev test --long)")
def test_recording_is_read_by_nautilus(workshop):
    """Its loader wants one schema, as bought files have it."""
    capture = simulate(workshop.programs, workshop.folder, seed=5, messages=20000)
    handler = workshop.handler(itch_config(capture, schemas=["mbo"]))
    recorder = start_recorder(workshop, handler, "tape", workshop.folder / "tape")
    assert recorder.wait() == 0, recorder.log_text()
    path, sidecar = finished(workshop.folder / "tape.dbn.zst")
    out = with_packages(workshop.programs, "python-nautilus", READ_WITH_NAUTILUS, path, "TEST.XNAS").decode().splitlines()
    # It makes deltas of a book of all but the trades, at their ts_recv.
    wanted = [each for each in split(read_here(workshop.programs, path)[1]) if each[38:39] != b"T"]
    assert len(wanted) < sidecar["records"]
    assert out == [f"OrderBookDelta {number(each, 40)} {number(each, 16)}" for each in wanted]


# ---- Databento's files, read here and replayed ----


@pytest.mark.parametrize("schema, version, ts_out", SAMPLES)
def test_file_is_read_as_databento_reads_it(programs, tmp_path, schema, version, ts_out):
    data = dbn_samples.make(schema, version, ts_out=ts_out)
    path = tmp_path / "sample.dbn"
    path.write_bytes(data)
    code, raw, said = read_here(programs, path)
    assert code == 0, said
    assert raw == b"".join(dbn_samples.decoded(data))


def of_slots(raw):
    """Records of a file of record_to_file: each behind its stamp."""
    out, at = [], 0
    while at < len(raw):
        length = raw[at + 8] * 4
        out.append(raw[at + 8 : at + 8 + length])
        at += 8 + length
    return out


@pytest.mark.parametrize("version", [1, 2, 3])
def test_every_kind_replays(workshop, version):
    """One file of all kinds, and one of each."""
    data = dbn_samples.make(None, version, records=2000, ts_out=version == 3)
    path = workshop.folder / "every.dbn"
    path.write_bytes(data)
    assert split(replay_and_record(workshop, path)) == dbn_samples.decoded(data)
    for schema in ("mbp-10", "ohlcv-1s", "definition", "trades"):
        data = dbn_samples.make(schema, version)
        path = workshop.folder / f"{schema}.dbn"
        path.write_bytes(data)
        assert split(replay_and_record(workshop, path)) == dbn_samples.decoded(data)


def replay_and_record(workshop, path, *arguments):
    """The records that a recorder of a replay writes."""
    replay = start_replay(workshop, path, "--speed", "max", "--lossless", "--wait-for", "replay", *arguments)
    output = workshop.folder / f"again-{len(workshop.processes)}"
    recorder = start_recorder(workshop, replay, "replay", output, "--no-compress")
    assert recorder.wait() == 0, recorder.log_text()
    assert replay.wait() == 0, replay.log_text()
    return body(Path(f"{output}.dbn").read_bytes())


def test_published_samples_replay(workshop):
    """Databento's own sample files."""
    files = dbn_samples.published()
    if not files:
        pytest.skip("no samples of Databento's: ./dev test fetches them from crates.io, or set HEADRACE_DBN_SAMPLES to a folder of some")
    records = 0
    for path in files:
        data = path.read_bytes()
        if path.suffix == ".zst":
            data = subprocess.run(["zstd", "-dcq"], input=data, stdout=subprocess.PIPE, check=True).stdout
        wanted = dbn_samples.decoded(data)
        code, raw, said = read_here(workshop.programs, path)
        assert code == 0, (path, said)
        assert split(raw) == wanted, path
        assert split(replay_and_record(workshop, path)) == wanted, path
        records += len(wanted)
    assert records > len(files)


def test_replay_is_merged_by_time(workshop):
    """Two files whose records alternate."""
    first, second = workshop.folder / "first.dbn", workshop.folder / "second.dbn"
    first.write_bytes(dbn_samples.make("mbo", 3, records=300, step=2_000_000))
    second.write_bytes(dbn_samples.make("trades", 3, records=500, step=1_300_000))
    replay = start_replay(workshop, first, second, "--speed", "max", "--lossless", "--wait-for", "replay")
    recorder = start_recorder(workshop, replay, "replay", workshop.folder / "merged", "--no-compress")
    assert recorder.wait() == 0
    assert replay.wait() == 0, replay.log_text()
    got = split(body((workshop.folder / "merged.dbn").read_bytes()))
    times = [int.from_bytes(each[8:16], "little") for each in got]
    assert len(got) == 800 and times == sorted(times)
    assert [each for each in got if each[1] == 0xA0] == split(body(first.read_bytes()))
    assert [each for each in got if each[1] == 0x00] == split(body(second.read_bytes()))


def test_replay_between_times(workshop):
    path = workshop.folder / "mbo.dbn"
    path.write_bytes(dbn_samples.make("mbo", 3, records=100, step=1_000_000_000))
    wanted = split(body(path.read_bytes()))
    got = split(replay_and_record(workshop, path, "--from", "2023-11-14T22:13:30Z", "--to", str(dbn_samples.NOON + 20 * 10**9)))
    assert got == wanted[10:20]  # ts_recv is 7 ns later than the full second


def test_replay_keeps_time(workshop):
    """Two seconds of records at four times the speed take half of one; at the original speed, two."""
    path = workshop.folder / "mbo.dbn"
    path.write_bytes(dbn_samples.make("mbo", 3, records=201, step=10_000_000))
    spans = {}
    for speed in ("1", "4"):
        replay = start_replay(workshop, path, "--speed", speed, "--wait-for", "replay")
        output = workshop.folder / f"speed-{speed}"
        recorder = start_recorder(workshop, replay, "replay", output, "--no-compress", "--ts-out")
        assert recorder.wait() == 0 and replay.wait() == 0
        raw = body(Path(f"{output}.dbn").read_bytes())
        stamps = [int.from_bytes(raw[at + 56 : at + 64], "little") for at in range(0, len(raw), 64)]
        assert len(stamps) == 201
        spans[speed] = (stamps[-1] - stamps[0]) / 1e9
    assert 1.9 < spans["1"] and 0.45 < spans["4"] < spans["1"]


def test_replay_of_a_capture_is_the_run_of_it(workshop):
    """The configuration of a live handler, two lines of it, and one capture in place of both."""
    capture = simulate(workshop.programs, workshop.folder, seed=9, messages=20000)
    config = {"eal": eal(), "inputs": [{"name": "a", "plane": "dpdk", "device": "net_af_packet0"}],
              "feeds": [itch_feed("itch", "a")], "consumers": [{"name": "replay", "ring_records": 1 << 18, "schemas": SCHEMAS}]}
    path = workshop.write_config(config)
    got = split(replay_and_record(workshop, capture, "--config", path))
    assert got == split(workshop.programs.dump(capture, "nasdaq-itch-5.0", "--raw"))


@pytest.mark.parametrize("arguments, said", [
    (["missing.dbn"], "missing.dbn: No such file or directory"),
    (["cut.dbn"], "ends within its metadata"),
    (["whole.dbn", "--speed", "0"], "--speed 0: wanted a number above 0, or max"),
    (["whole.dbn", "--from", "yesterday"], "--from yesterday: wanted a time"),
    (["whole.dbn", "--wait-for", "nobody"], "--wait-for nobody: there is no consumer of that name"),
    (["whole.dbn", "--schemas", "mbo,candles"], "found 'candles', wanted some of mbo"),
    (["whole.dbn", "--config", "x.yaml"], "DBN files need no --config"),
    (["text.txt"], "neither DBN nor a capture"),
])
def test_replay_refuses(workshop, arguments, said):
    data = dbn_samples.make("mbo", 3)
    for name, content in (("whole.dbn", data), ("cut.dbn", data[:150]), ("text.txt", b"no market data at all\n" * 9)):
        (workshop.folder / name).write_bytes(content)
    done = workshop.programs.run("replay", *arguments, check=False, cwd=workshop.folder)
    assert done.returncode not in (0, -signal.SIGSEGV) and said in done.stderr.decode(), done.stderr.decode()


def test_damaged_file_is_told_and_its_good_records_come(workshop):
    data = dbn_samples.make("mbo", 3, records=100)
    path = workshop.folder / "cut.dbn"
    path.write_bytes(data[:-30])
    replay = start_replay(workshop, path, "--speed", "max", "--wait-for", "replay")
    recorder = start_recorder(workshop, replay, "replay", workshop.folder / "again", "--no-compress")
    assert recorder.wait() == 0
    assert replay.wait() == 65 and "ends within a record" in replay.log_text()
    assert split(body((workshop.folder / "again.dbn").read_bytes())) == split(body(data))[:99]


# ---- the recorder, when things go wrong ----


def test_rotation_and_ts_out(workshop):
    """Files of so many bytes: together they are the whole, each with its own symbols."""
    capture = simulate(workshop.programs, workshop.folder, seed=5, messages=60000)
    handler = workshop.handler(itch_config(capture))
    recorder = start_recorder(workshop, handler, "tape", workshop.folder / "tape-%Y%m%d", "--rotate", "1MiB", "--ts-out")
    assert recorder.wait() == 0, recorder.log_text()
    files = sorted(workshop.folder.glob("tape-20260105*.dbn.zst"), key=lambda path: path.stat().st_mtime_ns)
    assert len(files) > 1
    got = []
    for path in files:
        code, raw, said = read_here(workshop.programs, path, "--stamps")
        assert code == 0, said
        got += of_slots(raw)
        assert json.loads(Path(f"{path}.json").read_text())["records"] == len(of_slots(raw))
    assert got == split(workshop.programs.dump(capture, "nasdaq-itch-5.0", "--raw"))


def test_rotation_by_time(workshop):
    """By the time of publishing, at round times: no second is in two files."""
    capture = simulate(workshop.programs, workshop.folder, seed=5, messages=60000)
    config = itch_config(capture)
    config["inputs"] = [pcap_input("a", capture, wait_for_consumers=True, pace="original", speed=2)]
    handler = workshop.handler(config)
    recorder = start_recorder(workshop, handler, "tape", workshop.folder / "tape", "--rotate", "1s", "--ts-out")
    assert recorder.wait() == 0, recorder.log_text()
    assert handler.wait() == 0
    seconds, got = [], []
    for path in sorted(workshop.folder.glob("tape*.dbn.zst"), key=lambda path: path.stat().st_mtime_ns):
        code, raw, said = read_here(workshop.programs, path, "--stamps")
        assert code == 0, said
        records = of_slots(raw)
        first, last = number(raw, 0), number(raw, len(raw) - len(records[-1]) - 8)
        assert first // 10**9 == last // 10**9
        seconds.append(first // 10**9)
        got += records
    assert len(seconds) > 1 and seconds == sorted(set(seconds))
    assert got == split(workshop.programs.dump(capture, "nasdaq-itch-5.0", "--raw"))


def stalled_recorder(workshop, handler, output, *arguments, **environment):
    library = workshop.programs.build / "tests" / "e2e" / "libstall.so"
    return start_recorder(workshop, handler, "tape", output, *arguments,
                          env=os.environ | {"LD_PRELOAD": str(library), "HEADRACE_STALL_SUFFIX": ".part"} | environment)


def test_disk_that_stalls_costs_records_here_and_none_in_the_ring(workshop):
    """The recorder drops, says how many and when, and goes on when the disk does; the ring is never full."""
    capture = simulate(workshop.programs, workshop.folder, seed=5, messages=400000)
    handler = workshop.handler(itch_config(capture))
    stall = workshop.folder / "stalled"
    stall.touch()
    recorder = stalled_recorder(workshop, handler, workshop.folder / "tape", "--buffer", "2MiB", "--no-compress",
                                HEADRACE_STALL=str(stall))
    until(lambda: "dropping records" in recorder.log_text(), "records to be dropped")
    until(lambda: not handler.running() or handler.stat()["input"]["a"]["finished"], "the capture's end")
    stall.unlink()
    assert recorder.wait() == 75, recorder.log_text()
    assert handler.wait() == 0
    path, sidecar = finished(workshop.folder / "tape.dbn")
    log = recorder.log_text()
    assert sidecar["lost_in_ring"] == 0 and ", 0 lost" in handler.log_text()
    assert sidecar["dropped"] == sum(each["count"] for each in sidecar["drops"]) > 0
    assert f"DROPPED {sidecar['drops'][0]['count']} records" in log and "dropped here in" in log
    assert all(each["first_ts"] <= each["last_ts"] for each in sidecar["drops"])
    wanted = split(workshop.programs.dump(capture, "nasdaq-itch-5.0", "--raw"))
    assert sidecar["records"] + sidecar["dropped"] == len(wanted)
    got = split(body(Path(path).read_bytes()))
    left = iter(wanted)
    assert all(any(each == other for other in left) for each in got)  # in order, with what was dropped left out
    assert len(got) == sidecar["records"]


def test_disk_that_is_full_ends_the_recording_and_leaves_what_there_was(workshop):
    capture = simulate(workshop.programs, workshop.folder, seed=5, messages=60000)
    config = itch_config(capture)
    config["inputs"] = [pcap_input("a", capture, wait_for_consumers=True, pace="original", speed=0.5)]
    handler = workshop.handler(config)
    full, part = workshop.folder / "full", workshop.folder / "tape.dbn.part"
    recorder = stalled_recorder(workshop, handler, workshop.folder / "tape", "--no-compress", HEADRACE_FULL=str(full))
    until(lambda: (part.exists() and part.stat().st_size > 100000) or not recorder.running(), "records in the file")
    full.touch()
    assert recorder.wait() == 74, recorder.log_text()
    assert f"{part}: cannot be written: No space left on device" in recorder.log_text()
    handler.stop()
    code, raw, said = read_here(workshop.programs, part)
    got = split(raw)
    assert code == 0 and not (workshop.folder / "tape.dbn").exists(), said
    assert got and got == split(workshop.programs.dump(capture, "nasdaq-itch-5.0", "--raw"))[: len(got)]
    workshop.programs.run("record", "--repair", part)
    assert split(read_here(workshop.programs, workshop.folder / "tape.dbn")[1]) == got


def test_killed_recorder_leaves_a_file(workshop):
    """What it had written can be read as it is, up to a write that the kill cut short, and is finished by --repair."""
    capture = simulate(workshop.programs, workshop.folder, seed=5, messages=60000)
    config = itch_config(capture)
    config["inputs"] = [pcap_input("a", capture, wait_for_consumers=True, pace="original", speed=0.5)]
    handler = workshop.handler(config)
    recorder = start_recorder(workshop, handler, "tape", workshop.folder / "tape")
    part = workshop.folder / "tape.dbn.zst.part"
    until(lambda: part.exists() and part.stat().st_size > 20000, "a second of records in the file")
    recorder.kill()
    handler.stop()
    code, raw, said = read_here(workshop.programs, part)
    wanted = split(workshop.programs.dump(capture, "nasdaq-itch-5.0", "--raw"))
    got = split(raw)
    assert code == 0 or "the file ends within a zstd frame" in said, said
    assert 1000 < len(got) < len(wanted) and got == wanted[: len(got)]
    done = workshop.programs.run("record", "--repair", part)
    assert f"{len(got)} records" in done.stdout.decode()
    whole = workshop.folder / "tape.dbn.zst"
    assert not list(workshop.folder.glob("*.part*")) and split(read_here(workshop.programs, whole)[1]) == got
    with open(whole, "rb") as file:
        cut = file.read()[:-100]
    (workshop.folder / "cut.dbn.zst.part").write_bytes(cut)
    code, raw, said = read_here(workshop.programs, workshop.folder / "cut.dbn.zst.part")
    assert code == 65 and "the file ends within a zstd frame" in said, said
    left = split(raw)
    workshop.programs.run("record", "--repair", workshop.folder / "cut.dbn.zst.part")
    code, raw, said = read_here(workshop.programs, workshop.folder / "cut.dbn.zst")
    less = split(raw)
    assert code == 0 and less == left and len(less) < len(got) and less == got[: len(less)], said


def test_recorder_ends_in_good_order_when_told(workshop):
    capture = simulate(workshop.programs, workshop.folder, seed=5, messages=60000)
    config = itch_config(capture)
    config["inputs"] = [pcap_input("a", capture, wait_for_consumers=True, pace="original", speed=0.5)]
    handler = workshop.handler(config)
    recorder = start_recorder(workshop, handler, "tape", workshop.folder / "tape")
    until(lambda: (workshop.folder / "tape.dbn.zst.part").exists(), "the file")
    recorder.signal(signal.SIGTERM)
    assert recorder.wait() == 0, recorder.log_text()
    path, sidecar = finished(workshop.folder / "tape.dbn.zst")
    code, raw, _ = read_here(workshop.programs, path)
    assert code == 0 and len(split(raw)) == sidecar["records"] > 0
    handler.stop()


@pytest.mark.parametrize("arguments, code, said", [
    (["--consumer", "tape"], 64, "usage:"),
    (["--consumer", "tape", "--output", "no/such/folder/x"], 73, "make the folder first"),
    (["--consumer", "tape", "--output", "x", "--rotate", "5parsec"], 64, "--rotate 5parsec: wanted a time or a size"),
    (["--consumer", "tape", "--output", "x", "--level", "99"], 64, "--level 99: wanted 1 to 19"),
    (["--consumer", "tape", "--output", "x", "--socket", "/nonexistent.sock"], 69, "no handler is running there"),
    (["--repair", "x.dbn"], 64, "wanted a FILE.dbn.zst.part"),
    (["--repair", "missing.dbn.part"], 65, "missing.dbn.part: No such file"),
])
def test_recorder_refuses(workshop, arguments, code, said):
    done = workshop.programs.run("record", *arguments, check=False, cwd=workshop.folder)
    assert done.returncode == code and said in done.stderr.decode(), done.stderr.decode()
