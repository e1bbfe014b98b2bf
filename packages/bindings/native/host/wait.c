// Waiting: one epoll descriptor for every TAP and a timer.
//
// The timer is a descriptor rather than epoll's own timeout for two reasons: the same descriptor can
// be watched by an event loop, and a timerfd has no slack, while epoll_wait's timeout may be late by
// the thread's timer slack (50 us, or a thousandth of the wait).
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#define NANOSECONDS 1000000000

static int arm(struct s5_host *host, int64_t deadline) {
  if (host->armed == deadline) return S5_OK;
  struct itimerspec when = {0};
  if (deadline != S5_NEVER) {
    // An all-zero time would disarm the timer; any other time in the past makes it expire at once.
    int64_t at = deadline > 0 ? deadline : 1;
    when.it_value.tv_sec = at / NANOSECONDS;
    when.it_value.tv_nsec = at % NANOSECONDS;
  }
  if (timerfd_settime(host->timer, TFD_TIMER_ABSTIME, &when, NULL) < 0) {
    host->fault_label = NULL;
    return s5_fault_system(&host->fault, S5_SYSTEM, errno, "timerfd_settime");
  }
  host->armed = deadline;
  return S5_OK;
}

static int poll_once(struct s5_host *host, int timeout, uint32_t ready[2], int *expired) {
  struct epoll_event events[S5_DEVICE_MAX + 1];
  int count;
  do {
    count = epoll_wait(host->epoll, events, S5_DEVICE_MAX + 1, timeout);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    host->fault_label = NULL;
    return s5_fault_system(&host->fault, S5_SYSTEM, errno, "epoll_wait");
  }
  int devices = 0;
  for (int i = 0; i < count; i++) {
    uint32_t handle = (uint32_t)events[i].data.u64;
    if (handle == 0) {
      *expired = 1;
      continue;
    }
    // Any event counts, EPOLLERR of a deleted interface as well: the next call on it tells.
    ready[handle >> 5] |= UINT32_C(1) << (handle & 31);
    devices++;
  }
  return devices;
}

int s5_yield(struct s5_host *host, int64_t deadline, uint32_t ready[2]) {
  ready[0] = ready[1] = 0;
  int expired = 0;
  // Polling needs no timer; an expired one that is still readable is ignored by the caller.
  if (deadline <= s5_clock_monotonic()) return poll_once(host, 0, ready, &expired);
  if (arm(host, deadline) < 0) return S5_FAILED;
  int count;
  do {
    count = poll_once(host, -1, ready, &expired);
  } while (count == 0 && !expired);
  // A wait of the event loop that is under way shares the timer: give it back its deadline.
  if (host->waiting && arm(host, host->wait_deadline) < 0) return S5_FAILED;
  return count;
}

int s5_wait_begin(struct s5_host *host, int64_t deadline) {
  if (arm(host, deadline) < 0) return S5_FAILED;
  host->waiting = true;
  host->wait_deadline = deadline;
  return S5_OK;
}

void s5_wait_end(struct s5_host *host) { host->waiting = false; }
