// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"fmt"
	"syscall"
	"unsafe"
)

// mapping is a shared object in this process's memory. It is no memory of Go's: the collector does not look at it.
type mapping struct {
	bytes []byte
	base  unsafe.Pointer
}

// mapObject maps the whole object, or its first `only` bytes where that is not 0. It must have `least` bytes.
func mapObject(name string, descriptor, least, only, protection int) (mapping, error) {
	var stat syscall.Stat_t
	if err := syscall.Fstat(descriptor, &stat); err != nil {
		return mapping{}, fmt.Errorf("the size of its %s: %w", name, err)
	}
	if stat.Size < int64(least) {
		return mapping{}, fmt.Errorf("its %s has %d bytes, wanted %d or more", name, stat.Size, least)
	}
	size := int(stat.Size)
	if only != 0 {
		size = only
	}
	// Populated at once: no first look at a slot is a page fault.
	bytes, err := syscall.Mmap(descriptor, 0, size, protection, syscall.MAP_SHARED|syscall.MAP_POPULATE)
	if err != nil {
		return mapping{}, fmt.Errorf("mapping its %s of %d bytes: %w", name, size, err)
	}
	return mapping{bytes, unsafe.Pointer(&bytes[0])}, nil
}

func (m *mapping) close() {
	if m.bytes != nil {
		syscall.Munmap(m.bytes)
	}
	*m = mapping{}
}
