/* SPDX-License-Identifier: Apache-2.0
 *
 * The ring's protocol, for Spin. run.py sets the bounds and the variant with -D:
 *
 *   SLOTS, LAG, RECORDS, BURST   slots (a power of two, at least 2 * LAG), HR_CURSOR_LAG, records, the most of them in a burst
 *   ON_FULL_DETACH 0 or 1        hr_on_full
 *   BATCH n                      the reader takes batches of at most n too
 *   SLEEP                        the reader sleeps instead of spinning, and the writer has a store buffer
 *   CLOCK                        now_ns may stand still or go back
 *   KILL                         the handler, or the reader, stops between any two steps
 *   RENEW                        the reader goes, and another attaches to the renewed ring
 *   HOSTILE                      no reader, and a cursor that holds anything
 *   MUTANT_x                     one mistake, which must be found
 */
#ifdef RENEW
#define ATTACHMENTS 2
#else
#define ATTACHMENTS 1
#endif
#ifdef MUTANT_CURSOR_PAGE_KEPT
#define PAGE(number) 0
#else
#define PAGE(number) (number)
#endif

byte attachment;     /* of the reader that the ring is for now */
bool handler_killed;
byte killed = 255;   /* process number of a killed reader */
bool gone;           /* the first reader's socket has hung up */
byte ticket;         /* the one that the worker looks at */
bool wanted;         /* the worker has counted hr_wakes.wanted up since the waker looked */
bool patient;        /* the drain at the end waits for the reader, however long */
bool left;           /* the worker has come to its end */

#define GONE (gone && attachment == 0)
#define HUNG_UP (handler_killed && VISIBLE)

#include "memory.pml"
#include "producer.pml"
#include "consumer.pml"
#include "properties.pml"
#include "strategy.pml"
#include "handler.pml"

#ifdef KILL
proctype misfortune(byte reader) {
    if
    :: handler_killed = 1
    :: d_step { killed = reader; gone = 1 }
    fi
}
#endif

init {
    byte reader = 255;
    atomic {
        header.state = RUNNING;
        producer.state = RUNNING;
#ifdef SLEEP
        run store_buffer();
        run waker();
#endif
#ifdef HOSTILE
        gone = 1;
#else
        reader = run strategy(0);
#endif
#ifdef KILL
        run misfortune(reader);
#endif
        run worker()
    }
}
