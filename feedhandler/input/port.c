/* SPDX-License-Identifier: Apache-2.0
 *
 * Plane dpdk: one queue of one poll-mode port, of any driver.
 */
#include <errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdlib.h>
#include <string.h>

#include "host/log.h"
#include "input/input.h"

struct port {
    uint16_t id;
    int started;
};

static uint16_t receive(struct hr_input *input, struct hr_frame *frames)
{
    const struct port *port = input->state;
    struct rte_mbuf *mbufs[HR_BURST_FRAMES];
    uint16_t received = rte_eth_rx_burst(port->id, 0, mbufs, HR_BURST_FRAMES);
    uint16_t kept = 0;
    for (uint16_t i = 0; i < received; i++) {
        struct rte_mbuf *mbuf = mbufs[i];
        input->counters->bytes += mbuf->pkt_len;
        if (__builtin_expect(mbuf->nb_segs != 1, 0)) {
            input->counters->oversized++;
            rte_pktmbuf_free(mbuf);
            continue;
        }
        uint64_t ip = mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
        uint64_t udp = mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;
        frames[kept++] = (struct hr_frame){
            .bytes = rte_pktmbuf_mtod(mbuf, const uint8_t *),
            .length = mbuf->data_len,
            .flags = (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD ? HR_FRAME_IP_GOOD : 0U) |
                     (ip == RTE_MBUF_F_RX_IP_CKSUM_BAD ? HR_FRAME_IP_BAD : 0U) |
                     (udp == RTE_MBUF_F_RX_L4_CKSUM_GOOD ? HR_FRAME_UDP_GOOD : 0U) |
                     (udp == RTE_MBUF_F_RX_L4_CKSUM_BAD ? HR_FRAME_UDP_BAD : 0U),
            .owner = mbuf,
        };
    }
    input->counters->frames += received;
    return kept;
}

static void release(struct hr_input *input, struct hr_frame *frames, uint16_t count)
{
    (void)input;
    for (uint16_t i = 0; i < count; i++)
        rte_pktmbuf_free(frames[i].owner);
}

static void refresh(struct hr_input *input)
{
    const struct port *port = input->state;
    struct rte_eth_stats stats;
    if (rte_eth_stats_get(port->id, &stats) != 0)
        return;
    input->counters->port_missed = stats.imissed;
    input->counters->port_errors = stats.ierrors;
    input->counters->port_no_buffer = stats.rx_nombuf;
}

static void close_port(struct hr_input *input)
{
    struct port *port = input->state;
    if (port && port->started)
        rte_eth_dev_stop(port->id);
    if (port)
        rte_eth_dev_close(port->id);
    free(port);
    input->state = NULL;
}

static const struct hr_plane_operations operations = {receive, release, refresh, close_port};

static int fail(const struct hr_input *input, const char *what, int error)
{
    HR_LOG(ERR, "input '%s': port '%s': %s: %s", input->config->name, input->config->device, what, strerror(-error));
    return error;
}

/* Groups reach the worker by promiscuous mode where the driver cannot be told of them: most virtual ports cannot. */
static void accept_multicast(const struct hr_input *input, uint16_t id)
{
    int error = rte_eth_allmulticast_enable(id);
    if (error)
        error = rte_eth_promiscuous_enable(id);
    if (error)
        HR_LOG(WARNING, "input '%s': the port takes neither all-multicast nor promiscuous mode (%s): it may filter the groups",
               input->config->name, strerror(-error));
}

int hr_port_open(struct hr_input *input, struct rte_mempool *pool)
{
    struct rte_eth_conf conf = {0};
    struct rte_eth_dev_info info;
    uint16_t descriptors = (uint16_t)(input->config->descriptors > UINT16_MAX ? UINT16_MAX : input->config->descriptors);
    uint16_t transmit = 64;
    struct port *port = calloc(1, sizeof *port);
    if (!port)
        return -ENOMEM;
    input->plane = &operations;
    int error = rte_eth_dev_get_port_by_name(input->config->device, &port->id);
    if (error) {
        free(port);
        return fail(input, "there is no such port (eal.devices, eal.pci)", error);
    }
    input->state = port;
    error = rte_eth_dev_info_get(port->id, &info);
    if (error)
        return fail(input, "its abilities cannot be read", error);
    if (input->packet.checksum != HR_CHECKSUM_NONE)
        conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
    if (input->packet.checksum == HR_CHECKSUM_UDP)
        conf.rxmode.offloads |= info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_UDP_CKSUM;
    uint32_t room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN;
    uint32_t limit = info.max_mtu != UINT16_MAX ? info.max_mtu : info.max_rx_pktlen - RTE_ETHER_HDR_LEN - RTE_ETHER_CRC_LEN;
    if (room > RTE_ETHER_MTU && limit > RTE_ETHER_MTU) /* jumbo frames are asked for by eal.mbuf_bytes */
        conf.rxmode.mtu = room < limit ? room : limit;
    error = rte_eth_dev_configure(port->id, 1, info.max_tx_queues ? 1 : 0, &conf);
    if (error)
        return fail(input, "it cannot be configured", error);
    error = rte_eth_dev_adjust_nb_rx_tx_desc(port->id, &descriptors, &transmit);
    if (error)
        return fail(input, "it takes no such number of descriptors", error);
    error = rte_eth_rx_queue_setup(port->id, 0, descriptors, (unsigned)rte_eth_dev_socket_id(port->id), NULL, pool);
    if (!error && info.max_tx_queues)
        error = rte_eth_tx_queue_setup(port->id, 0, transmit, (unsigned)rte_eth_dev_socket_id(port->id), NULL);
    if (error)
        return fail(input, "its queues cannot be set up", error);
    accept_multicast(input, port->id);
    error = rte_eth_dev_start(port->id);
    if (error)
        return fail(input, "it does not start", error);
    port->started = 1;
    HR_LOG(NOTICE, "input '%s': port '%s' of driver %s, %u descriptors", input->config->name, input->config->device,
           info.driver_name, descriptors);
    return 0;
}
