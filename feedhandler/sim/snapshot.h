/* SPDX-License-Identifier: Apache-2.0
 *
 * The state of the market as the messages of TotalView-ITCH 5.0 tell it: directory, trading state and live orders; and that
 * state written down again as messages, as a GLIMPSE 5.0 server does. It has nothing to do with the generator's book nor
 * with the handler's. No I/O, one thread; memory grows with the live orders.
 */
#ifndef HEADRACE_SIM_SNAPSHOT_H
#define HEADRACE_SIM_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#define HR_SNAPSHOT_MESSAGE_BYTES_MAX 64

struct hr_snapshot;

/* Returns 0 or -ENOMEM; on failure *snapshot is NULL. */
int hr_snapshot_create(struct hr_snapshot **snapshot) __attribute__((warn_unused_result));
void hr_snapshot_destroy(struct hr_snapshot *snapshot);

/* Takes the next message of the session. Types that say nothing of the state are passed over. Returns 0; -ENOMEM; -EPROTO
 * for a message that does not fit what was before. */
int hr_snapshot_apply(struct hr_snapshot *snapshot, const uint8_t *message, size_t length) __attribute__((warn_unused_result));

uint64_t hr_snapshot_live_orders(const struct hr_snapshot *snapshot);

/* Gives each message of the snapshot in turn: R and H of every stock, then A or F for every live order, in the order in
 * which they came into their queues, with what is left of them. The end-of-snapshot message is the caller's to add. Returns
 * 0, -ENOMEM, or what the taker returned when that was not 0. */
int hr_snapshot_write(const struct hr_snapshot *snapshot,
                      int (*taker)(void *state, const uint8_t *message, size_t length), void *state)
    __attribute__((warn_unused_result));

#endif
