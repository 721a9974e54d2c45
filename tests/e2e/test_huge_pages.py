# SPDX-License-Identifier: Apache-2.0
"""With huge pages as without: the rings are sealed just the same, and the log says which it is."""

from pathlib import Path

import pytest

from programs import eal, itch_feed, pcap_input, simulate, until
from recordset import ALL_SCHEMAS

RESERVED = Path("/proc/sys/vm/nr_hugepages")
FREE = Path("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages")
WANTED = 200  # pages of 2 MiB: 128 MiB for the EAL, the rest for the ring and the order store


@pytest.fixture
def huge_pages():
    """Reserves pages, and leaves the machine as it was."""
    if not FREE.exists():
        pytest.skip("this kernel has no 2 MiB huge pages")
    before = RESERVED.read_text()
    try:
        RESERVED.write_text(f"{int(before) + WANTED}\n")
    except OSError as error:
        pytest.skip(f"huge pages cannot be reserved: {error} (needs root)")
    try:
        if int(FREE.read_text()) < WANTED:
            pytest.skip(f"only {FREE.read_text().strip()} of {WANTED} huge pages are free")
        yield
    finally:
        RESERVED.write_text(before)


def run(workshop, capture, setting):
    config = {"eal": eal() | {"huge_pages": setting}, "inputs": [pcap_input("day", capture, wait_for_consumers=True)],
              "feeds": [itch_feed("feed", "day")], "consumers": [{"name": "c", "schemas": ALL_SCHEMAS, "ring_records": 65536, "on_full": "detach"}]}
    handler = workshop.handler(config)
    strategy = workshop.recorder(handler, "c", "c", 0)
    until(lambda: not handler.running(), "the capture has been replayed")
    assert handler.wait() == 0, handler.log_text()
    assert strategy.result()["lost"] == 0
    return strategy.records(), handler.log_text()


def test_the_same_records_in_huge_pages(workshop, programs, tmp_path, huge_pages):
    capture = simulate(programs, tmp_path, seed=7, messages=20000)
    records, log = run(workshop, capture, "require")
    assert "MiB in huge pages" in log
    assert records == programs.dump(capture, "nasdaq-itch-5.0", "--raw")


def test_without_huge_pages_it_says_so(workshop, programs, tmp_path):
    capture = simulate(programs, tmp_path, seed=7, messages=2000)
    _, log = run(workshop, capture, "never")
    assert "no huge pages in use" in log


def test_required_and_not_there(workshop, programs, tmp_path):
    capture = simulate(programs, tmp_path, seed=7, messages=2000)
    config = {"eal": eal() | {"huge_pages": "require", "memory_mib": 1000000}, "inputs": [pcap_input("day", capture)],
              "feeds": [itch_feed("feed", "day")], "consumers": [{"name": "c"}]}
    handler = workshop.start(config)
    assert handler.wait() == 69
    assert "eal.huge_pages: require" in handler.log_text() and "nr_hugepages" in handler.log_text()
