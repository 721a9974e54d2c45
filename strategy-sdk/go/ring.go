// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// ring reads one worker's ring. What addresses memory is a checked copy: the header is looked at for live words only.
type ring struct {
	slots     unsafe.Pointer // slot 0
	mask      uint64         // slot_count - 1
	slotBytes uintptr
	read      uint64 // slots handed out; with each call on the feed those of the calls before are done with
	stored    uint64 // the cursor's value
	last      uint64 // the newest stamp that was handed out
	cursor    *cursorPage
	header    *ringHeader
	room      uint32 // bytes of a slot behind its stamp
	index     uint32
	ticket    uint32
	data      mapping
	page      mapping
	names     directory
}

// newRing maps and checks data, cursor and directory. The descriptors stay the caller's.
func newRing(index int, descriptors []int) (r *ring, err error) {
	r = &ring{index: uint32(index)}
	defer func() {
		if err != nil {
			r.close()
		}
	}()
	if r.data, err = mapObject("ring", descriptors[0], int(unsafe.Sizeof(ringHeader{})), 0, syscall.PROT_READ); err != nil {
		return r, err
	}
	if r.page, err = mapObject("cursor page", descriptors[1], cursorBytes, cursorBytes,
		syscall.PROT_READ|syscall.PROT_WRITE); err != nil {
		return r, err
	}
	if err = r.names.open(descriptors[2]); err != nil {
		return r, err
	}
	r.header, r.cursor = (*ringHeader)(r.data.base), (*cursorPage)(r.page.base)
	if err = r.check(); err != nil {
		return r, err
	}
	if r.cursor.magic != cursorMagic {
		return r, fmt.Errorf("its cursor page begins with %#x, wanted %#x", r.cursor.magic, uint64(cursorMagic))
	}
	return r, nil
}

// check judges the header, each number loaded once, and takes what it says.
func (r *ring) check() error {
	h := r.header
	if magic := atomic.LoadUint64(&h.magic); magic != ringMagic {
		return fmt.Errorf("its ring begins with %#x, wanted %#x", magic, uint64(ringMagic))
	}
	if h.abiMajor != abiMajor {
		return fmt.Errorf("its ring has ABI %d.%d, wanted %d.x; take the package of that handler's release", h.abiMajor,
			h.abiMinor, abiMajor)
	}
	headerBytes, slotBytes, slotCount := uint64(h.headerBytes), uint64(h.slotBytes), uint64(h.slotCount)
	if headerBytes < headerBytesMin || headerBytes%cacheLine != 0 {
		return fmt.Errorf("its ring's header_bytes is %d, wanted a multiple of %d from %d on", headerBytes, cacheLine,
			headerBytesMin)
	}
	if slotBytes != 64 && slotBytes != 128 && slotBytes != 384 && slotBytes != 576 {
		return fmt.Errorf("its ring's slot_bytes is %d, wanted 64, 128, 384 or 576", slotBytes)
	}
	if slotCount < slotCountMin || slotCount > slotCountMax || slotCount&(slotCount-1) != 0 {
		return fmt.Errorf("its ring's slot_count is %d, wanted a power of two from %d to %d", slotCount, slotCountMin,
			slotCountMax)
	}
	if wanted := headerBytes + slotCount*slotBytes; wanted > uint64(len(r.data.bytes)) {
		return fmt.Errorf("its ring says that it has %d bytes, and its object has %d", wanted, len(r.data.bytes))
	}
	r.slots = unsafe.Add(r.data.base, uintptr(headerBytes))
	r.mask, r.slotBytes, r.room = slotCount-1, uintptr(slotBytes), uint32(slotBytes)-stampBytes
	r.last = h.firstStamp // zero where the handler is of 1.0
	return nil
}

func (r *ring) close() {
	r.data.close()
	r.page.close()
	r.names.close()
}

// slot is where the slot of `read` is.
func (r *ring) slot() unsafe.Pointer { return unsafe.Add(r.slots, uintptr(r.read&r.mask)*r.slotBytes) }

// release is done with what was handed out, and stores the cursor where that is due.
func (r *ring) release() {
	if r.read-r.stored >= cursorLag {
		r.store()
	}
}

// store tells the handler how far this reader is; only where what was handed out is done with. Pairs with the handler's
// acquire before it writes a slot again.
func (r *ring) store() {
	if r.stored != r.read {
		r.stored = r.read
		atomic.StoreUint64(&r.cursor.read, r.read)
	}
}

// ready says whether there is a record that was not handed out.
func (r *ring) ready() bool { return load64(r.slot()) > r.last }

// run hands out the records that lie behind one another from slot on: at most `most`, and none beyond the wrap.
func (r *ring) run(slot unsafe.Pointer, most uint64) uint64 {
	if whole := r.mask + 1 - r.read&r.mask; most > whole {
		most = whole
	}
	last, n := r.last, uint64(0)
	for n < most {
		stamp := load64(slot) // pairs with the handler's release
		if stamp <= last {
			break
		}
		last = stamp
		slot = unsafe.Add(slot, r.slotBytes)
		n++
	}
	r.last = last
	r.read += n
	return n
}
