/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "host/eal.h"

#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/log.h"

RTE_LOG_REGISTER(hr_logtype, headrace, NOTICE);

#define ARGUMENTS_MAX 128
#define HUGE_PAGE_MIB 2
#define POOL_CACHE 256

struct arguments {
    char *items[ARGUMENTS_MAX];
    int count;
};

__attribute__((format(printf, 2, 3))) static void add(struct arguments *arguments, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    if (arguments->count < ARGUMENTS_MAX - 1 && vasprintf(&arguments->items[arguments->count], format, values) >= 0)
        arguments->count++;
    va_end(values);
}

static uint64_t free_huge_mib(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
    if (!file)
        return 0;
    if (fscanf(file, "%llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return pages * HUGE_PAGE_MIB;
}

/* Asks the kernel by going there: an isolated processor is in nobody's mask, and still open to whoever names it. */
static int may_run_on(unsigned core, const cpu_set_t *before)
{
    cpu_set_t one;
    if (core >= CPU_SETSIZE)
        return 0;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    int result = sched_setaffinity(0, sizeof one, &one);
    sched_setaffinity(0, sizeof *before, before);
    return result == 0;
}

static int choose_cores(struct hr_eal *eal, const struct hr_config_eal *config)
{
    cpu_set_t allowed;
    int first = -1;
    int last = -1;
    if (sched_getaffinity(0, sizeof allowed, &allowed) < 0)
        return -errno;
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET((size_t)cpu, &allowed)) {
            first = first < 0 ? cpu : first;
            last = cpu;
        }
    eal->main_core = config->main_core == HR_CORE_AUTO ? (unsigned)first : (unsigned)config->main_core;
    eal->worker_core = config->worker_core == HR_CORE_AUTO ? (unsigned)last : (unsigned)config->worker_core;
    const unsigned cores[] = {eal->main_core, eal->worker_core};
    for (size_t i = 0; i < 2; i++)
        if (!may_run_on(cores[i], &allowed)) {
            HR_LOG(ERR, "eal.%s: this process may not run on processor %u (without asking, it runs on %d to %d)",
                   i ? "worker_core" : "main_core", cores[i], first, last);
            return -EINVAL;
        }
    if (eal->main_core == eal->worker_core)
        HR_LOG(WARNING, "control and worker share processor %u: packets wait whenever the control thread runs", eal->main_core);
    return 0;
}

static int choose_memory(struct hr_eal *eal, const struct hr_config_eal *config)
{
    uint64_t found = config->huge_pages == HR_HUGE_PAGES_NEVER ? 0 : free_huge_mib();
    eal->huge_pages = found >= config->memory_mib;
    if (config->huge_pages == HR_HUGE_PAGES_REQUIRE && !eal->huge_pages) {
        HR_LOG(ERR, "eal.huge_pages: require, but %llu MiB of 2 MiB pages are free and eal.memory_mib is %llu; "
                    "reserve some with: echo %llu > /proc/sys/vm/nr_hugepages",
               (unsigned long long)found, (unsigned long long)config->memory_mib,
               (unsigned long long)(config->memory_mib / HUGE_PAGE_MIB));
        return -ENOMEM;
    }
    if (eal->huge_pages)
        HR_LOG(NOTICE, "%llu MiB in huge pages", (unsigned long long)config->memory_mib);
    else
        HR_LOG(NOTICE, "no huge pages in use (%llu MiB free, %llu wanted): everything works, slower", (unsigned long long)found,
               (unsigned long long)config->memory_mib);
    return 0;
}

static void make_arguments(struct arguments *arguments, const struct hr_eal *eal, const struct hr_config *config)
{
    add(arguments, "headrace");
    add(arguments, "--lcores=0@%u,1@%u", eal->main_core, eal->worker_core);
    add(arguments, "--file-prefix=headrace-%s", config->instance.name);
    if (eal->huge_pages)
        add(arguments, "--in-memory"); /* no files that a killed handler would leave behind */
    else {
        add(arguments, "--no-huge");
        add(arguments, "--no-shconf");
    }
    add(arguments, "-m");
    add(arguments, "%llu", (unsigned long long)config->eal.memory_mib);
    add(arguments, "--no-telemetry");
    if (config->eal.pci.count == 0)
        add(arguments, "--no-pci");
    for (uint32_t i = 0; i < config->eal.pci.count; i++) {
        add(arguments, "-a");
        add(arguments, "%s", config->eal.pci.items[i]);
    }
    for (uint32_t i = 0; i < config->eal.devices.count; i++)
        add(arguments, "--vdev=%s", config->eal.devices.items[i]);
    for (uint32_t i = 0; i < config->eal.arguments.count; i++)
        add(arguments, "%s", config->eal.arguments.items[i]);
}

/* The EAL takes a device that does not probe for a matter of taste. */
static int check_devices(const struct hr_config_eal *config)
{
    int error = 0;
    for (uint32_t i = 0; i < config->devices.count; i++) {
        char name[64];
        uint16_t port;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(config->devices.items[i], ","), config->devices.items[i]);
        if (rte_eth_dev_get_port_by_name(name, &port) == 0)
            continue;
        HR_LOG(ERR, "eal.devices: '%s' did not probe; see the lines above for the driver's reason", config->devices.items[i]);
        error = -ENODEV;
    }
    return error;
}

int hr_eal_start(struct hr_eal *eal, const struct hr_config *config)
{
    struct arguments arguments = {0};
    *eal = (struct hr_eal){0};
    int error = choose_cores(eal, &config->eal);
    if (!error)
        error = choose_memory(eal, &config->eal);
    if (error)
        return error;
    rte_log_set_global_level(RTE_LOG_DEBUG);
    rte_openlog_stream(stderr); /* the EAL's own stream also tries syslog, four system calls a line; the journal has stderr anyway */
    make_arguments(&arguments, eal, config);
    char *given[ARGUMENTS_MAX]; /* the EAL moves what it is given */
    memcpy(given, arguments.items, sizeof given);
    int result = rte_eal_init(arguments.count, given);
    for (int i = 0; i < arguments.count; i++)
        free(arguments.items[i]);
    if (result < 0) {
        HR_LOG(ERR, "the EAL did not start: %s (is another handler named '%s' running?)", rte_strerror(rte_errno),
               config->instance.name);
        return -(rte_errno ? rte_errno : EBUSY);
    }
    error = check_devices(&config->eal);
    if (!error) {
        eal->pool = rte_pktmbuf_pool_create("headrace", (unsigned)config->eal.mbufs, POOL_CACHE, 0,
                                            (uint16_t)config->eal.mbuf_bytes, (int)rte_socket_id());
        if (!eal->pool) {
            HR_LOG(ERR, "eal.memory_mib: %llu is too little for eal.mbufs: %llu of eal.mbuf_bytes: %llu (%s)",
                   (unsigned long long)config->eal.memory_mib, (unsigned long long)config->eal.mbufs,
                   (unsigned long long)config->eal.mbuf_bytes, rte_strerror(rte_errno));
            error = -ENOMEM;
        }
    }
    if (error)
        hr_eal_stop(eal);
    return error;
}

void hr_eal_stop(struct hr_eal *eal)
{
    char runtime_dir[256];
    snprintf(runtime_dir, sizeof runtime_dir, "%s", rte_eal_get_runtime_dir());
    rte_mempool_free(eal->pool);
    eal->pool = NULL;
    rte_eal_cleanup();
    rmdir(runtime_dir); /* the EAL empties its folder and leaves it */
}
