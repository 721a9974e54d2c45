#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long after their publishing records are read: latency_meter.py NAME. Set HEADRACE_SOCKET for another socket."""
import sys
import time

import headrace
import numpy

with headrace.attach(sys.argv[1]) as feed:
    seen = []
    while (batch := feed.batch()) is not None:
        seen.append(time.time_ns() - batch["stamp"].astype("i8"))
latency_ns = numpy.concatenate(seen) if seen else numpy.zeros(1)
print(feed.stats.records, "records, ns to read one: p50 %d, p99 %d, p99.9 %d" % (*numpy.percentile(latency_ns, (50, 99, 99.9)),))
