// with-tap TAP COMMAND...: runs a command with the TAP as descriptor 4, in blocking mode, as `fs` needs it.
#include "bench.h"

int main(int argc, char **words) {
  if (argc < 3) return 2;
  int tap = open_tap(words[1], 0);
  if (dup2(tap, 4) < 0) die("dup2");
  execvp(words[2], words + 2);
  die(words[2]);
}
