/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

struct spread {
    double median, min, max;
};

static struct spread spread_of(const struct hr_result *result)
{
    double sorted[HR_REPORT_ROUNDS_MAX];
    if (result->rounds == 0)
        return (struct spread){0};
    memcpy(sorted, result->values, result->rounds * sizeof *sorted);
    qsort(sorted, result->rounds, sizeof *sorted, compare);
    return (struct spread){sorted[result->rounds / 2], sorted[0], sorted[result->rounds - 1]};
}

double hr_median(const double *values, uint32_t count)
{
    double sorted[HR_REPORT_ROUNDS_MAX];
    if (count == 0)
        return 0;
    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    return sorted[count / 2];
}

static void read_cpu(char *text, size_t bytes)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(text, bytes, "unknown");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0) {
            snprintf(text, bytes, "%.*s", (int)strcspn(strchr(line, ':') + 2, "\n"), strchr(line, ':') + 2);
            break;
        }
    if (file)
        fclose(file);
}

static json_t *machine(void)
{
    char cpu[128];
    struct utsname system;
    read_cpu(cpu, sizeof cpu);
    uname(&system);
    return json_pack("{s:s, s:i, s:s, s:s}", "cpu", cpu, "cores", (int)sysconf(_SC_NPROCESSORS_ONLN), "kernel", system.release,
                     "compiler", "gcc " __VERSION__);
}

static void set_unless_0(json_t *entry, const char *key, double value)
{
    if (value != 0)
        json_object_set_new(entry, key, json_real(value));
}

static void print_json(const struct hr_report *report)
{
    json_t *results = json_array();
    uint32_t rounds = 0;
    for (uint32_t i = 0; i < report->count; i++) {
        const struct hr_result *result = &report->results[i];
        struct spread spread = spread_of(result);
        json_t *entry = json_pack("{s:s, s:s, s:s, s:f, s:f, s:f}", "work", result->work, "name", result->name, "unit",
                                  result->unit, "median", spread.median, "min", spread.min, "max", spread.max);
        if (result->has_percentiles) {
            json_object_set_new(entry, "p50", json_real(result->p50));
            json_object_set_new(entry, "p95", json_real(result->p95));
            json_object_set_new(entry, "p99", json_real(result->p99));
            json_object_set_new(entry, "p999", json_real(result->p999));
        }
        set_unless_0(entry, "longest", result->max_value);
        set_unless_0(entry, "records_per_second", result->records_per_second);
        set_unless_0(entry, "to_floor", result->to_floor);
        set_unless_0(entry, "to_headrace", result->to_headrace);
        if (result->note)
            json_object_set_new(entry, "note", json_string(result->note));
        json_array_append_new(results, entry);
        rounds = result->rounds > rounds ? result->rounds : rounds;
    }
    json_t *missing = json_object();
    for (uint32_t i = 0; i < report->missing_count; i++)
        json_object_set_new(missing, report->missing[i].name, json_string(report->missing[i].why));
    json_t *root = json_pack("{s:s, s:o, s:i, s:I, s:o, s:o}", "bench", report->bench, "machine", machine(), "rounds", (int)rounds,
                             "seed", (json_int_t)report->seed, "results", results, "missing", missing);
    json_dumpf(root, stdout, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
    fputc('\n', stdout);
    json_decref(root);
}

static void print_table(const struct hr_report *report)
{
    printf("%-24s %-17s %12s %12s %12s  %-12s %s\n", "work", "name", "median", "min", "max", "unit", "p50 / p95 / p99 / p99.9");
    for (uint32_t i = 0; i < report->count; i++) {
        const struct hr_result *result = &report->results[i];
        struct spread spread = spread_of(result);
        int digits = spread.median < 1000 ? 2 : 0;
        printf("%-24s %-17s %12.*f %12.*f %12.*f  %-12s", result->work, result->name, digits, spread.median, digits, spread.min,
               digits, spread.max, result->unit);
        if (result->has_percentiles)
            printf(" %.0f / %.0f / %.0f / %.0f", result->p50, result->p95, result->p99, result->p999);
        if (result->max_value != 0)
            printf(" / %.0f", result->max_value);
        if (result->records_per_second != 0)
            printf(" at %.0f/s", result->records_per_second);
        if (result->to_floor != 0)
            printf(", %.2f x floor", result->to_floor);
        if (result->to_headrace != 0)
            printf(", %.2f x headrace-spin", result->to_headrace);
        printf("%s%s\n", result->note ? " " : "", result->note ? result->note : "");
    }
    for (uint32_t i = 0; i < report->missing_count; i++)
        printf("missing: %s: %s\n", report->missing[i].name, report->missing[i].why);
    printf("median, min and max over %u rounds; order of works from seed %llu\n", report->count ? report->results[0].rounds : 0,
           (unsigned long long)report->seed);
}

void hr_report_print(const struct hr_report *report, int json)
{
    if (json)
        print_json(report);
    else
        print_table(report);
}

void hr_shuffle(uint64_t *seed, uint32_t *order, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        *seed ^= *seed << 13; /* xorshift64 */
        *seed ^= *seed >> 7;
        *seed ^= *seed << 17;
        uint32_t j = (uint32_t)(*seed % i);
        uint32_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
}
