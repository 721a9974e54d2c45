/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor.h"

#include <stddef.h>

#ifdef __x86_64__
#include <cpuid.h>
#include <x86intrin.h>

/* A tenth of a millisecond at 2.5 GHz; Linux lets user mode wait no longer (/sys/devices/system/cpu/umwait_control/max_time). */
#define WAIT_TICKS 250000U
#define CPUID_7_ECX_WAITPKG (1U << 5)
#define CPUID_80000001_ECX_MONITORX (1U << 29)
#define UMWAIT_C01 1U        /* the lighter state: out of it in less than a microsecond */
#define MWAITX_TIMER (1U << 1)

__attribute__((target("waitpkg"))) static void umonitor(const void *line)
{
    _umonitor((void *)(uintptr_t)line);
}

__attribute__((target("waitpkg"))) static void umwait(void)
{
    (void)_umwait(UMWAIT_C01, __rdtsc() + WAIT_TICKS);
}

__attribute__((target("mwaitx"))) static void monitorx(const void *line)
{
    _mm_monitorx((void *)(uintptr_t)line, 0, 0);
}

__attribute__((target("mwaitx"))) static void mwaitx(void)
{
    _mm_mwaitx(MWAITX_TIMER, 0, WAIT_TICKS);
}

const struct hr_monitor *hr_monitor_detect(void)
{
    static const struct hr_monitor intel = {"umwait", umonitor, umwait};
    static const struct hr_monitor amd = {"mwaitx", monitorx, mwaitx};
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) && c & CPUID_7_ECX_WAITPKG)
        return &intel;
    if (__get_cpuid(0x80000001, &a, &b, &c, &d) && c & CPUID_80000001_ECX_MONITORX)
        return &amd;
    return NULL;
}
#else
const struct hr_monitor *hr_monitor_detect(void)
{
    return NULL;
}
#endif

/* The look between the two: a store before `watch` wakes nobody. */
void hr_monitor_wait(const struct hr_monitor *monitor, const uint64_t *stamp, uint64_t last)
{
    monitor->watch(stamp);
    if (__atomic_load_n(stamp, __ATOMIC_ACQUIRE) <= last)
        monitor->wait();
}
