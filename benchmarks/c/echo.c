// echo TAP COUNT WARM_UP [udp]: sends every frame back. With `udp` the addresses change sides, so that the
// kernel takes the answer for a datagram of its own; nothing is parsed or checked, and no checksum changes.
#include <sys/epoll.h>

#include "bench.h"

static void swap(uint8_t *frame, int a, int b, int size) {
  uint8_t kept[6];
  memcpy(kept, frame + a, (size_t)size);
  memcpy(frame + a, frame + b, (size_t)size);
  memcpy(frame + b, kept, (size_t)size);
}

int main(int argc, char **words) {
  int tap = open_tap(words[1], O_NONBLOCK);
  long count = number(words, 2), warm_up = number(words, 3);
  int udp = argc > 4;
  static uint8_t frame[FRAME_MAX];
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, tap, &event) < 0) die("epoll");
  int64_t start = cpu_ns(RUSAGE_SELF);
  long waits = 0;
  say('r');
  for (long done = 0; done < warm_up + count;) {
    ssize_t size = read(tap, frame, sizeof frame);
    if (size < 0) {
      if (errno != EAGAIN) die("read");
      waits++;
      if (epoll_wait(poll, &event, 1, 2000) != 1) die("frames were lost");
      continue;
    }
    // Whatever else the kernel sends, a router solicitation say, is not the partner's.
    if (frame[12] != (udp ? 8 : ETHERTYPE >> 8)) continue;
    if (udp) {
      swap(frame, 0, 6, 6);
      swap(frame, 26, 30, 4);
      swap(frame, 34, 36, 2);
    }
    if (write(tap, frame, (size_t)size) != size) die("write");
    if (++done == warm_up) {
      start = cpu_ns(RUSAGE_SELF);
      waits = 0;
    }
  }
  int64_t cpu = cpu_ns(RUSAGE_SELF) - start;
  dprintf(RESULT_DESCRIPTOR, "{\"cpu\":%lld,\"items\":%ld,\"waits\":%ld}\n", (long long)cpu, count,
          waits);
}
