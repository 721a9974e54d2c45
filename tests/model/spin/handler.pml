/* SPDX-License-Identifier: Apache-2.0
 *
 * What drives the writing side: the worker's loop (feedhandler/worker.c), what of the fan-out concerns one ring
 * (feedhandler/fanout/fanout.c and wakes.h), and the waker thread (feedhandler/control/waker.c).
 */

inline hr_fanout_wake() {
#ifdef SLEEP
    hr_producer_must_wake();
    if
    :: must -> d_step { wanted = 1; must = 0 } /* hr_wakes_want */
    :: else
    fi
#else
    skip
#endif
}

/* A ring that ended of itself takes no more: noticed here, not in the burst. */
inline hr_fanout_tend() {
    if
    :: producer.state == RUNNING -> hr_producer_room(); room = 0; hr_producer_flush()
    :: else
    fi;
    is_active = (producer.state == RUNNING)
}

inline hr_fanout_stop() {
    is_active = 0;
    if
    :: producer.state == RUNNING -> hr_producer_set_state(STOPPING)
    :: else
    fi
}

inline poll_input() {
    if
    :: now_ns = producer.last_stamp + 1
#ifdef CLOCK
    :: true /* the clock stands still, or went back */
#endif
    fi;
    do
    :: in_burst < BURST && producer.published < RECORDS -> hr_producer_publish(); in_burst++
    :: in_burst > 0 -> break
    od;
    in_burst = 0
}

/* Losses that are pending get told; a deadline may come first. Looks that find what the look before found are one. */
inline drain() {
    if
    :: patient = 1
    :: true
    fi;
    do
    :: true ->
        hr_fanout_tend();
        hr_fanout_wake();
        if
        :: producer.lost_pending == 0 || producer.state != RUNNING || !patient || GONE -> break
        :: else -> cursor[PAGE(attachment)].read != producer.read || GONE
        fi
    od;
    hr_fanout_stop()
}

proctype worker() provided (!handler_killed) {
    byte now_ns, seen, room, in_burst;
    bool may_write, must, is_active = 1;
    do
#ifdef MUTANT_LOOK_BEFORE_PUBLISHING
    :: producer.published < RECORDS && is_active -> hr_fanout_wake(); poll_input()
#else
    :: producer.published < RECORDS && is_active -> poll_input(); hr_fanout_wake()
    :: true -> hr_fanout_wake()
#endif
    :: true -> hr_fanout_tend()
#ifdef RENEW
    :: GONE -> hr_producer_renew(); VISIBLE; is_active = 1; run strategy(1)
#endif
    :: producer.published == RECORDS || !is_active -> break
    od;
    if
    :: drain()
    :: true /* or it goes on turning */
    fi;
#ifndef MUTANT_LOOK_BEFORE_PUBLISHING
    hr_fanout_wake();
#ifndef MUTANT_NO_NEXT_TURN
    VISIBLE; /* what was stored before the last turn is visible by the next */
    hr_fanout_wake();
#endif
#endif
    left = 1
}

#ifdef SLEEP
inline wake() {
    header.wakes = 1;
    d_step { /* FUTEX_WAKE */
        for (sleeper : 0 .. ATTACHMENTS - 1) {
            consumer[sleeper].asleep = 0
        }
        sleeper = 0
    }
}

proctype waker() provided (!handler_killed) {
    byte sleeper;
    do
#ifdef MUTANT_DONE_AFTER_THE_WAKE
    :: wanted -> wake(); wanted = 0
#else
    :: d_step { wanted -> wanted = 0 }; wake()
#endif
    od
}
#endif
