/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration: what a good file becomes, what is assumed where it is silent, and for every kind of error the file, line
 * and column that it is told at.
 */
#include "test.h"

#include <unistd.h>

#include "config.h"
#include "fanout/fanout.h"
#include "keys.h"
#include "packet/packet.h"

#define GOOD                                                                                                                   \
    "instance:\n"                                                                                                              \
    "  name: desk1\n"                                                                                                          \
    "  runtime_dir: /tmp/headrace\n"                                                                                           \
    "  drain_ms: 500\n"                                                                                                        \
    "eal:\n"                                                                                                                   \
    "  main_core: 0\n"                                                                                                         \
    "  worker_core: auto\n"                                                                                                    \
    "  memory_mib: 64\n"                                                                                                       \
    "  huge_pages: never\n"                                                                                                    \
    "  mbufs: 8_191\n"                                                                                                         \
    "  mbuf_bytes: 0x2480\n"                                                                                                   \
    "  devices: [net_ring0, 'net_af_packet0,iface=eth1']\n"                                                                    \
    "inputs:\n"                                                                                                                \
    "  - name: port-a\n"                                                                                                       \
    "    plane: dpdk\n"                                                                                                        \
    "    device: net_af_packet0\n"                                                                                             \
    "    interface: eth1\n"                                                                                                    \
    "    descriptors: 2048\n"                                                                                                  \
    "    checksum: udp\n"                                                                                                      \
    "  - name: file-b\n"                                                                                                       \
    "    plane: pcap\n"                                                                                                        \
    "    file: /dev/null\n"                                                                                                    \
    "    pace: flat-out\n"                                                                                                     \
    "    speed: 2.5\n"                                                                                                         \
    "    wait_for_consumers: true\n"                                                                                           \
    "feeds:\n"                                                                                                                 \
    "  - name: nasdaq\n"                                                                                                       \
    "    protocol: nasdaq-itch-5.0\n"                                                                                          \
    "    publisher_id: 9\n"                                                                                                    \
    "    order_state: false\n"                                                                                                 \
    "    orders_max: 1024\n"                                                                                                   \
    "    instruments_max: 65536\n"                                                                                             \
    "    lines:\n"                                                                                                             \
    "      - {name: A, input: port-a, group: 233.54.12.111, port: 26477}\n"                                                    \
    "      - {name: B, input: file-b, group: 233.49.196.111, port: 26477, channel: 255}\n"                                     \
    "  - name: iex\n"                                                                                                          \
    "    protocol: iex-deep-1.0\n"                                                                                             \
    "    lines:\n"                                                                                                             \
    "      - {input: port-a, group: 233.215.21.4, port: 10378}\n"                                                              \
    "consumers:\n"                                                                                                             \
    "  - name: momentum\n"                                                                                                     \
    "    allow: {users: [root, 1000], groups: ['0']}\n"                                                                        \
    "    feeds: [iex]\n"                                                                                                       \
    "    schemas: [mbo, trades, statistics]\n"                                                                                 \
    "    symbols: [MSFT, AAPL, ZIEXT]\n"                                                                                       \
    "    ring_records: 1024\n"                                                                                                 \
    "    on_full: detach\n"                                                                                                    \
    "  - name: other\n"

/* The least that is a configuration. */
#define LEAST                                                                                                                  \
    "inputs:\n"                                                                                                                \
    "  - {name: a, plane: dpdk, device: net_ring0}\n"                                                                          \
    "feeds:\n"                                                                                                                 \
    "  - name: f\n"                                                                                                            \
    "    protocol: iex-deep-1.0\n"                                                                                             \
    "    lines:\n"                                                                                                             \
    "      - {input: a, group: 233.215.21.4, port: 10378}\n"                                                                   \
    "consumers:\n"                                                                                                             \
    "  - name: c\n"

static char path[40];
static char *errors;
static size_t error_bytes;
static struct hr_config config;

static void write_file(const char *text, size_t length)
{
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static int load_path(const char *of)
{
    free(errors);
    errors = NULL;
    FILE *out = open_memstream(&errors, &error_bytes);
    assert_non_null(out);
    int result = hr_config_load(&config, of, out);
    fclose(out);
    return result;
}

static int load_bytes(const char *text, size_t length)
{
    write_file(text, length);
    return load_path(path);
}

static int load(const char *text)
{
    return load_bytes(text, strlen(text));
}

static int make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/headrace-test-config-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    unlink(path);
    free(errors);
    errors = NULL;
    return 0;
}

/* ---- good files ---- */

static void expect_good(const char *text)
{
    int result = load(text);
    if (result || error_bytes)
        print_error("%s", errors);
    assert_int_equal(result, 0);
    assert_int_equal(error_bytes, 0);
}

static void good_file_is_read(void **state)
{
    (void)state;
    expect_good(GOOD);
    assert_string_equal(config.instance.name, "desk1");
    assert_string_equal(config.instance.runtime_dir, "/tmp/headrace");
    assert_int_equal(config.instance.drain_ms, 500);
    assert_int_equal(config.eal.main_core, 0);
    assert_int_equal(config.eal.worker_core, HR_CORE_AUTO);
    assert_int_equal(config.eal.memory_mib, 64);
    assert_int_equal(config.eal.huge_pages, HR_HUGE_PAGES_NEVER);
    assert_int_equal(config.eal.mbufs, 8191);
    assert_int_equal(config.eal.mbuf_bytes, 9344);
    assert_int_equal(config.eal.devices.count, 2);
    assert_string_equal(config.eal.devices.items[1], "net_af_packet0,iface=eth1");
    assert_int_equal(config.input_count, 2);
    assert_string_equal(config.inputs[0].name, "port-a");
    assert_int_equal(config.inputs[0].plane, HR_PLANE_DPDK);
    assert_string_equal(config.inputs[0].device, "net_af_packet0");
    assert_string_equal(config.inputs[0].interface, "eth1");
    assert_int_equal(config.inputs[0].descriptors, 2048);
    assert_int_equal(config.inputs[0].checksum, HR_CHECKSUM_UDP);
    assert_int_equal(config.inputs[1].plane, HR_PLANE_PCAP);
    assert_string_equal(config.inputs[1].file, "/dev/null");
    assert_int_equal(config.inputs[1].pace, HR_PACE_FLAT_OUT);
    assert_true(config.inputs[1].speed == 2.5);
    assert_int_equal(config.inputs[1].wait_for_consumers, 1);
    hr_config_free(&config);
}

static void good_feeds_and_consumers_are_read(void **state)
{
    (void)state;
    expect_good(GOOD);
    assert_int_equal(config.feed_count, 2);
    const struct hr_config_feed *feed = &config.feeds[0];
    assert_string_equal(feed->name, "nasdaq");
    assert_string_equal(feed->protocol, "nasdaq-itch-5.0");
    assert_int_equal(feed->publisher_id, 9);
    assert_int_equal(feed->order_state, 0);
    assert_int_equal(feed->orders_max, 1024);
    assert_int_equal(feed->instruments_max, 65536);
    assert_int_equal(feed->line_count, 2);
    assert_string_equal(feed->lines[0].name, "A");
    assert_int_equal(feed->lines[0].group, UINT32_C(0xE9360C6F));
    assert_int_equal(feed->lines[0].port, 26477);
    assert_int_equal(feed->lines[0].channel, 0);
    assert_int_equal(feed->lines[0].input_index, 0);
    assert_int_equal(feed->lines[1].channel, 255);
    assert_int_equal(feed->lines[1].input_index, 1);
    assert_int_equal(config.consumer_count, 2);
    const struct hr_config_consumer *consumer = &config.consumers[0];
    assert_int_equal(consumer->allow.users.count, 2);
    assert_string_equal(consumer->allow.users.items[1], "1000");
    assert_string_equal(consumer->allow.groups.items[0], "0");
    assert_int_equal(consumer->feed_mask[0], 2);
    assert_int_equal(consumer->schema_mask, 1U << HR_SCHEMA_MBO | 1U << HR_SCHEMA_TRADES | 1U << HR_SCHEMA_STATISTICS);
    assert_int_equal(consumer->symbols.count, 3);
    assert_string_equal(consumer->symbols.items[0], "AAPL"); /* sorted, for the fan-out to look up */
    assert_string_equal(consumer->symbols.items[2], "ZIEXT");
    assert_int_equal(consumer->ring_records, 1024);
    assert_int_equal(consumer->on_full, HR_ON_FULL_DETACH);
    hr_config_free(&config);
}

static void what_is_left_out_has_its_default(void **state)
{
    (void)state;
    expect_good(LEAST);
    assert_string_equal(config.instance.name, "headrace");
    assert_string_equal(config.instance.runtime_dir, "/run/headrace");
    assert_int_equal(config.instance.drain_ms, 2000);
    assert_int_equal(config.eal.main_core, HR_CORE_AUTO);
    assert_int_equal(config.eal.memory_mib, 128);
    assert_int_equal(config.eal.huge_pages, HR_HUGE_PAGES_AUTO);
    assert_int_equal(config.eal.mbufs, 16383);
    assert_int_equal(config.eal.mbuf_bytes, 2176);
    assert_int_equal(config.eal.devices.count, 0);
    assert_int_equal(config.inputs[0].descriptors, 4096);
    assert_int_equal(config.inputs[0].checksum, HR_CHECKSUM_IP);
    assert_int_equal(config.inputs[0].pace, HR_PACE_ORIGINAL);
    assert_true(config.inputs[0].speed == 1.0);
    assert_int_equal(config.inputs[0].wait_for_consumers, 0);
    assert_int_equal(config.feeds[0].publisher_id, 0);
    assert_int_equal(config.feeds[0].order_state, 1);
    assert_int_equal(config.feeds[0].orders_max, 2097152);
    assert_int_equal(config.feeds[0].instruments_max, 65536);
    assert_string_equal(config.feeds[0].lines[0].name, "");
    assert_int_equal(config.consumers[0].feed_mask[0], 1);
    assert_int_equal(config.consumers[0].schema_mask, 1U << HR_SCHEMA_MBO);
    assert_int_equal(config.consumers[0].symbols.count, 0);
    assert_int_equal(config.consumers[0].ring_records, 65536);
    assert_int_equal(config.consumers[0].on_full, HR_ON_FULL_DROP);
    hr_config_free(&config);
    hr_config_free(&config);
    hr_config_free(NULL);
}

static void example_with_windows_line_ends_is_read(void **state)
{
    (void)state;
    char text[2048];
    size_t length = 0;
    for (const char *at = LEAST; *at; at++) {
        if (*at == '\n')
            text[length++] = '\r';
        text[length++] = *at;
    }
    assert_int_equal(load_bytes(text, length), 0);
    hr_config_free(&config);
}

/* ---- errors ---- */

/* Replaces the first `old` of `text` by `new`. */
static const char *with(const char *text, const char *old, const char *new)
{
    static char changed[8192];
    const char *at = strstr(text, old);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old));
    return changed;
}

static void place_of(const char *text, const char *what, unsigned *line, unsigned *column)
{
    const char *at = strstr(text, what);
    assert_non_null(at);
    *line = 1;
    *column = 1;
    for (const char *c = text; c < at; c++) {
        *column = *c == '\n' ? 1 : *column + 1;
        *line += *c == '\n';
    }
}

/* Loads `text`: an error is told at the first place of `what` in it, holds `says`, shows the line, and has the caret under it.
 */
static void expect_error(const char *text, const char *what, const char *says)
{
    char where[128], shown[1024];
    unsigned line, column;
    int result = load(text);
    hr_config_free(&config);
    assert_int_equal(result, -EINVAL);
    place_of(text, what, &line, &column);
    const char *start = text;
    for (unsigned i = 1; i < line; i++)
        start = strchr(start, '\n') + 1;
    snprintf(where, sizeof where, "%s:%u:%u: ", path, line, column);
    snprintf(shown, sizeof shown, "\n  %.*s\n  %*s^\n", (int)strcspn(start, "\r\n"), start, (int)column - 1, "");
    int told = 0;
    for (const char *at = errors; (at = strstr(at, where)) != NULL; at += strlen(where)) {
        const char *message = strstr(at, says);
        const char *caret = strstr(at, shown);
        told |= message && caret && message < caret && !memchr(message, '\n', (size_t)(caret - message));
    }
    if (!told)
        print_error("wanted %s ... %s ...%s\ngot:\n%s\n", where, says, shown, errors);
    assert_true(told);
}

/* The same where the change of one thing in the good file makes one error, told at the change. */
static void expect_one_error(const char *old, const char *new, const char *what, const char *says)
{
    expect_error(with(GOOD, old, new), what, says);
    unsigned paragraphs = 0;
    for (const char *at = errors; (at = strstr(at, path)) != NULL; at++)
        paragraphs++;
    if (paragraphs != 1)
        print_error("%s", errors);
    assert_int_equal(paragraphs, 1);
}

static void unknown_key_names_the_nearest(void **state)
{
    (void)state;
    expect_one_error("  drain_ms: 500", "  drian_ms: 500", "drian_ms",
                     "unknown key 'instance.drian_ms'; did you mean 'drain_ms'?");
    expect_one_error("    descriptors: 2048", "    descriptor: 2048", "descriptor:", "did you mean 'descriptors'?");
    expect_one_error("eal:\n", "eel:\n", "eel", "did you mean 'eal'?");
    expect_one_error("    ring_records", "    ring_size", "ring_size", "unknown key 'consumers[0].ring_size'");
    expect_one_error("  drain_ms: 500", "  qqqqqqqqqqqq: 500", "qqqqqqqqqqqq",
                     "`headrace help config` lists those of instance");
    expect_one_error("name: B,", "nome: B,", "nome", "unknown key 'feeds[0].lines[1].nome'; did you mean 'name'?");
}

static void wrong_types_are_told_of(void **state)
{
    (void)state;
    expect_one_error("drain_ms: 500", "drain_ms: soon", "soon",
                     "instance.drain_ms: found 'soon', wanted a whole number from 0 to 60000");
    expect_one_error("drain_ms: 500", "drain_ms: 5.5", "5.5", "found '5.5'");
    expect_one_error("drain_ms: 500", "drain_ms: -5", "-5", "found '-5'");
    expect_one_error("drain_ms: 500", "drain_ms: ''", "''", "found ''");
    expect_one_error("drain_ms: 500", "drain_ms: [500]", "[500]", "found a list, wanted a single value");
    expect_one_error("drain_ms: 500", "drain_ms: {a: 1}", "{a: 1}", "found a mapping, wanted a single value");
    expect_one_error("order_state: false", "order_state: no", "no\n    orders_max", "found 'no', wanted true or false");
    expect_one_error("devices: [net_ring0, 'net_af_packet0,iface=eth1']", "devices: net_ring0", "net_ring0", "wanted a list");
    expect_one_error("devices: [net_ring0,", "devices: [[net_ring0],", "[net_ring0]", "wanted a text in the list");
    expect_one_error("233.54.12.111", "233.54.12", "233.54.12,", "wanted an IPv4 address");
    expect_one_error("main_core: 0", "main_core: first", "first", "the number of a processor, or auto");
    expect_one_error("allow: {users: [root, 1000], groups: ['0']}", "allow: root", "root",
                     "consumers[0].allow: wanted a mapping");
    expect_one_error("speed: 2.5", "speed: fast", "fast", "a number above 0");
}

static void sections_of_a_wrong_type_are_told_of(void **state)
{
    (void)state;
    expect_error("inputs: {name: a}\nfeeds: 1\nconsumers:\n  - a\n", "{name: a}", "inputs: wanted a list");
    expect_error("inputs: {name: a}\nfeeds: 1\nconsumers:\n  - a\n", "1\n", "feeds: wanted a list");
    expect_error("inputs: {name: a}\nfeeds: 1\nconsumers:\n  - a\n", "a\n", "consumers[0]: wanted a mapping");
    expect_error("inputs: []\n", "[]", "inputs: wanted a list of at least one entry");
    expect_error("[a, b]\n", "[a, b]", "wanted a mapping");
    expect_error("word\n", "word", "wanted a mapping");
    expect_error("[a]: 1\n", "[a]", "a key must be a word");
}

static void values_out_of_range_are_told_of(void **state)
{
    (void)state;
    expect_one_error("drain_ms: 500", "drain_ms: 60001", "60001", "from 0 to 60000");
    expect_one_error("memory_mib: 64", "memory_mib: 15", "15", "from 16 to 1048576");
    expect_one_error("port: 26477}", "port: 0}", "0}", "from 1 to 65535");
    expect_one_error("port: 26477}", "port: 65536}", "65536}", "from 1 to 65535");
    expect_one_error("channel: 255", "channel: 256", "256", "from 0 to 255");
    expect_one_error("drain_ms: 500", "drain_ms: 99999999999999999999999", "99999999999999999999999", "from 0 to 60000");
    expect_one_error("drain_ms: 500", "drain_ms: 18446744073709551616", "18446744073709551616", "from 0 to 60000");
    expect_one_error("main_core: 0", "main_core: 1024", "1024\n  worker", "the number of a processor");
    expect_one_error("speed: 2.5", "speed: 0", "0\n    wait", "a number above 0");
    expect_one_error("speed: 2.5", "speed: inf", "inf\n", "a number above 0");
    expect_one_error("speed: 2.5", "speed: nan", "nan\n", "a number above 0");
    expect_one_error("ring_records: 1024", "ring_records: 1000", "1000\n", "a power of two from 64");
    expect_one_error("ring_records: 1024", "ring_records: 32", "32\n    on_full", "a power of two from 64");
    expect_one_error("name: desk1", "name: a-name-of-thirty-two-characters!", "a-name-of", "a text of 1 to 31 bytes");
    expect_one_error("name: port-a", "name: ''", "''", "a text of 1 to 31 bytes");
}

/* The instance's name becomes the name of a file: it may be left out, but it may not be nothing. */
static void empty_name_of_the_instance_is_told_of(void **state)
{
    (void)state;
    expect_one_error("name: desk1", "name: ''", "''", "a text of 1 to 31 bytes");
}

/* Digits beyond what anyone writes must not hide what stands behind them. */
static void long_numbers_are_read_to_their_end(void **state)
{
    (void)state;
    expect_one_error("drain_ms: 500", "drain_ms: 0000000000000000000000000000000000000000junk", "0000000000",
                     "from 0 to 60000");
}

/* A leading zero is a decimal number to whoever writes it, or an error: never an octal one. */
static void leading_zero_is_not_octal(void **state)
{
    (void)state;
    int result = load(with(GOOD, "port: 26477}", "port: 010}"));
    uint64_t port = result ? 10 : config.feeds[0].lines[0].port;
    hr_config_free(&config);
    assert_int_equal(port, 10);
}

static void missing_keys_are_told_of(void **state)
{
    (void)state;
    expect_one_error("  - name: port-a\n    plane", "  - plane", "plane: dpdk", "inputs[0].name is missing");
    expect_one_error("    device: net_af_packet0\n", "", "name: port-a",
                     "inputs[0].device is missing: plane dpdk wants the port's name");
    expect_one_error("    file: /dev/null\n", "", "name: file-b", "inputs[1].file is missing: plane pcap wants a capture");
    expect_one_error(", port: 26477}", "}", "{name: A", "feeds[0].lines[0].port is missing");
    expect_error("inputs:\n  - {name: a, plane: dpdk, device: d}\n", "inputs", "feeds is missing: what is decoded");
    expect_error("inputs:\n  - {name: a, plane: dpdk, device: d}\n", "inputs", "consumers is missing: who reads");
}

static void keys_given_twice_are_told_of(void **state)
{
    (void)state;
    expect_one_error("drain_ms: 500\n", "drain_ms: 500\n  name: desk2\n", "name: desk2",
                     "instance.name: given twice; keep one of them");
    expect_one_error("eal:\n", "instance: {name: x}\neal:\n", "instance: {name: x}", "instance: given twice");
}

static void choices_that_there_are_not_are_told_of(void **state)
{
    (void)state;
    expect_one_error("huge_pages: never", "huge_pages: sometimes", "sometimes", "wanted one of auto|never|require");
    expect_one_error("plane: pcap", "plane: socket", "socket", "wanted one of dpdk|pcap");
    expect_one_error("on_full: detach", "on_full: wait", "wait\n", "wanted one of drop|detach");
    expect_one_error("schemas: [mbo,", "schemas: [mbp-10,", "mbp-10", "consumers[0].schemas: found 'mbp-10'");
    expect_one_error("protocol: iex-deep-1.0", "protocol: iex-tops", "iex-tops", "feeds[1].protocol: 'iex-tops' is not known");
}

static void names_of_what_there_is_not_are_told_of(void **state)
{
    (void)state;
    expect_one_error("input: file-b", "input: file-c", "file-c", "there is no input named 'file-c'");
    expect_one_error("feeds: [iex]", "feeds: [cme]", "cme", "there is no feed named 'cme'");
    expect_one_error("users: [root,", "users: [no-such-user-here,", "no-such-user-here", "this machine has no user");
    expect_one_error("groups: ['0']", "groups: [no-such-group-here]", "no-such-group-here", "this machine has no group");
    expect_one_error("file: /dev/null", "file: /no/such/capture.pcap", "/no/such", "'/no/such/capture.pcap' cannot be read");
    expect_one_error("    device: net_af_packet0\n", "    device: net_af_packet0\n    file: /dev/null\n", "/dev/null",
                     "inputs[0].file: only plane pcap has it");
    expect_one_error("    file: /dev/null\n", "    file: /dev/null\n    device: d\n", "d\n    pace",
                     "inputs[1].device: only plane dpdk has it");
}

static void keys_of_the_other_plane_are_told_of(void **state)
{
    (void)state;
    expect_one_error("    checksum: udp\n", "    speed: 3\n", "3\n  - name: file-b", "inputs[0].speed: only plane pcap has it");
    expect_one_error("    pace: flat-out\n", "    interface: lo\n", "lo\n", "inputs[1].interface: only plane dpdk has it");
}

/* A venue's own numbers need a place each: an order of an instrument without one would go out as another's. */
static void too_few_instruments_for_the_venues_numbers_are_told_of(void **state)
{
    (void)state;
    expect_one_error("instruments_max: 65536", "instruments_max: 65535", "65535\n    lines",
                     "feeds[0].instruments_max: found 65535");
    expect_good(with(LEAST, "    lines", "    instruments_max: 16\n    lines"));
    assert_int_equal(config.feeds[0].instruments_max, 16);
    hr_config_free(&config);
}

/* The value itself is what the error stands at, wherever in its section it was written. */
static void names_given_twice_are_told_of(void **state)
{
    (void)state;
    expect_error(with(GOOD, "  - name: file-b\n    plane: pcap\n", "  - plane: pcap\n    name: port-a\n"), "port-a\n    file",
                 "inputs[1].name: 'port-a' is the name of inputs[0] too");
    /* Whoever referred to it by its own name is told too. */
    expect_error(with(GOOD, "  - name: iex\n    protocol: iex-deep-1.0\n", "  - protocol: iex-deep-1.0\n    name: nasdaq\n"),
                 "nasdaq\n    lines", "feeds[1].name: 'nasdaq' is the name of feeds[0] too");
}

static void name_given_twice_is_told_of_at_the_name(void **state)
{
    (void)state;
    char text[8192];
    snprintf(text, sizeof text, "%s", GOOD);
    char *last = strstr(text, "- name: other");
    assert_non_null(last);
    memcpy(last, "- name: momentum\n", sizeof "- name: momentum\n");
    assert_int_equal(load(text), -EINVAL);
    hr_config_free(&config);
    unsigned lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    char where[128];
    snprintf(where, sizeof where, "%s:%u:%u: ", path, lines, 11);
    if (!strstr(errors, where))
        print_error("wanted %s\ngot:\n%s", where, errors);
    assert_non_null(strstr(errors, where));
}

static void name_of_the_instance_that_is_no_file_name_is_told_of(void **state)
{
    (void)state;
    expect_one_error("  name: desk1\n  runtime_dir: /tmp/headrace\n", "  runtime_dir: /tmp/headrace\n  name: desk/1\n",
                     "desk/1", "instance.name: 'desk/1' has a '/'");
}

static void path_of_the_socket_that_is_too_long_is_told_of(void **state)
{
    (void)state;
    expect_one_error("/tmp/headrace", "/tmp/a-folder-whose-name-is-so-long-that-its-socket-cannot-be-reached-by-anyone",
                     "/tmp/a-folder", "a text of 1 to 63 bytes");
}

static void lines_given_twice_are_told_of(void **state)
{
    (void)state;
    expect_one_error("input: port-a, group: 233.215.21.4, port: 10378", "input: port-a, group: 233.54.12.111, port: 26477",
                     "233.54.12.111, port: 26477}\nconsumers",
                     "feeds[1].lines[0]: has the input, group and port of feeds[0].lines[0]");
}

static void lines_of_loops_without_their_channel_are_told_of(void **state)
{
    (void)state;
    expect_one_error("port: 10378}", "port: 10378, role: snapshot}", "snapshot}",
                     "feeds[1].lines[0].role: iex-deep-1.0 has no loops: its lines are incremental");
    expect_one_error("iex-deep-1.0\n    lines:\n      - {input: port-a, group: 233.215.21.4, port: 10378}",
                     "cme-mdp-3.0\n    lines:\n      - {input: port-a, group: 233.215.21.4, port: 10378, channel: 1}\n"
                     "      - {input: port-a, group: 233.215.21.5, port: 10378, channel: 2, role: definition}",
                     "definition}", "feeds[1].lines[1].role: channel 2 has no incremental line");
    expect_one_error("port: 10378}", "port: 10378, role: loop}", "loop}", "wanted one of incremental|snapshot|order-snapshot|definition");
}

static void servers_that_nobody_can_ask_are_told_of(void **state)
{
    (void)state;
#define FEED "protocol: nasdaq-itch-5.0\n    "
    static const struct {
        const char *section;
        const char *at;
        const char *says;
    } wrong[] = {
        {"recovery: {servers: ['10.0.0.1']}", "['10.0.0.1']", "'10.0.0.1' is not ADDRESS:PORT"},
        {"recovery: {servers: ['0.0.0.0:30000']}", "['0.0", "'0.0.0.0:30000' is the address of no host"},
        {"recovery: {servers: ['10.0.0.1:1', '224.0.0.1:1']}", "['10", "'224.0.0.1:1' is the address of no host"},
        {"recovery: {servers: ['10.0.0.1:1', '10.0.0.2:1', '10.0.0.1:1']}", "['10", "'10.0.0.1:1' is there twice"},
        {"recovery: {servers: ['10.0.0.1:1'], patience_ms: 10, answer_ms: 11}", "10, answer_ms", "found 10, wanted at least answer_ms, 11"},
        {"recovery: {servers: ['10.0.0.1:1']}\n    window_packets: 0", "['10", "window_packets is 0"},
        {"snapshot: {server: '255.255.255.255:1'}", "'255", "'255.255.255.255:1' is the address of no host"},
        {"snapshot: {server: nowhere}", "nowhere", "'nowhere' is not ADDRESS:PORT"},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char feed[256];
        snprintf(feed, sizeof feed, FEED "%s\n", wrong[i].section);
        expect_one_error("protocol: iex-deep-1.0\n", feed, wrong[i].at, wrong[i].says);
    }
    expect_one_error("protocol: iex-deep-1.0\n", "protocol: iex-deep-1.0\n    recovery: {servers: ['10.0.0.1:1']}\n", "['10",
                     "iex-deep-1.0 has no MoldUDP64 request servers");
}

static void what_is_not_yaml_is_told_of(void **state)
{
    (void)state;
    char text[128];
    assert_int_equal(load("a: [1, 2\nb: 3\n"), -EINVAL);
    hr_config_free(&config);
    snprintf(text, sizeof text, "%s:2:", path);
    assert_non_null(strstr(errors, text));
    assert_non_null(strstr(errors, "not YAML: "));
    expect_error("a: 1\n\tb: 2\n", "\tb", "not YAML: ");
    expect_error("a: b: c\n", ": c", "not YAML: ");
    expect_error("a: *nobody\n", "*nobody", "not YAML: ");
}

static void bytes_that_are_no_text_are_told_of_where_they_stand(void **state)
{
    (void)state;
    char where[128];
    assert_int_equal(load("instance:\n  name: ok\n  drain_ms: \xFF\xFE\n"), -EINVAL);
    hr_config_free(&config);
    snprintf(where, sizeof where, "%s:3:", path);
    if (!strstr(errors, where))
        print_error("%s", errors);
    assert_non_null(strstr(errors, where));
}

static void empty_files_are_told_of(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n\n", "# nothing but this\n", "---\n"};
    char where[128];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(load(texts[i]), -EINVAL);
        hr_config_free(&config);
        snprintf(where, sizeof where, "%s:", path);
        assert_memory_equal(errors, where, strlen(where));
    }
    assert_int_equal(load(""), -EINVAL);
    hr_config_free(&config);
    snprintf(where, sizeof where, "%s:1:1: the file is empty", path);
    assert_memory_equal(errors, where, strlen(where));
}

static void file_that_is_not_there_is_told_of(void **state)
{
    (void)state;
    assert_int_equal(load_path("/no/such/headrace.yaml"), -ENOENT);
    assert_string_equal(errors, "/no/such/headrace.yaml: No such file or directory\n");
    hr_config_free(&config);
    assert_true(load_path("/") < 0);
    hr_config_free(&config);
}

/* Nothing in a file is passed over: neither what stands behind a zero byte nor a second document. */
static void what_stands_behind_a_zero_byte_is_not_passed_over(void **state)
{
    (void)state;
    static const char text[] = LEAST "\0unknown: 1\n";
    int result = load_bytes(text, sizeof text - 1);
    hr_config_free(&config);
    assert_int_equal(result, -EINVAL);
}

static void second_document_is_not_passed_over(void **state)
{
    (void)state;
    int result = load(LEAST "---\nunknown: 1\n");
    hr_config_free(&config);
    assert_int_equal(result, -EINVAL);
}

static void many_errors_are_all_counted(void **state)
{
    (void)state;
    char text[4096] = "instance:\n";
    for (int i = 0; i < 30; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "  wrong%d: 1\n", i);
    assert_int_equal(load(text), -EINVAL);
    hr_config_free(&config);
    assert_non_null(strstr(errors, "wrong19"));
    assert_null(strstr(errors, "wrong20"));
    assert_non_null(strstr(errors, ": and 13 more errors\n")); /* three sections are missing too */
}

/* Becoming invalid: the good file cut at every length is refused or read, and never harms. */
static void cut_files_do_no_harm(void **state)
{
    (void)state;
    for (size_t length = 0; length < strlen(GOOD); length++) {
        int result = load_bytes(GOOD, length);
        assert_true(result == 0 || result == -EINVAL);
        assert_int_equal(result != 0, error_bytes != 0);
        hr_config_free(&config);
    }
}

/* ---- the reference page ---- */

static void check_keys(const struct hr_section *section, const char *page)
{
    for (const struct hr_key *key = section->keys; key->name; key++) {
        char row[128];
        snprintf(row, sizeof row, "\n| `%s` | ", key->name);
        if (!strstr(page, row) || !strstr(page, key->help))
            print_error("%s.%s is not in the reference\n", section->name, key->name);
        assert_non_null(strstr(page, row));
        assert_non_null(strstr(page, key->help));
        assert_true(key->fallback || key->type != HR_KEY_SECTION);
        if (key->section) {
            assert_non_null(strstr(page, key->section->name));
            check_keys(key->section, page);
        }
    }
}

static void reference_has_every_key(void **state)
{
    (void)state;
    char *page = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&page, &bytes);
    assert_non_null(out);
    hr_config_print_reference(out);
    fclose(out);
    check_keys(&hr_config_section, page);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_file_is_read),
        cmocka_unit_test(good_feeds_and_consumers_are_read),
        cmocka_unit_test(what_is_left_out_has_its_default),
        cmocka_unit_test(example_with_windows_line_ends_is_read),
        cmocka_unit_test(unknown_key_names_the_nearest),
        cmocka_unit_test(wrong_types_are_told_of),
        cmocka_unit_test(sections_of_a_wrong_type_are_told_of),
        cmocka_unit_test(values_out_of_range_are_told_of),
        cmocka_unit_test(empty_name_of_the_instance_is_told_of),
        cmocka_unit_test(long_numbers_are_read_to_their_end),
        cmocka_unit_test(leading_zero_is_not_octal),
        cmocka_unit_test(missing_keys_are_told_of),
        cmocka_unit_test(keys_given_twice_are_told_of),
        cmocka_unit_test(choices_that_there_are_not_are_told_of),
        cmocka_unit_test(names_of_what_there_is_not_are_told_of),
        cmocka_unit_test(keys_of_the_other_plane_are_told_of),
        cmocka_unit_test(too_few_instruments_for_the_venues_numbers_are_told_of),
        cmocka_unit_test(names_given_twice_are_told_of),
        cmocka_unit_test(name_given_twice_is_told_of_at_the_name),
        cmocka_unit_test(name_of_the_instance_that_is_no_file_name_is_told_of),
        cmocka_unit_test(path_of_the_socket_that_is_too_long_is_told_of),
        cmocka_unit_test(lines_given_twice_are_told_of),
        cmocka_unit_test(lines_of_loops_without_their_channel_are_told_of),
        cmocka_unit_test(servers_that_nobody_can_ask_are_told_of),
        cmocka_unit_test(what_is_not_yaml_is_told_of),
        cmocka_unit_test(bytes_that_are_no_text_are_told_of_where_they_stand),
        cmocka_unit_test(empty_files_are_told_of),
        cmocka_unit_test(file_that_is_not_there_is_told_of),
        cmocka_unit_test(what_stands_behind_a_zero_byte_is_not_passed_over),
        cmocka_unit_test(second_document_is_not_passed_over),
        cmocka_unit_test(many_errors_are_all_counted),
        cmocka_unit_test(cut_files_do_no_harm),
        cmocka_unit_test(reference_has_every_key),
    };
    return cmocka_run_group_tests_name("config", tests, make_file, remove_file);
}
