// What the TCP programs share: sockets of the kernel, and whole reads and writes.
#ifndef TCP_H
#define TCP_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "bench.h"

#define TCP_PORT 7
#define CHUNK (64 * 1024)

// up: the client sends. down: the server does. echo: the server sends back what comes.
static inline int is_mode(const char *mode, const char *name) { return strcmp(mode, name) == 0; }

static inline int tcp_socket(void) {
  int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) die("socket");
  int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return descriptor;
}

static inline struct sockaddr_in tcp_address(const char *host) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(TCP_PORT)};
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die(host);
  return address;
}

static inline void write_all(int descriptor, const uint8_t *bytes, long size) {
  while (size > 0) {
    ssize_t count = send(descriptor, bytes, (size_t)size, MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) die("send");
    bytes += count;
    size -= count;
  }
}

// At least a byte.
static inline long read_some(int descriptor, uint8_t *bytes, long size) {
  ssize_t count;
  do count = recv(descriptor, bytes, (size_t)size, 0);
  while (count < 0 && errno == EINTR);
  if (count <= 0) die("recv");
  return count;
}

static inline void set_mtu(const char *interface, long mtu) {
  struct ifreq request = {.ifr_mtu = (int)mtu};
  strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  int descriptor = tcp_socket();
  if (ioctl(descriptor, SIOCSIFMTU, &request) < 0) die("SIOCSIFMTU");
  close(descriptor);
}

static inline long least(long a, long b) { return a < b ? a : b; }

#endif
