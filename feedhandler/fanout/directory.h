/* SPDX-License-Identifier: Apache-2.0
 *
 * The instrument directory of one worker: what strategies see of its instruments, in sealed shared memory.
 */
#ifndef HEADRACE_FANOUT_DIRECTORY_H
#define HEADRACE_FANOUT_DIRECTORY_H

#include <stdint.h>

#include "headrace/attach_abi.h"

struct hr_directory_writer {
    struct hr_directory *page;
    size_t bytes;
    int fd;
    uint64_t refused; /* entries for which there was no room */
};

int hr_directory_create(struct hr_directory_writer *directory, uint32_t capacity) __attribute__((warn_unused_result));
void hr_directory_destroy(struct hr_directory_writer *directory);

/* Adds an instrument; worker thread. Pairs with the acquire of the SDKs' look-up. */
void hr_directory_add(struct hr_directory_writer *directory, uint32_t feed, uint16_t publisher_id, uint32_t instrument_id,
                      const char *symbol, uint32_t round_lot);

#endif
