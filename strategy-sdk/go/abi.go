// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"sync/atomic"
	"unsafe"
)

// What docs/ABI.md calls sections 1, 2 and 6: the bytes of messages and shared objects.
const (
	attachMagic    = 0x41525248
	ringMagic      = 0x31474e4952524548
	cursorMagic    = 0x3152535243525248
	directoryMagic = 0x3152494452525248
	statisticMagic = 0x3154415453525248

	protocolVersion = 1
	abiMajor        = 1
	abiMinor        = 1

	requestBytes   = 64
	replyBytes     = 128
	consumerBytes  = 32
	workersMax     = 64
	descriptorsMax = 3*workersMax + 2
	kindConsumer   = 1

	cursorBytes    = 4096
	headerBytesMin = 4096
	slotCountMin   = 64
	slotCountMax   = 1 << 26
	stampBytes     = 8
	cacheLine      = 64
	cursorLag      = 32 // slots after which the cursor is stored at the latest

	heartbeatLateNs = 3_000_000
)

type ringHeader struct {
	magic         uint64
	abiMajor      uint16
	abiMinor      uint16
	headerBytes   uint32
	slotBytes     uint32
	slotCount     uint32
	sessionEpoch  uint64
	writerPid     uint64
	writerStartNs uint64
	tscHz         uint64
	worker        uint32
	workerCount   uint32
	consumer      [32]byte
	firstStamp    uint64
	_             [24]byte
	heartbeatNs   uint64 // from here on live
	published     uint64
	lost          uint64
	state         uint32
	_             [36]byte
	wakes         uint32
	_             [60]byte
}

type cursorPage struct {
	magic   uint64
	_       [56]byte
	read    uint64
	_       [56]byte
	waiting uint32
	_       [60]byte
}

type directoryHeader struct {
	magic      uint64
	capacity   uint32
	entryBytes uint32
	count      uint32 // live
	_          [44]byte
}

type directoryEntry struct {
	instrumentID uint32
	publisherID  uint16
	feed         uint8
	_            uint8
	roundLot     uint32
	_            [4]byte
	symbol       [24]byte
	_            [24]byte
}

type statisticsHeader struct {
	magic        uint64
	capacity     uint32
	entryBytes   uint32
	count        uint32 // live
	valuesOffset uint32
	sessionEpoch uint64
	instance     [32]byte
}

type statisticsEntry struct {
	step    [16]byte
	subject [64]byte
	name    [32]byte
	_       [16]byte
}

const (
	stateRunning  = 1
	stateDetached = 2
	stateEvicted  = 3
	stateStopping = 4
)

// zeroTerminated is the text in front of the first zero byte, or all of it.
func zeroTerminated(bytes []byte) string {
	for i, b := range bytes {
		if b == 0 {
			return string(bytes[:i])
		}
	}
	return string(bytes)
}

// Go's atomic loads are at least acquires and its stores at least releases; a store followed by a load stays in this order.

func load64(at unsafe.Pointer) uint64 { return atomic.LoadUint64((*uint64)(at)) }
