// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

func TestRecordsComeInOrderOverLaps(t *testing.T) {
	r := newTestRing(t, 64, 64)
	_, feed := attached(t, Options{}, r)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.publish(t, testMBOs(1000)...)
		r.state(stateStopping)
	}()
	for number := uint32(0); ; number++ {
		record, ok := feed.Next()
		if !ok {
			if number != 1000 {
				t.Fatalf("%d records came, not 1000", number)
			}
			break
		}
		if order := record.MBO(); order == nil || order.Size != number || record.Stamp() != testFirstStamp+uint64(number)+1 {
			t.Fatalf("record %d is %+v with stamp %d", number, order, record.Stamp())
		}
	}
	<-done
	if feed.Err() != Stopped || Stopped.Status() != -108 || !errors.Is(feed.Err(), syscall.ESHUTDOWN) {
		t.Fatalf("the end is %v", feed.Err())
	}
	if _, ok := feed.Next(); ok {
		t.Fatal("there is a record after the end")
	}
}

func TestBatchEndsAtMaximumAndWrap(t *testing.T) {
	r := newTestRing(t, 128, 64)
	r.publish(t, testMBOs(50)...)
	_, feed := attached(t, Options{}, r)
	for _, wanted := range []int{40, 10} {
		if batch, ok := feed.PollBatch(40); !ok || batch.Len() != wanted {
			t.Fatalf("a batch of %d, not %d", batch.Len(), wanted)
		}
	}
	if batch, ok := feed.PollBatch(40); ok || batch.Len() != 0 || feed.Err() != nil {
		t.Fatalf("a batch of %d from an empty ring (%v)", batch.Len(), feed.Err())
	}
	r.publish(t, testMBOs(20)...)
	if batch, _ := feed.PollBatch(512); batch.Len() != 14 || !strings.HasPrefix(sizes(batch), "0 1 2 ") {
		t.Fatalf("up to the wrap %d records: %s", batch.Len(), sizes(batch))
	}
	if batch, _ := feed.PollBatch(512); batch.Len() != 6 || !strings.HasPrefix(sizes(batch), "14 15 ") {
		t.Fatalf("behind the wrap %d records: %s", batch.Len(), sizes(batch))
	}
	if _, ok := feed.PollBatch(0); ok {
		t.Fatal("a batch of at most 0 records")
	}
}

func TestAtBeyondTheBatchPanics(t *testing.T) {
	r := newTestRing(t, 64, 64)
	r.publish(t, testMBOs(3)...)
	_, feed := attached(t, Options{}, r)
	batch, _ := feed.PollBatch(2)
	for _, i := range []int{-1, 2, 3} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("At(%d) of a batch of 2 gives a record", i)
				}
			}()
			batch.At(i)
		}()
	}
}

func TestABatchStaysInTheRing(t *testing.T) {
	r := newTestRing(t, 64, 64)
	r.publish(t, testMBOs(64)...)
	_, feed := attached(t, Options{}, r)
	feed.PollBatch(50)
	if read := atomic.LoadUint64(&r.cursor.read); read != 0 {
		t.Fatalf("the cursor is %d while the batch is lent", read)
	}
	feed.PollBatch(50)
	if read := atomic.LoadUint64(&r.cursor.read); read != 50 {
		t.Fatalf("the cursor is %d after the batch", read)
	}
}

func TestRingsInTurn(t *testing.T) {
	busy, quiet := newTestRing(t, 64, 1024), newTestRing(t, 64, 64)
	busy.publish(t, testMBOs(1000)...)
	quiet.publish(t, testMBO(7))
	_, feed := attached(t, Options{}, busy, quiet)
	turn := -1
	for i := 0; i < 1001; i++ {
		record, ok := feed.Poll()
		if !ok {
			t.Fatalf("record %d of 1001 is missing", i)
		}
		if record.Ring() == 1 {
			turn = i
		}
	}
	if turn < 0 || turn > turnRecords {
		t.Fatalf("the second ring's only record was number %d", turn)
	}
	if feed.Rings() != 2 {
		t.Fatalf("%d rings", feed.Rings())
	}
}

func TestNothingIsAllocated(t *testing.T) {
	r := newTestRing(t, 64, 1024)
	r.publish(t, testMBOs(1024)...)
	_, feed := attached(t, Options{}, r)
	sum := uint32(0)
	allocations := testing.AllocsPerRun(20, func() {
		for i := 0; i < 10; i++ {
			if record, ok := feed.Poll(); ok {
				sum += record.MBO().Size
			}
		}
		batch, _ := feed.PollBatch(20)
		for i := 0; i < batch.Len(); i++ {
			sum += batch.At(i).MBO().Size
		}
	})
	if allocations != 0 || sum != 629*630/2 {
		t.Fatalf("%v allocations; sum %d", allocations, sum)
	}
}

func TestDeathAfterTheLastRecord(t *testing.T) {
	r := newTestRing(t, 64, 64)
	h, feed := attached(t, Options{}, r)
	r.publish(t, testMBO(0))
	if _, ok := feed.Next(); !ok {
		t.Fatal(feed.Err())
	}
	r.publish(t, testMBO(1))
	h.hangUp()
	if _, ok := feed.Next(); !ok {
		t.Fatal("the record before the death is missing")
	}
	if _, ok := feed.Next(); ok || feed.Err() != Died {
		t.Fatalf("the end is %v", feed.Err())
	}
}

func TestInterrupt(t *testing.T) {
	for _, waiting := range []Waiting{Spin, Yield, Futex} {
		r := newTestRing(t, 64, 64)
		_, feed := attached(t, Options{Waiting: waiting}, r)
		go feed.Interrupt()
		if _, ok := feed.Next(); ok || feed.Err() != Interrupted {
			t.Fatalf("waiting %d: %v", waiting, feed.Err())
		}
		r.publish(t, testMBO(5))
		if record, ok := feed.Next(); !ok || record.MBO().Size != 5 {
			t.Fatalf("waiting %d: after the interruption %v", waiting, feed.Err())
		}
		r.state(stateStopping)
		if _, ok := feed.NextBatch(4); ok || feed.Err() != Stopped {
			t.Fatalf("waiting %d: after the interruption the end is %v", waiting, feed.Err())
		}
	}
}

// A reader whose ring is never empty is interrupted too, and loses nothing by it.
func TestInterruptOfABusyReader(t *testing.T) {
	for _, batches := range []bool{false, true} {
		r := newTestRing(t, 64, 1024)
		r.publish(t, testMBOs(1000)...)
		_, feed := attached(t, Options{}, r)
		interruptions, records := 0, 0
		for calls := 0; records < 1000; calls++ {
			if calls == 100 {
				feed.Interrupt()
			}
			n, ok := 1, false
			if batches {
				var batch Batch
				batch, ok = feed.NextBatch(5)
				n = batch.Len()
			} else {
				_, ok = feed.Next()
			}
			if ok {
				records += n
				continue
			}
			interruptions++
			if feed.Err() != Interrupted || calls > 100+turnRecords {
				t.Fatalf("call %d: %v", calls, feed.Err())
			}
		}
		if interruptions != 1 || records != 1000 {
			t.Fatalf("%d interruptions, %d records", interruptions, records)
		}
	}
}

// A sleeper tells its ticket and sleeps until the word changes and it is woken.
func TestFutexSleeperIsWoken(t *testing.T) {
	r := newTestRing(t, 64, 64)
	h, feed := attached(t, Options{Waiting: Futex}, r)
	if told := binary.LittleEndian.Uint32(h.request[48:]); told != 1 {
		t.Fatalf("the request says waiting %d", told)
	}
	go func() {
		last := uint32(0)
		for number := uint32(0); number < 20; number++ {
			until(t, "it has a new ticket", func() bool { return atomic.LoadUint32(&r.cursor.waiting) != last })
			last = atomic.LoadUint32(&r.cursor.waiting)
			r.publish(t, testMBO(number))
			r.wake()
		}
		until(t, "it has a new ticket", func() bool { return atomic.LoadUint32(&r.cursor.waiting) != last })
		r.state(stateStopping)
		r.wake()
	}()
	for number := uint32(0); number < 20; number++ {
		if record, ok := feed.Next(); !ok || record.MBO().Size != number {
			t.Fatalf("record %d: %v", number, feed.Err())
		}
	}
	if _, ok := feed.Next(); ok || feed.Err() != Stopped {
		t.Fatalf("the end is %v", feed.Err())
	}
}

func TestNobodySleepsWhereNobodyWakes(t *testing.T) {
	r := newTestRing(t, 64, 64)
	r.header.abiMinor = 0
	_, feed := attached(t, Options{Waiting: Futex}, r)
	go func() {
		time.Sleep(100 * spinBeforeSleep) // by then a sleeper would sleep
		r.publish(t, testMBO(1))
	}()
	if _, ok := feed.Next(); !ok || atomic.LoadUint32(&r.cursor.waiting) != 0 {
		t.Fatalf("ticket %d, %v", atomic.LoadUint32(&r.cursor.waiting), feed.Err())
	}
}

func TestClose(t *testing.T) {
	r := newTestRing(t, 64, 64)
	before := descriptors(t)
	h := newTestHandler(t, r)
	h.serve(0, "")
	feed, err := Attach("strategy", Options{Socket: h.path})
	if err != nil {
		t.Fatal(err)
	}
	<-h.served
	for i := 0; i < 2; i++ {
		if err := feed.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := feed.Next(); ok || feed.Err() != Closed {
		t.Fatalf("a closed feed gives %v", feed.Err())
	}
	if _, ok := feed.PollBatch(3); ok || feed.Rings() != 0 || feed.Published() != 0 {
		t.Fatal("a closed feed gives something")
	}
	if feed.Counters() != nil || feed.Instruments() != nil {
		t.Fatal("a closed feed knows something")
	}
	if n, _ := syscall.Read(h.peer, make([]byte, 8)); n != 0 {
		t.Fatal("the handler was not told")
	}
	// The test's own: one page of counters, the listener, its peer.
	if now := descriptors(t); now != before+3 {
		t.Fatalf("%d descriptors, and %d before", now, before)
	}
}

func descriptors(t *testing.T) int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}

// wake does what a handler's waker does for a sleeper.
func (r *testRing) wake() {
	atomic.AddUint32(&r.header.wakes, 1)
	syscall.Syscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&r.header.wakes)), 1, 1, 0, 0, 0)
}
