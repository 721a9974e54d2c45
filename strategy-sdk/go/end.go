// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"sync/atomic"
	"syscall"
	"time"
)

// End is why a feed ended; Err gives one of the values below. It unwraps to its errno.
type End struct {
	errno syscall.Errno
	text  string
}

func (e *End) Error() string { return "headrace: " + e.text }

func (e *End) Unwrap() error { return e.errno }

// Status is the negative errno by which the other languages call this end.
func (e *End) Status() int { return -int(e.errno) }

// The ends.
var (
	Stopped  = &End{syscall.ESHUTDOWN, "the handler stopped in good order"}
	Died     = &End{syscall.EPIPE, "the handler died"}
	Detached = &End{syscall.ENOBUFS, "this consumer was too slow, and its handler detaches those (on_full: detach); " +
		"read faster, or ask for a larger ring"}
	Evicted = &End{syscall.EBADMSG, "the cursor held a value that no reader writes: memory of this process is being " +
		"overwritten"}
	Unknown = &End{syscall.EPROTO, "the ring has a state that this package does not know; take the package of the " +
		"handler's release"}
	Interrupted = &End{syscall.EINTR, "Interrupt was called"}
	Closed      = &End{syscall.EBADF, "the feed is closed"}
)

// Err is nil while the feed goes on, else why it ended: Stopped, Died, Detached, Evicted, Unknown or Closed. Everything that
// was published before has been read then. After Interrupt it is Interrupted until the next call of Next or NextBatch.
func (f *Feed) Err() error {
	return f.err
}

// end looks at states, heartbeats and socket. nil: the feed goes on, or has something to read.
func (f *Feed) end() error {
	end := f.stateEnd()
	if end == nil && f.heartbeatLate() && f.gone() {
		if end = f.stateEnd(); end == nil {
			end = Died
		}
	}
	// What was published before the state changed, or before the handler died, is visible now.
	if end == nil || f.anyReady() {
		return nil
	}
	return end
}

// stateEnd is what the rings' states say. A ring that says something other than running or stopping ends all; stopping is an
// end once all say so.
func (f *Feed) stateEnd() error {
	stopping := 0
	for _, r := range f.rings {
		switch atomic.LoadUint32(&r.header.state) { // pairs with the handler's release
		case stateRunning:
		case stateStopping:
			stopping++
		case stateDetached:
			return Detached
		case stateEvicted:
			return Evicted
		default:
			return Unknown
		}
	}
	if stopping == len(f.rings) {
		return Stopped
	}
	return nil
}

func (f *Feed) heartbeatLate() bool {
	now := time.Now().UnixNano()
	for _, r := range f.rings {
		if away := now - int64(atomic.LoadUint64(&r.header.heartbeatNs)); away > heartbeatLateNs || away < -heartbeatLateNs {
			return true
		}
	}
	return false
}

// gone asks the kernel whether the handler has hung up.
func (f *Feed) gone() bool {
	var byte [1]byte
	n, _, err := syscall.Recvfrom(f.socket, byte[:], syscall.MSG_DONTWAIT|syscall.MSG_PEEK)
	if err != nil {
		return err != syscall.EAGAIN && err != syscall.EINTR
	}
	return n == 0
}

func (f *Feed) anyReady() bool {
	for _, r := range f.rings {
		if r.ready() {
			return true
		}
	}
	return false
}
