// SPDX-License-Identifier: Apache-2.0
//! What docs/ABI.md says is what this crate reads: its tables, against the offsets here. Without the document (outside of the
//! checkout) there is nothing to compare.

use crate::record::{
    Bbo, BidAskPair, Cbbo, Cmbp1, ConsolidatedBidAskPair, Definition, Gap, Imbalance, Lost, Mbo, Mbp1, Mbp10, Native, Ohlcv,
    Record, Session, Statistics, Status, Trade, TradeBreak,
};
use crate::ring::{at, CURSOR_MAGIC, RING_MAGIC};
use std::collections::HashMap;

type Fields = &'static [(usize, &'static str, &'static str)];

fn document() -> Option<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ABI.md");
    let text = std::fs::read_to_string(path).ok();
    if text.is_none() {
        use std::io::Write;
        std::io::stdout().write_all(format!("SKIPPED {path} is not there\n").as_bytes()).unwrap();
    }
    text
}

/// Rows of the tables of a section: the words between the bars.
fn rows(text: &str, section: &str) -> Vec<Vec<String>> {
    let begins = text.find(section).unwrap_or_else(|| panic!("no {section}"));
    let rest = &text[begins + section.len()..];
    let ends = rest.find("\n## ").unwrap_or(rest.len());
    let row = |line: &str| {
        line.trim().strip_prefix('|')?.strip_suffix('|').map(|row| row.split('|').map(|cell| cell.trim().into()).collect())
    };
    rest[..ends].lines().filter_map(row).collect()
}

/// A type as the document writes it: `char[71]` and `u8[7]` are arrays, `char` a byte.
fn type_of(word: &str) -> String {
    match word.split_once('[') {
        Some(("bid_ask_pair", count)) => format!("[BidAskPair; {}]", count.trim_end_matches(']')),
        Some(("consolidated_bid_ask_pair", count)) => format!("[ConsolidatedBidAskPair; {}]", count.trim_end_matches(']')),
        Some((_, count)) => format!("[u8; {}]", count.trim_end_matches(']')),
        None if word == "char" => "u8".into(),
        None => word.into(),
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri reads no files")]
fn records_are_as_documented() {
    let Some(text) = document() else { return };
    let known: [(&str, u8, usize, Fields); 18] = [
        ("trade", Trade::RTYPE, size_of::<Trade>(), Trade::FIELDS),
        ("status", Status::RTYPE, size_of::<Status>(), Status::FIELDS),
        ("definition", Definition::RTYPE, size_of::<Definition>(), Definition::FIELDS),
        ("imbalance", Imbalance::RTYPE, size_of::<Imbalance>(), Imbalance::FIELDS),
        ("statistics", Statistics::RTYPE, size_of::<Statistics>(), Statistics::FIELDS),
        ("MBP_1", Mbp1::RTYPE, size_of::<Mbp1>(), Mbp1::FIELDS),
        ("MBP_10", Mbp10::RTYPE, size_of::<Mbp10>(), Mbp10::FIELDS),
        ("OHLCV_1S", Ohlcv::RTYPE, size_of::<Ohlcv>(), Ohlcv::FIELDS),
        ("BBO_1S", Bbo::RTYPE, size_of::<Bbo>(), Bbo::FIELDS),
        ("CMBP_1", Cmbp1::RTYPE, size_of::<Cmbp1>(), Cmbp1::FIELDS),
        ("CBBO_1S", Cbbo::RTYPE, size_of::<Cbbo>(), Cbbo::FIELDS),
        ("MBO", Mbo::RTYPE, size_of::<Mbo>(), Mbo::FIELDS),
        ("LOST", Lost::RTYPE, size_of::<Lost>(), Lost::FIELDS),
        ("GAP", Gap::RTYPE, size_of::<Gap>(), Gap::FIELDS),
        ("RECOVERED", crate::Recovered::RTYPE, size_of::<crate::Recovered>(), crate::Recovered::FIELDS),
        ("SESSION", Session::RTYPE, size_of::<Session>(), Session::FIELDS),
        ("TRADE_BREAK", TradeBreak::RTYPE, size_of::<TradeBreak>(), TradeBreak::FIELDS),
        ("NATIVE", Native::RTYPE, size_of::<Native>(), Native::FIELDS),
    ];
    let rows: HashMap<String, Vec<String>> =
        rows(&text, "## 7 Records").into_iter().filter(|row| row.len() == 4).map(|row| (row[0].clone(), row)).collect();
    let mut compared = 0;
    for (name, rtype, bytes, fields) in known {
        let row = rows.get(name).unwrap_or_else(|| panic!("the document has no {name}"));
        assert_eq!(
            (row[1].as_str(), row[2].as_str()),
            (format!("0x{rtype:02X}").as_str(), bytes.to_string().as_str()),
            "{name}"
        );
        // "16 price i64, 24 size u32": and what is said in passing has no number in front.
        for words in row[3].split([',', ';']) {
            let words: Vec<&str> = words.split_whitespace().collect();
            let (Some(Ok(offset)), Some(field)) = (words.first().map(|word| word.parse::<usize>()), words.get(1)) else {
                continue;
            };
            let bare = field.split('[').next().unwrap_or(field);
            let ours =
                fields.iter().find(|(_, ours, _)| ours.starts_with(bare) && bare.starts_with("reserved") || *ours == bare);
            let ours = ours.unwrap_or_else(|| panic!("{name}.{bare} is not here"));
            assert_eq!(ours.0, offset, "{name}.{bare}");
            let documented = if field.contains('[') { Some(field) } else { words.get(2) };
            if let Some(word) = documented.filter(|word| !word.starts_with('(')) {
                assert_eq!(ours.2, type_of(word), "{name}.{bare}");
            }
            compared += 1;
        }
    }
    assert!(compared > 70, "only {compared} fields were found in the document");
}

#[test]
#[cfg_attr(miri, ignore = "Miri reads no files")]
fn levels_are_as_documented() {
    let Some(text) = document() else { return };
    let tables =
        [("\nA `bid_ask_pair`", BidAskPair::FIELDS), ("\nA `consolidated_bid_ask_pair`", ConsolidatedBidAskPair::FIELDS)];
    for (heading, fields) in tables {
        let rows = rows(&text, heading);
        let said: Vec<(usize, &str)> = rows
            .iter()
            .skip_while(|row| row[0] != "offset")
            .skip(2)
            .take(fields.len())
            .map(|row| (row[0].parse().unwrap(), row[2].split(' ').next().unwrap()))
            .collect();
        for (ours, said) in fields.iter().zip(&said) {
            assert!(ours.0 == said.0 && ours.1.starts_with(said.1), "{ours:?} {said:?}");
        }
        assert_eq!(said.len(), fields.len());
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri reads no files")]
fn several_kinds_are_as_documented() {
    let Some(text) = document() else { return };
    for (rtypes, of) in [
        (Ohlcv::MORE_RTYPES, "as OHLCV_1S"),
        (Bbo::MORE_RTYPES, "as BBO_1S"),
        (Cmbp1::MORE_RTYPES, "as CMBP_1"),
        (Cbbo::MORE_RTYPES, "as CBBO_1S"),
    ] {
        let mut said: Vec<String> = rows(&text, "## 7 Records")
            .into_iter()
            .filter(|row| row.len() == 4 && row[3] == of)
            .map(|row| row[1].clone())
            .collect();
        let mut ours: Vec<String> = rtypes.iter().map(|rtype| format!("0x{rtype:02X}")).collect();
        said.sort();
        ours.sort();
        assert_eq!(said, ours, "{of}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "Miri reads no files")]
fn the_ring_is_as_documented() {
    let Some(text) = document() else { return };
    let rows = rows(&text, "## 2 Map");
    let offset_of = |field: &str| {
        let offsets: Vec<usize> =
            rows.iter().filter(|row| row.len() > 2 && row[2] == field).map(|row| row[0].parse().unwrap()).collect();
        offsets
    };
    for (field, offset) in [
        ("abi_major", at::ABI_MAJOR),
        ("abi_minor", at::ABI_MINOR),
        ("header_bytes", at::HEADER_BYTES),
        ("slot_bytes", at::SLOT_BYTES),
        ("slot_count", at::SLOT_COUNT),
        ("session_epoch", at::SESSION_EPOCH),
        ("first_stamp", at::FIRST_STAMP),
        ("heartbeat_ns", at::HEARTBEAT_NS),
        ("published", at::PUBLISHED),
        ("lost", at::LOST),
        ("state", at::STATE),
        ("wakes", at::WAKES),
        ("read", at::CURSOR_READ),
        ("waiting", at::CURSOR_WAITING),
    ] {
        assert_eq!(offset_of(field), [offset], "{field}");
    }
    for magic in [RING_MAGIC, CURSOR_MAGIC, crate::directory::DIRECTORY_MAGIC] {
        assert!(text.contains(&format!("{magic:#x}")), "{magic:#x}");
    }
}
