// SPDX-License-Identifier: Apache-2.0
//
// The machine: runs one scenario under one of Relacy's schedulers and says what came of it.
//
//     ring-MUTATION SCENARIO random ITERATIONS SEED | bound SWITCHES | full   [history]
//
// The last line is RESULT ITERATIONS; with `history` what led to a failure comes before it. The seed is the number of the first
// iteration, and Relacy seeds each with its own number: the failing one is seed + iterations - 1, alone.
#include <cstdlib>
#include <cstring>
#include <iostream>

#include <relacy/relacy.hpp>
// Relacy's names for what its users write; here both kinds are meant.
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#include <errno.h>

#include "words.hpp"
#include "instrument.hpp"
#include "kernel.hpp"

uint32_t model_slots;
uint32_t model_lag;

static const struct model_scenario *scenario;

template <int threads> struct suite : rl::test_suite<suite<threads>, threads> {
    rl::atomic<unsigned> messages[model::messages_max];

    void before()
    {
        model::forget_words();
        model::forget_kernel();
        model::messages = messages;
        for (unsigned i = 0; i < model::messages_max; i++)
            messages[i].store(0, rl::mo_relaxed, rl::debug_info("set-up", "", 0));
        scenario->before();
        model::share_words(model_slots);
    }

    void thread(unsigned index) { scenario->thread[index](); }

    void after()
    {
        model::running = false;
        scenario->after();
        model::end_words();
    }
};

static int find_scenario(const char *name)
{
    for (scenario = model_scenarios; scenario->name; scenario++)
        if (strcmp(scenario->name, name) == 0)
            return 1;
    return 0;
}

int main(int count, char **arguments)
{
    if (count < 3 || !find_scenario(arguments[1])) {
        std::cerr << "usage: " << arguments[0] << " SCENARIO random ITERATIONS SEED | bound SWITCHES | full   [history]\n";
        return 2;
    }
    if (model_misfit) {
        std::cout << model_misfit << std::endl;
        return 2;
    }
    model_slots = scenario->slots;
    model_lag = scenario->lag;

    rl::test_params params;
    std::ostream nowhere(NULL);
    uint64_t seed = 1;
    params.progress_stream = &nowhere;
    params.execution_depth_limit = 5000; // steps of all threads; more is a livelock
    params.output_stream = strcmp(arguments[count - 1], "history") == 0 ? &std::cout : &nowhere;
    if (strcmp(arguments[2], "random") == 0 && count >= 5) {
        seed = strtoull(arguments[4], NULL, 0);
        params.iteration_count = seed + strtoull(arguments[3], NULL, 0) - 1;
        params.initial_state = arguments[4];
        params.search_type = rl::sched_random;
    } else if (strcmp(arguments[2], "bound") == 0 && count >= 4) {
        params.context_bound = (unsigned)strtoul(arguments[3], NULL, 0);
        params.search_type = rl::sched_bound;
    } else {
        params.search_type = rl::sched_full;
    }
    if (scenario->threads == 2)
        rl::simulate<suite<2> >(params);
    else
        rl::simulate<suite<3> >(params);
    std::cout << rl::test_result_str(params.test_result) << " " << params.stop_iteration - seed + 1 << std::endl;
    return params.test_result == rl::test_result_success ? 0 : 1;
}
