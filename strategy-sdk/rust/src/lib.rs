// SPDX-License-Identifier: Apache-2.0
#![doc = include_str!("../README.md")]
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]
#![warn(clippy::undocumented_unsafe_blocks)]

#[cfg(not(target_endian = "little"))]
compile_error!("Headrace's ABI is little-endian: there is no version of it for big-endian machines");
#[cfg(not(target_pointer_width = "64"))]
compile_error!("Headrace's rings are mapped whole: a 64-bit machine is needed");

mod batch;
pub mod directory;
mod enums;
#[cfg(any(test, feature = "file"))]
mod memory_ring;
mod record;
mod record_ref;
pub mod ring;

pub use batch::{Batch, BatchIter};
pub use enums::{flags, Action, RType, SessionEvent, Side, TriState};
pub use record::{
    price_f64, time, Bbo, BidAskPair, Cbbo, Cmbp1, ConsolidatedBidAskPair, Definition, Gap, Imbalance, Lost, Mbo, Mbp1, Mbp10,
    Native, Ohlcv, Record, RecordHeader, Recovered, Session, Statistics, Status, Trade, TradeBreak, FIXED_PRICE_SCALE,
    RECORD_BYTES_MAX, UNDEF_ORDER_SIZE, UNDEF_PRICE, UNDEF_STAT_QUANTITY, UNDEF_TIMESTAMP,
};
pub use record_ref::{AnyRecord, RecordRef};

#[cfg(feature = "std")]
mod attach;
#[cfg(feature = "dbn")]
mod convert;
#[cfg(feature = "std")]
mod end;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
mod feed;
#[cfg(feature = "file")]
mod file;
#[cfg(feature = "std")]
mod mapping;
#[cfg(feature = "std")]
mod record_buf;
#[cfg(feature = "std")]
mod symbols;
#[cfg(feature = "std")]
mod wait;

#[cfg(feature = "std")]
pub use {
    attach::{attach, AttachOptions},
    end::{Damage, End},
    error::Error,
    feed::{Drain, Feed, FeedStatistics, Records},
    record_buf::RecordBuf,
    symbols::Symbols,
    wait::{Readiness, Waiting},
};

#[cfg(feature = "dbn")]
pub use dbn;
#[cfg(feature = "file")]
pub use file::open;

#[cfg(test)]
mod document_tests;
#[cfg(test)]
mod ring_tests;
