/* SPDX-License-Identifier: Apache-2.0
 *
 * Every struct of the ABI, every field of each, in order, and every constant. layout.c prints where they are; check_document.py
 * finds out whether one is missing here, for the fields of a struct fill it without a gap.
 */
#ifndef HEADRACE_ABI_FIELDS_H
#define HEADRACE_ABI_FIELDS_H

/* S(struct), then F(struct, field) for each; E(struct, field, struct of an entry) for an array that ends it. */
#define RING_STRUCTS(S, F, E)                                                                                                  \
    S(hr_ring_header)                                                                                                          \
    F(hr_ring_header, magic)                                                                                                   \
    F(hr_ring_header, abi_major)                                                                                               \
    F(hr_ring_header, abi_minor)                                                                                               \
    F(hr_ring_header, header_bytes)                                                                                            \
    F(hr_ring_header, slot_bytes)                                                                                              \
    F(hr_ring_header, slot_count)                                                                                              \
    F(hr_ring_header, session_epoch)                                                                                           \
    F(hr_ring_header, writer_pid)                                                                                              \
    F(hr_ring_header, writer_start_ns)                                                                                         \
    F(hr_ring_header, tsc_hz)                                                                                                  \
    F(hr_ring_header, worker)                                                                                                  \
    F(hr_ring_header, worker_count)                                                                                            \
    F(hr_ring_header, consumer)                                                                                                \
    F(hr_ring_header, first_stamp)                                                                                             \
    F(hr_ring_header, reserved0)                                                                                               \
    F(hr_ring_header, heartbeat_ns)                                                                                            \
    F(hr_ring_header, published)                                                                                               \
    F(hr_ring_header, lost)                                                                                                    \
    F(hr_ring_header, state)                                                                                                   \
    F(hr_ring_header, reserved1)                                                                                               \
    F(hr_ring_header, wakes)                                                                                                   \
    F(hr_ring_header, reserved2)                                                                                               \
    S(hr_cursor)                                                                                                               \
    F(hr_cursor, magic)                                                                                                        \
    F(hr_cursor, reserved0)                                                                                                    \
    F(hr_cursor, read)                                                                                                         \
    F(hr_cursor, reserved1)                                                                                                    \
    F(hr_cursor, waiting)                                                                                                      \
    F(hr_cursor, reserved2)                                                                                                    \
    S(hr_slot)                                                                                                                 \
    F(hr_slot, stamp)                                                                                                          \
    E(hr_slot, record, hr_record_header)

#define ATTACH_STRUCTS(S, F, E)                                                                                                \
    S(hr_attach_request)                                                                                                       \
    F(hr_attach_request, magic)                                                                                                \
    F(hr_attach_request, version)                                                                                              \
    F(hr_attach_request, length)                                                                                               \
    F(hr_attach_request, kind)                                                                                                 \
    F(hr_attach_request, abi_major)                                                                                            \
    F(hr_attach_request, abi_minor)                                                                                            \
    F(hr_attach_request, consumer)                                                                                             \
    F(hr_attach_request, waiting)                                                                                              \
    F(hr_attach_request, reserved)                                                                                             \
    S(hr_attach_reply)                                                                                                         \
    F(hr_attach_reply, magic)                                                                                                  \
    F(hr_attach_reply, version)                                                                                                \
    F(hr_attach_reply, length)                                                                                                 \
    F(hr_attach_reply, status)                                                                                                 \
    F(hr_attach_reply, worker_count)                                                                                           \
    F(hr_attach_reply, descriptors)                                                                                            \
    F(hr_attach_reply, reserved)                                                                                               \
    F(hr_attach_reply, message)                                                                                                \
    S(hr_directory)                                                                                                            \
    F(hr_directory, magic)                                                                                                     \
    F(hr_directory, capacity)                                                                                                  \
    F(hr_directory, entry_bytes)                                                                                               \
    F(hr_directory, count)                                                                                                     \
    F(hr_directory, reserved)                                                                                                  \
    E(hr_directory, entries, hr_directory_entry)                                                                               \
    S(hr_directory_entry)                                                                                                      \
    F(hr_directory_entry, instrument_id)                                                                                       \
    F(hr_directory_entry, publisher_id)                                                                                        \
    F(hr_directory_entry, feed)                                                                                                \
    F(hr_directory_entry, reserved0)                                                                                           \
    F(hr_directory_entry, round_lot)                                                                                           \
    F(hr_directory_entry, reserved1)                                                                                           \
    F(hr_directory_entry, symbol)                                                                                              \
    F(hr_directory_entry, reserved2)                                                                                           \
    S(hr_statistics_page)                                                                                                      \
    F(hr_statistics_page, magic)                                                                                               \
    F(hr_statistics_page, capacity)                                                                                            \
    F(hr_statistics_page, entry_bytes)                                                                                         \
    F(hr_statistics_page, count)                                                                                               \
    F(hr_statistics_page, values_offset)                                                                                       \
    F(hr_statistics_page, session_epoch)                                                                                       \
    F(hr_statistics_page, instance)                                                                                            \
    E(hr_statistics_page, entries, hr_statistics_entry)                                                                        \
    S(hr_statistics_entry)                                                                                                     \
    F(hr_statistics_entry, step)                                                                                               \
    F(hr_statistics_entry, subject)                                                                                            \
    F(hr_statistics_entry, name)                                                                                               \
    F(hr_statistics_entry, reserved)

#define RECORD_STRUCTS(S, F, E)                                                                                                \
    S(hr_record_header)                                                                                                        \
    F(hr_record_header, length)                                                                                                \
    F(hr_record_header, rtype)                                                                                                 \
    F(hr_record_header, publisher_id)                                                                                          \
    F(hr_record_header, instrument_id)                                                                                         \
    F(hr_record_header, ts_event)                                                                                              \
    S(hr_mbo)                                                                                                                  \
    F(hr_mbo, header)                                                                                                          \
    F(hr_mbo, order_id)                                                                                                        \
    F(hr_mbo, price)                                                                                                           \
    F(hr_mbo, size)                                                                                                            \
    F(hr_mbo, flags)                                                                                                           \
    F(hr_mbo, channel_id)                                                                                                      \
    F(hr_mbo, action)                                                                                                          \
    F(hr_mbo, side)                                                                                                            \
    F(hr_mbo, ts_recv)                                                                                                         \
    F(hr_mbo, ts_in_delta)                                                                                                     \
    F(hr_mbo, sequence)                                                                                                        \
    S(hr_trade)                                                                                                                \
    F(hr_trade, header)                                                                                                        \
    F(hr_trade, price)                                                                                                         \
    F(hr_trade, size)                                                                                                          \
    F(hr_trade, action)                                                                                                        \
    F(hr_trade, side)                                                                                                          \
    F(hr_trade, flags)                                                                                                         \
    F(hr_trade, depth)                                                                                                         \
    F(hr_trade, ts_recv)                                                                                                       \
    F(hr_trade, ts_in_delta)                                                                                                   \
    F(hr_trade, sequence)                                                                                                      \
    S(hr_bid_ask_pair)                                                                                                         \
    F(hr_bid_ask_pair, bid_px)                                                                                                 \
    F(hr_bid_ask_pair, ask_px)                                                                                                 \
    F(hr_bid_ask_pair, bid_sz)                                                                                                 \
    F(hr_bid_ask_pair, ask_sz)                                                                                                 \
    F(hr_bid_ask_pair, bid_ct)                                                                                                 \
    F(hr_bid_ask_pair, ask_ct)                                                                                                 \
    S(hr_consolidated_bid_ask_pair)                                                                                            \
    F(hr_consolidated_bid_ask_pair, bid_px)                                                                                    \
    F(hr_consolidated_bid_ask_pair, ask_px)                                                                                    \
    F(hr_consolidated_bid_ask_pair, bid_sz)                                                                                    \
    F(hr_consolidated_bid_ask_pair, ask_sz)                                                                                    \
    F(hr_consolidated_bid_ask_pair, bid_pb)                                                                                    \
    F(hr_consolidated_bid_ask_pair, reserved1)                                                                                 \
    F(hr_consolidated_bid_ask_pair, ask_pb)                                                                                    \
    F(hr_consolidated_bid_ask_pair, reserved2)                                                                                 \
    S(hr_mbp_1)                                                                                                                \
    F(hr_mbp_1, header)                                                                                                        \
    F(hr_mbp_1, price)                                                                                                         \
    F(hr_mbp_1, size)                                                                                                          \
    F(hr_mbp_1, action)                                                                                                        \
    F(hr_mbp_1, side)                                                                                                          \
    F(hr_mbp_1, flags)                                                                                                         \
    F(hr_mbp_1, depth)                                                                                                         \
    F(hr_mbp_1, ts_recv)                                                                                                       \
    F(hr_mbp_1, ts_in_delta)                                                                                                   \
    F(hr_mbp_1, sequence)                                                                                                      \
    F(hr_mbp_1, levels)                                                                                                        \
    S(hr_mbp_10)                                                                                                               \
    F(hr_mbp_10, header)                                                                                                       \
    F(hr_mbp_10, price)                                                                                                        \
    F(hr_mbp_10, size)                                                                                                         \
    F(hr_mbp_10, action)                                                                                                       \
    F(hr_mbp_10, side)                                                                                                         \
    F(hr_mbp_10, flags)                                                                                                        \
    F(hr_mbp_10, depth)                                                                                                        \
    F(hr_mbp_10, ts_recv)                                                                                                      \
    F(hr_mbp_10, ts_in_delta)                                                                                                  \
    F(hr_mbp_10, sequence)                                                                                                     \
    F(hr_mbp_10, levels)                                                                                                       \
    S(hr_ohlcv)                                                                                                                \
    F(hr_ohlcv, header)                                                                                                        \
    F(hr_ohlcv, open)                                                                                                          \
    F(hr_ohlcv, high)                                                                                                          \
    F(hr_ohlcv, low)                                                                                                           \
    F(hr_ohlcv, close)                                                                                                         \
    F(hr_ohlcv, volume)                                                                                                        \
    S(hr_bbo)                                                                                                                  \
    F(hr_bbo, header)                                                                                                          \
    F(hr_bbo, price)                                                                                                           \
    F(hr_bbo, size)                                                                                                            \
    F(hr_bbo, reserved1)                                                                                                       \
    F(hr_bbo, side)                                                                                                            \
    F(hr_bbo, flags)                                                                                                           \
    F(hr_bbo, reserved2)                                                                                                       \
    F(hr_bbo, ts_recv)                                                                                                         \
    F(hr_bbo, reserved3)                                                                                                       \
    F(hr_bbo, sequence)                                                                                                        \
    F(hr_bbo, levels)                                                                                                          \
    S(hr_cmbp_1)                                                                                                               \
    F(hr_cmbp_1, header)                                                                                                       \
    F(hr_cmbp_1, price)                                                                                                        \
    F(hr_cmbp_1, size)                                                                                                         \
    F(hr_cmbp_1, action)                                                                                                       \
    F(hr_cmbp_1, side)                                                                                                         \
    F(hr_cmbp_1, flags)                                                                                                        \
    F(hr_cmbp_1, reserved1)                                                                                                    \
    F(hr_cmbp_1, ts_recv)                                                                                                      \
    F(hr_cmbp_1, ts_in_delta)                                                                                                  \
    F(hr_cmbp_1, reserved2)                                                                                                    \
    F(hr_cmbp_1, levels)                                                                                                       \
    S(hr_cbbo)                                                                                                                 \
    F(hr_cbbo, header)                                                                                                         \
    F(hr_cbbo, price)                                                                                                          \
    F(hr_cbbo, size)                                                                                                           \
    F(hr_cbbo, reserved1)                                                                                                      \
    F(hr_cbbo, side)                                                                                                           \
    F(hr_cbbo, flags)                                                                                                          \
    F(hr_cbbo, reserved2)                                                                                                      \
    F(hr_cbbo, ts_recv)                                                                                                        \
    F(hr_cbbo, reserved3)                                                                                                      \
    F(hr_cbbo, levels)                                                                                                         \
    S(hr_status)                                                                                                               \
    F(hr_status, header)                                                                                                       \
    F(hr_status, ts_recv)                                                                                                      \
    F(hr_status, action)                                                                                                       \
    F(hr_status, reason)                                                                                                       \
    F(hr_status, trading_event)                                                                                                \
    F(hr_status, is_trading)                                                                                                   \
    F(hr_status, is_quoting)                                                                                                   \
    F(hr_status, is_short_sell_restricted)                                                                                     \
    F(hr_status, reserved)                                                                                                     \
    S(hr_definition)                                                                                                           \
    F(hr_definition, header)                                                                                                   \
    F(hr_definition, ts_recv)                                                                                                  \
    F(hr_definition, min_price_increment)                                                                                      \
    F(hr_definition, display_factor)                                                                                           \
    F(hr_definition, expiration)                                                                                               \
    F(hr_definition, activation)                                                                                               \
    F(hr_definition, high_limit_price)                                                                                         \
    F(hr_definition, low_limit_price)                                                                                          \
    F(hr_definition, max_price_variation)                                                                                      \
    F(hr_definition, unit_of_measure_qty)                                                                                      \
    F(hr_definition, min_price_increment_amount)                                                                               \
    F(hr_definition, price_ratio)                                                                                              \
    F(hr_definition, strike_price)                                                                                             \
    F(hr_definition, raw_instrument_id)                                                                                        \
    F(hr_definition, leg_price)                                                                                                \
    F(hr_definition, leg_delta)                                                                                                \
    F(hr_definition, inst_attrib_value)                                                                                        \
    F(hr_definition, underlying_id)                                                                                            \
    F(hr_definition, market_depth_implied)                                                                                     \
    F(hr_definition, market_depth)                                                                                             \
    F(hr_definition, market_segment_id)                                                                                        \
    F(hr_definition, max_trade_vol)                                                                                            \
    F(hr_definition, min_lot_size)                                                                                             \
    F(hr_definition, min_lot_size_block)                                                                                       \
    F(hr_definition, min_lot_size_round_lot)                                                                                   \
    F(hr_definition, min_trade_vol)                                                                                            \
    F(hr_definition, contract_multiplier)                                                                                      \
    F(hr_definition, decay_quantity)                                                                                           \
    F(hr_definition, original_contract_size)                                                                                   \
    F(hr_definition, leg_instrument_id)                                                                                        \
    F(hr_definition, leg_ratio_price_numerator)                                                                                \
    F(hr_definition, leg_ratio_price_denominator)                                                                              \
    F(hr_definition, leg_ratio_qty_numerator)                                                                                  \
    F(hr_definition, leg_ratio_qty_denominator)                                                                                \
    F(hr_definition, leg_underlying_id)                                                                                        \
    F(hr_definition, appl_id)                                                                                                  \
    F(hr_definition, maturity_year)                                                                                            \
    F(hr_definition, decay_start_date)                                                                                         \
    F(hr_definition, channel_id)                                                                                               \
    F(hr_definition, leg_count)                                                                                                \
    F(hr_definition, leg_index)                                                                                                \
    F(hr_definition, currency)                                                                                                 \
    F(hr_definition, settl_currency)                                                                                           \
    F(hr_definition, secsubtype)                                                                                               \
    F(hr_definition, raw_symbol)                                                                                               \
    F(hr_definition, group)                                                                                                    \
    F(hr_definition, exchange)                                                                                                 \
    F(hr_definition, asset)                                                                                                    \
    F(hr_definition, cfi)                                                                                                      \
    F(hr_definition, security_type)                                                                                            \
    F(hr_definition, unit_of_measure)                                                                                          \
    F(hr_definition, underlying)                                                                                               \
    F(hr_definition, strike_price_currency)                                                                                    \
    F(hr_definition, leg_raw_symbol)                                                                                           \
    F(hr_definition, instrument_class)                                                                                         \
    F(hr_definition, match_algorithm)                                                                                          \
    F(hr_definition, main_fraction)                                                                                            \
    F(hr_definition, price_display_format)                                                                                     \
    F(hr_definition, sub_fraction)                                                                                             \
    F(hr_definition, underlying_product)                                                                                       \
    F(hr_definition, security_update_action)                                                                                   \
    F(hr_definition, maturity_month)                                                                                           \
    F(hr_definition, maturity_day)                                                                                             \
    F(hr_definition, maturity_week)                                                                                            \
    F(hr_definition, user_defined_instrument)                                                                                  \
    F(hr_definition, contract_multiplier_unit)                                                                                 \
    F(hr_definition, flow_schedule_type)                                                                                       \
    F(hr_definition, tick_rule)                                                                                                \
    F(hr_definition, leg_instrument_class)                                                                                     \
    F(hr_definition, leg_side)                                                                                                 \
    F(hr_definition, reserved)                                                                                                 \
    S(hr_imbalance)                                                                                                            \
    F(hr_imbalance, header)                                                                                                    \
    F(hr_imbalance, ts_recv)                                                                                                   \
    F(hr_imbalance, ref_price)                                                                                                 \
    F(hr_imbalance, auction_time)                                                                                              \
    F(hr_imbalance, cont_book_clr_price)                                                                                       \
    F(hr_imbalance, auct_interest_clr_price)                                                                                   \
    F(hr_imbalance, ssr_filling_price)                                                                                         \
    F(hr_imbalance, ind_match_price)                                                                                           \
    F(hr_imbalance, upper_collar)                                                                                              \
    F(hr_imbalance, lower_collar)                                                                                              \
    F(hr_imbalance, paired_qty)                                                                                                \
    F(hr_imbalance, total_imbalance_qty)                                                                                       \
    F(hr_imbalance, market_imbalance_qty)                                                                                      \
    F(hr_imbalance, unpaired_qty)                                                                                              \
    F(hr_imbalance, auction_type)                                                                                              \
    F(hr_imbalance, side)                                                                                                      \
    F(hr_imbalance, auction_status)                                                                                            \
    F(hr_imbalance, freeze_status)                                                                                             \
    F(hr_imbalance, num_extensions)                                                                                            \
    F(hr_imbalance, unpaired_side)                                                                                             \
    F(hr_imbalance, significant_imbalance)                                                                                     \
    F(hr_imbalance, reserved)                                                                                                  \
    S(hr_statistics)                                                                                                           \
    F(hr_statistics, header)                                                                                                   \
    F(hr_statistics, ts_recv)                                                                                                  \
    F(hr_statistics, ts_ref)                                                                                                   \
    F(hr_statistics, price)                                                                                                    \
    F(hr_statistics, quantity)                                                                                                 \
    F(hr_statistics, sequence)                                                                                                 \
    F(hr_statistics, ts_in_delta)                                                                                              \
    F(hr_statistics, stat_type)                                                                                                \
    F(hr_statistics, channel_id)                                                                                               \
    F(hr_statistics, update_action)                                                                                            \
    F(hr_statistics, stat_flags)                                                                                               \
    F(hr_statistics, reserved)                                                                                                 \
    S(hr_lost)                                                                                                                 \
    F(hr_lost, header)                                                                                                         \
    F(hr_lost, count)                                                                                                          \
    F(hr_lost, first_ts)                                                                                                       \
    F(hr_lost, last_ts)                                                                                                        \
    S(hr_gap)                                                                                                                  \
    F(hr_gap, header)                                                                                                          \
    F(hr_gap, first_sequence)                                                                                                  \
    F(hr_gap, count)                                                                                                           \
    F(hr_gap, ts_recv)                                                                                                         \
    F(hr_gap, channel_id)                                                                                                      \
    F(hr_gap, reserved)                                                                                                        \
    S(hr_session)                                                                                                              \
    F(hr_session, header)                                                                                                      \
    F(hr_session, ts_recv)                                                                                                     \
    F(hr_session, next_sequence)                                                                                               \
    F(hr_session, session)                                                                                                     \
    F(hr_session, event)                                                                                                       \
    F(hr_session, channel_id)                                                                                                  \
    F(hr_session, reserved)                                                                                                    \
    S(hr_trade_break)                                                                                                          \
    F(hr_trade_break, header)                                                                                                  \
    F(hr_trade_break, ts_recv)                                                                                                 \
    F(hr_trade_break, trade_id)                                                                                                \
    F(hr_trade_break, price)                                                                                                   \
    F(hr_trade_break, size)                                                                                                    \
    F(hr_trade_break, sequence)                                                                                                \
    F(hr_trade_break, channel_id)                                                                                              \
    F(hr_trade_break, reserved)                                                                                                \
    S(hr_native)                                                                                                               \
    F(hr_native, header)                                                                                                       \
    F(hr_native, ts_recv)                                                                                                      \
    F(hr_native, sequence)                                                                                                     \
    F(hr_native, message_length)                                                                                               \
    F(hr_native, message)

/* Every constant of ring_abi.h and attach_abi.h, and of record.h the types and flags. */
#define CONSTANTS(C)                                                                                                           \
    C(HR_RING_MAGIC)                                                                                                           \
    C(HR_CURSOR_MAGIC)                                                                                                         \
    C(HR_ABI_MAJOR)                                                                                                            \
    C(HR_ABI_MINOR)                                                                                                            \
    C(HR_CACHE_LINE)                                                                                                           \
    C(HR_RING_HEADER_BYTES)                                                                                                    \
    C(HR_CURSOR_BYTES)                                                                                                         \
    C(HR_SLOT_STAMP_BYTES)                                                                                                     \
    C(HR_CURSOR_LAG)                                                                                                           \
    C(HR_CONSUMER_NAME_BYTES)                                                                                                  \
    C(HR_RING_STARTING)                                                                                                        \
    C(HR_RING_RUNNING)                                                                                                         \
    C(HR_RING_DETACHED)                                                                                                        \
    C(HR_RING_EVICTED)                                                                                                         \
    C(HR_RING_STOPPING)                                                                                                        \
    C(HR_WAITING_AWAKE)                                                                                                        \
    C(HR_WAITING_FUTEX)                                                                                                        \
    C(HR_WAITING_EVENTFD)                                                                                                      \
    C(HR_ATTACH_MAGIC)                                                                                                         \
    C(HR_ATTACH_VERSION)                                                                                                       \
    C(HR_WORKERS_MAX)                                                                                                          \
    C(HR_ATTACH_DESCRIPTORS_MAX)                                                                                               \
    C(HR_ATTACH_CONSUMER)                                                                                                      \
    C(HR_ATTACH_STATISTICS)                                                                                                    \
    C(HR_DIRECTORY_MAGIC)                                                                                                      \
    C(HR_SYMBOL_BYTES)                                                                                                         \
    C(HR_STATISTICS_MAGIC)                                                                                                     \
    C(HR_RTYPE_TRADE)                                                                                                          \
    C(HR_RTYPE_MBP_1)                                                                                                          \
    C(HR_RTYPE_MBP_10)                                                                                                         \
    C(HR_RTYPE_OHLCV_DEPRECATED)                                                                                               \
    C(HR_RTYPE_STATUS)                                                                                                         \
    C(HR_RTYPE_DEFINITION)                                                                                                     \
    C(HR_RTYPE_IMBALANCE)                                                                                                      \
    C(HR_RTYPE_STATISTICS)                                                                                                     \
    C(HR_RTYPE_OHLCV_1S)                                                                                                       \
    C(HR_RTYPE_OHLCV_1M)                                                                                                       \
    C(HR_RTYPE_OHLCV_1H)                                                                                                       \
    C(HR_RTYPE_OHLCV_1D)                                                                                                       \
    C(HR_RTYPE_OHLCV_EOD)                                                                                                      \
    C(HR_RTYPE_MBO)                                                                                                            \
    C(HR_RTYPE_CMBP_1)                                                                                                         \
    C(HR_RTYPE_CBBO_1S)                                                                                                        \
    C(HR_RTYPE_CBBO_1M)                                                                                                        \
    C(HR_RTYPE_TCBBO)                                                                                                          \
    C(HR_RTYPE_BBO_1S)                                                                                                         \
    C(HR_RTYPE_BBO_1M)                                                                                                         \
    C(HR_RTYPE_LOST)                                                                                                           \
    C(HR_RTYPE_GAP)                                                                                                            \
    C(HR_RTYPE_RECOVERED)                                                                                                      \
    C(HR_RTYPE_SESSION)                                                                                                        \
    C(HR_RTYPE_TRADE_BREAK)                                                                                                    \
    C(HR_RTYPE_NATIVE)                                                                                                         \
    C(HR_FLAG_LAST)                                                                                                            \
    C(HR_FLAG_TOB)                                                                                                             \
    C(HR_FLAG_SNAPSHOT)                                                                                                        \
    C(HR_FLAG_MBP)                                                                                                             \
    C(HR_FLAG_BAD_TS_RECV)                                                                                                     \
    C(HR_FLAG_MAYBE_BAD_BOOK)                                                                                                  \
    C(HR_FLAG_PUBLISHER_SPECIFIC)

#endif
