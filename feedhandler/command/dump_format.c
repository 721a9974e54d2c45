/* SPDX-License-Identifier: Apache-2.0 */
#include "command/dump_format.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "packet/bytes.h"

/* Text from the wire as JSON: bytes that are not ASCII become their Latin-1 code points. */
static json_t *read_text(const uint8_t *at, size_t bytes)
{
    char text[2 * 800 + 1];
    size_t length = 0;
    for (size_t i = 0; i < bytes && length + 2 < sizeof text; i++) {
        if (at[i] < 0x80)
            text[length++] = (char)at[i];
        else {
            text[length++] = (char)(0xC0 | at[i] >> 6);
            text[length++] = (char)(0x80 | (at[i] & 0x3F));
        }
    }
    return json_stringn(text, length);
}

static json_t *read_string(const char *text)
{
    return read_text((const uint8_t *)text, strlen(text));
}

static const char *record_name(uint8_t rtype)
{
    switch (rtype) {
    case HR_RTYPE_MBO:
        return "mbo";
    case HR_RTYPE_TRADE:
        return "trade";
    case HR_RTYPE_STATUS:
        return "status";
    case HR_RTYPE_DEFINITION:
        return "definition";
    case HR_RTYPE_IMBALANCE:
        return "imbalance";
    case HR_RTYPE_STATISTICS:
        return "statistics";
    case HR_RTYPE_GAP:
        return "gap";
    case HR_RTYPE_SESSION:
        return "session";
    case HR_RTYPE_TRADE_BREAK:
        return "trade_break";
    default:
        return "native";
    }
}

/* jansson's integers have 64 bits, and a sign. What is beyond is a string of its digits behind a character that no text of the wire
 * becomes (U+E000, for private use), and is written without it and without quotes. */
#define BEYOND "\xEE\x80\x80"
static json_t *read_unsigned(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_sprintf(BEYOND "%" PRIu64, value);
}

static json_t *read_signed(int64_t value)
{
    return json_integer(value);
}

/* A record's fields by name. The one description of them here: CSV and JSON are both written from it. */
static json_t *record_fields(const void *record, const char *symbol)
{
    const struct hr_record_header *header = record;
    json_t *object = json_pack("{s:s, s:i, s:I, s:o, s:o}", "record", record_name(header->rtype), "publisher_id",
                               header->publisher_id, "instrument_id", (json_int_t)header->instrument_id, "symbol",
                               read_string(symbol), "ts_event", read_unsigned(header->ts_event));
#define NUMBER(name, value) json_object_set_new(object, name, _Generic((value), uint64_t: read_unsigned, default: read_signed)(value))
#define PRICE(name, value) \
    json_object_set_new(object, name, (value) == HR_UNDEF_PRICE ? json_null() : json_integer((json_int_t)(value)))
#define SIZE(name, value) \
    json_object_set_new(object, name, (value) == HR_UNDEF_ORDER_SIZE ? json_null() : json_integer((json_int_t)(value)))
#define QUANTITY(name, value) \
    json_object_set_new(object, name, (value) == HR_UNDEF_STAT_QUANTITY ? json_null() : json_integer((json_int_t)(value)))
#define TIME(name, value) \
    json_object_set_new(object, name, (value) == HR_UNDEF_TIMESTAMP ? json_null() : read_unsigned(value))
#define LETTER(name, value) json_object_set_new(object, name, read_text((const uint8_t[]){(uint8_t)(value)}, 1))
    switch (header->rtype) {
    case HR_RTYPE_MBO: {
        const struct hr_mbo *mbo = record;
        NUMBER("ts_recv", mbo->ts_recv);
        NUMBER("ts_in_delta", mbo->ts_in_delta);
        NUMBER("sequence", mbo->sequence);
        LETTER("action", mbo->action);
        LETTER("side", mbo->side);
        PRICE("price", mbo->price);
        SIZE("size", mbo->size);
        NUMBER("order_id", mbo->order_id);
        NUMBER("flags", mbo->flags);
        NUMBER("channel_id", mbo->channel_id);
        break;
    }
    case HR_RTYPE_STATUS: {
        const struct hr_status *status = record;
        NUMBER("ts_recv", status->ts_recv);
        NUMBER("status_action", status->action);
        NUMBER("reason", status->reason);
        NUMBER("trading_event", status->trading_event);
        LETTER("is_trading", status->is_trading);
        LETTER("is_quoting", status->is_quoting);
        LETTER("is_short_sell_restricted", status->is_short_sell_restricted);
        break;
    }
    case HR_RTYPE_DEFINITION: {
        const struct hr_definition *definition = record;
        NUMBER("ts_recv", definition->ts_recv);
        json_object_set_new(object, "raw_symbol", read_string(definition->raw_symbol));
        json_object_set_new(object, "exchange", read_string(definition->exchange));
        NUMBER("min_lot_size_round_lot", definition->min_lot_size_round_lot);
        LETTER("instrument_class", definition->instrument_class);
        LETTER("security_update_action", definition->security_update_action);
        PRICE("min_price_increment", definition->min_price_increment);
        PRICE("display_factor", definition->display_factor);
        PRICE("strike_price", definition->strike_price);
        TIME("activation", definition->activation);
        TIME("expiration", definition->expiration);
        json_object_set_new(object, "group", read_string(definition->group));
        json_object_set_new(object, "asset", read_string(definition->asset));
        json_object_set_new(object, "underlying", read_string(definition->underlying));
        NUMBER("leg_count", definition->leg_count);
        NUMBER("leg_index", definition->leg_index);
        NUMBER("leg_instrument_id", definition->leg_instrument_id);
        LETTER("leg_side", definition->leg_side);
        break;
    }
    case HR_RTYPE_IMBALANCE: {
        const struct hr_imbalance *imbalance = record;
        NUMBER("ts_recv", imbalance->ts_recv);
        PRICE("ref_price", imbalance->ref_price);
        NUMBER("auction_time", imbalance->auction_time);
        PRICE("cont_book_clr_price", imbalance->cont_book_clr_price);
        PRICE("auct_interest_clr_price", imbalance->auct_interest_clr_price);
        PRICE("ssr_filling_price", imbalance->ssr_filling_price);
        PRICE("ind_match_price", imbalance->ind_match_price);
        PRICE("upper_collar", imbalance->upper_collar);
        PRICE("lower_collar", imbalance->lower_collar);
        SIZE("paired_qty", imbalance->paired_qty);
        SIZE("total_imbalance_qty", imbalance->total_imbalance_qty);
        SIZE("market_imbalance_qty", imbalance->market_imbalance_qty);
        LETTER("auction_type", imbalance->auction_type);
        LETTER("side", imbalance->side);
        NUMBER("auction_status", imbalance->auction_status);
        NUMBER("freeze_status", imbalance->freeze_status);
        NUMBER("num_extensions", imbalance->num_extensions);
        LETTER("significant_imbalance", imbalance->significant_imbalance);
        break;
    }
    case HR_RTYPE_STATISTICS: {
        const struct hr_statistics *statistics = record;
        NUMBER("ts_recv", statistics->ts_recv);
        NUMBER("ts_in_delta", statistics->ts_in_delta);
        NUMBER("sequence", statistics->sequence);
        TIME("ts_ref", statistics->ts_ref);
        PRICE("price", statistics->price);
        QUANTITY("quantity", statistics->quantity);
        NUMBER("stat_type", statistics->stat_type);
        NUMBER("update_action", statistics->update_action);
        NUMBER("stat_flags", statistics->stat_flags);
        NUMBER("channel_id", statistics->channel_id);
        break;
    }
    case HR_RTYPE_GAP: {
        const struct hr_gap *gap = record;
        NUMBER("ts_recv", gap->ts_recv);
        NUMBER("first_sequence", gap->first_sequence);
        NUMBER("count", gap->count);
        NUMBER("channel_id", gap->channel_id);
        break;
    }
    case HR_RTYPE_SESSION: {
        const struct hr_session *session = record;
        char name[HR_SESSION_ID_BYTES * 4 + 1] = "";
        for (size_t i = 0; i < HR_SESSION_ID_BYTES; i++) /* bytes of a network: not every one is a letter */
            snprintf(name + strlen(name), sizeof name - strlen(name),
                     session->session[i] >= ' ' && session->session[i] <= '~' ? "%c" : "\\%03o", (unsigned char)session->session[i]);
        NUMBER("ts_recv", session->ts_recv);
        NUMBER("next_sequence", session->next_sequence);
        json_object_set_new(object, "session_id", read_string(name));
        LETTER("event", session->event);
        NUMBER("channel_id", session->channel_id);
        break;
    }
    case HR_RTYPE_TRADE_BREAK: {
        const struct hr_trade_break *broken = record;
        NUMBER("ts_recv", broken->ts_recv);
        NUMBER("sequence", broken->sequence);
        PRICE("price", broken->price);
        SIZE("size", broken->size);
        NUMBER("trade_id", broken->trade_id);
        NUMBER("channel_id", broken->channel_id);
        break;
    }
    default: {
        const struct hr_native *native = record;
        char hex[2 * sizeof native->message + 1] = "";
        for (size_t i = 0; i < native->message_length && i < sizeof native->message; i++)
            snprintf(hex + 2 * i, 3, "%02x", native->message[i]);
        NUMBER("ts_recv", native->ts_recv);
        NUMBER("sequence", native->sequence);
        json_object_set_new(object, "message_hex", json_string(hex));
        break;
    }
    }
    return object;
}

/* Every field that some record has, in the order of the columns. */
static const char *const columns[] = {
    "session",      "record",        "message_type",  "sequence",     "symbol",          "publisher_id",
    "instrument_id", "ts_event",     "ts_recv",       "ts_in_delta",  "action",          "side",
    "price",        "size",          "order_id",      "flags",        "channel_id",      "status_action",
    "reason",       "trading_event", "is_trading",    "is_quoting",   "is_short_sell_restricted",
    "raw_symbol",   "exchange",      "min_lot_size_round_lot",        "instrument_class", "security_update_action",
    "ref_price",    "auction_time",  "cont_book_clr_price",           "auct_interest_clr_price",
    "ind_match_price", "upper_collar", "lower_collar", "paired_qty",  "total_imbalance_qty", "auction_type",
    "auction_status", "num_extensions", "significant_imbalance",      "ts_ref",          "quantity",     "stat_type",
    "update_action", "stat_flags",   "first_sequence", "count",       "next_sequence",   "session_id",
    "event",        "trade_id",      "message_hex",  "min_price_increment",              "ssr_filling_price",
    "market_imbalance_qty", "freeze_status", "line"};

static void write_csv(struct hr_dump_writer *writer, json_t *object)
{
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        const json_t *value = json_object_get(object, columns[i]);
        if (i)
            fputc(',', writer->out);
        if (json_is_integer(value))
            fprintf(writer->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        else if (json_is_string(value)) {
            const char *text = json_string_value(value);
            if (strncmp(text, BEYOND, strlen(BEYOND)) == 0)
                text += strlen(BEYOND);
            int quote = strpbrk(text, ",\"\n\r") != NULL;
            if (quote)
                fputc('"', writer->out);
            for (; *text; text++) {
                if (*text == '"')
                    fputc('"', writer->out);
                fputc(*text, writer->out);
            }
            if (quote)
                fputc('"', writer->out);
        }
    }
    fputc('\n', writer->out);
}

static uint8_t type_of(const struct hr_protocol *protocol, const struct hr_message *message)
{
    return protocol->type_of ? protocol->type_of(message) : message->bytes[0];
}

static const struct hr_layout *find_layout(const struct hr_protocol *protocol, uint8_t type)
{
    for (uint32_t i = 0; i < protocol->layout_count; i++)
        if (protocol->layouts[i].type == type)
            return &protocol->layouts[i];
    return NULL;
}

const char *hr_dump_type(const struct hr_protocol *protocol, uint8_t type, char text[HR_DUMP_TYPE_BYTES])
{
    const struct hr_layout *layout = find_layout(protocol, type);
    if (layout && layout->label)
        return layout->label;
    snprintf(text, HR_DUMP_TYPE_BYTES, !protocol->numeric_types && type > ' ' && type <= '~' ? "%c" : "%u", type);
    return text;
}

static void set_type(json_t *object, const char *key, const struct hr_protocol *protocol, const struct hr_message *message)
{
    char text[HR_DUMP_TYPE_BYTES];
    json_object_set_new(object, key, json_string(hr_dump_type(protocol, type_of(protocol, message), text)));
}

static json_t *read_integer(const uint8_t *at, const struct hr_field *field, int big_endian)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < field->bytes; i++)
        value |= (uint64_t)at[big_endian ? field->bytes - 1U - i : i] << (8 * i);
    if (field->kind != HR_FIELD_INT)
        return read_unsigned(value);
    if (field->bytes < 8 && value >> (8 * field->bytes - 1))
        value |= UINT64_MAX << (8 * field->bytes);
    return json_integer((json_int_t)value);
}

/* Fields of `length` bytes at `at`; one that ends beyond them, or is younger, was added in a later version than this message's. */
static json_t *read_fields(const struct hr_protocol *protocol, const struct hr_field *fields, uint32_t count, const uint8_t *at,
                           uint32_t length, uint32_t version)
{
    json_t *object = json_object();
    for (uint32_t i = 0; i < count; i++) {
        const struct hr_field *field = &fields[i];
        if (field->offset + (uint32_t)field->bytes > length || field->since > version)
            continue;
        json_object_set_new(object, field->name,
                            field->kind == HR_FIELD_CHAR || field->kind == HR_FIELD_TEXT
                                ? read_text(at + field->offset, field->bytes)
                                : read_integer(at + field->offset, field, protocol->big_endian));
    }
    return object;
}

static uint32_t version_of(const struct hr_protocol *protocol, const struct hr_message *message)
{
    return protocol->version_of ? protocol->version_of(message) : UINT32_MAX;
}

/* Where a group's entries begin, how long one is and how many there are. Returns 1 when the message ends before, or is of a version
 * that does not have the group. */
struct group {
    uint32_t at;
    uint32_t entry;
    uint32_t count;
};

static int find_group(const struct hr_layout_group *layout, const struct hr_message *message, uint32_t version, uint32_t at,
                      struct group *group)
{
    if (at + layout->dimension_bytes > message->length || layout->since > version)
        return 1;
    group->at = at + layout->dimension_bytes;
    group->entry = layout->dimension_bytes ? hr_le16(message->bytes + at) : layout->entry_bytes;
    group->count = message->bytes[layout->dimension_bytes ? group->at - 1 : layout->count_offset];
    return 0;
}

static json_t *message_fields(const struct hr_protocol *protocol, const struct hr_message *message)
{
    const struct hr_layout *layout = find_layout(protocol, type_of(protocol, message));
    if (!layout)
        return json_object();
    uint32_t at = protocol->fixed_bytes ? protocol->fixed_bytes(message) : message->length;
    uint32_t version = version_of(protocol, message);
    json_t *object = read_fields(protocol, layout->fields, layout->field_count, message->bytes, at, version);
    struct group group;
    for (uint32_t g = 0; g < layout->group_count && !find_group(&layout->groups[g], message, version, at, &group); g++) {
        json_t *entries = json_array();
        at = group.at;
        for (uint32_t i = 0; i < group.count && at + group.entry <= message->length; i++, at += group.entry)
            json_array_append_new(entries, read_fields(protocol, layout->groups[g].fields, layout->groups[g].field_count,
                                                       message->bytes + at, group.entry, version));
        json_object_set_new(object, layout->groups[g].name, entries);
    }
    return object;
}

static void count_entries(const struct hr_protocol *protocol, const struct hr_message *message,
                          uint64_t (*entries)[HR_LAYOUT_GROUPS_MAX])
{
    uint8_t type = type_of(protocol, message);
    const struct hr_layout *layout = find_layout(protocol, type);
    uint32_t version = version_of(protocol, message);
    struct group group;
    if (!layout || layout->group_count == 0)
        return;
    uint32_t at = protocol->fixed_bytes ? protocol->fixed_bytes(message) : layout->length;
    for (uint32_t g = 0; g < layout->group_count && !find_group(&layout->groups[g], message, version, at, &group); g++) {
        entries[type][g] += group.count;
        at = group.at + group.count * group.entry;
    }
}

static void write_json(struct hr_dump_writer *writer, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (!text)
        return;
    const char *at = text;
    for (const char *number; (number = strstr(at, "\"" BEYOND)) != NULL;) {
        fwrite(at, 1, (size_t)(number - at), writer->out);
        number += 1 + strlen(BEYOND);
        at = strchr(number, '"');
        fwrite(number, 1, (size_t)(at - number), writer->out);
        at++;
    }
    fprintf(writer->out, "%s\n", at);
    free(text);
}

void hr_dump_flush(struct hr_dump_writer *writer)
{
    for (uint32_t i = 0; i < HR_BATCH_MESSAGES; i++)
        if (writer->rows[i]) {
            write_json(writer, writer->rows[i]);
            json_decref(writer->rows[i]);
            writer->rows[i] = NULL;
        }
}

void hr_dump_begin(struct hr_dump_writer *writer)
{
    if (writer->mode != HR_DUMP_CSV)
        return;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        fprintf(writer->out, "%s%s", i ? "," : "", columns[i]);
    fputc('\n', writer->out);
}

/* Of the channel's session, from 0. */
static json_t *read_session(const struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel)
{
    return json_integer((json_int_t)writer->sessions[channel - writer->channels] - 1);
}

static int is_decoded(struct hr_dump_writer *writer, const struct hr_packet_context *packet, const struct hr_message *message)
{
    struct hr_packet_context alone = *packet;
    uint64_t before = writer->probe.counters->decoded;
    alone.messages = message;
    writer->events.count = 0;
    writer->events.arena_used = 0;
    writer->probe.protocol->decode(&writer->probe, message, 1, &alone, &writer->events);
    return writer->probe.counters->decoded != before;
}

void hr_dump_messages(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const struct hr_packet_context *packet,
                      uint32_t count)
{
    const struct hr_protocol *protocol = channel->feed->decoder.protocol;
    struct hr_dump_line *line = &writer->lines[packet->line];
    hr_dump_flush(writer);
    if (writer->mode != HR_DUMP_COUNTS && writer->mode != HR_DUMP_JSON)
        return;
    for (uint32_t i = 0; i < count; i++) {
        const struct hr_message *message = &packet->messages[i];
        if (!is_decoded(writer, packet, message))
            continue;
        if (writer->mode == HR_DUMP_COUNTS) {
            line->types[type_of(protocol, message)]++;
            count_entries(protocol, message, line->entries);
            continue;
        }
        const struct hr_layout *layout = find_layout(protocol, type_of(protocol, message));
        json_t *row = json_pack("{s:o, s:o}", "session", read_session(writer, channel), "sequence",
                                read_unsigned(packet->first_sequence + (packet->packet_numbered ? 0 : i)));
        if (*line->name)
            json_object_set_new(row, "line", json_string(line->name));
        set_type(row, "type", protocol, message);
        json_object_set_new(row, "name", json_string(layout ? layout->name : ""));
        json_object_set_new(row, "fields", message_fields(protocol, message));
        json_object_set_new(row, "records", json_array());
        writer->rows[i] = row;
    }
}

void hr_dump_record(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const struct hr_event *event,
                    const struct hr_packet_context *packet, const void *record, size_t bytes)
{
    char symbol[HR_INSTRUMENT_TEXT_BYTES];
    if (writer->mode == HR_DUMP_COUNTS)
        return;
    if (writer->mode == HR_DUMP_RAW) {
        fwrite(record, 1, bytes, writer->out);
        return;
    }
    hr_instruments_symbol(&channel->feed->decoder.instruments, event->instrument, symbol);
    json_t *object = record_fields(record, symbol);
    if (writer->mode == HR_DUMP_JSON) {
        json_array_append_new(json_object_get(writer->rows[event->index], "records"), object);
        return;
    }
    const struct hr_dump_line *line = &writer->lines[packet->line];
    json_object_set_new(object, "session", read_session(writer, channel));
    if (*line->name)
        json_object_set_new(object, "line", json_string(line->name));
    set_type(object, "message_type", channel->feed->decoder.protocol, &packet->messages[event->index]);
    write_csv(writer, object);
    json_decref(object);
}

void hr_dump_control(struct hr_dump_writer *writer, const struct hr_pipeline_channel *channel, const void *record, size_t bytes)
{
    const struct hr_record_header *header = record;
    hr_dump_flush(writer);
    if (header->rtype == HR_RTYPE_SESSION && ((const struct hr_session *)record)->event == 'S')
        writer->sessions[channel - writer->channels]++;
    if (writer->mode == HR_DUMP_COUNTS)
        return;
    if (writer->mode == HR_DUMP_RAW) {
        fwrite(record, 1, bytes, writer->out);
        return;
    }
    json_t *object = record_fields(record, "");
    json_object_set_new(object, "session", read_session(writer, channel));
    if (writer->mode == HR_DUMP_CSV)
        write_csv(writer, object);
    else
        write_json(writer, object);
    json_decref(object);
}
