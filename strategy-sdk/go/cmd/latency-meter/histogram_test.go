// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strings"
	"testing"
)

func TestBucketsAreInOrderAndNarrow(t *testing.T) {
	last := -1
	for ns := uint64(0); ns < 1<<20; ns++ {
		b := bucket(ns)
		if b != last && b != last+1 {
			t.Fatalf("%d ns is in bucket %d, and %d ns in %d", ns, b, ns-1, last)
		}
		if from := lowest(b); from > ns || ns-from > ns/parts {
			t.Fatalf("%d ns is in a bucket that begins at %d", ns, from)
		}
		last = b
	}
	if b := bucket(1<<64 - 1); b >= buckets {
		t.Fatalf("the longest time is in bucket %d of %d", b, buckets)
	}
}

func TestPercentiles(t *testing.T) {
	h := &histogram{}
	for ns := uint64(1); ns <= 1000; ns++ {
		h.add(ns)
	}
	for part, wanted := range map[float64]uint64{0: 1, 0.5: 500, 0.99: 990} {
		if got := h.percentile(part); got > wanted+1 || got < wanted-wanted/16 {
			t.Errorf("percentile %v is %d, wanted about %d", part, got, wanted)
		}
	}
	text := &strings.Builder{}
	h.print(text)
	if !strings.Contains(text.String(), "1000 records") || !strings.Contains(text.String(), "highest       1000 ns") {
		t.Error(text.String())
	}
	empty := &strings.Builder{}
	(&histogram{}).print(empty)
	if empty.String() != "0 records\n" {
		t.Error(empty.String())
	}
}
