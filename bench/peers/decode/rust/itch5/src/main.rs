// SPDX-License-Identifier: Apache-2.0
//! itch5: its Parser with a handler of all types. A message is a view of the archive, so making it is a check of length; a field
//! is converted when it is read. One is: the time stamp.
#[path = "../../rounds.rs"]
mod rounds;

use itch5::{MessageHandler, Parser, messages::*};
use std::hint::black_box;
use std::ops::ControlFlow;

struct Handler {
    decoded: u64,
}

macro_rules! handle {
    ($($method:ident: $message:ty,)*) => {
        impl MessageHandler for Handler {
            $(fn $method(&mut self, message: &$message) -> ControlFlow<()> {
                black_box(black_box(message).timestamp().to_u64());
                self.decoded += 1;
                ControlFlow::Continue(())
            })*
        }
    };
}

handle! {
    on_system_event: SystemEvent,
    on_stock_directory: StockDirectory,
    on_stock_trading_action: StockTradingAction,
    on_reg_sho_restriction: RegSHORestriction,
    on_market_participant_position: MarketParticipantPosition,
    on_mwcb_decline_level: MWCBDeclineLevel,
    on_mwcb_status: MWCBStatus,
    on_quoting_period_update: QuotingPeriodUpdate,
    on_luld_auction_collar: LULDAuctionCollar,
    on_operational_halt: OperationalHalt,
    on_add_order_no_mpid_attribution: AddOrderNoMPIDAttribution,
    on_add_order_with_mpid_attribution: AddOrderWithMPIDAttribution,
    on_order_executed: OrderExecuted,
    on_order_executed_with_price: OrderExecutedWithPrice,
    on_order_cancel: OrderCancel,
    on_order_delete: OrderDelete,
    on_order_replace: OrderReplace,
    on_trade: Trade,
    on_cross_trade: CrossTrade,
    on_broken_trade: BrokenTrade,
    on_net_order_imbalance_indicator: NetOrderImbalanceIndicator,
    on_retail_price_improvement_indicator: RetailPriceImprovementIndicator,
    on_direct_listing_with_capital_raise_price_discovery: DirectListingwithCapitalRaisePriceDiscovery,
}

fn main() {
    rounds::main(
        "itch5",
        b"SRHYLVWKJhAFECXDUPQBINO",
        "views of the archive: of each message only the time stamp is converted",
        |bytes| bytes,
        |bytes| {
            let mut handler = Handler { decoded: 0 };
            Parser::new(bytes).parse_stream(&mut handler).map_err(|error| error.to_string())?;
            Ok(handler.decoded)
        },
    );
}
