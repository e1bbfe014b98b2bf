// The other end of the wire: the kernel's side of a TAP.
//
//   partner fill TAP SIZE BURST        puts BURST frames into the TAP's queue for every byte on standard input
//   partner echo TAP SIZE COUNT WINDOW keeps WINDOW frames under way until COUNT have come back
//   partner udp ADDRESS SIZE COUNT WINDOW   the same with datagrams to port 7; SIZE is the frame's
//   partner trickle TAP                a frame every 200 us, as long as standard input is open
//
// `echo` and `udp` write a line of JSON with the round trips of all frames in nanoseconds. Nothing waits
// longer than 2 s.
//
// With more than one frame under way they never sleep on the socket but nap and look again: a sleeper would have
// to be woken by the side that is measured, at its expense, and how often depends on chance.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "bench.h"

#define WINDOW_MAX 64
#define HEADERS (14 + 20 + 8)

static uint8_t frames[WINDOW_MAX][FRAME_MAX];
static struct iovec vectors[WINDOW_MAX];
static struct mmsghdr messages[WINDOW_MAX];

static int packet_socket(const char *interface) {
  int descriptor = socket(AF_PACKET, SOCK_RAW, 0);
  if (descriptor < 0) die("socket AF_PACKET");
  struct ifreq request = {0};
  strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  if (ioctl(descriptor, SIOCGIFINDEX, &request) < 0) die(interface);
  struct sockaddr_ll address = {.sll_family = AF_PACKET,
                                .sll_protocol = htons(ETHERTYPE),
                                .sll_ifindex = request.ifr_ifindex};
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
  return descriptor;
}

static int datagram_socket(const char *host) {
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(7)};
  if (descriptor < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1) die(host);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
  return descriptor;
}

static void prepare(size_t size, int raw) {
  for (int i = 0; i < WINDOW_MAX; i++) {
    for (size_t at = 0; at < size; at++) frames[i][at] = (uint8_t)(at * 7 + (size_t)i);
    if (raw) {
      const uint8_t header[14] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, ETHERTYPE >> 8, ETHERTYPE & 255};
      memcpy(frames[i], header, sizeof header);
    }
    vectors[i] = (struct iovec){frames[i], size};
    messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
  }
}

static void send_all(int descriptor, int count) {
  for (int sent = 0; sent < count;) {
    int more = sendmmsg(descriptor, messages + sent, (unsigned)(count - sent), 0);
    if (more < 0) die("sendmmsg");
    sent += more;
  }
}

static void fill(char **words) {
  long burst = number(words, 4);
  int descriptor = packet_socket(words[2]);
  prepare((size_t)number(words, 3), 1);
  char byte;
  while (read(0, &byte, 1) == 1) {
    for (long left = burst; left > 0; left -= WINDOW_MAX)
      send_all(descriptor, left < WINDOW_MAX ? (int)left : WINDOW_MAX);
    say('x');
  }
}

static int by_value(const void *a, const void *b) {
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

#define NAP_NS 20000

// Frames that have come back, at least one.
static int take(int descriptor, int naps) {
  if (!naps) return recvmmsg(descriptor, messages, WINDOW_MAX, MSG_WAITFORONE, NULL);
  struct timespec nap = {.tv_nsec = NAP_NS};
  int64_t patience = clock_ns(CLOCK_MONOTONIC) + 2000000000;
  for (;;) {
    int came = recvmmsg(descriptor, messages, WINDOW_MAX, MSG_DONTWAIT, NULL);
    if (came > 0 || errno != EAGAIN || clock_ns(CLOCK_MONOTONIC) > patience) return came;
    nanosleep(&nap, NULL);
  }
}

static void round_trips(int descriptor, size_t size, long count, int window) {
  struct timeval patience = {.tv_sec = 2};
  prctl(PR_SET_TIMERSLACK, 1);
  int room = 4 << 20;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  static int64_t sent_at[WINDOW_MAX];
  int32_t *trips = malloc((size_t)count * sizeof *trips);
  if (trips == NULL) die("malloc");
  // Frames come back in the order in which they left.
  long sent = 0, back = 0;
  int allowed = window;
  while (back < count) {
    if (allowed > count - sent) allowed = (int)(count - sent);
    int64_t now = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < allowed; i++) sent_at[(sent + i) % WINDOW_MAX] = now;
    send_all(descriptor, allowed);
    sent += allowed;
    for (int i = 0; i < WINDOW_MAX; i++) vectors[i].iov_len = FRAME_MAX;
    int came = take(descriptor, window > 1);
    if (came <= 0) die("frames were lost");
    now = clock_ns(CLOCK_MONOTONIC);
    for (int i = 0; i < came; i++) {
      if (messages[i].msg_len != size) {
        errno = EBADMSG;
        die("an answer of another size");
      }
      vectors[i].iov_len = size;
      trips[back] = (int32_t)(now - sent_at[back % WINDOW_MAX]);
      back++;
    }
    for (int i = came; i < WINDOW_MAX; i++) vectors[i].iov_len = size;
    allowed = came;
  }
  qsort(trips, (size_t)count, sizeof *trips, by_value);
  dprintf(RESULT_DESCRIPTOR, "{\"p50\":%d,\"p99\":%d}\n", trips[count / 2], trips[count - 1 - count / 100]);
}

static void trickle(char **words) {
  int descriptor = packet_socket(words[2]);
  prepare(64, 1);
  say('r');
  struct pollfd input = {.fd = 0, .events = POLLIN};
  struct timespec pause = {.tv_nsec = 200000};
  while (poll(&input, 1, 0) == 0) {
    // Without a reader the interface has no carrier, and the kernel says so.
    if (send(descriptor, frames[0], 64, 0) < 0 && errno != ENETDOWN && errno != ENOBUFS) die("send");
    nanosleep(&pause, NULL);
  }
}

int main(int argc, char **words) {
  const char *what = argc > 2 ? words[1] : "";
  if (strcmp(what, "fill") == 0) {
    fill(words);
  } else if (strcmp(what, "echo") == 0 || strcmp(what, "udp") == 0) {
    int raw = what[0] == 'e';
    size_t size = (size_t)number(words, 3) - (raw ? 0 : HEADERS);
    int descriptor = raw ? packet_socket(words[2]) : datagram_socket(words[2]);
    prepare(size, raw);
    round_trips(descriptor, size, number(words, 4), (int)number(words, 5));
  } else if (strcmp(what, "trickle") == 0) {
    trickle(words);
  } else {
    errno = EINVAL;
    die("usage: partner fill|echo|udp|trickle ...");
  }
}
