/* remote_pace.c - see remote_pace.h.  The clock says when to ask again, never what is decided. */
#include "pipeline/ingest/remote_pace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "core/version.h"
#include "pipeline/ingest/curl_library.h"
#include "pipeline/ingest/remote.h"

#define FIRST_PAUSE_MS 1000
#define LONGEST_PAUSE_MS 60000
#define LONGEST_ASKED_S 300

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned max_tries = 8;
static uint64_t rate; /* bytes a second */
static double due;    /* when what came in so far should have */
static char agent[300];

void remote_set_tries(unsigned tries)
{
    max_tries = tries;
}

void remote_set_rate(uint64_t bytes_per_second)
{
    rate = bytes_per_second;
}

static void init(void)
{
    const char *contact = getenv("SLUICE_CONTACT");
    snprintf(agent, sizeof agent, contact && *contact ? "sluice/%s (%s)" : "sluice/%s", SLUICE_VERSION, contact);
    for (char *p = agent; *p; p++) /* it stands in a header */
        if ((unsigned char)*p < ' ')
            *p = ' ';
}

const char *pace_agent(void)
{
    pthread_once(&once, init);
    return agent;
}

const char *remote_library(void)
{
    const struct curl_library *curl = curl_library(NULL);
    return curl ? curl->curl_version_info(CURLVERSION_NOW)->version : "not installed";
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void sleep_for(double seconds)
{
    struct timespec t = { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) };
    nanosleep(&t, NULL);
}

void pace(size_t n)
{
    if (!rate)
        return;
    pthread_mutex_lock(&lock);
    double t = now();
    if (due < t)
        due = t;
    due += (double)n / (double)rate;
    double wait = due - t;
    pthread_mutex_unlock(&lock);
    if (wait > 0.01)
        sleep_for(wait);
}

bool pace_is_temporary(int code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_AGAIN:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    }
    return false;
}

bool pace_wait(unsigned *tries, long retry_after)
{
    const char *asked = getenv("SLUICE_RETRY_MS");
    double pause = asked && *asked ? strtod(asked, NULL) : FIRST_PAUSE_MS;
    uint32_t random = 0;
    if (++*tries >= max_tries)
        return false;
    for (unsigned i = 1; i < *tries && pause < LONGEST_PAUSE_MS; i++)
        pause *= 2;
    if (pause > LONGEST_PAUSE_MS)
        pause = LONGEST_PAUSE_MS;
    (void)!getrandom(&random, sizeof random, GRND_NONBLOCK); /* so that many that were refused at once do not come back at once */
    pause *= 0.5 + 0.5 * (double)random / (double)UINT32_MAX;
    if (retry_after > LONGEST_ASKED_S)
        retry_after = LONGEST_ASKED_S;
    sleep_for(pause / 1000 > (double)retry_after ? pause / 1000 : (double)retry_after);
    return true;
}
