/* cpu.c - see cpu.h. */
#include "core/cpu.h"

#include <stdlib.h>
#include <string.h>

bool cpu_baseline_only(void)
{
    static int known; /* 0 not asked yet; whoever asks finds the same */
    int k = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (k == 0) {
        const char *v = getenv("SLUICE_CPU");
        k = v && strcmp(v, "baseline") == 0 ? 1 : 2;
        __atomic_store_n(&known, k, __ATOMIC_RELAXED);
    }
    return k == 1;
}
