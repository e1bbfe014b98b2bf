// What the C sides of the rows share: clocks, a TAP, results.
//
// Each program does one thing a bounded number of times and writes one line of JSON to descriptor 3: the
// CPU time of its own process for the measured part, in nanoseconds, and how many items that was.
#ifndef BENCH_H
#define BENCH_H

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define RESULT_DESCRIPTOR 3
#define FRAME_MAX 2048
// For local experiments (IEEE 802): no protocol handler of the kernel takes it.
#define ETHERTYPE 0x88b5

__attribute__((noreturn)) static inline void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static inline int64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// User and system time, as `process.cpuUsage()` counts it on the other sides.
static inline int64_t cpu_ns(int who) {
  struct rusage usage;
  getrusage(who, &usage);
  return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
         (int64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
}

static inline void give_result(int64_t cpu, int64_t items) {
  dprintf(RESULT_DESCRIPTOR, "{\"cpu\":%lld,\"items\":%lld}\n", (long long)cpu, (long long)items);
}

static inline long number(char **words, int index) {
  char *end;
  if (words[index] == NULL) {
    errno = EINVAL;
    die("missing argument");
  }
  long value = strtol(words[index], &end, 10);
  if (*end != 0) {
    errno = EINVAL;
    die(words[index]);
  }
  return value;
}

static inline int open_tap(const char *name, int flags) {
  int descriptor = open("/dev/net/tun", O_RDWR | flags);
  if (descriptor < 0) die("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(descriptor, TUNSETIFF, &request) < 0) die("TUNSETIFF");
  return descriptor;
}

// One byte to the partner, or from it: who fills a queue and who empties it take turns.
static inline void say(char byte) {
  if (write(1, &byte, 1) != 1) die("say");
}

static inline void hear(void) {
  char byte;
  ssize_t size;
  do size = read(0, &byte, 1);
  while (size < 0 && errno == EINTR);
  if (size != 1) die("the partner has ended");
}

#endif
