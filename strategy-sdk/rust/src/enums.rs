// SPDX-License-Identifier: Apache-2.0
//! What the letters and numbers of a record stand for. Records keep them as the integers that they are in memory, whatever a later
//! release may write there; these are what they are turned into when asked.

macro_rules! letters {
    ($(#[$doc:meta])* $name:ident: $($(#[$each:meta])* $variant:ident = $letter:literal,)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$each])* $variant = $letter,)+
        }

        impl $name {
            /// From the byte of a record; `None` for one that this release does not know.
            #[inline]
            #[must_use]
            pub const fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($letter => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl From<$name> for u8 {
            #[inline]
            fn from(value: $name) -> u8 {
                value as u8
            }
        }

        impl TryFrom<u8> for $name {
            type Error = u8;

            /// The byte itself is the error.
            #[inline]
            fn try_from(byte: u8) -> Result<Self, u8> {
                Self::from_byte(byte).ok_or(byte)
            }
        }
    };
}

letters! {
    /// What an MBO record does to the book. A trade and a fill never change it: the quantity that they take away arrives as a cancel.
    Action:
    /// A new order.
    Add = b'A',
    /// An order loses `size`, or goes away.
    Cancel = b'C',
    /// An order has another price, size or both.
    Modify = b'M',
    /// The instrument's book is empty from here on.
    Clear = b'R',
    /// A trade; `side` is the aggressor's.
    Trade = b'T',
    /// A resting order was filled.
    Fill = b'F',
    /// Nothing: the record carries flags alone.
    None = b'N',
}

letters! {
    /// Which side of the book, or of the aggressor for trades.
    Side:
    /// Offers: a sell.
    Ask = b'A',
    /// Bids: a buy.
    Bid = b'B',
    /// The venue does not say.
    None = b'N',
}

letters! {
    /// Yes, no, or not known: `is_trading` and the like of a status record.
    TriState:
    /// Yes.
    Yes = b'Y',
    /// No.
    No = b'N',
    /// Not known.
    NotAvailable = b'~',
}

letters! {
    /// Whether a session begins or ends.
    SessionEvent:
    /// It begins.
    Start = b'S',
    /// It is over.
    End = b'E',
}

letters! {
    /// A record's type: the second byte of its header. What a later release adds has no name here and is to be passed over.
    RType:
    /// [`Trade`](crate::Trade), DBN's MBP-0.
    Trade = 0x00,
    /// [`Mbp1`](crate::Mbp1), schemas `mbp-1` and `tbbo`.
    Mbp1 = 0x01,
    /// [`Mbp10`](crate::Mbp10).
    Mbp10 = 0x0A,
    /// [`Ohlcv`](crate::Ohlcv) of an old file, which does not say here how long a bar is.
    OhlcvDeprecated = 0x11,
    /// [`Status`](crate::Status).
    Status = 0x12,
    /// [`Definition`](crate::Definition).
    Definition = 0x13,
    /// [`Imbalance`](crate::Imbalance).
    Imbalance = 0x14,
    /// [`Statistics`](crate::Statistics).
    Statistics = 0x18,
    /// [`Ohlcv`](crate::Ohlcv) of a second.
    Ohlcv1S = 0x20,
    /// [`Ohlcv`](crate::Ohlcv) of a minute.
    Ohlcv1M = 0x21,
    /// [`Ohlcv`](crate::Ohlcv) of an hour.
    Ohlcv1H = 0x22,
    /// [`Ohlcv`](crate::Ohlcv) of a day, UTC.
    Ohlcv1D = 0x23,
    /// [`Ohlcv`](crate::Ohlcv) of a day that ends with the trading session.
    OhlcvEod = 0x24,
    /// [`Mbo`](crate::Mbo).
    Mbo = 0xA0,
    /// [`Cmbp1`](crate::Cmbp1).
    Cmbp1 = 0xB1,
    /// [`Cbbo`](crate::Cbbo), each second.
    Cbbo1S = 0xC0,
    /// [`Cbbo`](crate::Cbbo), each minute.
    Cbbo1M = 0xC1,
    /// [`Cmbp1`](crate::Cmbp1) before a trade.
    Tcbbo = 0xC2,
    /// [`Bbo`](crate::Bbo), each second.
    Bbo1S = 0xC3,
    /// [`Bbo`](crate::Bbo), each minute.
    Bbo1M = 0xC4,
    /// [`Lost`](crate::Lost).
    Lost = 0xE0,
    /// [`Gap`](crate::Gap).
    Gap = 0xE1,
    /// [`Recovered`](crate::Recovered).
    Recovered = 0xE2,
    /// [`Session`](crate::Session).
    Session = 0xE3,
    /// [`TradeBreak`](crate::TradeBreak).
    TradeBreak = 0xE6,
    /// [`Native`](crate::Native).
    Native = 0xE7,
}

/// Bits of the `flags` of a record.
pub mod flags {
    /// Last record of an event for that instrument: the book is whole again.
    pub const LAST: u8 = 128;
    /// Top of book, not an order.
    pub const TOB: u8 = 64;
    /// From a replay or a snapshot.
    pub const SNAPSHOT: u8 = 32;
    /// An aggregated price level, not an order.
    pub const MBP: u8 = 16;
    /// `ts_recv` is not to be trusted.
    pub const BAD_TS_RECV: u8 = 8;
    /// An order that is not known, or not known well.
    pub const MAYBE_BAD_BOOK: u8 = 4;
    /// What the venue means by it (CME: an implied price level).
    pub const PUBLISHER_SPECIFIC: u8 = 2;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_go_both_ways() {
        assert_eq!(Action::from_byte(b'A'), Some(Action::Add));
        assert_eq!(u8::from(Action::Fill), b'F');
        assert_eq!(Side::try_from(b'B'), Ok(Side::Bid));
        assert_eq!(RType::from_byte(0xA0), Some(RType::Mbo));
    }

    #[test]
    fn an_unknown_letter_is_told() {
        assert_eq!(Side::try_from(b'X'), Err(b'X'));
        assert_eq!(RType::from_byte(0xEF), None);
    }
}
