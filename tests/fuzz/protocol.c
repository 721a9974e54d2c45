/* SPDX-License-Identifier: Apache-2.0
 *
 * One protocol's whole way from a datagram on: line, decode, book. FUZZ_PROTOCOL is its name as in YAML. The input:
 *
 *   1 byte   OPTION_* bits
 *   8 bytes  arrival time, little-endian, when OPTION_TIME is set
 *   then datagrams: 2 bytes, big-endian: PREFIX_* bits and the length; then so many bytes. The last may be cut short.
 *
 * Every record that comes out is looked at, and after every datagram everything must have been counted once.
 */
#include "fuzz.h"

#include <string.h>

#include "pipeline.h"

#define OPTION_NO_ORDERS 1
#define OPTION_NO_UNSEQUENCED 2
#define OPTION_TIME 4
#define OPTION_TWO_STEPS 8 /* walked, then decoded: never in one */

#define PREFIX_OTHER_LINE 0x8000 /* the second line of the channel */
#define PREFIX_BAD_TIME 0x4000
#define PREFIX_NEXT_DAY 0x2000
#define PREFIX_LENGTH 0x1FFF

/* 2026-01-05 09:30 in New York. */
#define TIME UINT64_C(1767623400000000000)
#define DAY UINT64_C(86400000000000)
#define CHANNEL 5

/* Small, so that a few messages fill them. */
#define INSTRUMENTS_MAX 64
#define ORDERS_MAX 32

/* What holds for the records of one protocol and not of all. */
struct rules {
    const struct hr_protocol *protocol;
    const char *actions;  /* of order records */
    uint8_t level_flags;  /* on all of them but T */
    uint8_t names_trades; /* T has an order_id */
    uint8_t says_last;    /* a message's last record has LAST; else the venue says which message is its event's last */
    uint8_t any_status;   /* an imbalance's auction_status is any byte, not a yes or no */
    int64_t price_unit;   /* of the wire: no part of a price is finer */
    int64_t price_most;   /* 0: prices may be of any size and sign */
    size_t symbol_bytes;
    uint8_t more_flags;   /* that its orders may have */
    uint8_t mixes_levels; /* levels and orders in one feed; a level has its number as order_id */
};

static const struct rules all_rules[] = {
    {&hr_protocol_itch50, "ACTF", 0, 0, 1, 0, 100000, (int64_t)UINT32_MAX * 100000, 8, 0, 0},
    {&hr_protocol_tops16, "MT", HR_FLAG_TOB | HR_FLAG_MBP, 1, 1, 0, 100000, 0, 8, 0, 0},
    {&hr_protocol_deep10, "MCT", HR_FLAG_MBP, 1, 0, 0, 100000, 0, 8, 0, 0},
    {&hr_protocol_deepplus10, "ACTFMR", 0, 1, 1, 0, 100000, 0, 8, 0, 0},
    {&hr_protocol_mdp3, "AMCRTFN", 0, 1, 0, 0, 1, 0, 20, HR_FLAG_SNAPSHOT | HR_FLAG_PUBLISHER_SPECIFIC, 1},
    {&hr_protocol_nyse21, "", 0, 0, 0, 1, 1, (int64_t)UINT32_MAX * HR_PRICE_SCALE, 11, 0, 0},
    {&hr_protocol_tom19, "MCT", HR_FLAG_TOB | HR_FLAG_MBP, 1, 1, 0, 100000, (int64_t)UINT32_MAX * 100000, 23, HR_FLAG_PUBLISHER_SPECIFIC, 0},
    {&hr_protocol_impact11, "AMCTNR", 0, 1, 0, 0, HR_PRICE_SCALE, 0, 23, HR_FLAG_SNAPSHOT | HR_FLAG_PUBLISHER_SPECIFIC, 1},
};

static struct way {
    const struct hr_protocol *protocol;
    const struct rules *rules;
    struct hr_pipeline pipeline;
    struct hr_line_counters lines[2];
    struct hr_decode_counters decode;
    struct hr_book_counters book;
    struct hr_pipeline_feed feed;
    struct hr_pipeline_channel channel;
    uint64_t unknown_line;

    /* the datagram on its way */
    struct hr_datagram datagram;
    struct hr_session_header header;
    int unsequenced;
    int two_steps;
    uint16_t line; /* whose datagram it is */

    /* what the records have told so far */
    int session_open;
    uint64_t expected; /* nothing before it may come any more */
    const uint8_t *message;
    int message_has_orders; /* records with flags */
    int message_is_complete;
} way;

static int is_one_of(char code, const char *codes)
{
    return code && strchr(codes, code) != NULL;
}

static int is_price(int64_t price)
{
    if (price == HR_UNDEF_PRICE || way.protocol == &hr_protocol_mdp3) /* CME's newer prices have nine decimals, signed */
        return 1;
    if (way.rules->price_most && (price < 0 || price > way.rules->price_most))
        return 0;
    return price % way.rules->price_unit == 0;
}

/* A message's records with flags: LAST on the last and on no other. */
static void end_message(void)
{
    if (way.message_has_orders && way.rules->says_last)
        HOLDS(way.message_is_complete);
    way.message = NULL;
    way.message_has_orders = 0;
    way.message_is_complete = 0;
}

static void check_mbo(const struct hr_mbo *mbo, const struct hr_packet_context *packet, const struct hr_event *event)
{
    HOLDS(is_one_of(mbo->action, way.rules->actions));
    HOLDS(is_one_of(mbo->side, "BAN"));
    HOLDS(is_price(mbo->price));
    HOLDS(mbo->ts_recv == way.datagram.time_ns);
    HOLDS(mbo->channel_id == CHANNEL);
    HOLDS(mbo->sequence == (uint32_t)(packet->first_sequence + (packet->packet_numbered ? 0 : event->index)));
    unsigned level = mbo->flags & (HR_FLAG_TOB | HR_FLAG_MBP);
    HOLDS(!(mbo->flags & ~(HR_FLAG_LAST | HR_FLAG_TOB | HR_FLAG_MBP | HR_FLAG_BAD_TS_RECV | HR_FLAG_MAYBE_BAD_BOOK | way.rules->more_flags)));
    HOLDS(!(mbo->flags & HR_FLAG_BAD_TS_RECV) == !(way.datagram.flags & HR_FRAME_BAD_TIME));
    HOLDS(level == (mbo->action == 'T' ? 0 : way.rules->level_flags) || (way.rules->mixes_levels && level & HR_FLAG_MBP));
    HOLDS(way.rules->names_trades || mbo->action != 'T' || mbo->order_id == 0);
    HOLDS(!way.rules->mixes_levels || !level || mbo->order_id < 256);
    HOLDS(!way.message_is_complete);
    way.message_has_orders = 1;
    way.message_is_complete = (mbo->flags & HR_FLAG_LAST) != 0;
}

static void check_status(const struct hr_status *status)
{
    HOLDS(status->ts_recv == way.datagram.time_ns);
    HOLDS(status->action <= HR_STATUS_NOT_AVAILABLE_FOR_TRADING);
    HOLDS(status->reason <= HR_REASON_QUOTATION_NOT_AVAILABLE);
    HOLDS(status->trading_event <= (way.protocol == &hr_protocol_mdp3 ? HR_TRADING_EVENT_IMPLIED_MATCHING_OFF : 0));
    HOLDS(is_one_of(status->is_trading, "YN~"));
    HOLDS(is_one_of(status->is_quoting, "YN~"));
    HOLDS(is_one_of(status->is_short_sell_restricted, "YN~"));
}

static void check_definition(const struct hr_definition *definition)
{
    HOLDS(definition->ts_recv == way.datagram.time_ns);
    HOLDS(definition->channel_id == CHANNEL);
    HOLDS(definition->exchange[sizeof definition->exchange - 1] == '\0');
    HOLDS(definition->raw_symbol[sizeof definition->raw_symbol - 1] == '\0');
    if (way.protocol == &hr_protocol_mdp3) {
        for (size_t i = 20; i < sizeof definition->raw_symbol; i++)
            HOLDS(definition->raw_symbol[i] == '\0');
        HOLDS(is_one_of(definition->instrument_class, "FPCSTMBX"));
        return;
    }
    if (way.protocol == &hr_protocol_tom19 || way.protocol == &hr_protocol_impact11) {
        HOLDS(definition->currency[sizeof definition->currency - 1] == '\0');
        HOLDS(definition->unit_of_measure[sizeof definition->unit_of_measure - 1] == '\0');
        HOLDS(definition->instrument_class == '\0' || is_one_of(definition->instrument_class, "CPFST"));
        HOLDS(definition->leg_count == 0 || definition->leg_index < definition->leg_count);
        return;
    }
    HOLDS(definition->min_lot_size_round_lot >= 0);
    for (size_t i = way.rules->symbol_bytes; i < sizeof definition->raw_symbol; i++)
        HOLDS(definition->raw_symbol[i] == '\0');
    HOLDS(definition->instrument_class == 'K');
}

static void check_imbalance(const struct hr_imbalance *imbalance)
{
    HOLDS(imbalance->ts_recv == way.datagram.time_ns);
    HOLDS(is_one_of(imbalance->side, "BAN"));
    HOLDS(is_one_of(imbalance->unpaired_side, "BAN"));
    HOLDS(is_price(imbalance->ref_price));
    HOLDS(is_price(imbalance->cont_book_clr_price));
    HOLDS(is_price(imbalance->auct_interest_clr_price));
    HOLDS(is_price(imbalance->ind_match_price));
    HOLDS(is_price(imbalance->upper_collar));
    HOLDS(is_price(imbalance->lower_collar));
    HOLDS(is_price(imbalance->ssr_filling_price));
    HOLDS(way.rules->any_status || imbalance->auction_status <= 1);
}

static void check_statistics(const struct hr_statistics *statistics)
{
    HOLDS(statistics->ts_recv == way.datagram.time_ns);
    HOLDS(statistics->channel_id == CHANNEL);
    HOLDS(statistics->update_action == 1 || statistics->update_action == 2);
    if (way.protocol == &hr_protocol_mdp3) {
        HOLDS(statistics->quantity >= 0);
        HOLDS(statistics->stat_type >= HR_STAT_OPENING_PRICE);
        HOLDS(statistics->stat_type <= HR_STAT_LOWER_PRICE_LIMIT || statistics->stat_type == HR_STAT_VENUE_SPECIFIC_VOLUME_1);
        return;
    }
    HOLDS(statistics->quantity == HR_UNDEF_STAT_QUANTITY || way.protocol == &hr_protocol_impact11);
    switch (statistics->stat_type) {
    case HR_STAT_MWCB_LEVEL_1: /* eight decimals, not four */
    case HR_STAT_MWCB_LEVEL_2:
    case HR_STAT_MWCB_LEVEL_3:
        HOLDS(statistics->price == HR_UNDEF_PRICE || (statistics->price >= 0 && statistics->price % 10 == 0));
        break;
    case HR_STAT_CLEARED_VOLUME:
    case HR_STAT_BLOCK_VOLUME:
    case HR_STAT_OPEN_INTEREST:
        HOLDS(statistics->price == HR_UNDEF_PRICE && statistics->quantity != HR_UNDEF_STAT_QUANTITY);
        break;
    case HR_STAT_INDICATIVE_OPENING_PRICE:
    case HR_STAT_SETTLEMENT_PRICE:
    case HR_STAT_TRADING_SESSION_LOW_PRICE:
    case HR_STAT_TRADING_SESSION_HIGH_PRICE:
    case HR_STAT_VWAP:
    case HR_STAT_VOLATILITY:
    case HR_STAT_DELTA:
    case HR_STAT_UPPER_PRICE_LIMIT:
    case HR_STAT_LOWER_PRICE_LIMIT:
        HOLDS(way.protocol == &hr_protocol_impact11 && is_price(statistics->price));
        break;
    case HR_STAT_OPENING_PRICE:
    case HR_STAT_CLOSE_PRICE:
    case HR_STAT_AUCTION_COLLAR_REFERENCE_PRICE:
    case HR_STAT_AUCTION_COLLAR_UPPER_PRICE:
    case HR_STAT_AUCTION_COLLAR_LOWER_PRICE:
    case HR_STAT_VENUE_SPECIFIC_PRICE_1:
        HOLDS(is_price(statistics->price));
        break;
    default:
        fuzz_fail(__FILE__, __LINE__, "a known stat_type");
    }
}

static void check_trade_break(const struct hr_trade_break *broken)
{
    HOLDS(broken->ts_recv == way.datagram.time_ns);
    HOLDS(broken->channel_id == CHANNEL);
    HOLDS(is_price(broken->price));
}

static void check_native(const struct hr_native *native, const uint8_t *message)
{
    HOLDS(native->ts_recv == way.datagram.time_ns);
    HOLDS(native->message_length > 0 && native->message_length <= sizeof native->message);
    if (way.protocol == &hr_protocol_tom19)
        message += 12; /* a native record has no MACH header */
    HOLDS(memcmp(native->message, message, native->message_length) == 0);
}

static void check_header(const struct hr_record_header *header, size_t bytes, size_t expected)
{
    HOLDS(bytes == expected);
    HOLDS(hr_record_bytes(header) == bytes);
    HOLDS(bytes <= HR_RECORD_BYTES_MAX);
    HOLDS(header->publisher_id == way.protocol->publisher_id);
}

static const uint8_t *message_of(const struct hr_packet_context *packet, uint32_t index)
{
    static struct hr_message messages[HR_MESSAGES_MAX];
    if (packet->messages)
        return packet->messages[index].bytes;
    HOLDS((int)index < hr_pipeline_walk(way.protocol, &way.header, messages));
    return messages[index].bytes;
}

static void see(void *context, const struct hr_pipeline_channel *channel, const struct hr_packet_context *packet, uint32_t count)
{
    HOLDS(context == &way && channel == &way.channel);
    HOLDS(count > 0 && count <= HR_BATCH_MESSAGES);
    HOLDS(packet->messages && packet->line == way.line);
}

static void emit(void *context, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                 const struct hr_packet_context *packet, const void *record, size_t bytes)
{
    const struct hr_record_header *header = record;
    HOLDS(context == &way && channel == &way.channel);
    HOLDS(bytes >= sizeof *header && bytes % 4 == 0);
    const uint8_t *message = message_of(packet, event->index);
    HOLDS(message >= way.datagram.payload && message < way.datagram.payload + way.datagram.length);
    HOLDS(event->schemas != 0 && event->schemas >> HR_SCHEMAS == 0);
    HOLDS(event->index < HR_BATCH_MESSAGES);
    HOLDS(event->instrument < INSTRUMENTS_MAX);
    HOLDS(hr_instruments_id(&channel->feed->decoder.instruments, event->instrument) == header->instrument_id);
    HOLDS(packet->ts_recv == way.datagram.time_ns);
    if (!way.unsequenced) /* nothing comes twice, nor after it was said to be missing */
        HOLDS(packet->first_sequence + (packet->packet_numbered ? 0 : event->index) >= way.expected);
    if (message != way.message)
        end_message();
    way.message = message;
    switch (header->rtype) {
    case HR_RTYPE_MBO:
        check_header(header, bytes, sizeof(struct hr_mbo));
        check_mbo(record, packet, event);
        break;
    case HR_RTYPE_STATUS:
        check_header(header, bytes, sizeof(struct hr_status));
        check_status(record);
        break;
    case HR_RTYPE_DEFINITION:
        check_header(header, bytes, sizeof(struct hr_definition));
        check_definition(record);
        break;
    case HR_RTYPE_IMBALANCE:
        check_header(header, bytes, sizeof(struct hr_imbalance));
        check_imbalance(record);
        break;
    case HR_RTYPE_STATISTICS:
        check_header(header, bytes, sizeof(struct hr_statistics));
        check_statistics(record);
        break;
    case HR_RTYPE_TRADE_BREAK:
        check_header(header, bytes, sizeof(struct hr_trade_break));
        check_trade_break(record);
        break;
    case HR_RTYPE_NATIVE:
        check_header(header, bytes, sizeof(struct hr_native));
        check_native(record, message);
        break;
    default:
        fuzz_fail(__FILE__, __LINE__, "a known rtype");
    }
}

/* Start, gap and end follow from each other: whoever reads only these knows what is missing. */
static void emit_control(void *context, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    const struct hr_record_header *header = record;
    const struct hr_session *session = record;
    const struct hr_gap *gap = record;
    HOLDS(context == &way && channel == &way.channel);
    HOLDS(header->ts_event == way.datagram.time_ns);
    switch (header->rtype) {
    case HR_RTYPE_SESSION:
        check_header(header, bytes, sizeof *session);
        HOLDS(session->ts_recv == way.datagram.time_ns && session->channel_id == CHANNEL);
        HOLDS(is_one_of(session->event, "SE"));
        HOLDS(way.session_open == (session->event == 'E'));
        if (session->event == 'E')
            HOLDS(session->next_sequence == way.expected);
        way.session_open = session->event == 'S';
        way.expected = session->next_sequence;
        break;
    case HR_RTYPE_GAP:
        check_header(header, bytes, sizeof *gap);
        HOLDS(gap->ts_recv == way.datagram.time_ns && gap->channel_id == CHANNEL);
        HOLDS(gap->first_sequence == way.expected);
        HOLDS(gap->count > 0);
        way.expected += gap->count;
        break;
    default:
        fuzz_fail(__FILE__, __LINE__, "a known rtype");
    }
}

static void named(void *context, uint32_t index, const char *symbol, uint32_t round_lot)
{
    (void)round_lot;
    HOLDS(context == &way);
    HOLDS(index > 0 && index < INSTRUMENTS_MAX);
    HOLDS(strlen(symbol) <= way.rules->symbol_bytes); /* any bytes: a zero among them ends it early */
}

static uint64_t refusals(const struct hr_line_counters *c)
{
    return c->short_header + c->foreign_header + c->malformed + c->unsequenced + c->foreign_session + c->implausible;
}

static void check_counters(uint64_t datagrams)
{
    uint64_t messages = 0;
    for (int i = 0; i < 2; i++) {
        const struct hr_line_counters *c = &way.lines[i];
        HOLDS(c->datagrams == c->delivered + c->heartbeats + c->ends + c->duplicates + c->late + refusals(c));
        messages += c->messages;
    }
    HOLDS(way.lines[0].datagrams + way.lines[1].datagrams == datagrams);
    HOLDS(way.decode.messages == messages);
    HOLDS(way.decode.messages == way.decode.decoded + way.decode.unknown_type + way.decode.bad_length);
}

/* At the end, because it is long: the same by other ways. */
static void check_totals(void)
{
    uint64_t decoded = 0;
    for (int type = 0; type < 256; type++)
        decoded += way.feed.decoder.by_type[type];
    HOLDS(decoded == way.decode.decoded);
    HOLDS(way.feed.decoder.instruments.count < INSTRUMENTS_MAX);
    const struct hr_orders *orders = &way.channel.book.orders;
    uint64_t live = 0;
    for (uint64_t i = 0; i <= orders->mask; i++)
        live += !hr_orders_is_free(orders, &orders->slots[i]);
    HOLDS(live == orders->count);
    HOLDS(orders->count <= ORDERS_MAX);
}

/* The memory of pipeline and store is taken once, as the handler does: what an input leaves in it no later one may see. */
static void open_way(uint8_t options)
{
    struct hr_orders orders = way.channel.book.orders;
    struct hr_pipeline pipeline = way.pipeline;
    memset(&way, 0, sizeof way);
    way.protocol = hr_protocol_find(FUZZ_PROTOCOL);
    HOLDS(way.protocol);
    for (size_t i = 0; i < sizeof all_rules / sizeof *all_rules; i++)
        if (all_rules[i].protocol == way.protocol)
            way.rules = &all_rules[i];
    HOLDS(way.rules);
    if (pipeline.lines)
        way.pipeline = pipeline;
    else {
        HOLDS(hr_pipeline_create(&way.pipeline, &way.unknown_line) == 0);
        HOLDS(hr_orders_create(&orders, ORDERS_MAX, 0, 0) == 0);
    }
    hr_orders_clear(&orders);
    HOLDS(hr_decoder_create(&way.feed.decoder, way.protocol, way.protocol->publisher_id, INSTRUMENTS_MAX, &way.decode) == 0);
    way.feed.decoder.instruments.named = named;
    way.feed.decoder.instruments.context = &way;
    way.channel.feed = &way.feed;
    way.channel.id = CHANNEL;
    way.channel.channel.accept_unsequenced = !(options & OPTION_NO_UNSEQUENCED);
    way.two_steps = (options & OPTION_TWO_STEPS) != 0;
    way.channel.book.counters = &way.book;
    way.channel.book.clears = way.feed.decoder.clears;
    way.channel.book.order_state = way.protocol->has_orders && !(options & OPTION_NO_ORDERS);
    way.channel.book.orders = orders;
    for (int i = 0; i < 2; i++)
        way.pipeline.lines[i] = (struct hr_pipeline_line){.counters = &way.lines[i], .channel = &way.channel};
}

static void send(struct hr_pipeline_line *line)
{
    const struct hr_pipeline_end end = {.emit = emit, .emit_control = emit_control, .see = way.two_steps ? see : NULL};
    const struct hr_line_counters before = *line->counters;
    way.line = (uint16_t)(line - way.pipeline.lines);
    /* Without sequence numbers nothing can be said of their order; the header is the only place that tells. */
    way.header = (struct hr_session_header){.sequence = 0};
    way.unsequenced =
        way.protocol->parse_header(way.datagram.payload, way.datagram.length, &way.header) == HR_SESSION_ACCEPTED &&
        way.header.sequence == 0;
    hr_pipeline_datagram(&way.pipeline, line, &way.datagram, end, &way);
    end_message();
    HOLDS(line->counters->datagrams == before.datagrams + 1);
    HOLDS(line->counters->unsequenced_accepted == before.unsequenced_accepted || way.unsequenced);
    if (way.channel.channel.in_session) {
        HOLDS(way.channel.channel.expected >= way.expected);
        HOLDS(line->counters->delivered == before.delivered || way.unsequenced ||
              (way.protocol->packet_numbered ? 1 : line->counters->messages - before.messages) ==
                  way.channel.channel.expected - way.expected);
        way.expected = way.channel.channel.expected;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t time_ns = TIME;
    size_t at = 1;
    if (size < at)
        return 0;
    open_way(data[0]);
    if ((data[0] & OPTION_TIME) && size >= at + sizeof time_ns) {
        time_ns = hr_le64(data + at);
        at += sizeof time_ns;
    }
    for (uint64_t datagrams = 1; size - at >= 2; datagrams++) {
        uint32_t prefix = hr_be16(data + at);
        at += 2;
        size_t length = prefix & PREFIX_LENGTH;
        length = length < size - at ? length : size - at;
        time_ns += prefix & PREFIX_NEXT_DAY ? DAY : 0;
        struct fuzz_bytes copy = fuzz_copy(data + at, length);
        way.datagram = (struct hr_datagram){.payload = copy.bytes,
                                            .length = (uint32_t)length,
                                            .flags = prefix & PREFIX_BAD_TIME ? HR_FRAME_BAD_TIME : 0,
                                            .time_ns = time_ns};
        send(&way.pipeline.lines[prefix & PREFIX_OTHER_LINE ? 1 : 0]);
        check_counters(datagrams);
        free(copy.room);
        at += length;
    }
    check_totals();
    hr_decoder_destroy(&way.feed.decoder);
    return 0;
}
