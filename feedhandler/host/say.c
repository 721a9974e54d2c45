/* SPDX-License-Identifier: Apache-2.0 */
#include "host/say.h"

#include <stdarg.h>
#include <stdio.h>

void hr_say(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    flockfile(stderr);
    fprintf(stderr, "headrace %s: ", command);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(arguments);
}
