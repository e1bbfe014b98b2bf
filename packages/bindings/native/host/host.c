#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "acquire.h"

struct s5_host *s5_host_open(struct s5_fault *fault) {
  struct s5_host *host = calloc(1, sizeof *host);
  if (host == NULL) {
    s5_fault_system(fault, S5_MEMORY, ENOMEM, NULL);
    return NULL;
  }
  host->timer = -1;
  host->armed = S5_NEVER;
  host->epoll = epoll_create1(EPOLL_CLOEXEC);
  if (host->epoll < 0) {
    s5_fault_system(fault, S5_SYSTEM, errno, "epoll_create1");
    s5_host_close(host);
    return NULL;
  }
  host->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (host->timer < 0) {
    s5_fault_system(fault, S5_SYSTEM, errno, "timerfd_create");
    s5_host_close(host);
    return NULL;
  }
  // Handle 0 is never given out, so it can stand for the timer.
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0};
  if (epoll_ctl(host->epoll, EPOLL_CTL_ADD, host->timer, &event) < 0) {
    s5_fault_system(fault, S5_SYSTEM, errno, "epoll_ctl");
    s5_host_close(host);
    return NULL;
  }
  return host;
}

void s5_host_close(struct s5_host *host) {
  for (unsigned i = 0; i < host->attached_count; i++) s5_device_free(host->attached[i]);
  if (host->timer >= 0) close(host->timer);
  if (host->epoll >= 0) close(host->epoll);
  free(host);
}

void s5_host_commit(struct s5_host *host) {
  for (unsigned i = 0; i < host->attached_count; i++) {
    if (host->attached[i]->original >= 0) close(host->attached[i]->original);
    host->attached[i]->original = -1;
  }
}

struct s5_device *s5_device_new(enum s5_kind kind, const char *label) {
  struct s5_device *device = calloc(1, sizeof *device);
  if (device == NULL) return NULL;
  device->kind = kind;
  device->descriptor = -1;
  device->original = -1;
  device->tap.control = -1;
  strncpy(device->label, label, S5_LABEL_MAX);
  return device;
}

void s5_device_free(struct s5_device *device) {
  // A flush under way has a duplicate, which must not keep the lock.
  if (device->kind == S5_KIND_FILE && device->descriptor >= 0) flock(device->descriptor, LOCK_UN);
  if (device->descriptor >= 0) close(device->descriptor);
  if (device->tap.control >= 0) close(device->tap.control);
  free(device->tap.scratch);
  free(device);
}

int s5_host_add(struct s5_host *host, struct s5_device *device) {
  if (host->attached_count == S5_DEVICE_MAX) {
    s5_device_free(device);
    return s5_fault_value(&host->fault, S5_TOO_MANY, S5_DEVICE_MAX, 0);
  }
  host->attached[host->attached_count] = device;
  return (int)host->attached_count++;
}

int s5_device_fault(struct s5_host *host, const struct s5_device *device, enum s5_reason reason,
                    int error, const char *call) {
  host->fault_label = device->label;
  return s5_fault_system(&host->fault, reason, error, call);
}

int s5_device_fault_value(struct s5_host *host, const struct s5_device *device,
                          enum s5_reason reason, int64_t a, int64_t b) {
  host->fault_label = device->label;
  return s5_fault_value(&host->fault, reason, a, b);
}

int s5_acquire(struct s5_host *host, unsigned index, enum s5_kind kind) {
  host->fault_label = NULL;
  if (index >= host->attached_count || host->attached[index]->kind != kind)
    return s5_fault_value(&host->fault, S5_BAD_HANDLE, index, 0);
  struct s5_device *device = host->attached[index];
  if (device->handle != 0) return s5_device_fault_value(host, device, S5_BUSY, 0, 0);
  // At most 63 devices are attached and this one has no handle, so one of 63 is free.
  unsigned handle = host->last_handle;
  do {
    handle = handle % S5_DEVICE_MAX + 1;
  } while (host->handles[handle] != NULL);
  if (kind == S5_KIND_TAP && s5_tap_begin(host, device, handle) < 0) return S5_FAILED;
  host->handles[handle] = device;
  host->last_handle = handle;
  device->handle = handle;
  return (int)handle;
}

int s5_release(struct s5_host *host, unsigned handle, enum s5_kind kind) {
  struct s5_device *device = s5_lookup(host, handle, kind);
  if (device == NULL) return S5_FAILED;
  if (kind == S5_KIND_TAP) s5_tap_end(host, device);
  host->handles[handle] = NULL;
  device->handle = 0;
  return S5_OK;
}
