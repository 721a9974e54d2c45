// SPDX-License-Identifier: Apache-2.0

package headrace

// Types of records.
const (
	RTypeTrade           = 0x00
	RTypeMBP1            = 0x01 // schemas mbp-1 and tbbo
	RTypeMBP10           = 0x0A
	RTypeOHLCVDeprecated = 0x11 // of old files, which do not say here how long a bar is
	RTypeStatus          = 0x12
	RTypeDefinition      = 0x13
	RTypeImbalance       = 0x14
	RTypeStatistics      = 0x18
	RTypeOHLCV1S         = 0x20
	RTypeOHLCV1M         = 0x21
	RTypeOHLCV1H         = 0x22
	RTypeOHLCV1D         = 0x23
	RTypeOHLCVEOD        = 0x24
	RTypeMBO             = 0xA0
	RTypeCMBP1           = 0xB1
	RTypeCBBO1S          = 0xC0
	RTypeCBBO1M          = 0xC1
	RTypeTCBBO           = 0xC2
	RTypeBBO1S           = 0xC3
	RTypeBBO1M           = 0xC4
	// Headrace's own, never in a DBN file.
	RTypeLost       = 0xE0
	RTypeGap        = 0xE1
	RTypeRecovered  = 0xE2
	RTypeSession    = 0xE3
	RTypeTradeBreak = 0xE6
	RTypeNative     = 0xE7
)

// Flags of the records that have them.
const (
	FlagLast              = 128 // the last record of an event for the instrument
	FlagTOB               = 64
	FlagSnapshot          = 32
	FlagMBP               = 16 // a price level, not an order
	FlagBadTsRecv         = 8
	FlagMaybeBadBook      = 4
	FlagPublisherSpecific = 2
)

// What stands where there is no value.
const (
	UndefPrice     = 1<<63 - 1
	UndefOrderSize = 1<<32 - 1
	UndefTimestamp = 1<<64 - 1
)

// PriceUnit is what one of a price's units is worth.
const PriceUnit = 1e-9

// Header is what every record begins with: 16 bytes.
type Header struct {
	Length       uint8 // of the whole record, in words of 4 bytes
	RType        uint8
	PublisherID  uint16
	InstrumentID uint32
	TsEvent      uint64 // the exchange's time
}

// MBO is an order: 56 bytes.
type MBO struct {
	Header
	OrderID   uint64
	Price     int64
	Size      uint32
	Flags     uint8
	ChannelID uint8
	Action    byte
	Side      byte
	TsRecv    uint64
	TsInDelta int32
	Sequence  uint32
}

// Trade is 48 bytes.
type Trade struct {
	Header
	Price     int64
	Size      uint32
	Action    byte
	Side      byte
	Flags     uint8
	Depth     uint8
	TsRecv    uint64
	TsInDelta int32
	Sequence  uint32
}

// BidAskPair is one level of both sides of a book: 32 bytes. A price is UndefPrice where there is none.
type BidAskPair struct {
	BidPx int64
	AskPx int64
	BidSz uint32 // shares or lots, of all orders at the level
	AskSz uint32
	BidCt uint32 // orders at the level
	AskCt uint32
}

// ConsolidatedBidAskPair is the best of several venues, with whose it is: 32 bytes.
type ConsolidatedBidAskPair struct {
	BidPx int64
	AskPx int64
	BidSz uint32 // shares or lots, at that venue
	AskSz uint32
	BidPb uint16 // the venue's PublisherID
	_     [2]byte
	AskPb uint16
	_     [2]byte
}

// The records from here to CBBO come from DBN files that are replayed, not from Headrace's own feeds.

// MBP1 is the best level: what happened and the book after it (schema mbp-1), or a trade and the book before it (tbbo). 80 bytes.
type MBP1 struct {
	Header
	Price     int64
	Size      uint32
	Action    byte
	Side      byte
	Flags     uint8
	Depth     uint8
	TsRecv    uint64
	TsInDelta int32
	Sequence  uint32
	Levels    [1]BidAskPair
}

// MBP10 is ten levels, the best one first: what happened and the book after it. 368 bytes.
type MBP10 struct {
	Header
	Price     int64
	Size      uint32
	Action    byte
	Side      byte
	Flags     uint8
	Depth     uint8
	TsRecv    uint64
	TsInDelta int32
	Sequence  uint32
	Levels    [10]BidAskPair
}

// OHLCV is a bar of trades, which begins at TsEvent: 56 bytes.
type OHLCV struct {
	Header
	Open   int64
	High   int64
	Low    int64
	Close  int64
	Volume uint64
}

// BBO is the best level and the last trade, at the end of each second or minute: 80 bytes.
type BBO struct {
	Header
	Price    int64 // of the last trade; UndefPrice where there was none in the session
	Size     uint32
	_        byte
	Side     byte
	Flags    uint8
	_        byte
	TsRecv   uint64 // the end of the second or minute
	_        [4]byte
	Sequence uint32
	Levels   [1]BidAskPair
}

// CMBP1 is the best of several venues after what happened (schema cmbp-1), or before a trade (tcbbo): 80 bytes.
type CMBP1 struct {
	Header
	Price     int64
	Size      uint32
	Action    byte
	Side      byte
	Flags     uint8
	_         byte
	TsRecv    uint64
	TsInDelta int32
	_         [4]byte
	Levels    [1]ConsolidatedBidAskPair
}

// CBBO is the best of several venues and the last trade, at the end of each second or minute: 80 bytes.
type CBBO struct {
	Header
	Price  int64 // of the last trade; UndefPrice where there was none in the session
	Size   uint32
	_      byte
	Side   byte
	Flags  uint8
	_      byte
	TsRecv uint64 // the end of the second or minute
	_      [8]byte
	Levels [1]ConsolidatedBidAskPair
}

// Status is 40 bytes.
type Status struct {
	Header
	TsRecv                uint64
	Action                uint16
	Reason                uint16
	TradingEvent          uint16
	IsTrading             byte
	IsQuoting             byte
	IsShortSellRestricted byte
	_                     [7]byte
}

// Imbalance is 112 bytes.
type Imbalance struct {
	Header
	TsRecv               uint64
	RefPrice             int64
	AuctionTime          uint64
	ContBookClrPrice     int64
	AuctInterestClrPrice int64
	SsrFillingPrice      int64
	IndMatchPrice        int64
	UpperCollar          int64
	LowerCollar          int64
	PairedQty            uint32
	TotalImbalanceQty    uint32
	MarketImbalanceQty   uint32
	UnpairedQty          uint32
	AuctionType          byte
	Side                 byte
	AuctionStatus        uint8
	FreezeStatus         uint8
	NumExtensions        uint8
	UnpairedSide         byte
	SignificantImbalance byte
	_                    byte
}

// Statistics is 80 bytes.
type Statistics struct {
	Header
	TsRecv       uint64
	TsRef        uint64
	Price        int64
	Quantity     int64
	Sequence     uint32
	TsInDelta    int32
	StatType     uint16
	ChannelID    uint16
	UpdateAction uint8
	StatFlags    uint8
	_            [18]byte
}

// Definition is 520 bytes. Texts end with a zero, or with their place.
type Definition struct {
	Header
	TsRecv                   uint64
	MinPriceIncrement        int64
	DisplayFactor            int64
	Expiration               uint64
	Activation               uint64
	HighLimitPrice           int64
	LowLimitPrice            int64
	MaxPriceVariation        int64
	UnitOfMeasureQty         int64
	MinPriceIncrementAmount  int64
	PriceRatio               int64
	StrikePrice              int64
	RawInstrumentID          uint64
	LegPrice                 int64
	LegDelta                 int64
	InstAttribValue          int32
	UnderlyingID             uint32
	MarketDepthImplied       int32
	MarketDepth              int32
	MarketSegmentID          uint32
	MaxTradeVol              uint32
	MinLotSize               int32
	MinLotSizeBlock          int32
	MinLotSizeRoundLot       int32
	MinTradeVol              uint32
	ContractMultiplier       int32
	DecayQuantity            int32
	OriginalContractSize     int32
	LegInstrumentID          uint32
	LegRatioPriceNumerator   int32
	LegRatioPriceDenominator int32
	LegRatioQtyNumerator     int32
	LegRatioQtyDenominator   int32
	LegUnderlyingID          uint32
	ApplID                   int16
	MaturityYear             uint16
	DecayStartDate           uint16
	ChannelID                uint16
	LegCount                 uint16
	LegIndex                 uint16
	Currency                 [4]byte
	SettlCurrency            [4]byte
	Secsubtype               [6]byte
	RawSymbol                [71]byte
	Group                    [21]byte
	Exchange                 [5]byte
	Asset                    [11]byte
	Cfi                      [7]byte
	SecurityType             [7]byte
	UnitOfMeasure            [31]byte
	Underlying               [21]byte
	StrikePriceCurrency      [4]byte
	LegRawSymbol             [71]byte
	InstrumentClass          byte
	MatchAlgorithm           byte
	MainFraction             uint8
	PriceDisplayFormat       uint8
	SubFraction              uint8
	UnderlyingProduct        uint8
	SecurityUpdateAction     byte
	MaturityMonth            uint8
	MaturityDay              uint8
	MaturityWeek             uint8
	UserDefinedInstrument    byte
	ContractMultiplierUnit   int8
	FlowScheduleType         int8
	TickRule                 uint8
	LegInstrumentClass       byte
	LegSide                  byte
	_                        [17]byte
}

// Lost is 40 bytes: Count records had no room in the ring.
type Lost struct {
	Header
	Count   uint64
	FirstTs uint64
	LastTs  uint64
}

// Gap is 48 bytes: Count messages from FirstSequence on are missing upstream.
type Gap struct {
	Header
	FirstSequence uint64
	Count         uint64
	TsRecv        uint64
	ChannelID     uint8
	_             [7]byte
}

// Session is 48 bytes.
type Session struct {
	Header
	TsRecv       uint64
	NextSequence uint64
	Session      [10]byte
	Event        byte // 'S' or 'E'
	ChannelID    uint8
	_            [4]byte
}

// TradeBreak is 56 bytes.
type TradeBreak struct {
	Header
	TsRecv    uint64
	TradeID   uint64
	Price     int64
	Size      uint32
	Sequence  uint32
	ChannelID uint8
	_         [7]byte
}

// Native is 56 bytes: a venue's message as it came, its first MessageLength bytes.
type Native struct {
	Header
	TsRecv        uint64
	Sequence      uint32
	MessageLength uint8
	Message       [27]byte
}
