#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_header.sh HEADER FLAGS...: compiles a file that includes nothing else, warnings as errors.
set -eu
header=$1
shift
compiler=gcc
case "$*" in *c++*) compiler=g++ ;; esac
if ! command -v "$compiler" >/dev/null; then
    echo "skipped: no $compiler"
    exit 77
fi
# shellcheck disable=SC2086
printf '#include <%s>\n' "$header" | "$compiler" "$@" $INCLUDES -Wall -Wextra -Werror -fsyntax-only -
