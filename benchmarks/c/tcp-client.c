// The kernel's end of a TCP stream, as the partner of whatever serves port 7 of ADDRESS.
//
//   tcp-client stream ADDRESS up|down|echo COUNT WARM_UP   one connection, COUNT bytes after WARM_UP others
//   tcp-client connections ADDRESS COUNT WARM_UP WINDOW    one after the other, WINDOW under way: each asks a byte back
//   tcp-client idle ADDRESS COUNT                          opens COUNT, has a byte back over each, keeps them open
//
// Wall time from the first to the last byte, in nanoseconds. A stream's two parts are each confirmed by a byte, so that
// what is in buffers counts as sent only once it has arrived. Nothing waits longer than 20 s.
#include <sys/resource.h>

#include "tcp.h"

#define PATIENCE_S 20
#define WINDOW_MAX 64

static uint8_t bytes[CHUNK];

static int connected(const char *host) {
  struct sockaddr_in address = tcp_address(host);
  int descriptor = tcp_socket();
  struct timeval patience = {.tv_sec = PATIENCE_S};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  return descriptor;
}

// Sends and takes `size` bytes at the same time.
static void both_ways(int descriptor, long size) {
  static uint8_t taken[CHUNK];
  long unsent = size, unread = size;
  while (unread > 0) {
    struct pollfd wait = {.fd = descriptor, .events = (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN)};
    if (poll(&wait, 1, PATIENCE_S * 1000) != 1) die("poll");
    if (wait.revents & (POLLIN | POLLERR | POLLHUP)) {
      ssize_t count = recv(descriptor, taken, sizeof taken, MSG_DONTWAIT);
      if (count == 0 || (count < 0 && errno != EAGAIN)) die("recv");
      if (count > 0) unread -= count;
    }
    if (unsent > 0 && (wait.revents & POLLOUT)) {
      size_t part = (size_t)least(unsent, CHUNK);
      ssize_t count = send(descriptor, bytes, part, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count < 0 && errno != EAGAIN) die("send");
      if (count > 0) unsent -= count;
    }
  }
}

static void part(int descriptor, const char *mode, long size) {
  if (is_mode(mode, "up")) {
    for (long left = size; left > 0; left -= CHUNK) write_all(descriptor, bytes, least(left, CHUNK));
    read_some(descriptor, bytes, 1);
  } else if (is_mode(mode, "down")) {
    write_all(descriptor, bytes, 1);
    for (long left = size; left > 0;) left -= read_some(descriptor, bytes, least(left, CHUNK));
  } else {
    both_ways(descriptor, size);
  }
}

static void stream(char **words) {
  const char *mode = words[3];
  int descriptor = connected(words[2]);
  long count = number(words, 4);
  part(descriptor, mode, number(words, 5));
  int64_t start = clock_ns(CLOCK_MONOTONIC);
  part(descriptor, mode, count);
  int64_t wall = clock_ns(CLOCK_MONOTONIC) - start;
  // The server counts the end by this: what it still had to do for the last bytes is in its figure.
  write_all(descriptor, bytes, 1);
  dprintf(RESULT_DESCRIPTOR, "{\"wall\":%lld}\n", (long long)wall);
}

// Connections under way: each sends its byte as soon as it stands, and closes when the byte is back.
static void connections(char **words) {
  struct sockaddr_in address = tcp_address(words[2]);
  long count = number(words, 3), warm_up = number(words, 4), window = number(words, 5);
  struct pollfd waits[WINDOW_MAX];
  if (window > WINDOW_MAX) window = WINDOW_MAX;
  for (int i = 0; i < window; i++) waits[i] = (struct pollfd){.fd = -1};
  long begun = 0, done = 0;
  int64_t start = 0;
  while (done < warm_up + count) {
    for (int i = 0; i < window && begun < warm_up + count; i++) {
      if (waits[i].fd >= 0) continue;
      int descriptor = tcp_socket();
      fcntl(descriptor, F_SETFL, O_NONBLOCK);
      if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS)
        die("connect");
      waits[i] = (struct pollfd){.fd = descriptor, .events = POLLOUT};
      begun++;
    }
    if (poll(waits, (nfds_t)window, PATIENCE_S * 1000) <= 0) die("poll");
    for (int i = 0; i < window; i++) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      if (waits[i].events == POLLOUT) {
        if (send(waits[i].fd, bytes, 1, MSG_NOSIGNAL) != 1) die("send");
        waits[i].events = POLLIN;
      } else {
        if (recv(waits[i].fd, bytes, 1, 0) != 1) die("recv");
        close(waits[i].fd);
        waits[i].fd = -1;
        if (++done == warm_up) start = clock_ns(CLOCK_MONOTONIC);
      }
    }
  }
  int64_t wall = clock_ns(CLOCK_MONOTONIC) - start;
  dprintf(RESULT_DESCRIPTOR, "{\"wall\":%lld}\n", (long long)wall);
}

static void idle(char **words) {
  long count = number(words, 3);
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) die("setrlimit");
  int *all = malloc((size_t)count * sizeof *all);
  if (all == NULL) die("malloc");
  for (long i = 0; i < count; i++) {
    all[i] = connected(words[2]);
    write_all(all[i], bytes, 1);
    read_some(all[i], bytes, 1);
  }
  // The server has all it wants when it lets go of the first.
  char byte;
  recv(all[0], &byte, 1, 0);
  dprintf(RESULT_DESCRIPTOR, "{\"clients\":%ld}\n", count);
}

int main(int argc, char **words) {
  const char *what = argc > 3 ? words[1] : "";
  if (is_mode(what, "stream")) stream(words);
  else if (is_mode(what, "connections")) connections(words);
  else if (is_mode(what, "idle")) idle(words);
  else {
    errno = EINVAL;
    die("usage: tcp-client stream|connections|idle ADDRESS ...");
  }
}
