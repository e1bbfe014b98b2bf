// receive TAP BURST BURSTS WARM_UP_BURSTS: takes frames that a partner has put into the TAP's queue.
#include <sys/epoll.h>

#include "bench.h"

int main(int argc, char **words) {
  (void)argc;
  int tap = open_tap(words[1], O_NONBLOCK);
  long burst = number(words, 2), bursts = number(words, 3), warm_up = number(words, 4);
  static uint8_t frame[FRAME_MAX];
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, tap, &event) < 0) die("epoll");
  int64_t cpu = 0;
  for (long i = 0; i < warm_up + bursts; i++) {
    say('f');
    hear();
    int64_t start = cpu_ns(RUSAGE_SELF);
    for (long left = burst; left > 0;) {
      if (read(tap, frame, sizeof frame) >= 0) left--;
      else if (errno != EAGAIN) die("read");
      else if (epoll_wait(poll, &event, 1, 2000) != 1) die("frames were lost");
    }
    if (i >= warm_up) cpu += cpu_ns(RUSAGE_SELF) - start;
  }
  give_result(cpu, bursts * burst);
}
