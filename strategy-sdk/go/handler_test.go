// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

const (
	testSlotCount  = 1024
	testFirstStamp = uint64(1_700_000_100_000_000_000)
)

// testRing is the writer's side of one ring: its objects, mapped for writing.
type testRing struct {
	descriptors [3]int
	header      *ringHeader
	cursor      *cursorPage
	data        []byte
	directory   []byte
	slotBytes   int
	published   uint64
	stamp       uint64
}

// testHandler answers one attach and then does what a test wants of a handler.
type testHandler struct {
	t        *testing.T
	path     string
	listener int
	peer     int
	rings    []*testRing
	counters int
	request  []byte
	served   chan error
}

// object makes a memfd of `size` bytes, mapped for writing.
func object(t *testing.T, size int) (int, []byte) {
	t.Helper()
	name := []byte("headrace-test\x00")
	number := map[string]uintptr{"amd64": 319, "arm64": 279}[runtime.GOARCH] // of memfd_create
	fd, _, errno := syscall.Syscall(number, uintptr(unsafe.Pointer(&name[0])), 1, 0)
	if errno != 0 {
		t.Skipf("memfd_create: %v", errno)
	}
	if err := syscall.Ftruncate(int(fd), int64(size)); err != nil {
		t.Fatal(err)
	}
	bytes, err := syscall.Mmap(int(fd), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(bytes); syscall.Close(int(fd)) })
	return int(fd), bytes
}

func newTestRing(t *testing.T, slotBytes, slotCount int) *testRing {
	t.Helper()
	r := &testRing{slotBytes: slotBytes, stamp: testFirstStamp}
	var cursor []byte
	r.descriptors[0], r.data = object(t, headerBytesMin+slotBytes*slotCount)
	r.descriptors[1], cursor = object(t, cursorBytes)
	r.descriptors[2], r.directory = object(t, 64+64*8)
	r.header, r.cursor = (*ringHeader)(unsafe.Pointer(&r.data[0])), (*cursorPage)(unsafe.Pointer(&cursor[0]))
	*r.header = ringHeader{magic: ringMagic, abiMajor: 1, abiMinor: 1, headerBytes: headerBytesMin,
		slotBytes: uint32(slotBytes), slotCount: uint32(slotCount), state: stateRunning, heartbeatNs: uint64(time.Now().UnixNano())}
	r.cursor.magic = cursorMagic
	*(*directoryHeader)(unsafe.Pointer(&r.directory[0])) = directoryHeader{magic: directoryMagic, capacity: 8, entryBytes: 64}
	return r
}

// publish writes records into the next slots, and fails the test where the cursor gives no room for ten seconds.
func (r *testRing) publish(t *testing.T, records ...[]byte) {
	t.Helper()
	count := uint64(r.header.slotCount)
	for _, record := range records {
		until(t, "the ring has room", func() bool { return r.published-atomic.LoadUint64(&r.cursor.read) < count })
		slot := r.data[headerBytesMin+int(r.published%count)*r.slotBytes:]
		copy(slot[8:], record)
		r.stamp++
		r.published++
		atomic.StoreUint64((*uint64)(unsafe.Pointer(&slot[0])), r.stamp)
	}
}

func (r *testRing) name(publisher uint16, instrument uint32, symbol string, roundLot uint32) {
	head := (*directoryHeader)(unsafe.Pointer(&r.directory[0]))
	entry := directoryEntry{instrumentID: instrument, publisherID: publisher, roundLot: roundLot}
	copy(entry.symbol[:], symbol)
	*(*directoryEntry)(unsafe.Pointer(&r.directory[64+64*head.count])) = entry
	atomic.AddUint32(&head.count, 1)
}

func (r *testRing) state(state uint32) { atomic.StoreUint32(&r.header.state, state) }

// newTestHandler listens; it answers the first that attaches.
func newTestHandler(t *testing.T, rings ...*testRing) *testHandler {
	t.Helper()
	h := &testHandler{t: t, path: filepath.Join(t.TempDir(), "h.sock"), rings: rings, peer: -1, served: make(chan error, 1)}
	var page []byte
	h.counters, page = object(t, 64+128*4+8*4)
	*(*statisticsHeader)(unsafe.Pointer(&page[0])) = statisticsHeader{
		magic: statisticMagic, capacity: 4, entryBytes: 128, count: 3, valuesOffset: 64 + 128*4}
	for i, name := range []string{"records", "", "published"} {
		copy(page[64+128*i:], "worker")
		copy(page[64+128*i+16:], "0")
		copy(page[64+128*i+80:], name)
		binary.LittleEndian.PutUint64(page[64+128*4+8*i:], uint64(10+i))
	}
	var err error
	if h.listener, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_SEQPACKET, 0); err != nil {
		t.Fatal(err)
	}
	if err = syscall.Bind(h.listener, &syscall.SockaddrUnix{Name: h.path}); err != nil {
		t.Fatal(err)
	}
	if err = syscall.Listen(h.listener, 4); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(h.listener); h.hangUp() })
	return h
}

// serve answers one request with `status`, in a goroutine of its own.
func (h *testHandler) serve(status int32, message string) {
	go func() { h.served <- h.answer(status, message) }()
}

func (h *testHandler) answer(status int32, message string) (err error) {
	if h.peer, _, err = syscall.Accept(h.listener); err != nil {
		return err
	}
	h.request = make([]byte, 256)
	n, err := syscall.Read(h.peer, h.request)
	if err != nil {
		return err
	}
	h.request = h.request[:n]
	reply := make([]byte, replyBytes)
	binary.LittleEndian.PutUint32(reply, attachMagic)
	binary.LittleEndian.PutUint16(reply[4:], 1)
	binary.LittleEndian.PutUint16(reply[6:], replyBytes)
	binary.LittleEndian.PutUint32(reply[8:], uint32(status))
	copy(reply[24:], message)
	var control []byte
	if status == 0 {
		var descriptors []int
		for _, r := range h.rings {
			descriptors = append(descriptors, r.descriptors[:]...)
		}
		descriptors = append(descriptors, h.counters)
		binary.LittleEndian.PutUint32(reply[12:], uint32(len(h.rings)))
		binary.LittleEndian.PutUint32(reply[16:], uint32(len(descriptors)))
		control = syscall.UnixRights(descriptors...)
	}
	return syscall.Sendmsg(h.peer, reply, control, nil, 0)
}

func (h *testHandler) hangUp() {
	if h.peer >= 0 {
		syscall.Close(h.peer)
		h.peer = -1
	}
}

// attached gives a feed that is closed with the test.
func attached(t *testing.T, options Options, rings ...*testRing) (*testHandler, *Feed) {
	t.Helper()
	h := newTestHandler(t, rings...)
	h.serve(0, "")
	options.Socket = h.path
	feed, err := Attach("strategy", options)
	if err != nil {
		t.Fatal(err)
	}
	if err = <-h.served; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { feed.Close() })
	return h, feed
}

// until polls a condition; it fails the test where ten seconds are not enough.
func until(t *testing.T, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(deadline) {
			t.Fatalf("ten seconds were not enough until %s", what)
		}
	}
}

// testMBO is an order whose size is the number.
func testMBO(number uint32) []byte {
	record := make([]byte, 56)
	record[0], record[1] = 14, RTypeMBO
	binary.LittleEndian.PutUint16(record[2:], 2)
	binary.LittleEndian.PutUint32(record[4:], number%3)
	binary.LittleEndian.PutUint64(record[16:], uint64(number))
	binary.LittleEndian.PutUint32(record[32:], number)
	return record
}

func testMBOs(count int) [][]byte {
	records := make([][]byte, count)
	for i := range records {
		records[i] = testMBO(uint32(i))
	}
	return records
}

// sizes are those of the MBO records of a batch.
func sizes(b Batch) string {
	text := ""
	for i := 0; i < b.Len(); i++ {
		text += fmt.Sprint(b.At(i).MBO().Size, " ")
	}
	return text
}
