// SPDX-License-Identifier: Apache-2.0
//! Records as the `dbn` crate's, and as zerocopy's.

mod support;

#[cfg(feature = "dbn")]
mod as_dbn {
    use crate::support::{Handler, PATIENCE};
    use headrace::{AnyRecord, Bbo, Cbbo, Cmbp1, Definition, Lost, Mbo, Mbp1, Mbp10, Ohlcv, Record, Trade};

    #[test]
    fn a_record_is_the_crates_own_by_reference() {
        let mut handler = Handler::start(576, 64, 1, "drop");
        let mut feed = handler.attach();
        let mut ours =
            Mbo { order_id: 9, price: 12_500_000_000, size: 3, flags: 0x88, action: b'C', side: b'A', ..Mbo::default() };
        ours.hd.publisher_id = 2;
        ours.hd.ts_event = 44;
        handler.publish(&ours);
        let record = feed.next(PATIENCE).unwrap().unwrap();
        let theirs = record.as_dbn().unwrap().get::<dbn::MboMsg>().unwrap();
        assert_eq!((theirs.order_id, theirs.size, theirs.hd.publisher_id, theirs.hd.ts_event), (9, 3, 2, 44));
        assert_eq!((theirs.action().unwrap(), theirs.side().unwrap()), (dbn::Action::Cancel, dbn::Side::Ask));
        assert_eq!((theirs.price_f64(), theirs.flags.raw()), (ours.price_f64(), 0x88));
        assert!(std::ptr::from_ref(theirs).cast() == record.as_bytes().as_ptr(), "no copy");
        assert_eq!(Mbo::from(theirs), ours);
        let again: &dbn::MboMsg = ours.as_ref();
        assert_eq!(again, theirs);
        handler.publish(&Definition { raw_instrument_id: 5, ..Definition::default() });
        let record = feed.next(PATIENCE).unwrap().unwrap();
        assert_eq!(record.as_dbn().unwrap().get::<dbn::InstrumentDefMsg>().unwrap().raw_instrument_id, 5);
    }

    /// As bytes of a file would have it: every byte another.
    fn filled<T: Record>() -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..size_of::<T>()).map(|at| (at % 251) as u8).collect();
        bytes[0] = (size_of::<T>() / 4) as u8;
        bytes
    }

    /// A record of each kind, and one of each that is a word too short: no T, and none of dbn's, until it is whole again.
    fn check<T, D>(rtypes: usize)
    where
        T: Record + PartialEq + std::fmt::Debug + AsRef<D> + for<'a> From<&'a D>,
        D: dbn::HasRType<Header = dbn::RecordHeader> + PartialEq + std::fmt::Debug,
    {
        let kinds: Vec<u8> = std::iter::once(T::RTYPE).chain(T::MORE_RTYPES.iter().copied()).collect();
        assert_eq!(kinds.len(), rtypes);
        let mut handler = Handler::start(576, 64, 1, "drop");
        let mut feed = handler.attach();
        for rtype in kinds {
            assert!(D::has_rtype(rtype.into()));
            let mut bytes = filled::<T>();
            bytes[1] = rtype;
            for length in [bytes[0], bytes[0] - 1, bytes[0]] {
                bytes[0] = length;
                handler.publish_bytes(&bytes);
                let record = feed.next(PATIENCE).unwrap().unwrap();
                let whole = usize::from(length) * 4 == size_of::<T>();
                assert_eq!(record.get::<T>().is_some(), whole, "{rtype:#x}");
                assert_eq!(matches!(record.any(), AnyRecord::Other(_)), !whole, "{rtype:#x}");
                assert!(record.get::<Mbo>().is_none() && record.get::<Trade>().is_none());
                let theirs = record.as_dbn().map(|record| record.get::<D>().unwrap());
                assert_eq!(theirs.is_some(), whole, "{rtype:#x}");
                let (Some(ours), Some(theirs)) = (record.get::<T>(), theirs) else { continue };
                assert!(ours.as_ref() == theirs && T::from(theirs) == *ours);
            }
        }
    }

    #[test]
    fn what_only_files_have_is_the_crates_own() {
        check::<Mbp1, dbn::Mbp1Msg>(1);
        check::<Mbp10, dbn::Mbp10Msg>(1);
        check::<Ohlcv, dbn::OhlcvMsg>(6);
        check::<Bbo, dbn::BboMsg>(2);
        check::<Cmbp1, dbn::Cmbp1Msg>(2);
        check::<Cbbo, dbn::CbboMsg>(2);
    }

    #[test]
    fn what_dbn_does_not_know_is_none() {
        let mut handler = Handler::usual();
        let mut feed = handler.attach();
        let mut short = Trade::default();
        short.hd.length = 11;
        let mut long = Trade::default();
        long.hd.length = 200;
        let mut unknown = Trade::default();
        unknown.hd.rtype = 0x77;
        assert_eq!(short.header().rtype, 0);
        handler.publish(&Lost::default());
        for record in [short, long, unknown] {
            handler.publish(&record);
        }
        for _ in 0..4 {
            assert!(feed.next(PATIENCE).unwrap().unwrap().as_dbn().is_none());
        }
    }
}

#[cfg(feature = "zerocopy")]
#[test]
fn records_are_bytes() {
    use headrace::Mbo;
    use zerocopy::{FromBytes, IntoBytes};
    let order = Mbo { order_id: 7, ..Mbo::default() };
    assert_eq!(Mbo::read_from_bytes(order.as_bytes()).unwrap(), order);
    assert_eq!(Mbo::ref_from_bytes(order.as_bytes()).unwrap().order_id, 7);
    assert!(Mbo::ref_from_bytes(&order.as_bytes()[..55]).is_err());
}
