// SPDX-License-Identifier: Apache-2.0

// Package headrace reads market data from a Headrace handler: records that lie in shared memory, without a copy, a system call
// or cgo. It is written from docs/ABI.md alone and needs nothing but the standard library, on Linux and little-endian
// processors.
//
//	feed, err := headrace.Attach("my-strategy", headrace.Options{})
//	if err != nil {
//		return err
//	}
//	defer feed.Close()
//	for {
//		record, ok := feed.Next()
//		if !ok {
//			break
//		}
//		if order := record.MBO(); order != nil {
//			fmt.Println(order.InstrumentID, order.Price, order.Size)
//		}
//	}
//	if err := feed.Err(); err != headrace.Stopped {
//		return err
//	}
//
// # What is lent
//
// A Record, a Batch and what they point to are memory of the ring. They stay as they are until the next call of Poll, Next,
// PollBatch, NextBatch or Close on the feed, and not one instruction longer: copy what must stay. After Close the memory is
// gone, and reading it is a fault that no recover catches.
//
// # Threads
//
// One goroutine at a time uses a Feed. Interrupt alone may be called from any.
//
// # Units
//
// Times are ns since the UNIX epoch, prices are in units of 1e-9.
package headrace
