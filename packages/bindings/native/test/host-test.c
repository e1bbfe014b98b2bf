// Tests of the C library by itself: `host-test FOLDER` for what needs no rights, `host-test FOLDER
// tap` for interfaces, inside a network namespace of its own. Ends with 0 where every check holds.
//
// Built by test/kernel/c-library.test.ts with the address and undefined-behaviour sanitizers. The system
// calls below are wrapped by the linker, so that interrupted and short transfers can be had at
// will.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../host/host.h"

static int failures;

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);     \
      failures++;                                                         \
    }                                                                     \
  } while (0)

// What the next calls do instead of the real thing.
static int interrupt_next; // so many calls give EINTR first
static size_t short_next;  // transfers move at most so many bytes; 0: all
static int fail_next;      // this errno, once

ssize_t __real_s5_io_pread(int, void *, size_t, off_t);
ssize_t __real_s5_io_pwrite(int, const void *, size_t, off_t);
ssize_t __real_s5_io_read(int, void *, size_t);
ssize_t __real_s5_io_write(int, const void *, size_t);
ssize_t __real_write(int, const void *, size_t);
ssize_t __real_getrandom(void *, size_t, unsigned);
int __real_fdatasync(int);
int __real_epoll_wait(int, struct epoll_event *, int, int);
int __real_ioctl(int, unsigned long, void *);

static int disturbed(void) {
  if (interrupt_next > 0) {
    interrupt_next--;
    errno = EINTR;
    return 1;
  }
  if (fail_next != 0) {
    errno = fail_next;
    fail_next = 0;
    return 1;
  }
  return 0;
}

static size_t cut(size_t size) { return short_next != 0 && size > short_next ? short_next : size; }

ssize_t __wrap_s5_io_pread(int fd, void *into, size_t size, off_t at) {
  return disturbed() ? -1 : __real_s5_io_pread(fd, into, cut(size), at);
}
ssize_t __wrap_s5_io_pwrite(int fd, const void *from, size_t size, off_t at) {
  return disturbed() ? -1 : __real_s5_io_pwrite(fd, from, cut(size), at);
}
ssize_t __wrap_s5_io_read(int fd, void *into, size_t size) {
  return disturbed() ? -1 : __real_s5_io_read(fd, into, size);
}
ssize_t __wrap_s5_io_write(int fd, const void *from, size_t size) {
  return disturbed() ? -1 : __real_s5_io_write(fd, from, size);
}
ssize_t __wrap_write(int fd, const void *from, size_t size) {
  return disturbed() ? -1 : __real_write(fd, from, cut(size));
}
ssize_t __wrap_getrandom(void *into, size_t size, unsigned flags) {
  return disturbed() ? -1 : __real_getrandom(into, cut(size), flags);
}
int __wrap_fdatasync(int fd) { return disturbed() ? -1 : __real_fdatasync(fd); }
int __wrap_epoll_wait(int fd, struct epoll_event *events, int count, int timeout) {
  return disturbed() ? -1 : __real_epoll_wait(fd, events, count, timeout);
}

static const char *delete_first; // this interface goes before the next TUNSETIFF is heard

int __wrap_ioctl(int fd, unsigned long call, void *argument) {
  if (call == TUNSETIFF && delete_first != NULL) {
    const char *name = delete_first;
    struct s5_fault fault;
    delete_first = NULL;
    if (s5_tap_delete(name, &fault) < 0) exit(2);
  }
  return __real_ioctl(fd, call, argument);
}

static struct s5_host *open_host(void) {
  struct s5_fault fault;
  struct s5_host *host = s5_host_open(&fault);
  if (host == NULL) {
    fprintf(stderr, "no host: %s\n", s5_reason_name(fault.reason));
    exit(2);
  }
  return host;
}

static char path[4096];
static const char *make_file(const char *folder, off_t size) {
  snprintf(path, sizeof path, "%s/disk.img", folder);
  int fd = open(path, O_CREAT | O_TRUNC | O_RDWR, 0600);
  if (fd < 0 || ftruncate(fd, size) < 0) exit(2);
  close(fd);
  return path;
}

static void test_transfers(const char *folder) {
  struct s5_host *host = open_host();
  int index = s5_file_attach(host, "disk", make_file(folder, 8192), 4096, false);
  CHECK(index == 0);
  int handle = s5_acquire(host, 0, S5_KIND_FILE);
  CHECK(handle == 1);
  uint8_t out[4096], in[4096];
  for (size_t i = 0; i < sizeof out; i++) out[i] = (uint8_t)(i * 7);
  for (size_t step = 1; step < 5000; step = step * 3 + 1) {
    memset(in, 0, sizeof in);
    short_next = step;
    interrupt_next = 3;
    CHECK(s5_file_write(host, 1, 4096, out, sizeof out) == S5_OK);
    interrupt_next = 3;
    CHECK(s5_file_read(host, 1, 4096, in, sizeof in) == S5_OK);
    CHECK(memcmp(in, out, sizeof in) == 0);
  }
  short_next = 1000; // a failure in the middle of a block
  fail_next = ENOSPC;
  CHECK(s5_file_write(host, 1, 0, out, sizeof out) == S5_FAILED);
  CHECK(host->fault.error == ENOSPC && host->fault.reason == S5_SYSTEM);
  CHECK(strcmp(host->fault.call, "pwrite") == 0 && strcmp(host->fault_label, "disk") == 0);
  fail_next = EIO;
  CHECK(s5_file_read(host, 1, 0, in, sizeof in) == S5_FAILED && host->fault.error == EIO);
  short_next = 0;
  CHECK(truncate(path, 5000) == 0);
  CHECK(s5_file_read(host, 1, 4096, in, sizeof in) == S5_FAILED);
  CHECK(host->fault.reason == S5_TRUNCATED && host->fault.b == 5000 - 4096);
  interrupt_next = 2;
  CHECK(s5_file_flush(s5_file_duplicate(host, 1)) == 0);
  fail_next = EIO;
  CHECK(s5_file_flush(s5_file_duplicate(host, 1)) == EIO);
  interrupt_next = 2;
  CHECK(s5_file_sync(host, 1) == S5_OK);
  fail_next = EIO;
  CHECK(s5_file_sync(host, 1) == S5_FAILED && host->fault.error == EIO);
  CHECK(s5_file_sync(host, 2) == S5_FAILED && host->fault.reason == S5_BAD_HANDLE);
  CHECK(s5_file_duplicate(host, 2) == S5_FAILED && host->fault.reason == S5_BAD_HANDLE);
  s5_host_close(host);
}

static void test_handles(const char *folder) {
  struct s5_host *host = open_host();
  const char *file = make_file(folder, 512);
  for (int i = 0; i < S5_DEVICE_MAX; i++)
    CHECK(s5_file_attach(host, "disk", file, 512, true) == i);
  CHECK(s5_file_attach(host, "more", file, 512, true) == S5_FAILED);
  CHECK(host->fault.reason == S5_TOO_MANY);
  uint64_t seen = 0;
  for (unsigned i = 0; i < S5_DEVICE_MAX; i++) {
    int handle = s5_acquire(host, i, S5_KIND_FILE);
    CHECK(handle >= 1 && handle <= 63 && !(seen >> handle & 1));
    seen |= UINT64_C(1) << handle;
  }
  CHECK(s5_acquire(host, 5, S5_KIND_FILE) == S5_FAILED && host->fault.reason == S5_BUSY);
  CHECK(s5_acquire(host, 63, S5_KIND_FILE) == S5_FAILED);
  CHECK(s5_acquire(host, 5, S5_KIND_TAP) == S5_FAILED);
  CHECK(s5_release(host, 10, S5_KIND_TAP) == S5_FAILED);
  CHECK(s5_release(host, 10, S5_KIND_FILE) == S5_OK);
  CHECK(s5_release(host, 10, S5_KIND_FILE) == S5_FAILED);
  CHECK(s5_acquire(host, 9, S5_KIND_FILE) == 10);
  CHECK(s5_lookup(host, 0, S5_KIND_FILE) == NULL);
  CHECK(s5_lookup(host, 64, S5_KIND_FILE) == NULL);
  CHECK(s5_lookup(host, UINT32_MAX, S5_KIND_FILE) == NULL);
  s5_host_close(host);
}

static void *interrupt_main(void *thread) {
  for (int i = 0; i < 20; i++) {
    usleep(1000);
    pthread_kill(*(pthread_t *)thread, SIGUSR1);
  }
  return NULL;
}

static void on_signal(int number) { (void)number; }

static const uint32_t every[2] = {UINT32_MAX, UINT32_MAX};

static void test_yield(void) {
  struct s5_host *host = open_host();
  uint32_t ready[2] = {1, 2};
  const int64_t steps[] = {-5, 0, 1, 1000, 50000, 3000000};
  for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
    int64_t deadline = s5_clock_monotonic() + steps[i];
    interrupt_next = 2;
    CHECK(s5_yield(host, deadline, every, ready) == 0);
    CHECK(s5_clock_monotonic() >= deadline);
    CHECK(ready[0] == 0 && ready[1] == 0);
  }
  CHECK(s5_yield(host, INT64_MIN, every, ready) == 0);
  // Real signals do not end it early.
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  pthread_t self = pthread_self(), other;
  pthread_create(&other, NULL, interrupt_main, &self);
  int64_t deadline = s5_clock_monotonic() + 30000000;
  CHECK(s5_yield(host, deadline, every, ready) == 0);
  CHECK(s5_clock_monotonic() >= deadline);
  pthread_join(other, NULL);
  fail_next = EBADF;
  CHECK(s5_yield(host, 0, every, ready) == S5_FAILED && host->fault.error == EBADF);
  // The event loop's wait keeps its deadline across a yield.
  struct epoll_event event;
  int64_t later = s5_clock_monotonic() + 10000000;
  CHECK(s5_wait_begin(host, later, every) == S5_OK);
  CHECK(s5_yield(host, s5_clock_monotonic() + 1000, every, ready) == 0);
  CHECK(__real_epoll_wait(host->epoll, &event, 1, 0) == 0);
  CHECK(__real_epoll_wait(host->epoll, &event, 1, 1000) == 1);
  CHECK(s5_clock_monotonic() >= later);
  s5_wait_end(host);
  s5_host_close(host);
}

static void test_bytes(void) {
  uint8_t bytes[3000] = {0};
  short_next = 100;
  interrupt_next = 2;
  CHECK(s5_entropy(bytes, sizeof bytes) == 0);
  unsigned sum = 0;
  for (size_t i = 2900; i < sizeof bytes; i++) sum += bytes[i];
  CHECK(sum > 0);
  int pipes[2];
  CHECK(pipe2(pipes, O_CLOEXEC | O_NONBLOCK) == 0);
  interrupt_next = 2;
  CHECK(s5_write_all(pipes[1], bytes, sizeof bytes) == 0);
  uint8_t back[3000];
  CHECK(read(pipes[0], back, sizeof back) == sizeof back);
  CHECK(memcmp(bytes, back, sizeof back) == 0);
  fail_next = EPIPE;
  CHECK(s5_write_all(pipes[1], bytes, 1) == EPIPE);
  short_next = 0;
  close(pipes[0]);
  close(pipes[1]);
}

static int tun(const char *name, int flags) {
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  struct ifreq request = {.ifr_flags = (short)flags};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(fd, TUNSETIFF, &request) < 0) {
    perror("TUNSETIFF");
    exit(2);
  }
  return fd;
}

static void refuse(struct s5_host *host, const char *name, int flags, enum s5_reason reason) {
  int fd = tun(name, flags);
  CHECK(s5_tap_adopt(host, "bad", fd) == S5_FAILED);
  CHECK(host->fault.reason == reason);
  CHECK(fcntl(fd, F_GETFD) >= 0); // still the caller's
  close(fd);
}

static void test_tap(void) {
  struct s5_fault fault;
  struct s5_tap_plan plan = {.name = "tap0", .address = "10.0.0.1/24", .mtu = 1280};
  CHECK(s5_tap_create(&plan, &fault) == S5_OK);
  CHECK(s5_tap_create(&plan, &fault) == S5_FAILED && fault.reason == S5_INTERFACE_EXISTS);
  struct s5_host *host = open_host();
  CHECK(s5_tap_attach(host, "net", "tap0") == 0);
  char name[IFNAMSIZ];
  struct s5_link link;
  CHECK(s5_tap_state(host, 0, name, &link) == S5_OK);
  CHECK(strcmp(name, "tap0") == 0 && link.up && link.mtu == 1280);
  CHECK(s5_acquire(host, 0, S5_KIND_TAP) == 1);
  const struct s5_tap *tap = &host->attached[0]->tap;
  CHECK(tap->frame_size_max == 1294 && tap->slot_size >= 1295 && tap->slot_size % 64 == 0);
  uint8_t frame[1300] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
  CHECK(s5_tap_write(host, 1, frame, 1294) == S5_OK);
  CHECK(s5_tap_write(host, 1, frame, 1295) == S5_FAILED && host->fault.reason == S5_FRAME_SIZE);
  CHECK(s5_tap_write(host, 1, frame, 13) == S5_FAILED && host->fault.reason == S5_FRAME_SIZE);
  interrupt_next = 3;
  CHECK(s5_tap_write(host, 1, frame, 60) == S5_OK);
  const int errors[] = {EIO, EAGAIN, ENOBUFS, ENOMEM};
  for (size_t i = 0; i < 4; i++) {
    fail_next = errors[i];
    CHECK(s5_tap_write(host, 1, frame, 60) == S5_OK);
  }
  struct s5_tap_counters counters;
  CHECK(s5_tap_counters(host, 1, &counters) == S5_OK && counters.send_dropped == 4);
  fail_next = EINVAL;
  CHECK(s5_tap_write(host, 1, frame, 60) == S5_FAILED && host->fault.error == EINVAL);
  fail_next = EBADFD;
  CHECK(s5_tap_write(host, 1, frame, 60) == S5_FAILED && host->fault.reason == S5_GONE);
  CHECK(s5_tap_read(host, 1, frame, 1293) == S5_FAILED && host->fault.reason == S5_ROOM);
  interrupt_next = 3;
  int size = s5_tap_read(host, 1, frame, 1294);
  CHECK(size == S5_AGAIN || size >= 14);
  s5_host_close(host);
  CHECK(s5_tap_delete("tap0", &fault) == S5_OK);
  CHECK(s5_tap_delete("tap0", &fault) == S5_FAILED && fault.reason == S5_NO_INTERFACE);

  host = open_host();
  refuse(host, "tun1", IFF_TUN | IFF_NO_PI, S5_DESCRIPTOR_NOT_A_TAP);
  refuse(host, "tap1", IFF_TAP, S5_DESCRIPTOR_HEADER);
  refuse(host, "tap1", IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, S5_DESCRIPTOR_HEADER);
  int fd = tun("tap1", IFF_TAP | IFF_NO_PI);
  CHECK(s5_tap_adopt(host, "good", fd) == 0);
  CHECK(fcntl(fd, F_GETFD) >= 0);
  s5_host_commit(host);
  CHECK(fcntl(fd, F_GETFD) < 0);
  // Not persistent: another program's, which attaching must not take for an interface that stays.
  CHECK(s5_tap_attach(host, "busy", "tap1") == S5_FAILED);
  CHECK(host->fault.reason == S5_INTERFACE_BUSY);
  s5_host_close(host);
}

// Found, and deleted before it is attached: the kernel then makes a new one, for root at least, which must
// not stay.
static void test_deleted_in_between(void) {
  struct s5_fault fault;
  struct s5_tap_plan plan = {.name = "tap2"};
  CHECK(s5_tap_create(&plan, &fault) == S5_OK);
  struct s5_host *host = open_host();
  delete_first = "tap2";
  CHECK(s5_tap_attach(host, "net", "tap2") == S5_FAILED);
  CHECK(host->fault.reason == S5_NOT_PERSISTENT);
  CHECK(delete_first == NULL && host->attached_count == 0);
  int control = s5_link_socket();
  CHECK(s5_link_index(control, "tap2") == -ENODEV);
  // Neither does deleting make one, to delete it.
  CHECK(s5_tap_create(&plan, &fault) == S5_OK);
  delete_first = "tap2";
  CHECK(s5_tap_delete("tap2", &fault) == S5_FAILED && fault.reason == S5_NOT_PERSISTENT);
  CHECK(s5_link_index(control, "tap2") == -ENODEV);
  close(control);
  s5_host_close(host);
}

int main(int count, char **words) {
  if (count < 2) return 2;
  if (count > 2 && strcmp(words[2], "tap") == 0) {
    test_tap();
    test_deleted_in_between();
  } else {
    test_transfers(words[1]);
    test_handles(words[1]);
    test_yield();
    test_bytes();
  }
  if (failures == 0) printf("every check holds\n");
  return failures == 0 ? 0 : 1;
}
