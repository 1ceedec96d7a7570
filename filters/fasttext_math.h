/*
 * fasttext_math.h - exp and log from additions, multiplications and divisions alone.
 *
 * The C library picks its variant by the CPU, and variants differ in the last bit; IEEE arithmetic in
 * a fixed order does not.  Both are good to about 1e-16 (relative for exp, absolute for log near 1),
 * so the float that a result is rounded to is the nearest one but for one argument in some 1e8.
 */
#ifndef SLUICE_FASTTEXT_MATH_H
#define SLUICE_FASTTEXT_MATH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Past +-700 the result is that of +-700 (floats are 0 or infinite long before); of no number it is that of 700. */
static inline double fixed_exp(double x)
{
    /* 1/k! for k = 14 to 0: the next term is below 1e-18 for |r| <= ln(2)/2. */
    static const double term[] = { 1.0 / 87178291200.0, 1.0 / 6227020800.0, 1.0 / 479001600.0, 1.0 / 39916800.0,
                                   1.0 / 3628800.0, 1.0 / 362880.0, 1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0,
                                   1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0 };
    if (!(x <= 700))
        x = 700;
    if (x < -700)
        x = -700;
    double quotient = x * 1.4426950408889634 + (x < 0 ? -0.5 : 0.5);
    int64_t k = (int64_t)quotient; /* towards zero: with the half above, the nearest */
    /* ln(2) in two parts; the high one has 21 zero bits at its end, so k times it is exact. */
    double r = (x - (double)k * 6.93147180369123816490e-01) - (double)k * 1.90821492927058770002e-10;
    double sum = term[0];
    for (size_t i = 1; i < sizeof term / sizeof *term; i++)
        sum = sum * r + term[i];
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

/* x positive, finite and normal. */
static inline double fixed_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int64_t k = (int64_t)(bits >> 52) - 1023;
    bits = (bits & 0xFFFFFFFFFFFFFull) | 1023ull << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) { /* m in (sqrt(1/2), sqrt(2)] */
        m *= 0.5;
        k++;
    }
    /* log(m) = 2 (s + s^3/3 + s^5/5 + ...), |s| <= 0.1716: the term with s^25 is below 1e-18. */
    double s = (m - 1.0) / (m + 1.0), z = s * s, sum = 1.0 / 23.0;
    for (int d = 21; d >= 1; d -= 2)
        sum = sum * z + 1.0 / d;
    return (double)k * 6.93147180369123816490e-01 + (2.0 * s * sum + (double)k * 1.90821492927058770002e-10);
}

#endif
