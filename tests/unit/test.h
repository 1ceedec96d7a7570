/*
 * test.h - what every unit test includes: cmocka, and a few helpers on spans.
 */
#ifndef SLUICE_TEST_H
#define SLUICE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/span.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The span equals the C string; both are shown when not. */
static inline void expect_span(struct span got, const char *want)
{
    if (!span_is(got, want))
        fail_msg("got \"%.*s\", want \"%s\"", SPAN_ARG(got), want);
}

#endif
