// SPDX-License-Identifier: Apache-2.0

// Command latency-meter measures how long after the poll that brought its packet each record is read, until the handler stops
// or somebody types Ctrl-C, and prints percentiles.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"headrace"
)

func main() {
	socket := flag.String("socket", headrace.DefaultSocket, "the handler's `PATH`")
	wait := flag.String("wait", "spin", "while nothing comes: spin, yield or futex")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: latency-meter [--socket PATH] [--wait spin|yield|futex] CONSUMER")
		flag.PrintDefaults()
	}
	flag.Parse()
	waiting, known := map[string]headrace.Waiting{"spin": headrace.Spin, "yield": headrace.Yield,
		"futex": headrace.Futex}[*wait]
	if flag.NArg() != 1 || !known {
		flag.Usage()
		os.Exit(2)
	}
	feed, err := headrace.Attach(flag.Arg(0), headrace.Options{Socket: *socket, Waiting: waiting})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer feed.Close()
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	go func() {
		<-interrupt
		feed.Interrupt()
	}()

	times, lost := measure(feed)
	times.print(os.Stdout)
	if lost > 0 {
		fmt.Printf("%d records were lost: the ring was full\n", lost)
	}
	if end := feed.Err(); !errors.Is(end, headrace.Stopped) && !errors.Is(end, headrace.Interrupted) {
		fmt.Fprintln(os.Stderr, end)
		os.Exit(1)
	}
}

// measure reads until the feed ends.
func measure(feed *headrace.Feed) (times *histogram, lost uint64) {
	times = &histogram{}
	for {
		record, ok := feed.Next()
		if !ok {
			return times, lost
		}
		if told := record.Lost(); told != nil {
			lost += told.Count
			continue
		}
		// A record of a large poll may be stamped some ns ahead of the clock: each further one has 1 ns more.
		if away := time.Now().UnixNano() - int64(record.Stamp()); away > 0 {
			times.add(uint64(away))
		} else {
			times.add(0)
		}
	}
}
