// tcp-endpoint TAP MTU up|down|echo COUNT WARM_UP: one end of one TCP connection, in as little C as will do.
//
// It answers the kernel's SYN, checks and makes checksums, keeps text in a ring, obeys the other end's window and
// acknowledges every second segment; after a loss it begins again where the other end stands. It can nothing else. What a
// stack costs beyond this is the price of its rules, and of its language.
#include <sys/epoll.h>

#include "tcp.h"

#define LONGEST_FRAME (9000 + 14 + 50)
#define RING (1 << 18)
#define SHIFT 3
#define PATIENCE_MS 50
#define STALLS_MAX 200
#define IP 14
#define TCP 34
#define TEXT 54

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

static int tap;
static long mss;
static const char *mode;
static uint8_t ring[RING];
// What answers begin with: the first frame's addresses, turned round.
static uint8_t out[LONGEST_FRAME];
static uint32_t rcv, iss = 1000, window;
static int peer_shift, unacknowledged, stands;
// Counts of our text: written by the server, sent, acknowledged. And of theirs.
static uint64_t written, sent, settled, received;
// The window that was told last.
static uint64_t told;

static uint16_t get16(const uint8_t *at) { return (uint16_t)(at[0] << 8 | at[1]); }
static uint32_t get32(const uint8_t *at) { return (uint32_t)get16(at) << 16 | get16(at + 2); }
static void put16(uint8_t *at, uint32_t value) { at[0] = (uint8_t)(value >> 8), at[1] = (uint8_t)value; }
static void put32(uint8_t *at, uint32_t value) { put16(at, value >> 16), put16(at + 2, value & 0xffff); }

static uint16_t fold(uint64_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)sum;
}

// The sum of the words as they lie in memory: folded, and swapped by whoever compares it.
static uint64_t sum_of(const uint8_t *bytes, long size) {
  uint64_t sum = 0;
  for (; size >= 8; bytes += 8, size -= 8) {
    uint64_t word;
    memcpy(&word, bytes, 8);
    sum += (word & 0xffffffff) + (word >> 32);
  }
  for (; size > 1; bytes += 2, size -= 2) {
    uint16_t word;
    memcpy(&word, bytes, 2);
    sum += word;
  }
  return size ? sum + *bytes : sum;
}

static uint64_t segment_sum(const uint8_t *frame, long size) {
  return sum_of(frame + IP + 12, 8) + htons(6) + htons((uint16_t)size) + sum_of(frame + TCP, size);
}

static uint64_t room(void) { return RING - 4096 - (is_mode(mode, "echo") ? written - settled : 0); }

static void emit(int flags, long options, long text) {
  long header = 20 + options, size = header + text;
  put16(out + IP + 2, (uint32_t)(20 + size));
  put16(out + IP + 10, 0);
  uint16_t checksum = (uint16_t)~fold(sum_of(out + IP, 20));
  memcpy(out + IP + 10, &checksum, 2);
  put32(out + TCP + 4, iss + (stands ? 1 : 0) + (uint32_t)sent);
  put32(out + TCP + 8, rcv);
  out[TCP + 12] = (uint8_t)(header / 4 << 4);
  out[TCP + 13] = (uint8_t)flags;
  told = room();
  put16(out + TCP + 14, flags & SYN ? 65535 : (uint32_t)(told >> SHIFT));
  put32(out + TCP + 16, 0);
  checksum = (uint16_t)~fold(segment_sum(out, size));
  memcpy(out + TCP + 16, &checksum, 2);
  if (write(tap, out, (size_t)(TCP + size)) != TCP + size) die("write");
  unacknowledged = 0;
}

static void take_text(const uint8_t *text, long size) {
  if (is_mode(mode, "echo")) {
    long at = (long)(received & (RING - 1)), first = least(size, RING - at);
    memcpy(ring + at, text, (size_t)first);
    memcpy(ring, text + first, (size_t)(size - first));
  }
  received += (uint64_t)size;
  rcv += (uint32_t)size;
  unacknowledged++;
}

static void send_text(int is_last) {
  for (;;) {
    uint64_t allowed = settled + window < written ? settled + window : written;
    long size = sent < allowed ? (long)(allowed - sent) : 0;
    if (size > mss) size = mss;
    if (size == 0 || (size < mss && !is_last)) return;
    long at = (long)(sent & (RING - 1)), first = least(size, RING - at);
    memcpy(out + TEXT, ring + at, (size_t)first);
    memcpy(out + TEXT + first, ring, (size_t)(size - first));
    emit(ACK | PSH, 0, size);
    sent += (uint64_t)size;
  }
}

static void answer_syn(const uint8_t *frame, long header) {
  memcpy(out, frame, TCP);
  memcpy(out, frame + 6, 6), memcpy(out + 6, frame, 6);
  memcpy(out + IP + 12, frame + IP + 16, 4), memcpy(out + IP + 16, frame + IP + 12, 4);
  memcpy(out + TCP, frame + TCP + 2, 2), memcpy(out + TCP + 2, frame + TCP, 2);
  for (const uint8_t *at = frame + TEXT, *end = frame + TCP + header; at < end && *at != 0;) {
    if (*at == 3) peer_shift = at[2];
    if (*at == 2) mss = least(mss, get16(at + 2));
    at += *at == 1 ? 1 : at[1];
  }
  rcv = get32(frame + TCP + 4) + 1;
  const uint8_t options[8] = {2, 4, (uint8_t)(mss >> 8), (uint8_t)mss, 1, 3, 3, SHIFT};
  memcpy(out + TEXT, options, sizeof options);
  emit(SYN | ACK, sizeof options, 0);
  stands = 1;
}

// Whether the frame was one of the connection's.
static int arrived(const uint8_t *frame, long size) {
  if (size < TEXT || frame[12] != 8 || frame[13] != 0 || frame[IP] != 0x45 || frame[IP + 9] != 6) return 0;
  long segment = get16(frame + IP + 2) - 20, header = (frame[TCP + 12] >> 4) * 4;
  if (fold(sum_of(frame + IP, 20)) != 0xffff || fold(segment_sum(frame, segment)) != 0xffff) return 0;
  int flags = frame[TCP + 13];
  // The kernel may still send something for a connection of an earlier run.
  if (stands ? memcmp(frame + TCP, out + TCP + 2, 2) != 0 : !(flags & SYN)) return 0;
  if (flags & RST) die("reset");
  if (flags & SYN) {
    answer_syn(frame, header);
    return 1;
  }
  uint32_t more = get32(frame + TCP + 8) - (iss + 1 + (uint32_t)settled);
  if (more < 1u << 31) settled += more;
  if (sent < settled) sent = settled;
  window = (uint32_t)get16(frame + TCP + 14) << peer_shift;
  long text = segment - header;
  if (text > 0 && get32(frame + TCP + 4) == rcv) take_text(frame + TCP + header, text);
  else if (text > 0) emit(ACK, 0, 0);
  return 1;
}

int main(int argc, char **words) {
  (void)argc;
  mode = words[3];
  uint64_t count = (uint64_t)number(words, 4), warm_up = (uint64_t)number(words, 5), all = warm_up + count;
  mss = number(words, 2) - 40;
  set_mtu(words[1], number(words, 2));
  tap = open_tap(words[1], O_NONBLOCK);
  int poll = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  if (poll < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, tap, &event) < 0) die("epoll");
  static uint8_t frame[LONGEST_FRAME];
  // Bytes that the client has sent when each of the three parts is over: warm-up, measured, the last byte.
  int is_down = is_mode(mode, "down");
  const uint64_t ends[3] = {is_down ? 1 : warm_up, is_down ? 2 : all, is_down ? 3 : all + 1};
  int64_t start = 0;
  int stalls = 0;
  say('r');
  for (int part = 0; part < 3;) {
    ssize_t size = read(tap, frame, sizeof frame);
    if (size < 0) {
      if (errno != EAGAIN) die("read");
      send_text(1);
      if (unacknowledged > 0) emit(ACK, 0, 0);
      if (epoll_wait(poll, &event, 1, PATIENCE_MS) == 1) continue;
      if (++stalls == STALLS_MAX) die("nothing comes any more");
      sent = settled;
      emit(ACK, 0, 0);
      continue;
    }
    if (!arrived(frame, size)) continue;
    if (is_mode(mode, "echo")) written = received < all ? received : all;
    for (; part < 3 && received >= ends[part]; part++) {
      if (part == (is_down ? 1 : 0)) start = cpu_ns(RUSAGE_SELF);
      if (is_down && part < 2) written += part == 0 ? warm_up : count;
      if (is_mode(mode, "up") && part < 2) written++;
    }
    send_text(0);
    if (unacknowledged >= 2 || room() > told + RING / 2) emit(ACK, 0, 0);
  }
  int64_t cpu = cpu_ns(RUSAGE_SELF) - start;
  emit(ACK, 0, 0);
  dprintf(RESULT_DESCRIPTOR, "{\"cpu\":%lld,\"items\":%lld,\"cpuPerItem\":%g}\n", (long long)cpu,
          (long long)count, (double)cpu / (double)count);
}
