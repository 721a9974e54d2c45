// SPDX-License-Identifier: Apache-2.0
//! Crossed markets: where one venue bids more for a symbol than another one asks. Reports each crossing when it is over, with what
//! could have been taken, and for how long it stood.
//!
//!     cargo run --release --example arbitrage NAME        # a consumer that takes MBO of several venues
//!     cargo run --release --features file --example arbitrage FILE.dbn.zst
//!
//! A handler brings all of a consumer's venues in one ring, in the order in which their packets came. Books are kept whole, in maps:
//! plain to read, and good for some ten million records a second. A strategy in earnest would keep the levels near the top in arrays.

use headrace::{flags, Action, AttachOptions, Feed, Mbo, Side, Symbols, Waiting, UNDEF_PRICE};
use std::collections::{BTreeMap, HashMap};

/// One order.
struct Order {
    side: Side,
    price: i64,
    size: u32,
}

/// The orders of one instrument on one venue: shares by price, and what each order has of them.
#[derive(Default)]
struct Book {
    bids: BTreeMap<i64, u64>,
    asks: BTreeMap<i64, u64>,
    orders: HashMap<u64, Order>,
}

/// The best of a side: 1e-9 of the currency, and shares.
type Level = (i64, u64);

impl Book {
    fn levels(&mut self, side: Side) -> &mut BTreeMap<i64, u64> {
        if side == Side::Bid {
            &mut self.bids
        } else {
            &mut self.asks
        }
    }

    fn take_away(&mut self, side: Side, price: i64, size: u32) {
        if let Some(shares) = self.levels(side).get_mut(&price) {
            *shares = shares.saturating_sub(u64::from(size));
            if *shares == 0 {
                self.levels(side).remove(&price);
            }
        }
    }

    fn remove(&mut self, order_id: u64) {
        if let Some(Order { side, price, size }) = self.orders.remove(&order_id) {
            self.take_away(side, price, size);
        }
    }

    fn on(&mut self, event: &Mbo) {
        let (Some(action), Some(side)) = (event.action(), event.side()) else { return };
        if action == Action::Clear {
            *self = Self::default();
        } else if event.price == UNDEF_PRICE || side == Side::None {
            // An order that is not known: nothing of it is in the book.
        } else if event.flags & flags::MBP != 0 {
            match action {
                Action::Add | Action::Modify => _ = self.levels(side).insert(event.price, u64::from(event.size)),
                Action::Cancel => _ = self.levels(side).remove(&event.price),
                _ => {}
            }
        } else {
            self.on_order(action, side, event);
        }
    }

    fn on_order(&mut self, action: Action, side: Side, event: &Mbo) {
        match action {
            Action::Add | Action::Modify => {
                self.remove(event.order_id);
                *self.levels(side).entry(event.price).or_default() += u64::from(event.size);
                self.orders.insert(event.order_id, Order { side, price: event.price, size: event.size });
            }
            Action::Cancel => {
                let Some(order) = self.orders.get_mut(&event.order_id) else { return };
                let (side, price, size) = (order.side, order.price, event.size.min(order.size));
                order.size -= size;
                if order.size == 0 {
                    self.orders.remove(&event.order_id);
                }
                self.take_away(side, price, size);
            }
            // Trades and fills never change a book: what they take away arrives as a cancel.
            _ => {}
        }
    }

    fn best_bid(&self) -> Option<Level> {
        self.bids.last_key_value().map(|(price, shares)| (*price, *shares))
    }

    fn best_ask(&self) -> Option<Level> {
        self.asks.first_key_value().map(|(price, shares)| (*price, *shares))
    }
}

/// A venue's best prices of a symbol.
struct Quote {
    publisher_id: u16,
    bid: Option<Level>,
    ask: Option<Level>,
}

/// A crossing that stands: at its widest.
struct Crossing {
    began: u64,
    bid: Level,
    ask: Level,
    bid_venue: u16,
    ask_venue: u16,
}

impl Crossing {
    fn width(&self) -> i64 {
        self.bid.0 - self.ask.0
    }

    fn report(&self, symbol: &str, ended: u64) {
        let shares = self.bid.1.min(self.ask.1);
        println!(
            "{symbol} crossed: {shares} at {:.4} on {} against {:.4} on {}, {:.4} a share, for {} ns",
            headrace::price_f64(self.ask.0),
            self.ask_venue,
            headrace::price_f64(self.bid.0),
            self.bid_venue,
            headrace::price_f64(self.width()),
            ended.saturating_sub(self.began)
        );
    }
}

/// One symbol, over all venues.
struct Market {
    symbol: String,
    quotes: Vec<Quote>,
    crossing: Option<Crossing>,
}

impl Market {
    fn on_quote(&mut self, publisher_id: u16, bid: Option<Level>, ask: Option<Level>, now: u64) {
        let quote = Quote { publisher_id, bid, ask };
        match self.quotes.iter_mut().find(|known| known.publisher_id == publisher_id) {
            Some(known) => *known = quote,
            None => self.quotes.push(quote),
        }
        match (self.find_crossing(now), &mut self.crossing) {
            (Some(found), Some(standing)) if found.width() > standing.width() => {
                *standing = Crossing { began: standing.began, ..found }
            }
            (Some(found), None) => self.crossing = Some(found),
            (None, Some(standing)) => {
                standing.report(&self.symbol, now);
                self.crossing = None;
            }
            _ => {}
        }
    }

    fn find_crossing(&self, now: u64) -> Option<Crossing> {
        let (bid, bid_venue) = self.quotes.iter().filter_map(|quote| Some((quote.bid?, quote.publisher_id))).max()?;
        // Equal prices: the lowest publisher's, so that what is found does not depend on who came first.
        let (ask, ask_venue) = self
            .quotes
            .iter()
            .filter_map(|quote| Some((quote.ask?, quote.publisher_id)))
            .min_by_key(|(ask, venue)| (ask.0, *venue))?;
        (bid.0 > ask.0 && bid_venue != ask_venue).then_some(Crossing { began: now, bid, ask, bid_venue, ask_venue })
    }
}

/// An instrument: the book, and which market it belongs to once it has a name.
#[derive(Default)]
struct Instrument {
    book: Book,
    market: Option<usize>,
}

struct Detector {
    symbols: Symbols,
    instruments: HashMap<(u16, u32), Instrument>,
    markets: Vec<Market>,
}

impl Detector {
    fn on(&mut self, event: &Mbo, stamp: u64) {
        let Self { symbols, instruments, markets } = self;
        let key = (event.hd.publisher_id, event.hd.instrument_id);
        let instrument = instruments.entry(key).or_default();
        instrument.book.on(event);
        // In between the book is half of an event.
        if !event.is_last() {
            return;
        }
        if instrument.market.is_none() {
            instrument.market = symbols.get(key.0, key.1).map(|symbol| {
                markets.iter().position(|market| market.symbol == symbol).unwrap_or_else(|| {
                    markets.push(Market { symbol: symbol.into(), quotes: Vec::new(), crossing: None });
                    markets.len() - 1
                })
            });
        }
        if let Some(market) = instrument.market {
            markets[market].on_quote(key.0, instrument.book.best_bid(), instrument.book.best_ask(), stamp);
        }
    }
}

fn open(source: &str) -> Result<Feed, Box<dyn std::error::Error>> {
    if source.ends_with(".dbn") || source.ends_with(".dbn.zst") {
        #[cfg(feature = "file")]
        return Ok(headrace::open(source)?);
        #[cfg(not(feature = "file"))]
        return Err(format!("{source}: files need `--features file`").into());
    }
    Ok(AttachOptions::new().waiting(Waiting::FUTEX).attach(source)?)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = std::env::args().nth(1).ok_or("usage: arbitrage NAME | FILE.dbn | FILE.dbn.zst")?;
    let mut feed = open(&source)?;
    println!("attached");
    let mut detector = Detector { symbols: feed.symbols(), instruments: HashMap::new(), markets: Vec::new() };
    let end = loop {
        match feed.next(None) {
            Ok(Some(record)) => {
                if let Some(event) = record.get::<Mbo>() {
                    detector.on(event, record.stamp());
                }
            }
            Ok(None) => {}
            Err(end) => break end,
        }
    };
    let told = feed.statistics();
    println!("{end}; {} records, {} lost, {} symbols", told.records, told.lost, detector.markets.len());
    Ok(())
}
