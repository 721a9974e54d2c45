// SPDX-License-Identifier: Apache-2.0
//! Headrace's own records: at most 56 bytes, never in a DBN file.

use super::{price_f64, record, text::text, time};
use crate::enums::{RType, SessionEvent};
use core::time::Duration;

record! {
    /// The ring was full: `count` records that were meant for this strategy could not be written. Records read + the sum of these
    /// counts = records published to it (`on_full: drop`).
    Lost, RType::Lost as u8, 40, {
        /// Records lost.
        16 count: u64,
        /// When the first of them would have been published, like a stamp.
        24 first_ts: u64,
        /// When the last of them would have been published.
        32 last_ts: u64,
    }
}

record! {
    /// Messages of a channel that no line brought.
    Gap, RType::Gap as u8, 48, {
        /// Of the first message missing.
        16 first_sequence: u64,
        /// Of messages missing.
        24 count: u64,
        /// Arrival of the packet that showed it, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// The feed's channel.
        40 channel_id: u8,
        /// Zeros.
        41 reserved: [u8; 7],
    }
}

record! {
    /// A gap's span, filled after all.
    Recovered, RType::Recovered as u8, 48, {
        /// Of the first message that was missing.
        16 first_sequence: u64,
        /// Of messages filled.
        24 count: u64,
        /// Arrival, ns since the UNIX epoch.
        32 ts_recv: u64,
        /// The feed's channel.
        40 channel_id: u8,
        /// Zeros.
        41 reserved: [u8; 7],
    }
}

record! {
    /// A channel's session began or ended. Order references and sequence numbers start anew.
    Session, RType::Session as u8, 48, {
        /// Arrival at this host, ns since the UNIX epoch.
        16 ts_recv: u64,
        /// That the session will send, or would have sent.
        24 next_sequence: u64,
        /// As the venue names it, padded with spaces: see [`Session::session`].
        32 session: [u8; 10],
        /// See [`Session::event`].
        42 event: u8,
        /// The feed's channel.
        43 channel_id: u8,
        /// Zeros.
        44 reserved: [u8; 4],
    }
}

record! {
    /// A trade that the venue took back.
    TradeBreak, RType::TradeBreak as u8, 56, {
        /// Arrival at this host, ns since the UNIX epoch.
        16 ts_recv: u64,
        /// The match number or trade id.
        24 trade_id: u64,
        /// 1e-9; [`UNDEF_PRICE`](super::UNDEF_PRICE) where the venue does not repeat it.
        32 price: i64,
        /// [`UNDEF_ORDER_SIZE`](super::UNDEF_ORDER_SIZE) where the venue does not repeat it.
        40 size: u32,
        /// Low 32 bits of the channel's sequence number.
        44 sequence: u32,
        /// The feed's channel.
        48 channel_id: u8,
        /// Zeros.
        49 reserved: [u8; 7],
    }
}

record! {
    /// A message that DBN has no record for, as the venue sent it.
    Native, RType::Native as u8, 56, {
        /// Arrival at this host, ns since the UNIX epoch.
        16 ts_recv: u64,
        /// Low 32 bits of the channel's sequence number.
        24 sequence: u32,
        /// Bytes of `message` that count.
        28 message_length: u8,
        /// The message: see [`Native::message`].
        29 message: [u8; 27],
    }
}

macro_rules! received {
    ($($name:ident)+) => {
        $(impl $name {
            /// Arrival at this host since the UNIX epoch; `None` when not known.
            #[inline]
            #[must_use]
            pub const fn ts_recv(&self) -> Option<Duration> {
                time(self.ts_recv)
            }
        })+
    };
}
received!(Gap Recovered Session TradeBreak Native);

impl Session {
    /// The session's name, without the spaces around it.
    #[must_use]
    pub fn session(&self) -> &str {
        text(&self.session).trim()
    }

    /// Whether it begins or ends; `None` for a letter that this release does not know.
    #[must_use]
    pub const fn event(&self) -> Option<SessionEvent> {
        SessionEvent::from_byte(self.event)
    }
}

impl TradeBreak {
    /// The price in the quoted currency; NaN when not repeated.
    #[must_use]
    pub fn price_f64(&self) -> f64 {
        price_f64(self.price)
    }
}

impl Native {
    /// The message, as long as it is; a length that cannot be is cut to the field's.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message[..usize::from(self.message_length).min(self.message.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_message_is_no_longer_than_its_field() {
        let mut native = Native { message_length: 3, ..Native::default() };
        native.message[..4].copy_from_slice(b"abcd");
        assert_eq!(native.message(), b"abc");
        native.message_length = 255;
        assert_eq!(native.message().len(), 27);
    }

    #[test]
    fn a_session_tells_its_name() {
        let session = Session { session: *b"  20260727", event: b'S', ..Session::default() };
        assert_eq!((session.session(), session.event()), ("20260727", Some(SessionEvent::Start)));
    }
}
