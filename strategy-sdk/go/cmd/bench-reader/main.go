// SPDX-License-Identifier: Apache-2.0

// Command bench-reader times consuming from a full ring: what one record costs this language. bench/sdk makes the ring and
// runs it.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"time"

	"headrace"
)

const batchRecords = 512

var works = map[string]func(*headrace.Feed, int) (records int, sum uint64){
	"batch":       batch,
	"batch-touch": batchTouch,
	"iterate":     iterate,
}

func main() {
	if len(os.Args) != 5 || works[os.Args[3]] == nil {
		fmt.Fprintln(os.Stderr, "usage: bench-reader SOCKET CONSUMER batch|batch-touch|iterate RECORDS")
		os.Exit(2)
	}
	wanted, err := strconv.Atoi(os.Args[4])
	if err != nil || wanted < 1 {
		fmt.Fprintf(os.Stderr, "bench-reader: RECORDS is %q, wanted a number from 1 on\n", os.Args[4])
		os.Exit(2)
	}
	feed, err := headrace.Attach(os.Args[2], headrace.Options{Socket: os.Args[1]})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer feed.Close()
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	begin := time.Now()
	records, sum := works[os.Args[3]](feed, wanted)
	ns := time.Since(begin).Nanoseconds()
	if records < wanted {
		fmt.Fprintf(os.Stderr, "bench-reader: %d records of %d came: %v\n", records, wanted, feed.Err())
		os.Exit(1)
	}
	fmt.Printf("{\"records\": %d, \"ns\": %d, \"sum\": %d}\n", records, ns, sum)
}

// left is how many records the next batch may have: consuming exactly what was asked leaves no rest to wait for.
func left(wanted, records int) int {
	if wanted-records < batchRecords {
		return wanted - records
	}
	return batchRecords
}

func batch(feed *headrace.Feed, wanted int) (records int, sum uint64) {
	for records < wanted {
		some, ok := feed.NextBatch(left(wanted, records))
		if !ok {
			break
		}
		for i := 0; i < some.Len(); i++ {
			if order := some.At(i).MBO(); order != nil {
				sum += uint64(order.Size)
			}
		}
		records += some.Len()
	}
	return records, sum
}

func batchTouch(feed *headrace.Feed, wanted int) (records int, sum uint64) {
	for records < wanted {
		some, ok := feed.NextBatch(left(wanted, records))
		if !ok {
			break
		}
		if order := some.At(0).MBO(); order != nil {
			sum += uint64(order.Size)
		}
		records += some.Len()
	}
	return records, sum
}

func iterate(feed *headrace.Feed, wanted int) (records int, sum uint64) {
	for ; records < wanted; records++ {
		record, ok := feed.Next()
		if !ok {
			break
		}
		if order := record.MBO(); order != nil {
			sum += uint64(order.Size)
		}
	}
	return records, sum
}
