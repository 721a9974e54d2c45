#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time bars from trades, one for each symbol, printed as they close: bar_builder.py NAME, or bar_builder.py --file FILE.

A bar closes when the venue's clock (ts_event) passes its end, whatever instrument the record that shows it is of. The trades
are those of schema `trades`, and T in `mbo`.
"""

import argparse
from dataclasses import dataclass

import headrace


@dataclass
class Bar:
    open: float
    high: float
    low: float
    close: float
    volume: int
    trades: int = 1

    def add(self, price, size):
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.volume += size
        self.trades += 1


class BarBuilder:
    """Calls on_bar(begin_ns, (publisher_id, instrument_id), bar) for each bar that closes."""

    def __init__(self, seconds, on_bar):
        self.span_ns, self.on_bar = int(seconds * 1e9), on_bar
        self.begin_ns, self.bars = 0, {}

    def add(self, record):
        if record.ts_event - self.begin_ns >= self.span_ns and record.ts_event != headrace.UNDEF_TIMESTAMP:
            self.close()
            self.begin_ns = record.ts_event - record.ts_event % self.span_ns
        if record.rtype not in (headrace.RType.MBP_0, headrace.RType.MBO) or record.action != headrace.Action.TRADE:
            return
        if record.price == headrace.UNDEF_PRICE:
            return
        key, price = (record.publisher_id, record.instrument_id), record.pretty_price
        if key in self.bars:
            self.bars[key].add(price, record.size)
        else:
            self.bars[key] = Bar(price, price, price, price, record.size)

    def close(self):
        for key, bar in sorted(self.bars.items()):
            self.on_bar(self.begin_ns, key, bar)
        self.bars.clear()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", help="the consumer's name in the handler's configuration")
    parser.add_argument("--socket", help="path of the handler's socket")
    parser.add_argument("--file", help="a DBN file instead of a handler")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a bar")
    options = parser.parse_args()
    if bool(options.name) == bool(options.file):
        parser.error("a name or --file")

    def print_bar(begin_ns, key, bar):
        symbol = feed.symbol(*key) or f"{key[0]}/{key[1]}"
        print(f"{headrace.to_datetime(begin_ns):%H:%M:%S.%f} {symbol:<8} open {bar.open:.4f} high {bar.high:.4f} low {bar.low:.4f} "
              f"close {bar.close:.4f} volume {bar.volume} trades {bar.trades}", flush=True)

    builder = BarBuilder(options.seconds, print_bar)
    with headrace.open(options.file) if options.file else headrace.attach(options.name, socket=options.socket, wait="futex") as feed:
        for record in feed:
            builder.add(record)
        builder.close()


if __name__ == "__main__":
    main()
