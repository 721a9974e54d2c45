// SPDX-License-Identifier: Apache-2.0

// Command conform prints everything that a ring gives, as conformance/README.md asks of every language.
package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"

	"headrace"
)

// program is one run: what it prints, and how far it is.
type program struct {
	feed    *headrace.Feed
	out     *bufio.Writer
	in      *bufio.Reader
	hold    int
	printed int
	lost    uint64
}

func main() {
	batch := flag.Int("batch", 0, "read by batches of at most `N` records")
	hold := flag.Int("hold", 0, "after `N` records wait for a line on standard input")
	stats := flag.Bool("stats", false, "print the directory at the end")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: conform [--batch N] [--hold N] [--stats] SOCKET CONSUMER")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	feed, err := headrace.Attach(flag.Arg(1), headrace.Options{Socket: flag.Arg(0)})
	if err != nil {
		var refused *headrace.Refused
		status := 0
		if errors.As(err, &refused) {
			status = -int(refused.Errno)
		}
		fmt.Println("refused", status)
		fmt.Fprintln(os.Stderr, err)
		return
	}
	defer feed.Close()
	p := &program{feed: feed, out: bufio.NewWriter(os.Stdout), in: bufio.NewReader(os.Stdin), hold: *hold}
	defer p.out.Flush()
	fmt.Fprintln(p.out, "attached", feed.Rings())
	if *batch > 0 {
		p.batches(*batch)
	} else {
		p.records()
	}
	if *stats {
		for _, i := range feed.Instruments() {
			fmt.Fprintln(p.out, "symbol", i.PublisherID, i.InstrumentID, i.Symbol)
		}
	}
	fmt.Fprintln(p.out, "lost", p.lost)
	var end *headrace.End
	if !errors.As(feed.Err(), &end) {
		fmt.Fprintln(os.Stderr, feed.Err())
		os.Exit(1)
	}
	fmt.Fprintln(p.out, "end", end.Status())
}

func (p *program) records() {
	for {
		record, ok := p.feed.Poll()
		if !ok {
			p.out.Flush()
			if record, ok = p.feed.Next(); !ok {
				return
			}
		}
		p.print(record)
		p.waitIfHeld()
	}
}

func (p *program) batches(most int) {
	for {
		batch, ok := p.feed.PollBatch(most)
		if !ok {
			p.out.Flush()
			if batch, ok = p.feed.NextBatch(most); !ok {
				return
			}
		}
		for i := 0; i < batch.Len(); i++ {
			p.print(batch.At(i))
		}
		fmt.Fprintln(p.out, "batch", batch.Len())
		p.waitIfHeld()
	}
}

func (p *program) print(record headrace.Record) {
	fmt.Fprintln(p.out, record.Ring(), record.Stamp(), record.RType(), hex.EncodeToString(record.Bytes()))
	p.printed++
	if lost := record.Lost(); lost != nil {
		p.lost += lost.Count
	}
}

// waitIfHeld holds what was printed last until somebody writes a line.
func (p *program) waitIfHeld() {
	if p.hold == 0 || p.printed < p.hold {
		return
	}
	p.hold = 0
	fmt.Fprintln(p.out, "hold")
	p.out.Flush()
	p.in.ReadString('\n')
}
