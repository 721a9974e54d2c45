// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

// looksBeforeEnd is how many looks find nothing before the ends are looked at.
const looksBeforeEnd = 1024

// turnRecords is how many records one ring gives before the next ring is looked at.
const turnRecords = 64

// Feed is an attached consumer: its rings, read in turn. Close it.
type Feed struct {
	at          *ring // the ring whose turn it is, which holds what was handed out last
	rings       []*ring
	given       int // records it gave in this turn; of turnRecords its turn is over
	looks       int // looks that found nothing since the ends were looked at last
	waiting     Waiting
	canSleep    bool // the handler wakes sleepers
	socket      int
	err         error
	interrupted uint32
	named       []int // entries of each ring's directory that are in instruments
	instruments map[instrumentKey]Instrument
	counters    statistics
}

// newFeed maps everything. On failure the socket stays the caller's, the descriptors always do.
func newFeed(socket int, descriptors []int, workers int, options Options) (*Feed, error) {
	f := &Feed{socket: socket, waiting: options.Waiting, canSleep: options.Waiting == Futex, named: make([]int, workers),
		instruments: map[instrumentKey]Instrument{}}
	for i := 0; i < workers; i++ {
		r, err := newRing(i, descriptors[3*i:3*i+3])
		if err != nil {
			f.unmap()
			return nil, &Unusable{options.Socket, err.Error()}
		}
		f.rings = append(f.rings, r)
		f.canSleep = f.canSleep && r.header.abiMinor >= 1
	}
	if err := f.counters.open(descriptors[3*workers]); err != nil {
		f.unmap()
		return nil, &Unusable{options.Socket, err.Error()}
	}
	f.at = f.rings[0]
	return f, nil
}

// Close gives back everything. Records and batches are gone with it. The consumer's name may be attached again at once.
func (f *Feed) Close() error {
	if f.socket < 0 {
		return nil
	}
	if f.err == nil {
		f.err = Closed
	}
	err := syscall.Close(f.socket)
	f.socket = -1
	f.unmap()
	return err
}

func (f *Feed) unmap() {
	for _, r := range f.rings {
		r.close()
	}
	f.counters.close()
	f.rings, f.at = nil, nil
}

// Rings is how many rings the feed has: one for each of the handler's workers.
func (f *Feed) Rings() int { return len(f.rings) }

// Published and Lost are what the handler says of all rings: records that were meant for this consumer, and those among them
// that had no room. A millisecond old at most.
func (f *Feed) Published() uint64 {
	return f.sum(func(h *ringHeader) uint64 { return atomic.LoadUint64(&h.published) })
}

// Lost: see Published. The stream itself tells of losses by LOST records.
func (f *Feed) Lost() uint64 {
	return f.sum(func(h *ringHeader) uint64 { return atomic.LoadUint64(&h.lost) })
}

func (f *Feed) sum(word func(*ringHeader) uint64) (sum uint64) {
	for _, r := range f.rings {
		sum += word(r.header)
	}
	return sum
}

// Poll gives the next record, or false where there is none now or the feed has ended: Err tells which. It never blocks and
// does not allocate. What was lent before is given back.
func (f *Feed) Poll() (Record, bool) {
	if record, ok := f.take(); ok {
		return record, true
	}
	if f.at == nil || !f.next() {
		return Record{}, false
	}
	return f.take()
}

// take is the next record of the ring whose turn it is, while its turn lasts.
func (f *Feed) take() (Record, bool) {
	r := f.at
	if r == nil {
		return Record{}, false
	}
	r.release()
	slot := r.slot()
	stamp := load64(slot) // pairs with the handler's release
	if stamp <= r.last || f.given >= turnRecords {
		return Record{}, false
	}
	f.given++
	r.last = stamp
	r.read++
	return Record{slot, r.room, r.index}, true
}

// next gives the turn to the next ring with something new. Where there is none it stores every cursor, and now and then looks
// for the end.
func (f *Feed) next() bool {
	begin := int(f.at.index)
	for i := 1; i <= len(f.rings); i++ {
		r := f.rings[(begin+i)%len(f.rings)]
		if r.ready() {
			f.at, f.given = r, 0
			return true
		}
		r.store()
	}
	f.looks++
	if f.looks >= looksBeforeEnd && f.err == nil {
		f.looks = 0
		f.err = f.end()
	}
	return false
}

// Batch is a run of records that lie behind one another in one ring, lent until the next call on the feed.
//
// It has four fields because Go keeps structs of up to four in registers; with five each At copies it, at 4 ns.
type Batch struct {
	first     unsafe.Pointer
	count     uint32
	slotBytes uint32
	ring      uint32
}

// Len is how many records there are.
func (b Batch) Len() int { return int(b.count) }

// Ring is which of the feed's rings they lie in.
func (b Batch) Ring() int { return int(b.ring) }

// At is record i, from 0 to Len() - 1; it panics elsewhere.
func (b Batch) At(i int) Record {
	if uint(i) >= uint(b.count) {
		panic("headrace: Batch.At beyond the batch")
	}
	return Record{unsafe.Add(b.first, uintptr(i)*uintptr(b.slotBytes)), b.slotBytes - stampBytes, b.ring}
}

// PollBatch gives the records that are there, at most `most` (1 or more) and only up to where the ring wraps; false where
// there are none now or the feed has ended: Err tells which. It never blocks and does not allocate. What was lent before is
// given back, all of it at once: a batch lends its slots, and leaves the handler that much less room.
func (f *Feed) PollBatch(most int) (Batch, bool) {
	r := f.at
	if r == nil || most < 1 {
		return Batch{}, false
	}
	r.release()
	if len(f.rings) > 1 || !r.ready() {
		if !f.next() {
			return Batch{}, false
		}
		r = f.at
	}
	slot := r.slot()
	count := r.run(slot, uint64(most))
	return Batch{slot, uint32(count), uint32(r.slotBytes), r.index}, true
}
