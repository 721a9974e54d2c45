// SPDX-License-Identifier: Apache-2.0

package headrace

import "unsafe"

// Record is one record in the ring, lent until the next call on its feed. The zero Record is none; only Valid may be asked of
// it.
type Record struct {
	slot unsafe.Pointer
	room uint32 // bytes of the slot behind the stamp
	ring uint32
}

// Valid says whether there is a record at all.
func (r Record) Valid() bool { return r.slot != nil }

// Stamp is when the handler polled the record's packet, in ns since the UNIX epoch: DBN's ts_out. Stamps within a ring
// strictly increase.
func (r Record) Stamp() uint64 { return *(*uint64)(r.slot) }

// Ring is which of the feed's rings the record lies in: 0 to Feed.Rings() - 1.
func (r Record) Ring() int { return int(r.ring) }

// Header is what every record begins with.
func (r Record) Header() *Header { return (*Header)(unsafe.Add(r.slot, stampBytes)) }

// RType is the record's type, one of the constants RType...; others may come from a later handler, and are to be passed over.
func (r Record) RType() uint8 { return *(*uint8)(unsafe.Add(r.slot, stampBytes+1)) }

// Bytes is the whole record, as its length says, but no more than its slot holds.
func (r Record) Bytes() []byte {
	length := 4 * uint32(r.Header().Length)
	if length > r.room {
		length = r.room
	}
	return unsafe.Slice((*byte)(unsafe.Add(r.slot, stampBytes)), length)
}

// tag is length and rtype as they lie in memory, compared in one go.
func (r Record) tag() uint16 { return *(*uint16)(unsafe.Add(r.slot, stampBytes)) }

func (r Record) body() unsafe.Pointer { return unsafe.Add(r.slot, stampBytes) }

// The typed views: nil where the record is of another type or length. Records of up to 56 bytes fit every slot; those that are
// longer are compared with the slot too, whatever the record says.

// MBO is the record as an order, or nil.
func (r Record) MBO() *MBO {
	if r.tag() != 56/4|RTypeMBO<<8 {
		return nil
	}
	return (*MBO)(r.body())
}

// Trade is the record as a trade, or nil.
func (r Record) Trade() *Trade {
	if r.tag() != 48/4|RTypeTrade<<8 {
		return nil
	}
	return (*Trade)(r.body())
}

// Status is the record as a trading status, or nil.
func (r Record) Status() *Status {
	if r.tag() != 40/4|RTypeStatus<<8 {
		return nil
	}
	return (*Status)(r.body())
}

// Definition is the record as an instrument definition, or nil.
func (r Record) Definition() *Definition {
	if r.tag() != 520/4|RTypeDefinition<<8 || r.room < 520 {
		return nil
	}
	return (*Definition)(r.body())
}

// Imbalance is the record as an auction imbalance, or nil.
func (r Record) Imbalance() *Imbalance {
	if r.tag() != 112/4|RTypeImbalance<<8 || r.room < 112 {
		return nil
	}
	return (*Imbalance)(r.body())
}

// Statistics is the record as a venue's statistic, or nil.
func (r Record) Statistics() *Statistics {
	if r.tag() != 80/4|RTypeStatistics<<8 || r.room < 80 {
		return nil
	}
	return (*Statistics)(r.body())
}

// MBP1 is the record as a change of the best level (RTypeMBP1), or nil.
func (r Record) MBP1() *MBP1 {
	if r.tag() != 80/4|RTypeMBP1<<8 || r.room < 80 {
		return nil
	}
	return (*MBP1)(r.body())
}

// MBP10 is the record as a change of ten levels, or nil.
func (r Record) MBP10() *MBP10 {
	if r.tag() != 368/4|RTypeMBP10<<8 || r.room < 368 {
		return nil
	}
	return (*MBP10)(r.body())
}

// OHLCV is the record as a bar of whatever length (RTypeOHLCV1S to RTypeOHLCVEOD, RTypeOHLCVDeprecated), or nil.
func (r Record) OHLCV() *OHLCV {
	switch r.tag() {
	case 56/4 | RTypeOHLCV1S<<8, 56/4 | RTypeOHLCV1M<<8, 56/4 | RTypeOHLCV1H<<8, 56/4 | RTypeOHLCV1D<<8, 56/4 | RTypeOHLCVEOD<<8,
		56/4 | RTypeOHLCVDeprecated<<8:
		return (*OHLCV)(r.body())
	}
	return nil
}

// BBO is the record as the best level of a second (RTypeBBO1S) or a minute (RTypeBBO1M), or nil.
func (r Record) BBO() *BBO {
	if tag := r.tag(); tag != 80/4|RTypeBBO1S<<8 && tag != 80/4|RTypeBBO1M<<8 || r.room < 80 {
		return nil
	}
	return (*BBO)(r.body())
}

// CMBP1 is the record as a change of the best of several venues (RTypeCMBP1), or that best before a trade (RTypeTCBBO), or nil.
func (r Record) CMBP1() *CMBP1 {
	if tag := r.tag(); tag != 80/4|RTypeCMBP1<<8 && tag != 80/4|RTypeTCBBO<<8 || r.room < 80 {
		return nil
	}
	return (*CMBP1)(r.body())
}

// CBBO is the record as the best of several venues of a second (RTypeCBBO1S) or a minute (RTypeCBBO1M), or nil.
func (r Record) CBBO() *CBBO {
	if tag := r.tag(); tag != 80/4|RTypeCBBO1S<<8 && tag != 80/4|RTypeCBBO1M<<8 || r.room < 80 {
		return nil
	}
	return (*CBBO)(r.body())
}

// Lost is the record as the loss that it tells of, or nil.
func (r Record) Lost() *Lost {
	if r.tag() != 40/4|RTypeLost<<8 {
		return nil
	}
	return (*Lost)(r.body())
}

// Gap is the record as a hole in a feed (RTypeGap) or its end (RTypeRecovered), or nil.
func (r Record) Gap() *Gap {
	if tag := r.tag(); tag != 48/4|RTypeGap<<8 && tag != 48/4|RTypeRecovered<<8 {
		return nil
	}
	return (*Gap)(r.body())
}

// Session is the record as a session's start or end, or nil.
func (r Record) Session() *Session {
	if r.tag() != 48/4|RTypeSession<<8 {
		return nil
	}
	return (*Session)(r.body())
}

// TradeBreak is the record as a trade that was broken, or nil.
func (r Record) TradeBreak() *TradeBreak {
	if r.tag() != 56/4|RTypeTradeBreak<<8 {
		return nil
	}
	return (*TradeBreak)(r.body())
}

// Native is the record as a venue's message that has no other record, or nil.
func (r Record) Native() *Native {
	if r.tag() != 56/4|RTypeNative<<8 {
		return nil
	}
	return (*Native)(r.body())
}
