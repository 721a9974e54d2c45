/* SPDX-License-Identifier: Apache-2.0 */
#include "keys.h"

#include "config.h"

#define AT(of, field) .offset = offsetof(struct of, field)
#define TEXT(of, field) .type = HR_KEY_TEXT, AT(of, field), .bytes = sizeof((struct of *)0)->field
#define NUMBER(of, field, low, high) .type = HR_KEY_NUMBER, AT(of, field), .minimum = (low), .maximum = (high)
#define LIST(of, field) .type = HR_KEY_TEXT_LIST, AT(of, field), .fallback = ""

static const struct hr_key instance_keys[] = {
    {"name", TEXT(hr_config_instance, name), .fallback = "headrace",
     .help = "names the socket that strategies attach to: <runtime_dir>/<name>.sock"},
    {"runtime_dir", TEXT(hr_config_instance, runtime_dir), .fallback = "/run/headrace",
     .help = "where the socket is made; the folder is made when it is missing"},
    {"drain_ms", NUMBER(hr_config_instance, drain_ms, 0, 60000), .fallback = "2000", .unit = "ms",
     .help = "at the end, how long to wait for strategies to make room for LOST records that they have not been told"},
    {"waker_us", NUMBER(hr_config_instance, waker_us, 0, 100000), .fallback = "50", .unit = "us",
     .help = "how often the waker thread looks for strategies to wake, while any that sleep are attached; 0: it spins"},
    {"attachments_per_user", NUMBER(hr_config_instance, attachments_per_user, 1, 1024), .fallback = "64",
     .help = "rings that one user may hold at a time"},
    {"ring_mib_per_user", NUMBER(hr_config_instance, ring_mib_per_user, 1, 1048576), .fallback = "4096", .unit = "MiB",
     .help = "memory of the rings that one user may hold at a time"},
    {0}};

static const struct hr_key eal_keys[] = {
    {"main_core", .type = HR_KEY_CORE, AT(hr_config_eal, main_core), .maximum = 1023, .fallback = "auto",
     .help = "processor of the control thread; auto: the first this process may use"},
    {"worker_core", .type = HR_KEY_CORE, AT(hr_config_eal, worker_core), .maximum = 1023, .fallback = "auto",
     .help = "processor of the polling worker; isolate it on a real server; auto: the last this process may use"},
    {"memory_mib", NUMBER(hr_config_eal, memory_mib, 16, 1048576), .fallback = "128", .unit = "MiB",
     .help = "memory for the EAL: at least mbufs x (mbuf_bytes + 256)"},
    {"huge_pages", .type = HR_KEY_CHOICE, AT(hr_config_eal, huge_pages), .choices = "auto|never|require", .fallback = "auto",
     .help = "auto: use them when enough are free, else go on without and say so; require: refuse to start without"},
    {"mbufs", NUMBER(hr_config_eal, mbufs, 1023, 4194303), .fallback = "16383",
     .help = "packet buffers; best one less than a power of two, and above descriptors + 512 for each input"},
    {"mbuf_bytes", NUMBER(hr_config_eal, mbuf_bytes, 256, 65535), .fallback = "2176", .unit = "bytes",
     .help = "size of a packet buffer, 128 bytes of headroom included; jumbo frames want 9344"},
    {"devices", LIST(hr_config_eal, devices),
     .help = "virtual devices as EAL's --vdev takes them, such as net_af_packet0,iface=eth1"},
    {"pci", LIST(hr_config_eal, pci), .help = "PCI addresses of the ports to use, as EAL's -a takes them; empty: no PCI device at all"},
    {"arguments", LIST(hr_config_eal, arguments), .help = "further EAL arguments, passed on as they are"},
    {0}};

static const struct hr_key input_keys[] = {
    {"name", TEXT(hr_config_input, name), .help = "what lines call it by"},
    {"plane", .type = HR_KEY_CHOICE, AT(hr_config_input, plane), .choices = "dpdk|pcap|dbn",
     .help = "how packets come in: a DPDK port, or a capture file; dbn: records, from a DBN file"},
    {"device", TEXT(hr_config_input, device), .fallback = "",
     .help = "dpdk: the port's name, as in eal.devices up to the comma, or its PCI address"},
    {"interface", TEXT(hr_config_input, interface), .fallback = "",
     .help = "dpdk: kernel interface on which to join the lines' groups (IGMP), for ports that the kernel keeps"},
    {"descriptors", NUMBER(hr_config_input, descriptors, 64, 65536), .fallback = "4096",
     .help = "dpdk: receive descriptors to ask for; the driver may give fewer"},
    {"file", TEXT(hr_config_input, file), .fallback = "", .help = "pcap: the capture, pcap or pcapng, plain, zstd or gzip; dbn: the file, .dbn or .dbn.zst"},
    {"pace", .type = HR_KEY_CHOICE, AT(hr_config_input, pace), .choices = "original|flat-out", .fallback = "original",
     .help = "pcap, dbn: keep the time between packets, or go as fast as can be"},
    {"speed", .type = HR_KEY_REAL, AT(hr_config_input, speed), .maximum = 1000000, .fallback = "1",
     .help = "pcap, dbn: with pace: original, how many times faster than it was"},
    {"wait_for_consumers", .type = HR_KEY_BOOLEAN, AT(hr_config_input, wait_for_consumers), .fallback = "false",
     .help = "pcap, dbn: begin once every consumer has attached"},
    {"checksum", .type = HR_KEY_CHOICE, AT(hr_config_input, checksum), .choices = "none|ip|udp", .fallback = "ip",
     .help = "what is checked where the port has not done so: nothing, the IPv4 header, or the UDP datagram too"},
    {0}};

static const struct hr_key line_keys[] = {
    {"name", TEXT(hr_config_line, name), .fallback = "", .help = "as the exchange calls it: A, B; empty: the group and port"},
    {"input", TEXT(hr_config_line, input), .help = "name of the input that it comes by"},
    {"group", .type = HR_KEY_ADDRESS, AT(hr_config_line, group), .help = "destination IPv4 address; of plane dbn: 0.0.0.0, it is not looked at"},
    {"port", NUMBER(hr_config_line, port, 1, 65535), .help = "destination UDP port; of plane dbn: any, it is not looked at"},
    {"channel", NUMBER(hr_config_line, channel, 0, 255), .fallback = "0",
     .help = "which channel of the feed it carries; lines of the same channel and role are copies of each other"},
    {"role", .type = HR_KEY_CHOICE, AT(hr_config_line, role), .choices = "incremental|snapshot|order-snapshot|definition",
     .fallback = "incremental", .help = "CME: what it carries of its channel; the last three are loops that make the books whole after a gap"},
    {0}};
static const struct hr_section line_section = {"feeds[].lines[]", "The lines of a feed: one entry for each copy of each channel.",
                                               sizeof(struct hr_config_line), line_keys};

static const struct hr_key recovery_keys[] = {
    {"servers", LIST(hr_config_recovery, servers),
     .help = "MoldUDP64 request servers, ADDRESS:PORT, asked by turns; empty: nobody is asked"},
    {"patience_ms", NUMBER(hr_config_recovery, patience_ms, 1, 600000), .fallback = "500", .unit = "ms",
     .help = "how long packets are held for an answer, all attempts together; then what is missing is declared"},
    {"answer_ms", NUMBER(hr_config_recovery, answer_ms, 1, 60000), .fallback = "20", .unit = "ms",
     .help = "how long a server has to answer before the next one is asked"},
    {"attempts", NUMBER(hr_config_recovery, attempts, 1, 1000), .fallback = "5",
     .help = "requests for the same messages that may go unanswered before they are given up"},
    {"requests_per_second", NUMBER(hr_config_recovery, requests_per_second, 1, 1000000), .fallback = "200",
     .help = "the most requests a second for each channel; exchanges shut out who asks too much"},
    {0}};
static const struct hr_section recovery_section = {"feeds[].recovery", "Who is asked for what no line has brought.",
                                                   sizeof(struct hr_config_recovery), recovery_keys};

static const struct hr_key snapshot_keys[] = {
    {"server", TEXT(hr_config_snapshot, server), .fallback = "",
     .help = "GLIMPSE server (SoupBinTCP), ADDRESS:PORT; empty: the book begins with what comes, and a gap stays in it"},
    {"username", TEXT(hr_config_snapshot, username), .fallback = "", .help = "of the login, at most 6 characters"},
    {"password", TEXT(hr_config_snapshot, password), .fallback = "", .help = "of the login, at most 10 characters"},
    {"patience_ms", NUMBER(hr_config_snapshot, patience_ms, 1, 3600000), .fallback = "60000", .unit = "ms",
     .help = "how long live packets are held for the snapshot (window_packets of them, the newest), all attempts together"},
    {"after_gap", .type = HR_KEY_BOOLEAN, AT(hr_config_snapshot, after_gap), .fallback = "true",
     .help = "take one again in mid-session, when messages are missing that nobody has: the book is whole again, and live is held for as long as that takes"},
    {"interval_ms", NUMBER(hr_config_snapshot, interval_ms, 0, 86400000), .fallback = "10000", .unit = "ms",
     .help = "after_gap: from the end of one snapshot to the next login, at least"},
    {0}};
static const struct hr_section snapshot_section = {"feeds[].snapshot", "Where the book comes from: at a start in mid-day, and after a gap.",
                                                   sizeof(struct hr_config_snapshot), snapshot_keys};

static const struct hr_key feed_keys[] = {
    {"name", TEXT(hr_config_feed, name), .help = "what consumers call it by"},
    {"protocol", TEXT(hr_config_feed, protocol), .help = "nasdaq-itch-5.0, iex-deep-1.0, cme-mdp-3.0, ...: `headrace dump --protocol list` names them all; dbn: the records of one input of plane dbn"},
    {"publisher_id", NUMBER(hr_config_feed, publisher_id, 0, 65535), .fallback = "0",
     .help = "publisher_id of its records; 0: Databento's number for the venue"},
    {"order_state", .type = HR_KEY_BOOLEAN, AT(hr_config_feed, order_state), .fallback = "true",
     .help = "keep an order store, and fill in what the exchange's messages leave out; false is the fastest path"},
    {"orders_max", NUMBER(hr_config_feed, orders_max, 1024, UINT64_C(1) << 30), .fallback = "2097152",
     .help = "orders that the store of each channel has room for, 64 bytes each"},
    {"instruments_max", NUMBER(hr_config_feed, instruments_max, 16, 1048576), .fallback = "65536",
     .help = "instruments that there is room for"},
    {"window_packets", NUMBER(hr_config_feed, window_packets, 0, 65536), .fallback = "1024",
     .help = "packets of each channel that may wait for others in front of them; 0: what is missing is declared at once"},
    {"window_us", NUMBER(hr_config_feed, window_us, 0, 60000000), .fallback = "1000", .unit = "us",
     .help = "how long they wait for another line to bring what is missing; then a recovery server is asked, or it is declared"},
    {"silence_ms", NUMBER(hr_config_feed, silence_ms, 0, 86400000), .fallback = "3000", .unit = "ms",
     .help = "a live line that brings nothing for so long, not even a heartbeat, is counted as silent; 0: it may be"},
    {"journal_packets", NUMBER(hr_config_feed, journal_packets, 16, 65536), .fallback = "4096",
     .help = "incremental packets of each channel kept while its books are in doubt: what comes between a snapshot and now"},
    {"recovery", .type = HR_KEY_SECTION, AT(hr_config_feed, recovery), .section = &recovery_section, .fallback = "",
     .help = "who is asked for what no line has brought"},
    {"snapshot", .type = HR_KEY_SECTION, AT(hr_config_feed, snapshot), .section = &snapshot_section, .fallback = "",
     .help = "where the book comes from at a start in mid-day, and after a gap"},
    {"lines", .type = HR_KEY_SECTIONS, AT(hr_config_feed, lines), .section = &line_section, .help = "where its packets come from"},
    {0}};

static const struct hr_key allow_keys[] = {
    {"users", LIST(hr_config_allow, users), .help = "names or numbers of users that may attach"},
    {"groups", LIST(hr_config_allow, groups), .help = "names or numbers of groups whose members may attach"},
    {0}};
static const struct hr_section allow_section = {
    "consumers[].allow", "Who may attach as this consumer. Nobody named: only the user that the handler runs as.",
    sizeof(struct hr_config_allow), allow_keys};

static const struct hr_key consumer_keys[] = {
    {"name", TEXT(hr_config_consumer, name), .help = "what the strategy attaches as"},
    {"allow", .type = HR_KEY_SECTION, AT(hr_config_consumer, allow), .section = &allow_section, .fallback = "",
     .help = "who may attach"},
    {"feeds", LIST(hr_config_consumer, feeds), .help = "names of the feeds that it takes; empty: all"},
    {"schemas", LIST(hr_config_consumer, schemas),
     .help = "mbo, trades, status, definition, imbalance, statistics, native, other (what only DBN files have: mbp-1, mbp-10, ohlcv, ...); empty: mbo. The largest decides the size of a slot"},
    {"symbols", LIST(hr_config_consumer, symbols), .help = "the venue's symbols that it takes; empty: all"},
    {"ring_records", .type = HR_KEY_POWER_OF_TWO, AT(hr_config_consumer, ring_records), .minimum = 64,
     .maximum = UINT64_C(1) << 26, .fallback = "65536", .help = "records that its ring holds: a power of two"},
    {"on_full", .type = HR_KEY_CHOICE, AT(hr_config_consumer, on_full), .choices = "drop|detach", .fallback = "drop",
     .help = "when its ring is full: drop and tell it with a LOST record, or end the attachment"},
    {0}};

static const struct hr_section instance_section = {"instance", "The running handler.", sizeof(struct hr_config_instance),
                                                   instance_keys};
static const struct hr_section eal_section = {"eal", "DPDK's environment: processors, memory, devices.",
                                              sizeof(struct hr_config_eal), eal_keys};
static const struct hr_section input_section = {"inputs[]", "Where packets come in.", sizeof(struct hr_config_input), input_keys};
static const struct hr_section feed_section = {"feeds[]", "The channels of one exchange that speak one protocol.",
                                               sizeof(struct hr_config_feed), feed_keys};
static const struct hr_section consumer_section = {"consumers[]", "The strategies: what each takes, and how.",
                                                   sizeof(struct hr_config_consumer), consumer_keys};

static const struct hr_key config_keys[] = {
    {"instance", .type = HR_KEY_SECTION, AT(hr_config, instance), .section = &instance_section, .fallback = "",
     .help = "the running handler"},
    {"eal", .type = HR_KEY_SECTION, AT(hr_config, eal), .section = &eal_section, .fallback = "", .help = "processors, memory, devices"},
    {"inputs", .type = HR_KEY_SECTIONS, AT(hr_config, inputs), .section = &input_section, .help = "where packets come in"},
    {"feeds", .type = HR_KEY_SECTIONS, AT(hr_config, feeds), .section = &feed_section, .help = "what is decoded"},
    {"consumers", .type = HR_KEY_SECTIONS, AT(hr_config, consumers), .section = &consumer_section, .help = "who reads"},
    {0}};

const struct hr_section hr_config_section = {"", "The top level.", sizeof(struct hr_config), config_keys};
