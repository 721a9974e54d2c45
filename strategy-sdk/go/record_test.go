// SPDX-License-Identifier: Apache-2.0

package headrace

import (
	"bytes"
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
		level      BidAskPair
		venues     ConsolidatedBidAskPair
		mbp1       MBP1
		mbp10      MBP10
		bar        OHLCV
		bbo        BBO
		cmbp1      CMBP1
		cbbo       CBBO
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
		{"BidAskPair", unsafe.Sizeof(level), 32},
		{"BidAskPair.AskPx", unsafe.Offsetof(level.AskPx), 8},
		{"BidAskPair.BidSz", unsafe.Offsetof(level.BidSz), 16},
		{"BidAskPair.AskSz", unsafe.Offsetof(level.AskSz), 20},
		{"BidAskPair.BidCt", unsafe.Offsetof(level.BidCt), 24},
		{"BidAskPair.AskCt", unsafe.Offsetof(level.AskCt), 28},
		{"ConsolidatedBidAskPair", unsafe.Sizeof(venues), 32},
		{"ConsolidatedBidAskPair.AskPx", unsafe.Offsetof(venues.AskPx), 8},
		{"ConsolidatedBidAskPair.BidSz", unsafe.Offsetof(venues.BidSz), 16},
		{"ConsolidatedBidAskPair.AskSz", unsafe.Offsetof(venues.AskSz), 20},
		{"ConsolidatedBidAskPair.BidPb", unsafe.Offsetof(venues.BidPb), 24},
		{"ConsolidatedBidAskPair.AskPb", unsafe.Offsetof(venues.AskPb), 28},
		{"MBP1", unsafe.Sizeof(mbp1), 80},
		{"MBP1.Price", unsafe.Offsetof(mbp1.Price), 16},
		{"MBP1.Size", unsafe.Offsetof(mbp1.Size), 24},
		{"MBP1.Action", unsafe.Offsetof(mbp1.Action), 28},
		{"MBP1.Side", unsafe.Offsetof(mbp1.Side), 29},
		{"MBP1.Flags", unsafe.Offsetof(mbp1.Flags), 30},
		{"MBP1.Depth", unsafe.Offsetof(mbp1.Depth), 31},
		{"MBP1.TsRecv", unsafe.Offsetof(mbp1.TsRecv), 32},
		{"MBP1.TsInDelta", unsafe.Offsetof(mbp1.TsInDelta), 40},
		{"MBP1.Sequence", unsafe.Offsetof(mbp1.Sequence), 44},
		{"MBP1.Levels", unsafe.Offsetof(mbp1.Levels), 48},
		{"MBP10", unsafe.Sizeof(mbp10), 368},
		{"MBP10.Price", unsafe.Offsetof(mbp10.Price), 16},
		{"MBP10.Size", unsafe.Offsetof(mbp10.Size), 24},
		{"MBP10.Action", unsafe.Offsetof(mbp10.Action), 28},
		{"MBP10.Side", unsafe.Offsetof(mbp10.Side), 29},
		{"MBP10.Flags", unsafe.Offsetof(mbp10.Flags), 30},
		{"MBP10.Depth", unsafe.Offsetof(mbp10.Depth), 31},
		{"MBP10.TsRecv", unsafe.Offsetof(mbp10.TsRecv), 32},
		{"MBP10.TsInDelta", unsafe.Offsetof(mbp10.TsInDelta), 40},
		{"MBP10.Sequence", unsafe.Offsetof(mbp10.Sequence), 44},
		{"MBP10.Levels", unsafe.Offsetof(mbp10.Levels), 48},
		{"OHLCV", unsafe.Sizeof(bar), 56},
		{"OHLCV.Open", unsafe.Offsetof(bar.Open), 16},
		{"OHLCV.High", unsafe.Offsetof(bar.High), 24},
		{"OHLCV.Low", unsafe.Offsetof(bar.Low), 32},
		{"OHLCV.Close", unsafe.Offsetof(bar.Close), 40},
		{"OHLCV.Volume", unsafe.Offsetof(bar.Volume), 48},
		{"BBO", unsafe.Sizeof(bbo), 80},
		{"BBO.Price", unsafe.Offsetof(bbo.Price), 16},
		{"BBO.Size", unsafe.Offsetof(bbo.Size), 24},
		{"BBO.Side", unsafe.Offsetof(bbo.Side), 29},
		{"BBO.Flags", unsafe.Offsetof(bbo.Flags), 30},
		{"BBO.TsRecv", unsafe.Offsetof(bbo.TsRecv), 32},
		{"BBO.Sequence", unsafe.Offsetof(bbo.Sequence), 44},
		{"BBO.Levels", unsafe.Offsetof(bbo.Levels), 48},
		{"CMBP1", unsafe.Sizeof(cmbp1), 80},
		{"CMBP1.Price", unsafe.Offsetof(cmbp1.Price), 16},
		{"CMBP1.Size", unsafe.Offsetof(cmbp1.Size), 24},
		{"CMBP1.Action", unsafe.Offsetof(cmbp1.Action), 28},
		{"CMBP1.Side", unsafe.Offsetof(cmbp1.Side), 29},
		{"CMBP1.Flags", unsafe.Offsetof(cmbp1.Flags), 30},
		{"CMBP1.TsRecv", unsafe.Offsetof(cmbp1.TsRecv), 32},
		{"CMBP1.TsInDelta", unsafe.Offsetof(cmbp1.TsInDelta), 40},
		{"CMBP1.Levels", unsafe.Offsetof(cmbp1.Levels), 48},
		{"CBBO", unsafe.Sizeof(cbbo), 80},
		{"CBBO.Price", unsafe.Offsetof(cbbo.Price), 16},
		{"CBBO.Size", unsafe.Offsetof(cbbo.Size), 24},
		{"CBBO.Side", unsafe.Offsetof(cbbo.Side), 29},
		{"CBBO.Flags", unsafe.Offsetof(cbbo.Flags), 30},
		{"CBBO.TsRecv", unsafe.Offsetof(cbbo.TsRecv), 32},
		{"CBBO.Levels", unsafe.Offsetof(cbbo.Levels), 48},
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
		{RTypeMBP1, 80, func(r Record) bool { return r.MBP1() != nil }},
		{RTypeMBP10, 368, func(r Record) bool { return r.MBP10() != nil }},
		{RTypeOHLCV1S, 56, func(r Record) bool { return r.OHLCV() != nil }},
		{RTypeBBO1S, 80, func(r Record) bool { return r.BBO() != nil }},
		{RTypeCMBP1, 80, func(r Record) bool { return r.CMBP1() != nil }},
		{RTypeCBBO1S, 80, func(r Record) bool { return r.CBBO() != nil }},
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

// One struct is the layout of several types; a record of any of these loses its view when it is too short, and has it when it is
// whole again.
func TestViewsOfSeveralTypes(t *testing.T) {
	for _, of := range []struct {
		length int
		view   func(Record) bool
		rtypes []uint8
	}{
		{56, func(r Record) bool { return r.OHLCV() != nil },
			[]uint8{RTypeOHLCV1S, RTypeOHLCV1M, RTypeOHLCV1H, RTypeOHLCV1D, RTypeOHLCVEOD, RTypeOHLCVDeprecated}},
		{80, func(r Record) bool { return r.BBO() != nil }, []uint8{RTypeBBO1S, RTypeBBO1M}},
		{80, func(r Record) bool { return r.CMBP1() != nil }, []uint8{RTypeCMBP1, RTypeTCBBO}},
		{80, func(r Record) bool { return r.CBBO() != nil }, []uint8{RTypeCBBO1S, RTypeCBBO1M}},
	} {
		for rtype := 0; rtype < 256; rtype++ {
			wanted := bytes.IndexByte(of.rtypes, uint8(rtype)) >= 0
			record := typed(uint8(rtype), of.length, 576)
			for _, length := range []int{of.length, of.length - 4, of.length} {
				record.Header().Length = uint8(length / 4)
				if got := of.view(record); got != (wanted && length == of.length) {
					t.Errorf("a record of type %#x and %d bytes: %v", rtype, length, got)
				}
			}
			if of.length > 56 && of.view(typed(uint8(rtype), of.length, 64)) {
				t.Errorf("a record of type %#x has a view beyond its slot", rtype)
			}
		}
	}
}

func TestLevels(t *testing.T) {
	record := typed(RTypeMBP10, 368, 384)
	raw := record.Bytes()
	for i := 0; i < 10; i++ {
		binary.LittleEndian.PutUint64(raw[48+32*i:], uint64(100-i))
		binary.LittleEndian.PutUint32(raw[48+32*i+28:], uint32(i))
	}
	for i, level := range record.MBP10().Levels {
		if level != (BidAskPair{BidPx: int64(100 - i), AskCt: uint32(i)}) {
			t.Errorf("level %d: %+v", i, level)
		}
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
