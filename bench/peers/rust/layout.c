/* SPDX-License-Identifier: Apache-2.0
 *
 * What hand_over.rs says of the tables in hand_over.h, checked by the compiler: a build that stops here wants hand_over.rs
 * brought up to date.
 */
#define _GNU_SOURCE
#include "hand_over.h"

#define AT(type, field, place) _Static_assert(offsetof(struct type, field) == (place), #type "." #field)

AT(hand_over_setting, end, 0);
AT(hand_over_setting, bytes, 8);
AT(hand_over_setting, tag, 16);

AT(hand_over_system, name, 0);
AT(hand_over_system, prepare, 8);
AT(hand_over_system, open, 16);
AT(hand_over_system, send, 24);
AT(hand_over_system, flush, 32);
AT(hand_over_system, receive, 40);
AT(hand_over_system, receive_some, 48);
AT(hand_over_system, helper_cpu, 56);
AT(hand_over_system, clean, 64);
_Static_assert(sizeof(struct hand_over_system) == 72, "hand_over_system");
