/* SPDX-License-Identifier: Apache-2.0
 *
 * The reading side: ring/include/headrace/consumer.h, function by function. `me` is the number of the attachment.
 */
typedef Consumer { byte read; byte stored; byte last_stamp; byte lost; byte records; bool asleep; byte ended };
Consumer consumer[ATTACHMENTS];

#define NEXT slot[AT(consumer[me].read)]

/* Where the private counts say so: at the latest every LAG slots, or when there is anything to tell at all. */
inline hr_consumer_store_cursor(untold) {
    d_step {
        if
        :: consumer[me].read - consumer[me].stored >= untold ->
            cursor[PAGE(me)].read = consumer[me].read;
            consumer[me].stored = consumer[me].read
        :: else
        fi
    }
}

/* The two words of a record, then what hr_consumer_count counts. */
inline read_record(index) {
#ifndef SLEEP
    low = slot[AT(index)].low;
#endif
    d_step {
#ifdef SLEEP
        low = slot[AT(index)].low;
#endif
        high = slot[AT(index)].high;
        is_whole_and_next(low, high);
        if
        :: IS_LOST(low) -> consumer[me].lost = consumer[me].lost + COUNT(low)
        :: else -> consumer[me].records++
        fi;
        low = 0; high = 0
    }
}

/* Gives found, 0 for nothing. */
inline hr_consumer_peek() {
    d_step {
        found = NEXT.stamp;
        if
        :: found <= consumer[me].last_stamp -> found = 0
        :: else
        fi
    };
    if
#ifndef MUTANT_CURSOR_NOT_STORED_WHEN_EMPTY
    :: found == 0 -> hr_consumer_store_cursor(1)
#endif
    :: else
    fi
}

inline hr_consumer_advance() {
#ifdef MUTANT_CURSOR_RELAXED
    if /* the store of the cursor becomes visible before the last load of the slot */
    :: consumer[me].read + 1 - consumer[me].stored >= LAG -> cursor[PAGE(me)].read = consumer[me].read + 1
    :: true
    fi;
#endif
    read_record(consumer[me].read);
    d_step { consumer[me].last_stamp = found; consumer[me].read++; found = 0 };
    hr_consumer_store_cursor(LAG)
}

/* Counts new stamps in a row; what is counted is read after that, and then released. */
inline hr_consumer_batch() {
    last = consumer[me].last_stamp;
    do
    :: count < BATCH && (count == 0 || AT(consumer[me].read + count) != 0) ->
        d_step {
            found = slot[AT(consumer[me].read + count)].stamp;
            if
            :: found > last -> last = found; count++
            :: else -> found = 0
            fi
        };
        if
        :: found == 0 -> break
        :: else
        fi
    :: else -> break
    od;
    if
    :: count == 0 -> hr_consumer_store_cursor(1)
    :: else
    fi;
    d_step { consumer[me].last_stamp = last; found = 0; last = 0 }
#ifdef MUTANT_BATCH_RELEASED_UNREAD
    ; cursor[PAGE(me)].read = consumer[me].read + count
#endif
}

inline hr_consumer_release() {
    d_step { consumer[me].read = consumer[me].read + count; count = 0; done = 0 };
    hr_consumer_store_cursor(1)
}

/* Gives wakes, and nothing_new. */
inline hr_consumer_arm() {
#ifndef MUTANT_WAKES_LOADED_LATE
    load_wakes();
#endif
    hr_consumer_store_cursor(1);
#ifdef MUTANT_NO_FENCE
    nothing_new = (NEXT.stamp <= consumer[me].last_stamp); /* the ticket is still on its way */
    store_ticket();
#else
    store_ticket();
    nothing_new = (NEXT.stamp <= consumer[me].last_stamp);
#endif
#ifdef MUTANT_NO_LOOK_AFTER_ARMING
    nothing_new = 1;
#endif
#ifdef MUTANT_WAKES_LOADED_LATE
    load_wakes()
#endif
}

/* A new ticket each time. Only whether a ticket is the newest matters, so that is 2, and any other 1. An attachment has its own. */
inline store_ticket() {
    d_step {
#ifndef MUTANT_SAME_TICKET
        if
        :: producer.woken == 2 && cursor[PAGE(me)].waiting != 0 -> producer.woken = 1
        :: else
        fi;
        if
        :: ticket == 2 -> ticket = 1
        :: else
        fi;
#endif
        cursor[PAGE(me)].waiting = 2
    }
}

/* Only whether the word is another than the one loaded matters: it counts from the load on, and to 1. */
inline load_wakes() { header.wakes = 0 }

/* FUTEX_WAIT on header.wakes: sleeps when it still holds what was loaded. */
inline futex_wait() {
    d_step { consumer[me].asleep = (header.wakes == 0); nothing_new = 0 };
    if
    :: !consumer[me].asleep || HUNG_UP
#ifdef RENEW
    :: me == 0 && consumer[me].asleep -> consumer[me].asleep = 0; goto leaves
#endif
    fi
}
