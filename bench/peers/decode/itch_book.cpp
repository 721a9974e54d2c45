/* SPDX-License-Identifier: Apache-2.0
 *
 * itch-book's core in C++, which its Python package is built on: parse() with a handler for each type that it decodes, and no
 * book. Every message is made whole in its own struct.
 */
#include "rounds.h"

#include <itch/parser.hpp>

namespace
{
struct Handler {
    std::uint64_t decoded = 0;

    template <typename Message> void made(const Message &message)
    {
        rounds_made(message);
        decoded++;
    }
    void on_system_event(const itch::SystemEvent &message)
    {
        made(message);
    }
    void on_stock_directory(const itch::StockDirectory &message)
    {
        made(message);
    }
    void on_add(const itch::AddOrder &message)
    {
        made(message);
    }
    void on_execute(const itch::OrderExecuted &message)
    {
        made(message);
    }
    void on_execute_price(const itch::OrderExecutedPrice &message)
    {
        made(message);
    }
    void on_cancel(const itch::OrderCancel &message)
    {
        made(message);
    }
    void on_delete(const itch::OrderDelete &message)
    {
        made(message);
    }
    void on_replace(const itch::OrderReplace &message)
    {
        made(message);
    }
    void on_trade(const itch::Trade &message)
    {
        made(message);
    }
    void on_trading_action(const itch::TradingAction &message)
    {
        made(message);
    }
    void on_cross(const itch::CrossTrade &message)
    {
        made(message);
    }
    void on_broken(const itch::BrokenTrade &message)
    {
        made(message);
    }
    void on_noii(const itch::Noii &message)
    {
        made(message);
    }
    void on_reg_sho(const itch::RegSho &message)
    {
        made(message);
    }
    void on_operational_halt(const itch::OperationalHalt &message)
    {
        made(message);
    }
    void on_luld_collar(const itch::LuldCollar &message)
    {
        made(message);
    }
};
} // namespace

int main(int argc, char **argv)
{
    return rounds_main(argc, argv, "itch-book", "SRAFECXDUPHQBIYhJ", [](std::span<const std::byte> bytes) {
        Handler handler;
        itch::parse(bytes, handler);
        return handler.decoded;
    });
}
