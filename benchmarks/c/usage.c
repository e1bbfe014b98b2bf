// usage COMMAND...: runs a command and tells what all of it cost, from exec to exit.
#include <sys/wait.h>

#include "bench.h"

int main(int argc, char **words) {
  if (argc < 2) return 2;
  int64_t start = clock_ns(CLOCK_MONOTONIC);
  pid_t child = fork();
  if (child == 0) {
    execvp(words[1], words + 1);
    die(words[1]);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child) die("waitpid");
  int64_t wall = clock_ns(CLOCK_MONOTONIC) - start;
  if (status != 0) {
    fprintf(stderr, "%s ended with status %d\n", words[1], status);
    return 1;
  }
  dprintf(RESULT_DESCRIPTOR, "{\"cpu\":%lld,\"items\":1,\"wall\":%lld}\n",
          (long long)cpu_ns(RUSAGE_CHILDREN), (long long)wall);
}
