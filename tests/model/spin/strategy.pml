/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader as the SDK is one: looks, uses, and where there is nothing asks for the end, or spins or sleeps. An end counts only when
 * one more look after it found nothing (strategy-sdk/c/src/feed.c, wait_for).
 */
inline look_for_the_end() { end = (header.state != RUNNING -> header.state : (HUNG_UP -> DIED : 0)) }

#ifdef SLEEP
inline wait() {
    hr_consumer_arm();
    if
    :: !nothing_new
#ifdef MUTANT_STATE_NOT_LOOKED_AT
    :: else -> futex_wait()
#else
    :: nothing_new && header.state != RUNNING -> nothing_new = 0
    :: nothing_new && header.state == RUNNING -> futex_wait()
#endif
    fi
}
#else
/* Looks that find what the look before found are one. */
inline wait() { NEXT.stamp > consumer[me].last_stamp || header.state != RUNNING || HUNG_UP }
#endif

inline nothing_to_read() {
    if
    :: end != 0 -> break
    :: else ->
        look_for_the_end();
        if
#ifdef MUTANT_NO_LAST_LOOK
        :: end != 0 -> break
#else
        :: end != 0
#endif
        :: else -> wait()
        fi
    fi
}

#ifdef RENEW
/* Dead, or only let go of: then it has its cursor page still mapped, and stores once more. */
inline leave() {
    gone = 1;
    if
    :: cursor[PAGE(me)].read = consumer[me].read + 1
    :: true
    fi;
    d_step { /* nobody's words any more */
        consumer[me].read = 0; consumer[me].stored = 0; consumer[me].last_stamp = 0;
        consumer[me].records = 0; consumer[me].lost = 0;
        end = 0
    }
}
#endif

proctype strategy(byte me) provided (killed != _pid) {
    byte found, low, high, end, count, done, last;
    bool nothing_new;
    consumer[me].last_stamp = header.first_stamp; /* hr_consumer_map */
    do
    :: true ->
        hr_consumer_peek();
        if
        :: found != 0 -> hr_consumer_advance()
        :: else -> nothing_to_read()
        fi
#ifdef BATCH
    :: true ->
        hr_consumer_batch();
        if
        :: count != 0 ->
            do
            :: done < count -> read_record(consumer[me].read + done); done++
            :: else -> break
            od;
            hr_consumer_release()
        :: else -> nothing_to_read()
        fi
#endif
#ifdef RENEW
    :: me == 0 -> goto leaves
#endif
    od;
    consumer[me].ended = end;
    end = 0;
#ifdef RENEW
    goto over;
leaves:
    leave();
over:
    skip
#endif
}
