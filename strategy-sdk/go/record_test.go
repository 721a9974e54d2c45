// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"encoding/binary"
	"testing"
	"unsafe"
)

// The sizes and offsets of docs/ABI.md.
func TestLayouts(t *testing.T) {
	var (
		header     ringHeader
		cursor     cursorPage
		entry      directoryEntry
		counter    statisticsEntry
		mbo        MBO
		trade      Trade
		status     Status
		imbalance  Imbalance
		statistics Statistics
		definition Definition
		session    Session
		broken     TradeBreak
		native     Native
	)
	for _, row := range []struct {
		what          string
		found, wanted uintptr
	}{
		{"ring header", unsafe.Sizeof(header), 256},
		{"first_stamp", unsafe.Offsetof(header.firstStamp), 96},
		{"heartbeat_ns", unsafe.Offsetof(header.heartbeatNs), 128},
		{"state", unsafe.Offsetof(header.state), 152},
		{"wakes", unsafe.Offsetof(header.wakes), 192},
		{"consumer", unsafe.Offsetof(header.consumer), 64},
		{"cursor", unsafe.Sizeof(cursor), 192},
		{"read", unsafe.Offsetof(cursor.read), 64},
		{"waiting", unsafe.Offsetof(cursor.waiting), 128},
		{"directory", unsafe.Sizeof(directoryHeader{}), 64},
		{"entry", unsafe.Sizeof(entry), 64},
		{"symbol", unsafe.Offsetof(entry.symbol), 16},
		{"statistics page", unsafe.Sizeof(statisticsHeader{}), 64},
		{"counter", unsafe.Sizeof(counter), 128},
		{"counter's name", unsafe.Offsetof(counter.name), 80},
		{"Header", unsafe.Sizeof(Header{}), 16},
		{"MBO", unsafe.Sizeof(mbo), 56},
		{"MBO.Side", unsafe.Offsetof(mbo.Side), 39},
		{"MBO.Sequence", unsafe.Offsetof(mbo.Sequence), 52},
		{"Trade", unsafe.Sizeof(trade), 48},
		{"Trade.TsRecv", unsafe.Offsetof(trade.TsRecv), 32},
		{"Status", unsafe.Sizeof(status), 40},
		{"Status.IsTrading", unsafe.Offsetof(status.IsTrading), 30},
		{"Imbalance", unsafe.Sizeof(imbalance), 112},
		{"Imbalance.SignificantImbalance", unsafe.Offsetof(imbalance.SignificantImbalance), 110},
		{"Statistics", unsafe.Sizeof(statistics), 80},
		{"Statistics.StatFlags", unsafe.Offsetof(statistics.StatFlags), 61},
		{"Definition", unsafe.Sizeof(definition), 520},
		{"Definition.RawInstrumentID", unsafe.Offsetof(definition.RawInstrumentID), 112},
		{"Definition.MinLotSizeRoundLot", unsafe.Offsetof(definition.MinLotSizeRoundLot), 168},
		{"Definition.RawSymbol", unsafe.Offsetof(definition.RawSymbol), 238},
		{"Definition.Exchange", unsafe.Offsetof(definition.Exchange), 330},
		{"Definition.InstrumentClass", unsafe.Offsetof(definition.InstrumentClass), 487},
		{"Definition.SecurityUpdateAction", unsafe.Offsetof(definition.SecurityUpdateAction), 493},
		{"Lost", unsafe.Sizeof(Lost{}), 40},
		{"Gap", unsafe.Sizeof(Gap{}), 48},
		{"Session", unsafe.Sizeof(session), 48},
		{"Session.Event", unsafe.Offsetof(session.Event), 42},
		{"TradeBreak", unsafe.Sizeof(broken), 56},
		{"TradeBreak.ChannelID", unsafe.Offsetof(broken.ChannelID), 48},
		{"Native", unsafe.Sizeof(native), 56},
		{"Native.Message", unsafe.Offsetof(native.Message), 29},
	} {
		if row.found != row.wanted {
			t.Errorf("%s: %d, wanted %d", row.what, row.found, row.wanted)
		}
	}
}

// typed is a record of one type and length in a ring of one slot size.
func typed(rtype uint8, length, slotBytes int) Record {
	slot := make([]uint64, slotBytes/8)
	record := Record{unsafe.Pointer(&slot[0]), uint32(slotBytes) - stampBytes, 0}
	*record.Header() = Header{Length: uint8(length / 4), RType: rtype}
	return record
}

func TestTypedViews(t *testing.T) {
	views := []struct {
		rtype  uint8
		length int
		view   func(Record) bool
	}{
		{RTypeMBO, 56, func(r Record) bool { return r.MBO() != nil }},
		{RTypeTrade, 48, func(r Record) bool { return r.Trade() != nil }},
		{RTypeStatus, 40, func(r Record) bool { return r.Status() != nil }},
		{RTypeDefinition, 520, func(r Record) bool { return r.Definition() != nil }},
		{RTypeImbalance, 112, func(r Record) bool { return r.Imbalance() != nil }},
		{RTypeStatistics, 80, func(r Record) bool { return r.Statistics() != nil }},
		{RTypeLost, 40, func(r Record) bool { return r.Lost() != nil }},
		{RTypeGap, 48, func(r Record) bool { return r.Gap() != nil }},
		{RTypeSession, 48, func(r Record) bool { return r.Session() != nil }},
		{RTypeTradeBreak, 56, func(r Record) bool { return r.TradeBreak() != nil }},
		{RTypeNative, 56, func(r Record) bool { return r.Native() != nil }},
	}
	for _, of := range views {
		for _, asked := range views {
			if got := asked.view(typed(of.rtype, of.length, 576)); got != (of.rtype == asked.rtype) {
				t.Errorf("a record of type %#x as %#x: %v", of.rtype, asked.rtype, got)
			}
		}
		if of.view(typed(of.rtype, of.length-4, 576)) {
			t.Errorf("a record of type %#x that is too short has a view", of.rtype)
		}
		if of.length > 56 && of.view(typed(of.rtype, of.length, 64)) {
			t.Errorf("a record of type %#x has a view beyond its slot", of.rtype)
		}
	}
	if typed(RTypeRecovered, 48, 64).Gap() == nil {
		t.Error("RECOVERED is not as GAP")
	}
}

func TestBytesEndWithTheSlot(t *testing.T) {
	for length, wanted := range map[int]int{0: 0, 16: 16, 56: 56, 60: 56, 1020: 56} {
		if got := len(typed(0x77, length, 64).Bytes()); got != wanted {
			t.Errorf("a length of %d gives %d bytes, not %d", length, got, wanted)
		}
	}
	if (Record{}).Valid() || !typed(0x77, 16, 64).Valid() {
		t.Error("Valid")
	}
}

func TestNewestNameCounts(t *testing.T) {
	r := newTestRing(t, 64, 64)
	r.name(2, 7, "AAPL", 0)
	r.name(39, 7, "MSFT", 100)
	_, feed := attached(t, Options{}, r)
	if found, ok := feed.Instrument(2, 7); !ok || found.Symbol != "AAPL" || found.RoundLot != 0 {
		t.Fatalf("%+v %v", found, ok)
	}
	if _, ok := feed.Instrument(2, 8); ok {
		t.Fatal("an instrument that is not there has a name")
	}
	r.name(2, 7, "AAPL", 100)
	r.name(2, 8, "A-SYMBOL-OF-24-CHARACTER", 1)
	if found, _ := feed.Instrument(2, 7); found.RoundLot != 100 {
		t.Fatalf("%+v", found)
	}
	if found, _ := feed.Instrument(2, 8); found.Symbol != "A-SYMBOL-OF-24-CHARACTER" {
		t.Fatalf("%+v", found)
	}
	if found, _ := feed.Instrument(39, 7); found.Symbol != "MSFT" || len(feed.Instruments()) != 4 {
		t.Fatalf("%+v of %+v", found, feed.Instruments())
	}
	binary.LittleEndian.PutUint32(r.directory[16:], 1<<31) // a count beyond what there is room for
	if n := len(feed.Instruments()); n != 8 {
		t.Fatalf("%d entries of a directory for 8", n)
	}
}

func TestCounters(t *testing.T) {
	r := newTestRing(t, 64, 64)
	r.header.published, r.header.lost = 12, 3
	_, feed := attached(t, Options{}, r)
	found := feed.Counters()
	records, published := Counter{"worker", "0", "records", 10}, Counter{"worker", "0", "published", 12}
	if len(found) != 2 || found[0] != records || found[1] != published {
		t.Fatalf("%+v", found)
	}
	if feed.Published() != 12 || feed.Lost() != 3 {
		t.Fatalf("published %d, lost %d", feed.Published(), feed.Lost())
	}
}
