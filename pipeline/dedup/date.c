/* date.c - see date.h. */
#include "pipeline/dedup/date.h"

/* Exactly n digits off the front. */
static bool digits(struct span *s, unsigned n, int *v)
{
    if (s->n < n)
        return false;
    *v = 0;
    for (unsigned i = 0; i < n; i++) {
        if (!ascii_digit(s->p[i]))
            return false;
        *v = *v * 10 + (s->p[i] - '0');
    }
    *s = span_from(*s, n);
    return true;
}

static bool take(struct span *s, char c)
{
    if (!s->n || s->p[0] != c)
        return false;
    *s = span_from(*s, 1);
    return true;
}

static bool leap(int y)
{
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int days_of(int y, int m)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[m - 1] + (m == 2 && leap(y));
}

/* Days from 1970-01-01, proleptic Gregorian; y from 0. */
static int64_t days_since_epoch(int y, int m, int d)
{
    int64_t days = d - 1;
    for (int i = 1; i < m; i++)
        days += days_of(y, i);
    int64_t before = y - 1; /* -1 for the year 0, itself a leap year */
    int64_t leaps = y == 0 ? -1 : before / 4 - before / 100 + before / 400;
    return days + 365 * before + leaps - 719162; /* days from 0001-01-01 to 1970-01-01 */
}

static bool fraction(struct span *s, uint32_t *ns)
{
    uint32_t unit = 100000000;
    if (!s->n || !ascii_digit(s->p[0]))
        return false;
    for (; s->n && ascii_digit(s->p[0]); *s = span_from(*s, 1), unit /= 10)
        *ns += (uint32_t)(s->p[0] - '0') * unit;
    return true;
}

static bool zone(struct span *s, int *minutes)
{
    int h = 0, m = 0;
    *minutes = 0;
    if (!s->n || take(s, 'Z') || take(s, 'z'))
        return true;
    int sign = s->p[0] == '-' ? -1 : 1;
    if (!take(s, '+') && !take(s, '-'))
        return false;
    if (!digits(s, 2, &h))
        return false;
    take(s, ':');
    if (s->n && !digits(s, 2, &m))
        return false;
    *minutes = sign * (h * 60 + m);
    return h < 24 && m < 60;
}

static bool time_of_day(struct span *s, int *seconds, uint32_t *ns)
{
    int h, m, sec = 0, minutes;
    if (!digits(s, 2, &h) || !take(s, ':') || !digits(s, 2, &m))
        return false;
    if (take(s, ':') && (!digits(s, 2, &sec) || (take(s, '.') && !fraction(s, ns))))
        return false;
    if (h > 24 || m > 59 || sec > 60 || !zone(s, &minutes))
        return false;
    *seconds = h * 3600 + m * 60 + sec - minutes * 60;
    return true;
}

bool date_parse(struct span s, int64_t *seconds, uint32_t *nanoseconds)
{
    int y, m = 1, d = 1, second = 0;
    uint32_t ns = 0;
    s = span_trim(s);
    if (!digits(&s, 4, &y))
        return false;
    if (s.n && (!take(&s, '-') || !digits(&s, 2, &m)))
        return false;
    if (m < 1 || m > 12)
        return false;
    if (s.n && (!take(&s, '-') || !digits(&s, 2, &d)))
        return false;
    if (d < 1 || d > days_of(y, m))
        return false;
    if (s.n && ((!take(&s, 'T') && !take(&s, 't') && !take(&s, ' ')) || !time_of_day(&s, &second, &ns) || s.n))
        return false;
    *seconds = days_since_epoch(y, m, d) * 86400 + second;
    *nanoseconds = ns;
    return true;
}
