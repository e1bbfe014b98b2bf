// Random input for what the library reads that it has not written itself: `parse-fuzz SEED COUNT`. Replies of the
// kernel over netlink, names of interfaces, addresses, owners. Ends with 0 where each of COUNT rounds gives what a
// second, slower reader (written apart from the library) says it must; else prints the seed and the input.
//
// Built with the sanitizers by test/parsers.test.ts, and run under valgrind as well. The linker wraps the
// system calls: nothing is asked of the kernel, and no interface is touched.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../host/host.h"
#include "../host/tun.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

#define ROOM 40000

static uint64_t seed;
static long round_index;
static char input_text[700];

static uint64_t random_state;
static uint32_t bits(void) { // SplitMix64
  uint64_t mixed = random_state += UINT64_C(0x9e3779b97f4a7c15);
  mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(mixed >> 32);
}
static uint32_t below(uint32_t limit) { return (uint32_t)(((uint64_t)bits() * limit) >> 32); }

#define REQUIRE(condition)                                                                        \
  do {                                                                                            \
    if (!(condition)) {                                                                           \
      fprintf(stderr, "%s:%d: %s\nSEED=%llu, round %ld, input %s\n", __FILE__, __LINE__,         \
              #condition, (unsigned long long)seed, round_index, input_text);                     \
      exit(1);                                                                                    \
    }                                                                                             \
  } while (0)

static void show_bytes(const unsigned char *bytes, size_t size) {
  size_t at = 0;
  for (size_t i = 0; i < size && at + 3 < sizeof input_text; i++)
    at += (size_t)sprintf(input_text + at, "%02x", bytes[i]);
}

// --- The kernel, as it is made believe

static unsigned char reply[ROOM];
static size_t reply_size;
static int reply_error; // recv fails with it
static char *hidden;    // room behind what was received, that nobody may look at
static size_t hidden_size;
static unsigned char sent[512];
static size_t sent_size;
static struct ifreq asked[8];
static unsigned long asked_calls[8];
static unsigned asked_count;
static int ioctl_error; // of SIOCGIFINDEX
static int interrupted; // so many calls give EINTR first

static int interrupt(void) {
  if (interrupted == 0) return 0;
  interrupted--;
  errno = EINTR;
  return 1;
}

ssize_t __wrap_sendto(int fd, const void *from, size_t size, int flags,
                      const struct sockaddr *to, socklen_t to_size) {
  (void)fd, (void)flags, (void)to, (void)to_size;
  if (interrupt()) return -1;
  REQUIRE(size <= sizeof sent);
  memcpy(sent, from, size);
  sent_size = size;
  return (ssize_t)size;
}

ssize_t __wrap_recv(int fd, void *into, size_t size, int flags) {
  (void)fd, (void)flags;
  if (interrupt()) return -1;
  if (reply_error != 0) {
    errno = reply_error;
    return -1;
  }
  size_t count = reply_size < size ? reply_size : size;
  memcpy(into, reply, count);
  // Whoever looks behind what was received is found out.
  hidden = (char *)into + count;
  hidden_size = size - count;
  ASAN_POISON_MEMORY_REGION(hidden, hidden_size);
  return (ssize_t)count;
}

// The stack that the reply was on will be others'.
static void show_hidden(void) {
  ASAN_UNPOISON_MEMORY_REGION(hidden, hidden_size);
  hidden_size = 0;
}

int __wrap_ioctl(int fd, unsigned long call, void *argument) {
  (void)fd;
  if (asked_count < 8) {
    asked_calls[asked_count] = call;
    if (call == TUNSETIFF || call == SIOCGIFINDEX || call == SIOCSIFMTU || call == SIOCSIFFLAGS ||
        call == SIOCGIFFLAGS)
      memcpy(&asked[asked_count], argument, sizeof asked[0]);
    asked_count++;
  }
  if (call == SIOCGIFINDEX) {
    if (ioctl_error != 0) {
      errno = ioctl_error;
      return -1;
    }
    ((struct ifreq *)argument)->ifr_ifindex = 7;
  }
  return 0;
}

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  return __real_open(strcmp(path, "/dev/net/tun") == 0 ? "/dev/null" : path, flags);
}

static void forget(void) {
  sent_size = 0;
  asked_count = 0;
  reply_error = 0;
  ioctl_error = 0;
  interrupted = below(10) == 0 ? (int)below(3) : 0;
  memset(asked, 0, sizeof asked);
}

// --- Replies about an interface

static void put16(unsigned char *at, unsigned value) {
  uint16_t word = (uint16_t)value;
  memcpy(at, &word, 2);
}
static void put32(unsigned char *at, uint32_t value) { memcpy(at, &value, 4); }
static unsigned get16(const unsigned char *at) {
  uint16_t word;
  memcpy(&word, at, 2);
  return word;
}
static uint32_t get32(const unsigned char *at) {
  uint32_t word;
  memcpy(&word, at, 4);
  return word;
}

static void noise(unsigned char *at, size_t size) {
  for (size_t i = 0; i < size; i++) at[i] = (unsigned char)bits();
}

// An attribute at `at` with `size` random bytes; gives where the next one begins.
static size_t attribute(size_t at, unsigned type, unsigned size) {
  put16(reply + at, 4 + size);
  put16(reply + at + 2, type);
  noise(reply + at + 4, size);
  return at + ((4 + size + 3) & ~3u);
}

static size_t nest(size_t at, unsigned type, size_t end) {
  put16(reply + at, (unsigned)(end - at));
  put16(reply + at + 2, type | (below(2) ? 0x8000 : 0));
  return end;
}

static void sound_reply(void) {
  size_t at = 32;
  noise(reply, 32);
  for (unsigned count = below(8); count > 0; count--) {
    switch (below(6)) {
      case 0:
        at = attribute(at, IFLA_MTU, below(8) == 0 ? below(8) : 4);
        break;
      case 1:
        at = attribute(at, IFLA_STATS64, below(4) == 0 ? below(230) : 200);
        break;
      case 2: {
        size_t link = at, data = attribute(at + 4, IFLA_INFO_KIND, below(6));
        size_t end = data + 4;
        for (unsigned inner = below(5); inner > 0; inner--) {
          const unsigned types[] = {IFLA_TUN_PI, IFLA_TUN_VNET_HDR, IFLA_TUN_TYPE, IFLA_TUN_OWNER};
          size_t start = end;
          end = attribute(end, types[below(4)], below(5));
          if (below(2)) reply[start + 4] = 0;
        }
        nest(data, IFLA_INFO_DATA, end);
        at = nest(link, IFLA_LINKINFO, end);
        break;
      }
      default:
        at = attribute(at, below(70), below(40));
    }
  }
  put32(reply, (uint32_t)at);
  put16(reply + 4, RTM_NEWLINK);
  put32(reply + 20, below(100));
  reply_size = at;
}

static void error_reply(void) {
  const int codes[] = {0, -ENODEV, -EPERM, -1, 1, ENODEV, -4095, -4096, INT32_MIN, INT32_MAX};
  noise(reply, 64);
  put32(reply, 36);
  put16(reply + 4, NLMSG_ERROR);
  put32(reply + 16, (uint32_t)codes[below(10)]);
  reply_size = 36;
}

static void damage_reply(void) {
  switch (below(6)) {
    case 0:
      reply_size = below((uint32_t)reply_size + 1);
      return;
    case 1:
      for (unsigned count = 1 + below(8); count > 0; count--)
        reply[below((uint32_t)reply_size)] ^= (unsigned char)(1 << below(8));
      return;
    case 2: // a length somewhere
      put16(reply + 4 * below((uint32_t)reply_size / 4), below(2) ? below(64) : bits());
      return;
    case 3:
      put32(reply, below(2) ? (uint32_t)reply_size + below(64) - 32 : bits());
      return;
    case 4: // longer than the room for it
      noise(reply + reply_size, ROOM - reply_size);
      reply_size = ROOM;
      if (below(2)) put32(reply, 32000 + below(9000));
      return;
    default:
      reply_size = below(2) ? below(200) : below(ROOM);
      noise(reply, reply_size);
      if (below(2) && reply_size >= 6) {
        put32(reply, (uint32_t)reply_size);
        put16(reply + 4, RTM_NEWLINK);
      }
  }
}

// What must be made of `size` bytes of reply: 0 or -errno.
static int read_error(size_t size) {
  if (size < 16 || get32(reply) < 16 || get32(reply) > size) return -EBADMSG;
  if (get16(reply + 4) != NLMSG_ERROR) return 0;
  if (get32(reply) < 36) return -EBADMSG;
  int32_t code = (int32_t)get32(reply + 16);
  return code > 0 || code < -4095 ? -EBADMSG : code;
}

// The last attribute that `wanted` takes among those from `at` to `end`; 0 where there is none. `first`: the first.
static size_t find(size_t at, size_t end, unsigned type, unsigned mask, int first) {
  size_t found = 0;
  while (end >= at && end - at >= 4) {
    size_t size = get16(reply + at);
    if (size < 4 || size > end - at) break;
    if ((get16(reply + at + 2) & mask) == type) {
      found = at;
      if (first) break;
    }
    at += (size + 3) & ~(size_t)3;
  }
  return found;
}

static int read_link(size_t size, struct s5_link *link) {
  int error = read_error(size);
  if (error < 0) return error;
  if (get16(reply + 4) != RTM_NEWLINK || get32(reply) < 32) return -EBADMSG;
  *link = (struct s5_link){.index = get32(reply + 20), .up = get32(reply + 24) & 1};
  size_t end = get32(reply);
  for (size_t at = 32; end >= at && end - at >= 4;) {
    size_t length = get16(reply + at);
    unsigned type = get16(reply + at + 2);
    if (length < 4 || length > end - at) break;
    if (type == IFLA_MTU && length >= 8) link->mtu = get32(reply + at + 4);
    // Eight counters of 64 bits, tx_dropped is the last: 4 + 7 * 8.
    if (type == IFLA_STATS64 && length >= 4 + 8 * 8)
      memcpy(&link->transmit_dropped, reply + at + 60, 8);
    if ((type & 0x3fff) == IFLA_LINKINFO) {
      link->frame_header = false;
      size_t data = find(at + 4, at + length, IFLA_INFO_DATA, 0x3fff, 1);
      const unsigned flags[] = {IFLA_TUN_PI, IFLA_TUN_VNET_HDR};
      for (unsigned i = 0; i < 2 && data != 0; i++) {
        size_t flag = find(data + 4, data + get16(reply + data), flags[i], 0x3fff, 1);
        if (flag != 0 && get16(reply + flag) >= 5 && reply[flag + 4] != 0)
          link->frame_header = true;
      }
    }
    at += (length + 3) & ~(size_t)3;
  }
  return link->mtu > 0 ? 0 : -EBADMSG;
}

static void fuzz_replies(void) {
  forget();
  if (below(8) == 0) error_reply();
  else sound_reply();
  if (below(3) > 0) damage_reply();
  if (below(50) == 0) reply_error = ENOBUFS;
  show_bytes(reply, reply_size < 300 ? reply_size : 300);
  struct s5_link link = {0}, expected = {0};
  size_t seen = reply_size < 32768 ? reply_size : 32768;
  int result = s5_link_query(3, 7, &link);
  show_hidden();
  int wanted = reply_error != 0 ? -reply_error : read_link(seen, &expected);
  REQUIRE(result == wanted);
  REQUIRE(get32(sent) == sent_size && get16(sent + 4) == RTM_GETLINK && get32(sent + 20) == 7);
  if (result == 0) {
    REQUIRE(link.index == expected.index && link.mtu == expected.mtu && link.up == expected.up);
    REQUIRE(link.frame_header == expected.frame_header);
    REQUIRE(link.transmit_dropped == expected.transmit_dropped);
  }
  const unsigned char address[16] = {10, 0, 0, 1};
  wanted = reply_error != 0 ? -reply_error : read_error(seen);
  result = s5_link_add_address(3, 7, AF_INET, address, 24);
  show_hidden();
  REQUIRE(result == wanted);
}

// --- Texts

static char text[400];

static void random_text(size_t size) {
  for (size_t i = 0; i < size; i++) text[i] = (char)(1 + below(255));
  text[size] = '\0';
}

static void damage_text(void) {
  size_t size = strlen(text);
  for (unsigned count = below(3); count > 0; count--) {
    size_t at = below((uint32_t)size + 1);
    const char curious[] = "/:.%0123456789 +-x,afF\n";
    char letter = below(8) == 0 ? (char)(1 + below(255)) : curious[below(sizeof curious - 1)];
    if (below(2) && size > 0 && at < size) {
      if (below(2)) text[at] = letter;
      else memmove(text + at, text + at + 1, size - at);
    } else if (size + 2 < sizeof text) {
      memmove(text + at + 1, text + at, size - at + 1);
      text[at] = letter;
    }
    size = strlen(text);
  }
}

static const char *random_name(void) {
  static char name[400];
  if (below(3) == 0) random_text(below(40));
  else if (below(20) == 0) random_text(below(300));
  else snprintf(text, sizeof text, below(2) ? "tap%u" : "a-long-name%u", below(12000));
  if (below(3) == 0) damage_text();
  strcpy(name, text);
  return name;
}

static void fuzz_names(void) {
  forget();
  const char *name = random_name();
  size_t size = strlen(name);
  ioctl_error = (int[]){0, 0, ENODEV, EPERM}[below(4)];
  show_bytes((const unsigned char *)name, size);
  struct s5_fault fault = {0};
  int result = s5_tun_existing(3, name, &fault);
  if (size == 0 || size > 15) {
    REQUIRE(result == S5_FAILED && fault.reason == S5_INTERFACE_NAME && asked_count == 0);
    REQUIRE(fault.a == (int64_t)size && fault.b == 15);
    return;
  }
  // Asked for whole, and for no other name.
  char padded[IFNAMSIZ] = {0};
  memcpy(padded, name, size);
  REQUIRE(asked_count == 1 && asked_calls[0] == SIOCGIFINDEX);
  REQUIRE(memcmp(asked[0].ifr_name, padded, IFNAMSIZ) == 0);
  if (ioctl_error == 0) {
    REQUIRE(result == 7);
  } else {
    REQUIRE(result == S5_FAILED && fault.error == ioctl_error);
    REQUIRE(fault.reason == (ioctl_error == ENODEV ? S5_NO_INTERFACE : S5_SYSTEM));
  }
}

static const char *random_address(void) {
  static char address[400];
  char host[INET6_ADDRSTRLEN];
  unsigned char bytes[16];
  noise(bytes, 16);
  for (unsigned i = 0; i < 16; i++)
    if (below(2)) bytes[i] = 0;
  bool is_old = below(2);
  inet_ntop(is_old ? AF_INET : AF_INET6, bytes, host, sizeof host);
  unsigned prefix = below(4) == 0 ? bits() : below(is_old ? 34 : 130);
  snprintf(text, sizeof text, "%s/%u", host, prefix);
  if (below(2)) damage_text();
  if (below(20) == 0) random_text(below(300));
  strcpy(address, text);
  return address;
}

// The number that `from` is, digits and nothing else; -1 where it is none or more than `limit`.
static int64_t number(const char *from, int64_t limit) {
  int64_t value = 0;
  if (*from == '\0') return -1;
  for (; *from != '\0'; from++) {
    if (*from < '0' || *from > '9') return -1;
    value = value * 10 + (*from - '0');
    if (value > limit) return -1;
  }
  return value;
}

// The family, or 0 where it is no address with a prefix.
static int read_address(const char *address, unsigned char bytes[16], int64_t *prefix) {
  char host[400];
  strcpy(host, address);
  char *slash = strchr(host, '/');
  if (slash == NULL) return 0;
  *slash = '\0';
  int family = strchr(host, ':') != NULL ? AF_INET6 : AF_INET;
  if (inet_pton(family, host, bytes) != 1) return 0;
  *prefix = number(slash + 1, family == AF_INET ? 32 : 128);
  return *prefix < 0 ? 0 : family;
}

static const char *random_owner(void) {
  static char owner[400];
  const char *known[] = {"root", "nobody", "no-such-user", "0", "4294967294", "4294967295", "-1"};
  if (below(2)) strcpy(text, known[below(7)]);
  else snprintf(text, sizeof text, "%u", bits());
  if (below(3) == 0) damage_text();
  strcpy(owner, text);
  return owner;
}

static bool is_owner(const char *owner) {
  if (number(owner, 4294967294) >= 0) return true;
  return getpwnam(owner) != NULL;
}

static bool was_asked(unsigned long call) {
  for (unsigned i = 0; i < asked_count; i++)
    if (asked_calls[i] == call) return true;
  return false;
}

// The request that gives the address, read as the kernel would.
static void check_request(int family, const unsigned char *bytes, int64_t prefix) {
  unsigned size = family == AF_INET ? 4 : 16;
  REQUIRE(sent_size >= 24 && get32(sent) == sent_size && get16(sent + 4) == RTM_NEWADDR);
  REQUIRE(sent[16] == family && sent[17] == prefix && get32(sent + 20) == 7);
  unsigned types = 0;
  for (size_t at = 24; at < sent_size; at += 4 + size) {
    REQUIRE(at + 4 + size <= sent_size && get16(sent + at) == 4 + size);
    unsigned type = get16(sent + at + 2);
    types |= 1u << type;
    if (type != IFA_BROADCAST) {
      REQUIRE(memcmp(sent + at + 4, bytes, size) == 0);
      continue;
    }
    REQUIRE(size == 4);
    uint32_t own = (uint32_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    uint32_t all = own | (uint32_t)(UINT64_C(0xffffffff) >> prefix);
    REQUIRE(ntohl(get32(sent + at + 4)) == all);
  }
  bool has_broadcast = family == AF_INET && prefix < 31;
  REQUIRE(types == (1u << IFA_LOCAL | 1u << IFA_ADDRESS |
                    (has_broadcast ? 1u << IFA_BROADCAST : 0)));
}

static void fuzz_plans(void) {
  forget();
  struct s5_tap_plan plan = {.name = below(3) == 0 ? random_name() : "tap0"};
  char name[400];
  strcpy(name, plan.name);
  plan.name = name;
  if (below(4) > 0) plan.address = random_address();
  if (below(3) == 0) plan.owner = random_owner();
  if (below(3) == 0) plan.mtu = 68 + below(2000);
  snprintf(input_text, sizeof input_text, "name \"%.200s\" address \"%.200s\" owner \"%.200s\"",
           name, plan.address ? plan.address : "", plan.owner ? plan.owner : "");
  memset(reply, 0, 64);
  put32(reply, 36);
  put16(reply + 4, NLMSG_ERROR);
  reply_size = 36;
  unsigned char bytes[16];
  int64_t prefix = 0;
  int family = plan.address ? read_address(plan.address, bytes, &prefix) : 0;
  bool good_name = *name != '\0' && strlen(name) < 16 && strchr(name, '%') == NULL;
  struct s5_fault fault = {0};
  int result = s5_tap_create(&plan, &fault);
  show_hidden();
  enum s5_reason reason;
  if (!good_name) {
    reason = S5_INTERFACE_NAME;
  } else if (plan.address != NULL && family == 0) {
    reason = S5_ADDRESS;
  } else if (plan.owner != NULL && !is_owner(plan.owner)) {
    reason = S5_USER;
  } else {
    REQUIRE(result == S5_OK && asked_calls[0] == TUNSETIFF && was_asked(TUNSETPERSIST));
    REQUIRE(strcmp(asked[0].ifr_name, name) == 0);
    REQUIRE(was_asked(SIOCSIFMTU) == (plan.mtu > 0));
    REQUIRE((sent_size > 0) == (family != 0));
    if (family != 0) check_request(family, bytes, prefix);
    return;
  }
  // Refused before anything was made.
  REQUIRE(result == S5_FAILED && fault.reason == reason && asked_count == 0 && sent_size == 0);
}

static int lowest_descriptor(void) {
  int descriptor = dup(0);
  close(descriptor);
  return descriptor;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  seed = strtoull(words[1], NULL, 10);
  random_state = seed;
  long rounds = strtol(words[2], NULL, 10);
  // The first look into the list of users keeps what it needs.
  getpwnam("root");
  int before = lowest_descriptor();
  for (round_index = 0; round_index < rounds; round_index++) {
    fuzz_replies();
    fuzz_names();
    fuzz_plans();
  }
  strcpy(input_text, "(all)");
  REQUIRE(lowest_descriptor() == before);
  printf("%ld rounds\n", rounds);
  return 0;
}
