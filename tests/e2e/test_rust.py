# SPDX-License-Identifier: Apache-2.0
"""The Rust crate on a whole handler: what it reads is what `headrace dump` decodes, byte for byte, however it waits; and what a ring
cannot take is told in its stream, to the record. Without cargo these skip by name."""

import pytest

import test_same_records as same
from programs import itch_feed, simulate
from recordset import Records


@pytest.fixture(scope="module")
def day(programs, tmp_path_factory):
    programs.rust_examples()  # not while a handler waits
    return simulate(programs, tmp_path_factory.mktemp("day"), seed=20260106, messages=100000)


def test_it_reads_what_was_decoded_however_it_waits(workshop, programs, day, monkeypatch):
    records = Records(programs.dump(day, same.ITCH, "--raw"))
    wanted = records.select(records.of_schemas(["mbo"]))
    recorder = workshop.recorder
    # The name of the consumer is its way of waiting.
    monkeypatch.setattr(workshop, "recorder", lambda handler, name, *more: recorder(handler, name, *more, wait=name))
    ways = ("yield", "futex", "eventfd")
    _, strategies = same.replay(workshop, day, itch_feed, [(same.consumer(way), "rust", 0) for way in ways])
    for strategy in strategies.values():
        same.check_whole(strategy, wanted)


@pytest.mark.parametrize("ring_records", [64, 1024])
def test_a_slow_reader_is_told_of_every_loss(workshop, programs, ring_records):
    same.test_slow_reader_is_told_of_every_loss(workshop, programs, "rust", ring_records)


def test_it_is_detached_when_it_is_full(workshop, programs):
    same.test_detach_when_full(workshop, programs, "rust")
