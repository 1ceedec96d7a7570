/*
 * cpu.h - vector code is chosen at run time, and the choice must change no byte.
 *
 * SLUICE_CPU=baseline in the environment keeps to the processor that the build assumes, so that tests can
 * show it.  Every dispatch in the program asks here first.
 */
#ifndef SLUICE_CPU_H
#define SLUICE_CPU_H

#include <stdbool.h>

bool cpu_baseline_only(void);

#endif
