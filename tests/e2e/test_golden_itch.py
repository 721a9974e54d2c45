# SPDX-License-Identifier: Apache-2.0
"""Nasdaq TotalView-ITCH 5.0: every message of 190 real packets against a decoder that is not ours, and a synthetic archive."""

import collections
import json

import pytest

PROTOCOL = "nasdaq-itch-5.0"
FOLDER = "nasdaq-itch-5.0"
PRICE_UNIT = 100000
MIDNIGHT_NS = 1692676800 * 10**9  # 2023-08-22 00:00 US Eastern, which is UTC-4 in summer
LAST, BAD_TS_RECV, MAYBE_BAD_BOOK = 128, 8, 4


@pytest.fixture(scope="module")
def golden(captures):
    return json.loads(captures(f"{FOLDER}/packets/golden.json").read_text())


def clear_doubt(lines):
    """The files are picked packets: behind a gap every record of an order says MAYBE_BAD_BOOK, which is looked at here and nowhere else."""
    doubtful = {}
    for line in lines:
        if line.get("record") == "gap":
            doubtful[line["channel_id"]] = True
        elif line.get("record") == "session":
            doubtful[line["channel_id"]] = False
        for record in line.get("records", ()):
            if doubtful.get(record.get("channel_id")) and record["record"] == "mbo":
                assert record["flags"] & MAYBE_BAD_BOOK, line
                record["doubtful"] = True


@pytest.fixture(scope="module")
def messages(programs, captures, golden):
    """[(golden's packet, golden's message, our line)] of every message of every file."""
    by_file = collections.defaultdict(list)
    for packet in golden:
        by_file[packet["file"]].append(packet)
    found = []
    for file, packets in by_file.items():
        lines = programs.lines(captures(f"{FOLDER}/packets/{file}"), PROTOCOL)
        clear_doubt(lines)
        lines = [line for line in lines if "fields" in line]
        wanted = [(packet, message) for packet in packets for message in packet["messages"]]
        assert len(lines) == len(wanted), file
        found += [(packet, message, line) for (packet, message), line in zip(wanted, lines)]
    return found


def test_every_packet_and_type(programs, captures, golden):
    wanted = json.loads(captures(f"{FOLDER}/packets/counts.json").read_text())
    total = collections.Counter()
    by_type = collections.Counter()
    for file in sorted({packet["file"] for packet in golden}):
        counts = programs.counts(captures(f"{FOLDER}/packets/{file}"), PROTOCOL)
        total.update({key: counts[key] for key in ("packets", "messages", "refused", "duplicates")})
        by_type.update(counts["by_type"])
    assert by_type == wanted["by_type"]
    assert (total["packets"], total["messages"]) == (wanted["packets"], wanted["messages"]) == (190, 227)
    assert total["refused"] == total["duplicates"] == 0


def test_every_field(messages):
    assert len(messages) == 227
    for packet, message, line in messages:
        where = f"{packet['file']} packet {packet['packet']}"
        assert line["type"] == message["type"], where
        assert line["fields"] == message["fields"], where
        if packet["seq"]:
            position = packet["messages"].index(message)
            assert line["sequence"] == packet["seq"] + position, where


def record_types(message):
    """Names of the records that a message becomes, in order."""
    kind, fields = message["type"], message["fields"]
    return {"A": ["mbo"], "F": ["mbo"], "D": ["mbo"], "X": ["mbo"], "E": ["mbo"] * 3, "U": ["mbo"] * 2, "P": ["mbo"],
            "C": ["mbo"] * (3 if fields.get("printable") == "Y" else 2), "H": ["status"], "Y": ["status"], "S": ["status"],
            "I": ["imbalance"], "J": ["statistics"] * 3, "L": ["native"], "N": ["native"],
            "Q": ["mbo"] + ["statistics"] * (fields.get("cross_shares", 0) > 0 and fields.get("cross_type") in ("O", "C"))}[kind]


def test_what_all_records_share(messages):
    for packet, message, line in messages:
        where = f"{packet['file']} packet {packet['packet']}: {message}"
        fields = message["fields"]
        assert [record["record"] for record in line["records"]] == record_types(message), where
        for record in line["records"]:
            assert record["ts_event"] == MIDNIGHT_NS + fields["timestamp"], where
            assert record["ts_recv"] == packet["ts_ns"], where
            assert record["instrument_id"] == fields.get("stock_locate", fields.get("locate_code")), where
            assert record["publisher_id"] == 2, where
            if "ts_in_delta" in record:
                assert record["ts_in_delta"] == packet["ts_ns"] - MIDNIGHT_NS - fields["timestamp"], where
            if "stock" in fields:
                assert record["symbol"] == fields["stock"].rstrip(), where
        orders = [record for record in line["records"] if record["record"] == "mbo"]
        assert [record["flags"] & LAST for record in orders] == [0] * (len(orders) - 1) + [LAST] * bool(orders), where


def side_of(fields):
    return {"B": "B", "S": "A"}[fields["buy_sell_indicator"]]


def check_add(fields, records, _):
    (record,) = records
    assert (record["action"], record["side"], record["price"], record["size"], record["order_id"], record["flags"]) == (
        "A", side_of(fields), fields["price"] * PRICE_UNIT, fields["shares"], fields["order_reference_number"],
        LAST | (MAYBE_BAD_BOOK if record.get("doubtful") else 0))


def check_trade(fields, records, _):
    (record,) = records
    assert (record["action"], record["side"], record["price"], record["size"]) == (
        "T", "N", fields["price"] * PRICE_UNIT, fields["shares"])


def known(orders, reference):
    """What the store should say of an order: side, price, remaining; nothing when it came before the capture began."""
    return orders.get(reference, ("N", None, None))


def check_delete(fields, records, orders):
    (record,) = records
    side, price, size = known(orders, fields["order_reference_number"])
    assert (record["action"], record["side"], record["price"], record["size"]) == ("C", side, price, size)
    assert record["order_id"] == fields["order_reference_number"]
    assert bool(record["flags"] & MAYBE_BAD_BOOK) == (side == "N" or "doubtful" in record)


def check_cancel(fields, records, orders):
    (record,) = records
    side, price, _ = known(orders, fields["order_reference_number"])
    assert (record["action"], record["side"], record["price"], record["size"], record["order_id"]) == (
        "C", side, price, fields["canceled_shares"], fields["order_reference_number"])


def check_execution(fields, records, orders):
    side, price, _ = known(orders, fields["order_reference_number"])
    execution_price = fields["execution_price"] * PRICE_UNIT if "execution_price" in fields else price
    aggressor = {"B": "A", "A": "B", "N": "N"}[side]
    reference, shares = fields["order_reference_number"], fields["executed_shares"]
    wanted = [("T", aggressor, execution_price, shares, 0), ("F", side, execution_price, shares, reference),
              ("C", side, price, shares, reference)]
    if fields.get("printable") == "N":
        del wanted[0]
    assert [(r["action"], r["side"], r["price"], r["size"], r["order_id"]) for r in records] == wanted


def check_replace(fields, records, orders):
    old, new = records
    side, price, size = known(orders, fields["original_order_reference_number"])
    assert (old["action"], old["side"], old["price"], old["size"], old["order_id"]) == (
        "C", side, price, size, fields["original_order_reference_number"])
    assert (new["action"], new["side"], new["price"], new["size"], new["order_id"]) == (
        "A", side, fields["price"] * PRICE_UNIT, fields["shares"], fields["new_order_reference_number"])


def check_cross(fields, records, _):
    assert (records[0]["action"], records[0]["side"], records[0]["price"], records[0]["size"]) == (
        "T", "N", fields["cross_price"] * PRICE_UNIT, fields["cross_shares"])
    for record in records[1:]:
        assert (record["price"], record["stat_type"]) == (fields["cross_price"] * PRICE_UNIT, 1 if fields["cross_type"] == "O" else 11)


def check_imbalance(fields, records, _):
    (record,) = records
    assert [record[name] for name in ("ref_price", "cont_book_clr_price", "auct_interest_clr_price", "paired_qty",
                                      "total_imbalance_qty", "auction_type", "side")] == [
        fields["current_reference_price"] * PRICE_UNIT, fields["near_price"] * PRICE_UNIT, fields["far_price"] * PRICE_UNIT,
        fields["paired_shares"], fields["imbalance_shares"], fields["cross_type"],
        {"B": "B", "S": "A"}.get(fields["imbalance_direction"], "N")]


def check_collar(fields, records, _):
    assert [(record["stat_type"], record["price"], record["stat_flags"]) for record in records] == [
        (number, fields[name] * PRICE_UNIT, fields["auction_collar_extension"]) for number, name in
        ((24, "auction_collar_reference_price"), (25, "upper_auction_collar_price"), (26, "lower_auction_collar_price"))]


def check_trading_action(fields, records, _):
    (record,) = records
    action, answers = {"T": (7, "YY"), "Q": (3, "NY"), "P": (9, "NN"), "H": (8, "NN")}[fields["trading_state"]]
    assert (record["status_action"], record["is_trading"] + record["is_quoting"]) == (action, answers)


def check_short_sale(fields, records, _):
    (record,) = records
    assert (record["status_action"], record["is_short_sell_restricted"]) == (14, "N" if fields["reg_sho_action"] == "0" else "Y")


def check_system_event(fields, records, _):
    (record,) = records
    assert record["status_action"] == {"O": 0, "S": 1, "Q": 7, "M": 13, "E": 12, "C": 15}[fields["event_code"]]


CHECKS = {"A": check_add, "F": check_add, "P": check_trade, "D": check_delete, "X": check_cancel, "E": check_execution,
          "C": check_execution, "U": check_replace, "Q": check_cross, "I": check_imbalance, "J": check_collar,
          "H": check_trading_action, "Y": check_short_sale, "S": check_system_event}


def apply(orders, message):
    """The test's own order store."""
    kind, fields = message["type"], message["fields"]
    reference = fields.get("order_reference_number", fields.get("original_order_reference_number"))
    if kind in "AF":
        orders[reference] = (side_of(fields), fields["price"] * PRICE_UNIT, fields["shares"])
    elif kind == "D":
        orders.pop(reference, None)
    elif kind == "U":
        side = orders.pop(reference, ("N", None, None))[0]
        orders[fields["new_order_reference_number"]] = (side, fields["price"] * PRICE_UNIT, fields["shares"])
    elif kind in "ECX" and reference in orders:
        side, price, size = orders[reference]
        left = size - fields.get("executed_shares", fields.get("canceled_shares"))
        if left > 0:
            orders[reference] = (side, price, left)
        else:
            del orders[reference]


def test_records_as_documented(messages):
    """Type by type; the order store starts empty with each file, and with each session in it."""
    stores = {}
    for packet, message, line in messages:
        orders = stores.setdefault((packet["file"], packet["session"]), {})
        if message["type"] in CHECKS:
            try:
                CHECKS[message["type"]](message["fields"], line["records"], orders)
            except AssertionError as error:
                raise AssertionError(f"{packet['file']} packet {packet['packet']}: {message['fields']}: {error}") from error
        else:
            assert line["records"][0]["message_hex"] == message["hex"]
        apply(orders, message)


def test_synthetic_archive(programs, captures):
    file = captures(f"{FOLDER}/synthetic.itch")
    wanted = json.loads(captures(f"{FOLDER}/synthetic.counts.json").read_text())
    counts = programs.counts(file, PROTOCOL)
    assert counts["messages"] == wanted["messages"]
    assert counts["by_type"] == wanted["by_type"]
    assert counts["refused"] == 0
    unknown = wanted["lifecycle_errors"]
    orders = counts["orders"]
    assert (orders["unknown_executions"], orders["unknown_reductions"], orders["unknown_deletions"], orders["unknown_replacements"]
            ) == (unknown["E_unknown"], unknown["X_unknown"], unknown["D_unknown"], unknown["U_unknown"])
    assert orders["beyond_remaining"] == unknown["neg"]
    # The counts' decoder forgets a replacement of an order that it does not know. Our store keeps the new order, which is
    # real though its side is not known (its records say MAYBE_BAD_BOOK): that is one order more for each of the two.
    assert orders["orders"] == wanted["live_orders_at_end"] + unknown["U_unknown"] == 3206


def test_synthetic_adds(programs, captures):
    file = captures(f"{FOLDER}/synthetic.itch")
    wanted = json.loads(captures(f"{FOLDER}/synthetic.counts.json").read_text())
    lines = programs.lines(file, PROTOCOL, "--date", "2010-12-24")
    adds = [line for line in lines if line["type"] in "AF"]
    assert collections.Counter(line["records"][0]["symbol"] for line in adds) == wanted["adds_by_stock"]
    assert sum(line["records"][0]["size"] for line in adds) == wanted["add_shares"]
    assert sum(line["records"][0]["size"] * line["records"][0]["price"] for line in adds) == wanted["add_notional_e4"] * PRICE_UNIT
    midnight = 1293166800 * 10**9  # 2010-12-24 00:00 US Eastern, UTC-5 in winter
    assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0]["records"][0]["ts_event"] == midnight + wanted["first_ts"]
    assert lines[-1]["records"][0]["ts_event"] == midnight + wanted["last_ts"]
    for line in adds:
        assert line["records"][0]["flags"] & BAD_TS_RECV  # an archive has no arrival times
        line["records"][0]["flags"] &= ~BAD_TS_RECV
        check_add(line["fields"], line["records"], {})
