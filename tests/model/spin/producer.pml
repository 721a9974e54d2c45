/* SPDX-License-Identifier: Apache-2.0
 *
 * The writing side: ring/include/headrace/producer.h and ring/src/producer.c, function by function. The variables that are not
 * of struct hr_producer are the handler's locals; they go back to 0 after use, for fewer states.
 */
typedef Producer {
    byte written; byte read; byte last_stamp; byte published; byte lost; byte lost_pending; byte looked_ns; byte woken; byte state
};
Producer producer;

#ifdef MUTANT_FULL_TEST_OFF_BY_ONE
#define ROOM_OF_RING (SLOTS + 1)
#else
#define ROOM_OF_RING SLOTS
#endif

#ifdef MUTANT_RANGE_NOT_CHECKED
#define IMPOSSIBLE(cursor_read) false
#else
#define IMPOSSIBLE(cursor_read) (U64(cursor_read - producer.read) > U64(producer.written - producer.read))
#endif
/* The same, without unsigned arithmetic. */
#define LEGAL(cursor_read) (producer.read <= cursor_read && cursor_read <= producer.written)

#ifdef HOSTILE
/* A reader may store anything at any time: each load gives any value at all. */
inline load_cursor(to) { do :: to < 255 -> to++ :: break od }
#else
inline load_cursor(to) { to = cursor[PAGE(attachment)].read }
#endif

inline hr_producer_set_state(new_state) {
    d_step { VISIBLE -> producer.state = new_state; store_state(new_state) }
}

#ifdef MUTANT_STAMP_IS_THE_CLOCK
#define NEW_STAMP now_ns
#else
#define NEW_STAMP (now_ns > producer.last_stamp -> now_ns : producer.last_stamp + 1)
#endif

/* Record words first, in two steps, then the stamp with release. `number` is the slot's number. */
inline store_low(number, value) { slot[AT(number)].low = value }
inline store_high(number, value) { slot[AT(number)].high = value }
inline store_both(number, value) { d_step { slot[AT(number)].low = value; slot[AT(number)].high = value } }
inline store_stamp_of_next() {
    d_step {
        VISIBLE ->
        producer.last_stamp = NEW_STAMP;
        store_stamp(AT(producer.written), producer.last_stamp);
        producer.written++
    }
}

inline hr_producer_write(value) {
    slot_is_the_writers();
#if defined(MUTANT_STAMP_FIRST)
    store_stamp_of_next(); store_low(producer.written - 1, value); store_high(producer.written - 1, value)
#elif defined(MUTANT_STAMP_RELAXED)
    if
    :: store_low(producer.written, value); store_high(producer.written, value); store_stamp_of_next()
    :: store_low(producer.written, value); store_stamp_of_next(); store_high(producer.written - 1, value)
    :: store_high(producer.written, value); store_stamp_of_next(); store_low(producer.written - 1, value)
    :: store_stamp_of_next(); store_low(producer.written - 1, value); store_high(producer.written - 1, value)
    fi
#elif defined(SLEEP)
    store_both(producer.written, value); store_stamp_of_next() /* fewer states, where the sleep is looked at */
#else
    store_low(producer.written, value); store_high(producer.written, value); store_stamp_of_next()
#endif
}

/* Loaded once, checked, then used. Gives room. */
inline hr_producer_room() {
    atomic {
        if
        :: producer.state != RUNNING -> room = 0
        :: else ->
            load_cursor(seen);
            if
            :: IMPOSSIBLE(seen) -> assert(!LEGAL(seen)); seen = 0; room = 255
            :: else ->
#ifdef MUTANT_CURSOR_LOADED_TWICE
                seen = 0; load_cursor(seen);
#endif
                assert(LEGAL(seen));
                producer.read = seen;
                room = ROOM_OF_RING - (producer.written - seen);
                seen = 0
            fi
        fi
    };
    if
    :: room == 255 -> hr_producer_set_state(EVICTED); room = 0
    :: else
    fi
}

inline write_lost() {
    hr_producer_write(LOST(attachment, producer.lost_pending));
#ifndef MUTANT_LOST_TOLD_TWICE
    producer.lost_pending = 0
#endif
}

/* The slow path. Gives may_write. */
inline hr_producer_make_room() {
    if
    :: producer.lost_pending != 0 && producer.looked_ns == now_ns -> room = 0
    :: else -> hr_producer_room()
    fi;
    producer.looked_ns = now_ns;
    if
    :: producer.lost_pending != 0 && room < LAG -> room = 0
#ifndef MUTANT_LOST_AFTER_THE_RECORD
    :: producer.lost_pending != 0 && room >= LAG -> write_lost(); room--
#endif
    :: else
    fi;
    if
    :: room != 0 -> may_write = 1
    :: room == 0 && ON_FULL_DETACH && producer.state == RUNNING -> producer.lost++; hr_producer_set_state(DETACHED)
    :: else -> d_step { producer.lost_pending++; producer.lost++ }
    fi
}

inline hr_producer_publish() {
    d_step {
        producer.published++;
        may_write = (U64(producer.written - producer.read) < ROOM_OF_RING && producer.lost_pending == 0)
    };
    if
    :: !may_write -> hr_producer_make_room()
    :: else
    fi;
    if
    :: may_write ->
        hr_producer_write(RECORD(attachment, producer.published));
#ifdef MUTANT_LOST_AFTER_THE_RECORD
        if
        :: producer.lost_pending != 0 && room > 1 -> write_lost()
        :: else
        fi
#endif
    :: else
    fi;
    d_step { may_write = 0; room = 0 }
}

inline hr_producer_flush() {
    if
    :: producer.lost_pending != 0 ->
        hr_producer_room();
        if
        :: room != 0 -> write_lost()
        :: else
        fi
    :: else
    fi;
    room = 0
}

#ifdef MUTANT_STATE_WAKES_NOBODY
#define NOTHING_TO_TELL (seen == producer.written)
#else
#define NOTHING_TO_TELL (producer.state == RUNNING && seen == producer.written)
#endif

/* Two loads, and no fence before them. Gives must. */
inline hr_producer_must_wake() {
    atomic { ticket = cursor[PAGE(attachment)].waiting; must = (ticket != producer.woken) };
    if
    :: must -> atomic {
            load_cursor(seen);
            if
            :: NOTHING_TO_TELL -> must = 0
#ifndef MUTANT_TICKET_USED_UP
            :: else -> producer.woken = ticket
#else
            :: else
#endif
            fi;
#ifdef MUTANT_TICKET_USED_UP
            producer.woken = ticket;
#endif
            seen = 0
        }
    :: else
    fi;
    ticket = 0
}

/* No worker has the ring. The stamps of before stay in the slots. */
inline hr_producer_renew() {
    d_step {
        VISIBLE ->
#ifndef MUTANT_CURSOR_PAGE_KEPT
        cursor[attachment].read = 0; /* nobody's word any more */
        cursor[attachment].waiting = 0;
#endif
        attachment++;
        producer.written = 0;
        producer.read = 0;
        producer.published = 0;
        producer.lost = 0;
        producer.lost_pending = 0;
        producer.looked_ns = 0;
#ifndef MUTANT_WOKEN_KEPT
        producer.woken = 0;
#else
        producer.woken = (producer.woken != 0 -> 2 : 0); /* it may be the number of the new reader's first ticket */
#endif
#ifndef MUTANT_NO_FIRST_STAMP
        header.first_stamp = producer.last_stamp
#endif
    };
    hr_producer_set_state(RUNNING)
}
