// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"math/bits"
)

const (
	parts   = 32 // of each power of two: a bucket is at most 3% wide
	buckets = 64 * parts
)

// histogram counts times in ns. Below 32 ns each has its own bucket. Nothing is allocated while it counts.
type histogram struct {
	counts  [buckets]uint64
	total   uint64
	highest uint64
}

func bucket(ns uint64) int {
	if ns < parts {
		return int(ns)
	}
	power := bits.Len64(ns) - 6 // ns >> power is 32 to 63
	return power*parts + int(ns>>uint(power))
}

// lowest is the smallest time of a bucket.
func lowest(bucket int) uint64 {
	if bucket < 2*parts {
		return uint64(bucket)
	}
	power := bucket/parts - 1
	return uint64(bucket-power*parts) << uint(power)
}

func (h *histogram) add(ns uint64) {
	h.counts[bucket(ns)]++
	h.total++
	if ns > h.highest {
		h.highest = ns
	}
}

// percentile is the time within which that part of all records (0 to 1) came, to 3%.
func (h *histogram) percentile(part float64) uint64 {
	wanted, seen := uint64(part*float64(h.total)), uint64(0)
	for i, count := range h.counts {
		if seen += count; count > 0 && seen > wanted {
			return lowest(i)
		}
	}
	return h.highest
}

func (h *histogram) print(out io.Writer) {
	fmt.Fprintf(out, "%d records\n", h.total)
	if h.total == 0 {
		return
	}
	for _, part := range []float64{0.5, 0.9, 0.99, 0.999} {
		fmt.Fprintf(out, "%6.1f %%  %8d ns\n", 100*part, h.percentile(part))
	}
	fmt.Fprintf(out, "highest   %8d ns\n", h.highest)
}
