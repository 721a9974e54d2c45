/* SPDX-License-Identifier: Apache-2.0
 *
 * cuts PROTOCOL CAPTURE
 *
 * Every message of a capture cut at every length, and so many of its datagrams (the first with each type and length, and one of a
 * hundred), so that the byte behind the cut lies on a page that cannot be read. Each cut message is counted as decoded, of another length or
 * of a type that there is not, and makes no record beyond what its bytes say; each cut datagram is accepted or refused.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/capture.h"
#include "packet/packet.h"
#include "pipeline.h"

#define SKIPPED 77
#define EVERY 97 /* of the datagrams whose like has been cut already */
#define LONGEST 65536

static struct {
    const struct hr_protocol *protocol;
    struct hr_decoder decoder;
    struct hr_decode_counters counters;
    struct hr_events *events;
    uint8_t *page_end; /* what comes behind cannot be read */
    uint8_t seen[256][512];
    uint64_t messages, message_cuts, datagrams, datagram_cuts;
} cuts;

static void make_guard(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *map = mmap(NULL, LONGEST + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(map + LONGEST, page, PROT_NONE))
        err(70, "a page that cannot be read");
    cuts.page_end = map + LONGEST;
}

static const uint8_t *at_the_end(const uint8_t *bytes, uint32_t length)
{
    return memcpy(cuts.page_end - length, bytes, length);
}

static void check(int holds, const char *what, uint32_t length)
{
    if (!holds)
        errx(1, "%s: %s, cut to %u bytes", cuts.protocol->name, what, length);
}

static void cut_message(const struct hr_message *whole, uint64_t time_ns)
{
    for (uint32_t length = 0; length <= whole->length; length++) {
        const struct hr_message message = {.bytes = at_the_end(whole->bytes, length), .length = length};
        const struct hr_packet_context packet = {
            .ts_recv = time_ns, .first_sequence = 1, .packet_numbered = cuts.protocol->packet_numbered, .messages = &message};
        struct hr_decode_counters before = cuts.counters;
        cuts.events->count = 0;
        cuts.events->arena_used = 0;
        uint32_t taken = cuts.protocol->decode(&cuts.decoder, &message, 1, &packet, cuts.events);
        const struct hr_decode_counters *now = &cuts.counters;
        check(taken == 1, "the message was not taken", length);
        check(now->messages == before.messages + 1, "it was not counted", length);
        check(now->decoded + now->unknown_type + now->bad_length ==
                  before.decoded + before.unknown_type + before.bad_length + 1, "it was not counted once", length);
        check(now->decoded > before.decoded || cuts.events->count == 0, "a refused message became records", length);
        check(length < whole->length || now->decoded > before.decoded || now->unknown_type > before.unknown_type,
              "the whole message was refused", length);
        cuts.message_cuts++;
    }
    cuts.messages++;
}

static uint32_t walk_and_decode(const struct hr_session_header *header, uint64_t time_ns)
{
    const struct hr_packet_context packet = {.ts_recv = time_ns, .first_sequence = header->sequence};
    const struct hr_blocks blocks = {.at = header->blocks, .past = header->blocks + header->blocks_length};
    cuts.events->count = 0;
    cuts.events->arena_used = 0;
    return cuts.protocol->walk_and_decode(&cuts.decoder, &blocks, header->count, &packet, cuts.events);
}

static void cut_datagram(const struct hr_datagram *whole, struct hr_message *messages)
{
    for (uint32_t length = 0; length <= whole->length; length++) {
        struct hr_session_header header = {.unnumbered = 0};
        const uint8_t *payload = at_the_end(whole->payload, length);
        if (cuts.protocol->parse_header(payload, length, &header) == HR_SESSION_ACCEPTED) {
            int count = hr_pipeline_walk(cuts.protocol, &header, messages);
            for (int i = 0; i < count; i++)
                check(messages[i].bytes >= payload && messages[i].bytes + messages[i].length <= payload + length,
                      "a message lies outside of its datagram", length);
            if (cuts.protocol->walk_and_decode && header.count && header.count <= HR_BATCH_MESSAGES && cuts.decoder.vector) {
                uint32_t taken = walk_and_decode(&header, whole->time_ns);
                int may_be_left = count <= 0 || cuts.protocol->packet_numbered; /* to the way in two steps */
                check((taken == 0 && may_be_left) || (int)taken == count, "in one step it is not what it is in two", length);
            }
        }
        cuts.datagram_cuts++;
    }
}

static void take(const struct hr_datagram *datagram)
{
    static struct hr_message messages[HR_MESSAGES_MAX];
    static struct hr_message copies[HR_MESSAGES_MAX];
    struct hr_session_header header = {.unnumbered = 0};
    if (cuts.protocol->parse_header(datagram->payload, datagram->length, &header) != HR_SESSION_ACCEPTED)
        return;
    int count = hr_pipeline_walk(cuts.protocol, &header, messages);
    int fresh = 0;
    for (int i = 0; i < count; i++) {
        if (messages[i].length == 0)
            continue;
        uint8_t type = cuts.protocol->type_of ? cuts.protocol->type_of(&messages[i]) : messages[i].bytes[0];
        uint8_t *seen = &cuts.seen[type][messages[i].length < 511 ? messages[i].length : 511];
        fresh |= *seen == 0;
        *seen = 1;
        cut_message(&messages[i], datagram->time_ns);
    }
    if (fresh || ++cuts.datagrams % EVERY == 0)
        cut_datagram(datagram, copies);
}

static void read_capture(const char *path)
{
    char error[HR_CAPTURE_ERROR_BYTES];
    struct hr_capture *capture;
    struct hr_packet_counters counters = {0};
    const struct hr_packet step = {.counters = &counters, .allow_absent = 1, .checksum = HR_CHECKSUM_NONE};
    struct hr_frame frame;
    struct hr_datagram datagram;
    if (hr_capture_open(&capture, path, error))
        errx(1, "%s", error);
    while (hr_capture_next(capture, &frame, error) == 1)
        if (hr_packet_parse(&step, &frame, &datagram) == 0)
            take(&datagram);
    hr_capture_close(capture);
}

/* A capture, or a folder of folders of them. */
static void read_all(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        err(1, "%s", path);
    if (!S_ISDIR(status.st_mode)) {
        if (strstr(path, ".pcap"))
            read_capture(path);
        return;
    }
    DIR *folder = opendir(path);
    for (const struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        char inner[2048];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        read_all(inner);
    }
    if (folder)
        closedir(folder);
}

int main(int argc, char **argv)
{
    char path[1024];
    const char *folder = getenv("HEADRACE_CAPTURES");
    const char *source = getenv("HEADRACE_SOURCE");
    if (argc != 3)
        errx(64, "usage: cuts PROTOCOL CAPTURE");
    if (folder)
        snprintf(path, sizeof path, "%s/%s", folder, argv[2]);
    else
        snprintf(path, sizeof path, "%s/../shared/captures/%s", source ? source : ".", argv[2]);
    if (access(path, R_OK)) {
        printf("no capture: %s is not there (set HEADRACE_CAPTURES to the folder of the captures)\n", path);
        return SKIPPED;
    }
    cuts.protocol = hr_protocol_find(argv[1]);
    cuts.events = aligned_alloc(64, (sizeof *cuts.events + 63) / 64 * 64);
    if (!cuts.protocol || !cuts.events || hr_decoder_create(&cuts.decoder, cuts.protocol, 1, 65536, &cuts.counters))
        errx(70, "there is no protocol '%s', or no memory", argv[1]);
    cuts.protocol->begin_session(&cuts.decoder, UINT64_C(1767623400000000000));
    make_guard();
    read_all(path);
    printf("%s: %llu messages cut %llu times, their datagrams %llu times\n", argv[1], (unsigned long long)cuts.messages,
           (unsigned long long)cuts.message_cuts, (unsigned long long)cuts.datagram_cuts);
    if (cuts.protocol->walk_and_decode && !cuts.decoder.vector)
        printf("SKIPPED %s in one step: this processor has no such way\n", argv[1]);
    return cuts.messages == 0;
}
