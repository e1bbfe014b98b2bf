// send TAP SIZE COUNT WARM_UP: writes frames that no protocol takes.
#include "bench.h"

int main(int argc, char **words) {
  (void)argc;
  int tap = open_tap(words[1], O_NONBLOCK);
  long size = number(words, 2), count = number(words, 3), warm_up = number(words, 4);
  static uint8_t frame[FRAME_MAX] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
  frame[12] = ETHERTYPE >> 8;
  frame[13] = ETHERTYPE & 255;
  int64_t start = 0;
  for (long i = 0; i < warm_up + count; i++) {
    if (i == warm_up) start = cpu_ns(RUSAGE_SELF);
    if (write(tap, frame, (size_t)size) != size) die("write");
  }
  give_result(cpu_ns(RUSAGE_SELF) - start, count);
}
