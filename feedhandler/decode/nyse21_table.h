/* SPDX-License-Identifier: Apache-2.0
 *
 * NYSE imbalances 2.1f: every message, every field. The one table that the decoder's offsets and length checks, `headrace dump
 * --json` come from.
 *
 * Source: NYSE XDP Imbalances Feed Client Specification, version 2.1f (1 February 2018), with the control messages of the XDP
 * Common Client Specification. All integers little-endian. Types 10, 12, 13 and 15 go from a client to the venue: they are here
 * to be known.
 * M(type, message, length): the length counts the message's header of 4 bytes, and so do the offsets.
 * F(message, field, offset, bytes, kind): see enum hr_field_kind.
 */
#ifndef HEADRACE_DECODE_NYSE21_TABLE_H
#define HEADRACE_DECODE_NYSE21_TABLE_H

#define HR_NYSE21_MESSAGES(M) \
    M(1,   sequence_number_reset,        14) \
    M(3,   symbol_index_mapping,         44) \
    M(10,  retransmission_request,       24) \
    M(11,  request_response,             29) \
    M(12,  heartbeat_response,           14) \
    M(13,  symbol_index_mapping_request, 21) \
    M(15,  refresh_request,              20) \
    M(31,  message_unavailable,          14) \
    M(32,  symbol_clear,                 20) \
    M(34,  security_status,              46) \
    M(35,  refresh_header,               16) \
    M(105, imbalance,                    67)

#define HR_NYSE21_sequence_number_reset(F) \
    F(sequence_number_reset, message_size,   0, 2, UINT) \
    F(sequence_number_reset, message_type,   2, 2, UINT) \
    F(sequence_number_reset, source_time,    4, 4, UINT) \
    F(sequence_number_reset, source_time_ns, 8, 4, UINT) \
    F(sequence_number_reset, product_id,     12, 1, UINT) \
    F(sequence_number_reset, channel_id,     13, 1, UINT)

#define HR_NYSE21_symbol_index_mapping(F) \
    F(symbol_index_mapping, message_size,      0, 2, UINT) \
    F(symbol_index_mapping, message_type,      2, 2, UINT) \
    F(symbol_index_mapping, symbol_index,      4, 4, UINT) \
    F(symbol_index_mapping, symbol,            8, 11, TEXT) \
    F(symbol_index_mapping, reserved_1,        19, 1, UINT) \
    F(symbol_index_mapping, market_id,         20, 2, UINT) \
    F(symbol_index_mapping, system_id,         22, 1, UINT) \
    F(symbol_index_mapping, exchange_code,     23, 1, CHAR) \
    F(symbol_index_mapping, price_scale_code,  24, 1, UINT) \
    F(symbol_index_mapping, security_type,     25, 1, CHAR) \
    F(symbol_index_mapping, lot_size,          26, 2, UINT) \
    F(symbol_index_mapping, prev_close_price,  28, 4, UINT) \
    F(symbol_index_mapping, prev_close_volume, 32, 4, UINT) \
    F(symbol_index_mapping, price_resolution,  36, 1, UINT) \
    F(symbol_index_mapping, round_lot,         37, 1, CHAR) \
    F(symbol_index_mapping, mpv,               38, 2, UINT) \
    F(symbol_index_mapping, unit_of_trade,     40, 2, UINT) \
    F(symbol_index_mapping, reserved_2,        42, 2, UINT)

#define HR_NYSE21_retransmission_request(F) \
    F(retransmission_request, message_size,  0, 2, UINT) \
    F(retransmission_request, message_type,  2, 2, UINT) \
    F(retransmission_request, begin_seq_num, 4, 4, UINT) \
    F(retransmission_request, end_seq_num,   8, 4, UINT) \
    F(retransmission_request, source_id,     12, 10, TEXT) \
    F(retransmission_request, product_id,    22, 1, UINT) \
    F(retransmission_request, channel_id,    23, 1, UINT)

#define HR_NYSE21_request_response(F) \
    F(request_response, message_size,    0, 2, UINT) \
    F(request_response, message_type,    2, 2, UINT) \
    F(request_response, request_seq_num, 4, 4, UINT) \
    F(request_response, begin_seq_num,   8, 4, UINT) \
    F(request_response, end_seq_num,     12, 4, UINT) \
    F(request_response, source_id,       16, 10, TEXT) \
    F(request_response, product_id,      26, 1, UINT) \
    F(request_response, channel_id,      27, 1, UINT) \
    F(request_response, status,          28, 1, CHAR)

#define HR_NYSE21_heartbeat_response(F) \
    F(heartbeat_response, message_size, 0, 2, UINT) \
    F(heartbeat_response, message_type, 2, 2, UINT) \
    F(heartbeat_response, source_id,    4, 10, TEXT)

#define HR_NYSE21_symbol_index_mapping_request(F) \
    F(symbol_index_mapping_request, message_size,      0, 2, UINT) \
    F(symbol_index_mapping_request, message_type,      2, 2, UINT) \
    F(symbol_index_mapping_request, symbol_index,      4, 4, UINT) \
    F(symbol_index_mapping_request, source_id,         8, 10, TEXT) \
    F(symbol_index_mapping_request, product_id,        18, 1, UINT) \
    F(symbol_index_mapping_request, channel_id,        19, 1, UINT) \
    F(symbol_index_mapping_request, retransmit_method, 20, 1, UINT)

#define HR_NYSE21_refresh_request(F) \
    F(refresh_request, message_size, 0, 2, UINT) \
    F(refresh_request, message_type, 2, 2, UINT) \
    F(refresh_request, symbol_index, 4, 4, UINT) \
    F(refresh_request, source_id,    8, 10, TEXT) \
    F(refresh_request, product_id,   18, 1, UINT) \
    F(refresh_request, channel_id,   19, 1, UINT)

#define HR_NYSE21_message_unavailable(F) \
    F(message_unavailable, message_size,  0, 2, UINT) \
    F(message_unavailable, message_type,  2, 2, UINT) \
    F(message_unavailable, begin_seq_num, 4, 4, UINT) \
    F(message_unavailable, end_seq_num,   8, 4, UINT) \
    F(message_unavailable, product_id,    12, 1, UINT) \
    F(message_unavailable, channel_id,    13, 1, UINT)

#define HR_NYSE21_symbol_clear(F) \
    F(symbol_clear, message_size,        0, 2, UINT) \
    F(symbol_clear, message_type,        2, 2, UINT) \
    F(symbol_clear, source_time,         4, 4, UINT) \
    F(symbol_clear, source_time_ns,      8, 4, UINT) \
    F(symbol_clear, symbol_index,        12, 4, UINT) \
    F(symbol_clear, next_source_seq_num, 16, 4, UINT)

#define HR_NYSE21_security_status(F) \
    F(security_status, message_size,               0, 2, UINT) \
    F(security_status, message_type,               2, 2, UINT) \
    F(security_status, source_time,                4, 4, UINT) \
    F(security_status, source_time_ns,             8, 4, UINT) \
    F(security_status, symbol_index,               12, 4, UINT) \
    F(security_status, symbol_seq_num,             16, 4, UINT) \
    F(security_status, security_status,            20, 1, CHAR) \
    F(security_status, halt_condition,             21, 1, CHAR) \
    F(security_status, reserved_4,                 22, 4, UINT) \
    F(security_status, price_1,                    26, 4, UINT) \
    F(security_status, price_2,                    30, 4, UINT) \
    F(security_status, ssr_triggering_exchange_id, 34, 1, CHAR) \
    F(security_status, ssr_triggering_volume,      35, 4, UINT) \
    F(security_status, time,                       39, 4, UINT) \
    F(security_status, ssr_state,                  43, 1, CHAR) \
    F(security_status, market_state,               44, 1, CHAR) \
    F(security_status, session_state,              45, 1, CHAR)

#define HR_NYSE21_refresh_header(F) \
    F(refresh_header, message_size,        0, 2, UINT) \
    F(refresh_header, message_type,        2, 2, UINT) \
    F(refresh_header, current_refresh_pkt, 4, 2, UINT) \
    F(refresh_header, total_refresh_pkts,  6, 2, UINT) \
    F(refresh_header, last_seq_num,        8, 4, UINT) \
    F(refresh_header, last_symbol_seq_num, 12, 4, UINT)

#define HR_NYSE21_imbalance(F) \
    F(imbalance, message_size,                   0, 2, UINT) \
    F(imbalance, message_type,                   2, 2, UINT) \
    F(imbalance, source_time,                    4, 4, UINT) \
    F(imbalance, source_time_ns,                 8, 4, UINT) \
    F(imbalance, symbol_index,                   12, 4, UINT) \
    F(imbalance, symbol_seq_num,                 16, 4, UINT) \
    F(imbalance, reference_price,                20, 4, UINT) \
    F(imbalance, paired_qty,                     24, 4, UINT) \
    F(imbalance, total_imbalance_qty,            28, 4, UINT) \
    F(imbalance, market_imbalance_qty,           32, 4, UINT) \
    F(imbalance, auction_time,                   36, 2, UINT) \
    F(imbalance, auction_type,                   38, 1, CHAR) \
    F(imbalance, imbalance_side,                 39, 1, CHAR) \
    F(imbalance, continuous_book_clearing_price, 40, 4, UINT) \
    F(imbalance, closing_only_clearing_price,    44, 4, UINT) \
    F(imbalance, ssr_filing_price,               48, 4, UINT) \
    F(imbalance, indicative_match_price,         52, 4, UINT) \
    F(imbalance, upper_collar,                   56, 4, UINT) \
    F(imbalance, lower_collar,                   60, 4, UINT) \
    F(imbalance, auction_status,                 64, 1, UINT) \
    F(imbalance, freeze_status,                  65, 1, UINT) \
    F(imbalance, num_extensions,                 66, 1, UINT)

#endif
