// pages FILE read|write COUNT WARM_UP: one page of 4096 bytes after the other, in an order that no
// read-ahead follows; the file is in the page cache.
#include <sys/stat.h>

#include "bench.h"

#define PAGE 4096

int main(int argc, char **words) {
  (void)argc;
  int file = open(words[1], O_RDWR);
  if (file < 0) die(words[1]);
  int writes = words[2][0] == 'w';
  long count = number(words, 3), warm_up = number(words, 4);
  struct stat status;
  if (fstat(file, &status) < 0) die("fstat");
  uint32_t pages = (uint32_t)(status.st_size / PAGE), state = 1;
  static uint8_t page[PAGE];
  int64_t start = 0;
  for (long i = 0; i < warm_up + count; i++) {
    if (i == warm_up) start = cpu_ns(RUSAGE_SELF);
    state = state * 1664525 + 1013904223;
    off_t position = (off_t)((state >> 8) % pages) * PAGE;
    ssize_t size = writes ? pwrite(file, page, PAGE, position) : pread(file, page, PAGE, position);
    if (size != PAGE) die(words[2]);
  }
  give_result(cpu_ns(RUSAGE_SELF) - start, count);
}
