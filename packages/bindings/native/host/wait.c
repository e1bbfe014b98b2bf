// Waiting: one epoll descriptor for every TAP and a timer.
//
// The timer is a descriptor rather than epoll's own timeout for two reasons: the same descriptor
// can be watched by an event loop, and a timerfd has no slack, while epoll_wait's timeout may be
// late by the thread's timer slack (50 us, or a thousandth of the wait).
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "acquire.h"

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

int s5_watch(struct s5_host *host, struct s5_device *device, unsigned handle) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = handle};
  if (epoll_ctl(host->epoll, EPOLL_CTL_ADD, device->descriptor, &event) < 0)
    return s5_device_fault(host, device, S5_SYSTEM, errno, "epoll_ctl");
  host->watched[handle >> 5] |= UINT32_C(1) << (handle & 31);
  return S5_OK;
}

void s5_unwatch(struct s5_host *host, struct s5_device *device, unsigned handle) {
  uint32_t bit = UINT32_C(1) << (handle & 31);
  if ((host->watched[handle >> 5] & bit) == 0) return;
  host->watched[handle >> 5] &= ~bit;
  epoll_ctl(host->epoll, EPOLL_CTL_DEL, device->descriptor, NULL);
}

// Makes `epoll` watch every TAP of `interest`, and with `only` no other one: input that nobody
// wants must not end a wait, which would then begin and end for as long as the frame lies there.
// (Asking for no events is not enough: a deleted interface reports EPOLLERR all the same.)
static int watch(struct s5_host *host, const uint32_t interest[2], bool only) {
  for (unsigned word = 0; word < 2; word++) {
    uint32_t wanted = interest[word] & host->taps[word] & ~host->watched[word];
    uint32_t unwanted = only ? host->watched[word] & ~interest[word] : 0;
    for (; wanted != 0; wanted &= wanted - 1) {
      unsigned handle = word * 32 + (unsigned)__builtin_ctz(wanted);
      if (s5_watch(host, host->handles[handle], handle) < 0) return S5_FAILED;
    }
    for (; unwanted != 0; unwanted &= unwanted - 1) {
      unsigned handle = word * 32 + (unsigned)__builtin_ctz(unwanted);
      s5_unwatch(host, host->handles[handle], handle);
    }
  }
  return S5_OK;
}

static int poll_once(struct s5_host *host, int timeout, const uint32_t interest[2],
                     uint32_t ready[2], int *expired) {
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
    uint32_t bit = UINT32_C(1) << (handle & 31);
    if ((interest[handle >> 5] & bit) == 0) continue;
    ready[handle >> 5] |= bit;
    devices++;
  }
  return devices;
}

static int block(struct s5_host *host, int64_t deadline, const uint32_t interest[2],
                 uint32_t ready[2]) {
  if (watch(host, interest, true) < 0 || arm(host, deadline) < 0) return S5_FAILED;
  int count, expired = 0;
  do {
    count = poll_once(host, -1, interest, ready, &expired);
  } while (count == 0 && !expired);
  return count;
}

int s5_yield(struct s5_host *host, int64_t deadline, const uint32_t interest[2],
             uint32_t ready[2]) {
  ready[0] = ready[1] = 0;
  int count, expired;
  if (deadline > s5_clock_monotonic()) {
    count = block(host, deadline, interest, ready);
  } else {
    // Polling needs no timer, and what is watched needlessly does no harm to it.
    if (watch(host, interest, false) < 0) return S5_FAILED;
    count = poll_once(host, 0, interest, ready, &expired);
  }
  // A wait of the event loop that is under way uses the same descriptors: give it back its own.
  if (host->waiting &&
      (watch(host, host->wait_interest, true) < 0 || arm(host, host->wait_deadline) < 0))
    return S5_FAILED;
  return count;
}

int s5_wait_begin(struct s5_host *host, int64_t deadline, const uint32_t interest[2]) {
  if (watch(host, interest, true) < 0 || arm(host, deadline) < 0) return S5_FAILED;
  host->waiting = true;
  host->wait_deadline = deadline;
  host->wait_interest[0] = interest[0];
  host->wait_interest[1] = interest[1];
  return S5_OK;
}

void s5_wait_end(struct s5_host *host) { host->waiting = false; }
