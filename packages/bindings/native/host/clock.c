#define _GNU_SOURCE
#include <time.h>

#include "host.h"

static int64_t now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time); // can't fail for these two clocks
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t s5_clock_monotonic(void) { return now(CLOCK_MONOTONIC); }

int64_t s5_clock_wall(void) { return now(CLOCK_REALTIME); }
