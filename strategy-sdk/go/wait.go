// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Waiting is what Next and NextBatch do while there is nothing to read.
type Waiting int

const (
	// Spin looks all the time: the lowest latency, for one whole core.
	Spin Waiting = iota
	// Yield looks all the time and lets other goroutines run between two looks.
	Yield
	// Futex spins for about 20 us, then sleeps until the handler wakes it. A handler of ABI 1.0 wakes nobody: Futex is then
	// Yield.
	Futex
)

const (
	spinBeforeSleep = 20 * time.Microsecond
	sleepMost       = 100 * time.Millisecond // a handler that was killed wakes nobody
	futexWait       = 0
)

// told is `waiting` of the request.
func (w Waiting) told() uint32 {
	if w == Futex {
		return 1
	}
	return 0
}

// Next waits for a record and gives it; false: the feed has ended, or was interrupted, and Err tells why.
func (f *Feed) Next() (Record, bool) {
	// take, written out once more: Go does not inline it, and a call costs 1 ns a record.
	if r := f.at; r != nil && f.given < turnRecords {
		r.release()
		slot := r.slot()
		if stamp := load64(slot); stamp > r.last {
			f.given++
			r.last = stamp
			r.read++
			return Record{slot, r.room, r.index}, true
		}
	}
	for f.goesOn() {
		if record, ok := f.Poll(); ok {
			return record, true
		}
		f.wait()
	}
	return Record{}, false
}

// NextBatch waits for records and gives them as PollBatch does; false: the feed has ended, or was interrupted, and Err tells
// why.
func (f *Feed) NextBatch(most int) (Batch, bool) {
	for most > 0 && f.goesOn() {
		if batch, ok := f.PollBatch(most); ok {
			return batch, true
		}
		f.wait()
	}
	return Batch{}, false
}

// Interrupt makes Next or NextBatch return false with Err() == Interrupted, once, though there may be something to read: one
// that waits now, or else one of the next 65 calls. The feed can be read on after that. From any goroutine; a sleeper hears of
// it after a tenth of a second.
func (f *Feed) Interrupt() { atomic.StoreUint32(&f.interrupted, 1) }

// goesOn is false where the feed has ended or was interrupted. An interruption that has been told is over.
func (f *Feed) goesOn() bool {
	if f.err == Interrupted {
		f.err = nil
	}
	if f.err == nil && atomic.LoadUint32(&f.interrupted) != 0 {
		atomic.StoreUint32(&f.interrupted, 0)
		f.err = Interrupted
	}
	return f.err == nil
}

// wait returns where it may be worth looking again: at something to read, an end or an interruption. Every ring was empty and
// has its cursor stored.
func (f *Feed) wait() {
	begin := time.Time{}
	for looks := 1; f.err == nil; looks++ {
		if f.anyReady() {
			return
		}
		if f.waiting == Yield || f.waiting == Futex && !f.canSleep {
			runtime.Gosched()
		}
		if looks%looksBeforeEnd != 0 {
			continue
		}
		if atomic.LoadUint32(&f.interrupted) != 0 {
			return
		}
		f.err = f.end()
		runtime.Gosched() // a spinning goroutine would else keep its processor until it is preempted
		if !f.canSleep || f.err != nil {
			continue
		}
		if begin.IsZero() {
			begin = time.Now()
		} else if time.Since(begin) > spinBeforeSleep {
			f.sleep()
			f.err = f.end()
		}
	}
}

// sleep arms every ring and waits on the first one's word, unless there is something to read or an end after all.
func (f *Feed) sleep() {
	first := f.rings[0]
	wakes := atomic.LoadUint32(&first.header.wakes)
	for _, r := range f.rings {
		if r.arm() {
			return
		}
	}
	for _, r := range f.rings {
		if atomic.LoadUint32(&r.header.state) != stateRunning {
			return
		}
	}
	limit := syscall.NsecToTimespec(int64(sleepMost))
	// Woken, interrupted, out of time, or the word had changed already: the caller looks again in each case.
	syscall.Syscall6(syscall.SYS_FUTEX, uintptr(unsafe.Pointer(&first.header.wakes)), futexWait, uintptr(wakes),
		uintptr(unsafe.Pointer(&limit)), 0, 0)
}

// arm tells the handler that this reader is about to sleep; true: there is something to read after all.
func (r *ring) arm() bool {
	r.ticket++
	if r.ticket == 0 {
		r.ticket = 1
	}
	r.store()
	// Go's atomics are sequentially consistent: the look behind this store stays behind it, which is the fence that the
	// handler has not.
	atomic.StoreUint32(&r.cursor.waiting, r.ticket)
	return r.ready()
}
