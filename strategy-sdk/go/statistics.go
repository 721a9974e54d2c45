// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Counter is one value of the handler's statistics page, as `headrace stat` prints them.
type Counter struct {
	Step, Subject, Name string
	Value               uint64
}

type statistics struct {
	mapping
	capacity uint32
	values   uint32
}

func (s *statistics) open(descriptor int) (err error) {
	head := unsafe.Sizeof(statisticsHeader{})
	if s.mapping, err = mapObject("statistics page", descriptor, int(head), 0, syscall.PROT_READ); err != nil {
		return err
	}
	h := (*statisticsHeader)(s.base)
	if magic := atomic.LoadUint64(&h.magic); magic != statisticMagic {
		return fmt.Errorf("its statistics page begins with %#x, wanted %#x", magic, uint64(statisticMagic))
	}
	entry := unsafe.Sizeof(statisticsEntry{})
	if uintptr(h.entryBytes) != entry {
		return fmt.Errorf("its statistics page's entry_bytes is %d, wanted %d", h.entryBytes, entry)
	}
	s.capacity, s.values = h.capacity, h.valuesOffset
	size := uint64(len(s.bytes))
	if uint64(head)+uint64(s.capacity)*uint64(entry) > size || uint64(s.values)+8*uint64(s.capacity) > size || s.values%8 != 0 {
		return fmt.Errorf("its statistics page says that it has %d entries and values at %d, and its object has %d bytes",
			s.capacity, s.values, size)
	}
	return nil
}

// Counters are the handler's statistics now, of all inputs, feeds and consumers. Allocates.
func (f *Feed) Counters() []Counter {
	s := &f.counters
	if s.base == nil {
		return nil
	}
	count := atomic.LoadUint32(&(*statisticsHeader)(s.base).count) // pairs with the handler's release
	if count > s.capacity {
		count = s.capacity
	}
	entries := unsafe.Slice((*statisticsEntry)(unsafe.Add(s.base, unsafe.Sizeof(statisticsHeader{}))), int(count))
	var all []Counter
	for i := range entries {
		e := &entries[i]
		if e.name[0] == 0 { // fills a cache line
			continue
		}
		value := load64(unsafe.Add(s.base, uintptr(s.values)+8*uintptr(i)))
		all = append(all, Counter{zeroTerminated(e.step[:]), zeroTerminated(e.subject[:]), zeroTerminated(e.name[:]), value})
	}
	return all
}
