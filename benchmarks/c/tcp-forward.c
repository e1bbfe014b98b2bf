// tcp-forward TAP MTU up|down|echo|connections COUNT WARM_UP: the least that a program between two ends of TCP can do.
//
// The stack's place on the wire is taken by a forwarder that only swaps the addresses of Ethernet and IPv4, so that the
// kernel's client talks to a server of the kernel's in the same namespace: same TAP, same client, one read and one write
// for each frame. Checksums stay right, as none depends on the order of the two addresses. Nothing is looked at, kept,
// acknowledged or copied; the kernel does TCP at both ends. The CPU time is the forwarder's alone, not the server's.
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tcp.h"

#define LONGEST_FRAME (9000 + 14 + 50)

// What the server tells the forwarder: 0 warming up, 1 measured, 2 over.
static volatile int *phase;

static void serve_part(int descriptor, const char *mode, long size) {
  static uint8_t bytes[CHUNK];
  if (is_mode(mode, "up")) {
    for (long left = size; left > 0;) left -= read_some(descriptor, bytes, least(left, CHUNK));
  } else if (is_mode(mode, "down")) {
    read_some(descriptor, bytes, 1);
    for (long left = size; left > 0; left -= CHUNK) write_all(descriptor, bytes, least(left, CHUNK));
  } else {
    for (long left = size; left > 0;) {
      long count = read_some(descriptor, bytes, least(left, CHUNK));
      write_all(descriptor, bytes, count);
      left -= count;
    }
  }
}

static void serve_stream(int listener, const char *mode, long count, long warm_up) {
  int descriptor = accept(listener, NULL, NULL);
  if (descriptor < 0) die("accept");
  uint8_t byte = 0;
  for (int i = 0; i < 2; i++) {
    serve_part(descriptor, mode, i == 0 ? warm_up : count);
    if (i == 0) *phase = 1;
    if (is_mode(mode, "up")) write_all(descriptor, &byte, 1);
  }
  read_some(descriptor, &byte, 1);
  *phase = 2;
}

static void serve_connections(int listener, long count, long warm_up) {
  for (long i = 0; i < warm_up + count; i++) {
    if (i == warm_up) *phase = 1;
    int descriptor = accept(listener, NULL, NULL);
    uint8_t byte;
    if (descriptor < 0) die("accept");
    if (recv(descriptor, &byte, 1, 0) == 1) write_all(descriptor, &byte, 1);
    if (recv(descriptor, &byte, 1, 0) != 0) die("the client's end");
    close(descriptor);
  }
  *phase = 2;
}

static int listening(void) {
  struct sockaddr_in address = tcp_address("0.0.0.0");
  int listener = tcp_socket(), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  if (listen(listener, 1024) < 0) die("listen");
  return listener;
}

static void swap(uint8_t *frame, int a, int b, int size) {
  uint8_t kept[6];
  memcpy(kept, frame + a, (size_t)size);
  memcpy(frame + a, frame + b, (size_t)size);
  memcpy(frame + b, kept, (size_t)size);
}

static void child_ended(int signal) { (void)signal; }

int main(int argc, char **words) {
  (void)argc;
  const char *mode = words[3];
  long count = number(words, 4), warm_up = number(words, 5);
  set_mtu(words[1], number(words, 2));
  int tap = open_tap(words[1], O_NONBLOCK);
  phase = mmap(NULL, sizeof *phase, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (phase == MAP_FAILED) die("mmap");
  int listener = listening();
  struct sigaction action = {.sa_handler = child_ended};
  sigaction(SIGCHLD, &action, NULL);
  pid_t server = fork();
  if (server < 0) die("fork");
  if (server == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (is_mode(mode, "connections")) serve_connections(listener, count, warm_up);
    else serve_stream(listener, mode, count, warm_up);
    exit(0);
  }
  close(listener);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, tap, &event) < 0) die("epoll");
  static uint8_t frame[LONGEST_FRAME];
  int64_t start = 0, end = 0;
  long frames = 0, first = 0;
  say('r');
  int status = 0;
  for (;;) {
    if (start == 0 && *phase == 1) {
      start = cpu_ns(RUSAGE_SELF);
      first = frames;
    }
    if (end == 0 && *phase == 2) end = cpu_ns(RUSAGE_SELF);
    ssize_t size = read(tap, frame, sizeof frame);
    if (size < 0) {
      if (errno != EAGAIN) die("read");
      if (waitpid(server, &status, WNOHANG) == server) break;
      epoll_wait(poll, &event, 1, 100);
      continue;
    }
    if (frame[12] != 8 || frame[13] != 0) continue;
    swap(frame, 0, 6, 6);
    swap(frame, 26, 30, 4);
    if (write(tap, frame, (size_t)size) != size) die("write");
    frames++;
  }
  if (status != 0 || end == 0) {
    fprintf(stderr, "the server ended early: status %d\n", status);
    return 1;
  }
  int64_t cpu = end - start;
  dprintf(RESULT_DESCRIPTOR, "{\"cpu\":%lld,\"items\":%ld,\"cpuPerItem\":%g,\"frames\":%ld}\n",
          (long long)cpu, count, (double)cpu / (double)count, frames - first);
}
