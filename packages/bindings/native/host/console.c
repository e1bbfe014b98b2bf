// Bytes that come from nowhere and bytes that go to the console.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include "host.h"

int s5_entropy(uint8_t *into, size_t size) {
  while (size > 0) {
    ssize_t count = getrandom(into, size, 0);
    if (count < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    into += count;
    size -= (size_t)count;
  }
  return 0;
}

int s5_write_all(int descriptor, const uint8_t *from, size_t size) {
  while (size > 0) {
    ssize_t count = write(descriptor, from, size);
    if (count >= 0) {
      from += count;
      size -= (size_t)count;
      continue;
    }
    if (errno == EINTR) continue;
    // Node makes pipes non-blocking: a full one is waited for, never spun on.
    if (errno != EAGAIN) return errno;
    struct pollfd full = {.fd = descriptor, .events = POLLOUT};
    if (poll(&full, 1, -1) < 0 && errno != EINTR) return errno;
  }
  return 0;
}
