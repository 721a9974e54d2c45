// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Instrument is an entry of a worker's directory.
type Instrument struct {
	PublisherID  uint16
	InstrumentID uint32
	Symbol       string
	RoundLot     uint32 // 0: not known
	Feed         uint8  // index in the handler's configuration
}

// directory is one worker's; entries are added to it, never changed.
type directory struct {
	mapping
	capacity uint32
}

func (d *directory) open(descriptor int) (err error) {
	head := int(unsafe.Sizeof(directoryHeader{}))
	if d.mapping, err = mapObject("directory", descriptor, head, 0, syscall.PROT_READ); err != nil {
		return err
	}
	h := (*directoryHeader)(d.base)
	if magic := atomic.LoadUint64(&h.magic); magic != directoryMagic {
		return fmt.Errorf("its directory begins with %#x, wanted %#x", magic, uint64(directoryMagic))
	}
	if entry := uint32(unsafe.Sizeof(directoryEntry{})); h.entryBytes != entry {
		return fmt.Errorf("its directory's entry_bytes is %d, wanted %d", h.entryBytes, entry)
	}
	d.capacity = h.capacity
	if room := uint64(len(d.bytes)-head) / uint64(h.entryBytes); uint64(d.capacity) > room {
		return fmt.Errorf("its directory says that it has room for %d entries, and its object has room for %d", d.capacity,
			room)
	}
	return nil
}

// entries are those that are there now.
func (d *directory) entries() []directoryEntry {
	count := atomic.LoadUint32(&(*directoryHeader)(d.base).count) // pairs with the handler's release
	if count > d.capacity {
		count = d.capacity
	}
	first := unsafe.Add(d.base, unsafe.Sizeof(directoryHeader{}))
	return unsafe.Slice((*directoryEntry)(first), int(count))
}

func (e *directoryEntry) instrument() Instrument {
	return Instrument{e.publisherID, e.instrumentID, zeroTerminated(e.symbol[:]), e.roundLot, e.feed}
}

// Instruments are all entries of all rings' directories, in their order: an instrument may have several, of which the last
// counts. New ones come while the feed runs. Allocates.
func (f *Feed) Instruments() []Instrument {
	var all []Instrument
	for _, r := range f.rings {
		entries := r.names.entries()
		for i := range entries {
			all = append(all, entries[i].instrument())
		}
	}
	return all
}

type instrumentKey struct {
	instrumentID uint32
	publisherID  uint16
}

// Instrument is the newest entry of an instrument. Allocates only where entries are new.
func (f *Feed) Instrument(publisherID uint16, instrumentID uint32) (Instrument, bool) {
	for i, r := range f.rings {
		entries := r.names.entries()
		for ; f.named[i] < len(entries); f.named[i]++ {
			entry := entries[f.named[i]].instrument()
			f.instruments[instrumentKey{entry.InstrumentID, entry.PublisherID}] = entry
		}
	}
	found, ok := f.instruments[instrumentKey{instrumentID, publisherID}]
	return found, ok
}
