// SPDX-License-Identifier: Apache-2.0
//! Records as the `dbn` crate's, and as zerocopy's.

mod support;

#[cfg(feature = "dbn")]
mod as_dbn {
    use crate::support::{Handler, PATIENCE};
    use headrace::{Definition, Lost, Mbo, Record, Trade};

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
