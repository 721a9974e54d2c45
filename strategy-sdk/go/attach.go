// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"encoding/binary"
	"fmt"
	"syscall"
	"time"
)

// DefaultSocket is where a handler of the default instance listens.
const DefaultSocket = "/run/headrace/headrace.sock"

// attachSeconds is how long connecting and the reply may each take: a handler takes up to two where the ring's last owner has
// only just gone.
const attachSeconds = 6

// Options of Attach; their zero values are the defaults.
type Options struct {
	Socket  string  // "": DefaultSocket
	Waiting Waiting // what Next and NextBatch do when there is nothing to read
}

// Refused is the handler's refusal. It unwraps to its errno: errors.Is(err, syscall.EACCES).
type Refused struct {
	Socket, Consumer string
	Errno            syscall.Errno
	Message          string // the handler's own words
}

func (r *Refused) Error() string {
	return fmt.Sprintf("headrace: %s refuses consumer %q: %s (%s)", r.Socket, r.Consumer, r.Message, r.Errno.Error())
}

func (r *Refused) Unwrap() error { return r.Errno }

// Unusable says why this side cannot use what the handler gave it.
type Unusable struct {
	Socket string
	Reason string
}

func (u *Unusable) Error() string {
	return fmt.Sprintf("headrace: %s is no handler that this package (ABI %d.%d) can read: %s", u.Socket, abiMajor,
		abiMinor, u.Reason)
}

// Attach asks the handler for the rings of a consumer: the name in its configuration, at most 31 bytes of printable ASCII. It
// may take six seconds. The error is a *Refused, a *Unusable, or of the system. The caller owns the feed and closes it.
func Attach(consumer string, options Options) (*Feed, error) {
	if options.Socket == "" {
		options.Socket = DefaultSocket
	}
	if len(consumer) == 0 || len(consumer) >= consumerBytes {
		return nil, fmt.Errorf("headrace: consumer name %q has %d bytes; 1 to %d are allowed", consumer, len(consumer),
			consumerBytes-1)
	}
	socket, err := connect(options.Socket)
	if err != nil {
		return nil, err
	}
	feed, err := ask(socket, consumer, options)
	if err != nil {
		syscall.Close(socket)
		return nil, err
	}
	return feed, nil
}

// connect gives a connected SOCK_SEQPACKET socket whose calls return after attachSeconds.
func connect(path string) (int, error) {
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("headrace: no socket: %w", err)
	}
	limit := syscall.Timeval{Sec: attachSeconds}
	for _, option := range []int{syscall.SO_RCVTIMEO, syscall.SO_SNDTIMEO} {
		if err = syscall.SetsockoptTimeval(socket, syscall.SOL_SOCKET, option, &limit); err != nil {
			syscall.Close(socket)
			return -1, fmt.Errorf("headrace: a time limit for %s: %w", path, err)
		}
	}
	if err = again(func() error { return syscall.Connect(socket, &syscall.SockaddrUnix{Name: path}) }); err != nil {
		syscall.Close(socket)
		return -1, fmt.Errorf("headrace: connecting to %s: %w; is the handler running, and is this its socket?", path, err)
	}
	return socket, nil
}

// again calls until no signal interrupted: Go's scheduler sends them to its own threads.
func again(call func() error) error {
	deadline := time.Now().Add(attachSeconds * time.Second)
	for {
		err := call()
		if err != syscall.EINTR || time.Now().After(deadline) {
			return err
		}
	}
}

// ask sends the request and makes a feed of the reply. On success the feed owns the socket.
func ask(socket int, consumer string, options Options) (*Feed, error) {
	request := make([]byte, requestBytes)
	binary.LittleEndian.PutUint32(request[0:], attachMagic)
	binary.LittleEndian.PutUint16(request[4:], protocolVersion)
	binary.LittleEndian.PutUint16(request[6:], requestBytes)
	binary.LittleEndian.PutUint32(request[8:], kindConsumer)
	binary.LittleEndian.PutUint16(request[12:], abiMajor)
	binary.LittleEndian.PutUint16(request[14:], abiMinor)
	copy(request[16:16+consumerBytes-1], consumer)
	binary.LittleEndian.PutUint32(request[48:], options.Waiting.told())
	send := func() error { return syscall.Sendmsg(socket, request, nil, nil, syscall.MSG_NOSIGNAL) }
	if err := again(send); err != nil {
		return nil, fmt.Errorf("headrace: asking %s: %w", options.Socket, err)
	}

	reply := make([]byte, replyBytes)
	control := make([]byte, syscall.CmsgSpace(4*descriptorsMax))
	var length, controlLength, flags int
	err := again(func() (err error) {
		length, controlLength, flags, _, err = syscall.Recvmsg(socket, reply, control, syscall.MSG_CMSG_CLOEXEC)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("headrace: the reply of %s: %w", options.Socket, err)
	}
	descriptors, err := rights(control[:controlLength])
	defer func() {
		for _, descriptor := range descriptors {
			syscall.Close(descriptor)
		}
	}()
	if err != nil {
		return nil, &Unusable{options.Socket, err.Error()}
	}
	if length == 0 {
		return nil, &Unusable{options.Socket, "it hung up without an answer; it does so where a user has 16 connections " +
			"open that have not asked yet"}
	}
	workers, err := judge(reply[:length], flags, len(descriptors), consumer, options)
	if err != nil {
		return nil, err
	}
	return newFeed(socket, descriptors[:3*workers+1], workers, options)
}

// judge checks all of a reply, and gives the number of rings that came.
func judge(reply []byte, flags, descriptors int, consumer string, options Options) (int, error) {
	unusable := func(format string, values ...interface{}) (int, error) {
		return 0, &Unusable{options.Socket, fmt.Sprintf(format, values...)}
	}
	if flags&(syscall.MSG_TRUNC|syscall.MSG_CTRUNC) != 0 || len(reply) != replyBytes {
		return unusable("its reply has %d bytes or more, or more descriptors than fit; wanted %d", len(reply), replyBytes)
	}
	if magic := binary.LittleEndian.Uint32(reply[0:]); magic != attachMagic {
		return unusable("its reply begins with %#x, wanted %#x", magic, attachMagic)
	}
	if version := binary.LittleEndian.Uint16(reply[4:]); version != protocolVersion {
		return unusable("it speaks attach protocol %d, wanted %d", version, protocolVersion)
	}
	if said := binary.LittleEndian.Uint16(reply[6:]); said != replyBytes {
		return unusable("its reply says that it has %d bytes, wanted %d", said, replyBytes)
	}
	if status := int32(binary.LittleEndian.Uint32(reply[8:])); status < 0 {
		return 0, &Refused{options.Socket, consumer, syscall.Errno(-status), zeroTerminated(reply[24:])}
	} else if status > 0 {
		return unusable("its status is %d, wanted 0 or a negative errno", status)
	}
	workers, said := binary.LittleEndian.Uint32(reply[12:]), binary.LittleEndian.Uint32(reply[16:])
	if workers == 0 || workers > workersMax {
		return unusable("it has %d rings, wanted 1 to %d", workers, workersMax)
	}
	if wanted := 3*workers + 1; said != wanted || uint32(descriptors) != wanted {
		return unusable("%d descriptors came and it says %d, wanted %d for %d rings", descriptors, said, wanted, workers)
	}
	return int(workers), nil
}

// rights gives the descriptors of a control message; also with an error they are the caller's.
func rights(control []byte) (descriptors []int, err error) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return nil, err
	}
	for _, message := range messages {
		if message.Header.Level != syscall.SOL_SOCKET || message.Header.Type != syscall.SCM_RIGHTS {
			err = fmt.Errorf("a control message of type %d came, wanted descriptors alone", message.Header.Type)
			continue
		}
		some, parseErr := syscall.ParseUnixRights(&message)
		if parseErr != nil {
			err = parseErr
		}
		descriptors = append(descriptors, some...)
	}
	return descriptors, err
}
