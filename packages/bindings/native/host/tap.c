// An attached TAP: finding it, and moving frames.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if_arp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "acquire.h"
#include "host.h"
#include "io.h"
#include "link.h"
#include "status.h"
#include "tun.h"

// Reads that give nothing (oversized frames) end a call after so many: nobody keeps the floor.
#define FRUITLESS_MAX 64

int s5_tap_attach(struct s5_host *host, const char *label, const char *interface) {
  host->fault_label = NULL;
  struct s5_device *device = s5_device_new(S5_KIND_TAP, label);
  if (device == NULL) return s5_fault_system(&host->fault, S5_MEMORY, ENOMEM, NULL);
  device->tap.control = s5_link_socket();
  if (device->tap.control < 0) {
    int error = -device->tap.control;
    s5_device_free(device);
    return s5_fault_system(&host->fault, S5_SYSTEM, error, "socket AF_NETLINK");
  }
  int index = s5_tun_existing(device->tap.control, interface, &host->fault);
  if (index >= 0) {
    device->tap.index = (unsigned)index;
    device->descriptor = s5_tun_attach(interface, &host->fault);
  }
  if (device->descriptor < 0) {
    s5_device_free(device);
    return S5_FAILED;
  }
  return s5_host_add(host, device);
}

// A netlink socket in the namespace where the TAP lives. The thread goes there and comes back;
// other threads are not moved.
static int control_elsewhere(int namespace) {
  int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  if (home < 0) return -errno;
  int result;
  if (setns(namespace, CLONE_NEWNET) < 0) {
    result = -errno;
  } else {
    result = s5_link_socket();
    // The kernel let this thread leave, and the same right lets it back in. A thread left behind in
    // the wrong namespace would misdirect every socket it opens from now on.
    if (setns(home, CLONE_NEWNET) < 0) abort();
  }
  close(home);
  return result;
}

static int same_namespace(int namespace) {
  struct statx theirs, ours;
  if (s5_status(namespace, "", AT_EMPTY_PATH, STATX_INO, &theirs) < 0) return 0;
  if (s5_status(AT_FDCWD, "/proc/thread-self/ns/net", 0, STATX_INO, &ours) < 0) return 0;
  return theirs.stx_ino == ours.stx_ino && theirs.stx_dev_major == ours.stx_dev_major &&
         theirs.stx_dev_minor == ours.stx_dev_minor;
}

// Without CAP_NET_ADMIN the kernel does not say which namespace a TAP lives in. Then it is taken to
// be ours if an interface of the same name here has the same hardware address. `name` has IFNAMSIZ
// bytes.
static int looks_like_ours(int control, int descriptor, const char *name) {
  struct ifreq here = {0}, there = {0};
  memcpy(here.ifr_name, name, IFNAMSIZ);
  return ioctl(descriptor, SIOCGIFHWADDR, &there) == 0 &&
         ioctl(control, SIOCGIFHWADDR, &here) == 0 &&
         memcmp(here.ifr_hwaddr.sa_data, there.ifr_hwaddr.sa_data, 6) == 0;
}

// Fills in `tap->control` and `tap->index`.
static int find_interface(struct s5_tap *tap, int descriptor, const char *name,
                          struct s5_fault *fault) {
  int namespace = ioctl(descriptor, TUNGETDEVNETNS);
  int elsewhere = namespace >= 0 && !same_namespace(namespace);
  tap->control = elsewhere ? control_elsewhere(namespace) : s5_link_socket();
  int unknown = namespace < 0;
  if (namespace >= 0) close(namespace);
  if (tap->control < 0)
    return s5_fault_system(fault, elsewhere ? S5_DESCRIPTOR_ELSEWHERE : S5_SYSTEM, -tap->control,
                           elsewhere ? "setns" : "socket AF_NETLINK");
  int index = s5_link_index(tap->control, name);
  if (index < 0 || (unknown && !looks_like_ours(tap->control, descriptor, name)))
    return s5_fault_system(fault, S5_DESCRIPTOR_ELSEWHERE, index < 0 ? -index : EPERM,
                           "ioctl TUNGETDEVNETNS");
  tap->index = (unsigned)index;
  return S5_OK;
}

static int adopt(struct s5_device *device, int descriptor, struct s5_fault *fault) {
  int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0) return s5_fault_value(fault, S5_BAD_DESCRIPTOR, descriptor, 0);
  struct ifreq request = {0};
  if (ioctl(descriptor, TUNGETIFF, &request) < 0 || !(request.ifr_flags & IFF_TAP))
    return s5_fault_value(fault, S5_DESCRIPTOR_NOT_A_TAP, descriptor, 0);
  if (find_interface(&device->tap, descriptor, request.ifr_name, fault) < 0) return S5_FAILED;
  // Not by the flags that TUNGETIFF gives: its IFF_NOFILTER has the same bit as IFF_NO_PI.
  struct s5_link link;
  int error = s5_link_query(device->tap.control, device->tap.index, &link);
  if (error < 0) return s5_fault_system(fault, S5_SYSTEM, -error, "netlink RTM_GETLINK");
  if (link.frame_header) return s5_fault_value(fault, S5_DESCRIPTOR_HEADER, descriptor, 0);
  device->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  if (device->descriptor < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0)
    return s5_fault_system(fault, S5_SYSTEM, errno, "fcntl");
  if (ioctl(descriptor, TUNSETOFFLOAD, 0) < 0)
    return s5_fault_system(fault, S5_SYSTEM, errno, "ioctl TUNSETOFFLOAD");
  return S5_OK;
}

int s5_tap_adopt(struct s5_host *host, const char *label, int descriptor) {
  host->fault_label = NULL;
  struct s5_device *device = s5_device_new(S5_KIND_TAP, label);
  if (device == NULL) return s5_fault_system(&host->fault, S5_MEMORY, ENOMEM, NULL);
  if (adopt(device, descriptor, &host->fault) < 0) {
    s5_device_free(device);
    return S5_FAILED;
  }
  device->original = descriptor;
  return s5_host_add(host, device);
}

// The state of the interface, or a fault: GONE where it was deleted.
static int query(struct s5_host *host, struct s5_device *device, char *name,
                 struct s5_link *link) {
  struct ifreq request = {0};
  if (ioctl(device->descriptor, TUNGETIFF, &request) < 0)
    return s5_device_fault(host, device, S5_GONE, errno, "ioctl TUNGETIFF");
  if (name != NULL) memcpy(name, request.ifr_name, IFNAMSIZ);
  int error = s5_link_query(device->tap.control, device->tap.index, link);
  if (error < 0) return s5_device_fault(host, device, S5_SYSTEM, -error, "netlink RTM_GETLINK");
  return S5_OK;
}

int s5_tap_state(struct s5_host *host, unsigned index, char *name, struct s5_link *link) {
  host->fault_label = NULL;
  if (index >= host->attached_count || host->attached[index]->kind != S5_KIND_TAP)
    return s5_fault_value(&host->fault, S5_BAD_HANDLE, index, 0);
  return query(host, host->attached[index], name, link);
}

int s5_tap_begin(struct s5_host *host, struct s5_device *device, unsigned handle) {
  struct s5_tap *tap = &device->tap;
  struct s5_link link;
  if (query(host, device, NULL, &link) < 0) return S5_FAILED;
  uint32_t frame_size_max = link.mtu + S5_ETHERNET_HEADER;
  uint32_t slot_size = (frame_size_max + S5_SLOT_SPARE + 63) & ~UINT32_C(63);
  uint8_t *scratch = realloc(tap->scratch, slot_size);
  if (scratch == NULL) return s5_device_fault(host, device, S5_MEMORY, ENOMEM, NULL);
  tap->scratch = scratch;
  tap->mtu = link.mtu;
  tap->frame_size_max = frame_size_max;
  tap->slot_size = slot_size;
  if (s5_watch(host, device, handle) < 0) return S5_FAILED;
  host->taps[handle >> 5] |= UINT32_C(1) << (handle & 31);
  return S5_OK;
}

void s5_tap_end(struct s5_host *host, struct s5_device *device) {
  s5_unwatch(host, device, device->handle);
  host->taps[device->handle >> 5] &= ~(UINT32_C(1) << (device->handle & 31));
}

static int read_fault(struct s5_host *host, const struct s5_device *device, int error) {
  enum s5_reason reason = error == EBADFD ? S5_GONE : S5_SYSTEM;
  return s5_device_fault(host, device, reason, error, "read");
}

// One frame of at most frame_size_max bytes into a slot; longer ones are counted and passed over.
static int read_frame(struct s5_host *host, struct s5_device *device, uint8_t *slot) {
  struct s5_tap *tap = &device->tap;
  for (int fruitless = 0; fruitless < FRUITLESS_MAX;) {
    ssize_t size = s5_io_read(device->descriptor, slot, tap->slot_size);
    if (size >= 0) {
      if ((uint32_t)size <= tap->frame_size_max) return (int)size;
      tap->receive_oversized++;
      fruitless++;
    } else if (errno == EAGAIN) {
      return S5_AGAIN;
    } else if (errno != EINTR) {
      return read_fault(host, device, errno);
    }
  }
  return S5_AGAIN; // more may be waiting: the descriptor stays readable, so the next poll tells
}

int s5_tap_read(struct s5_host *host, unsigned handle, uint8_t *into, size_t room) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_TAP);
  if (device == NULL) return S5_FAILED;
  struct s5_tap *tap = &device->tap;
  if (room < tap->frame_size_max)
    return s5_device_fault_value(host, device, S5_ROOM, (int64_t)room, tap->frame_size_max);
  // Through a slot of our own: the caller's buffer has no spare bytes to recognise a longer frame
  // by, and must keep its old content where nothing came. Copying 1514 bytes costs less than the
  // second segment of a readv would.
  int size = read_frame(host, device, tap->scratch);
  if (size > 0) memcpy(into, tap->scratch, (size_t)size);
  return size;
}

int s5_tap_read_batch(struct s5_host *host, unsigned handle, uint8_t *slots, int32_t *sizes,
                      unsigned count) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_TAP);
  if (device == NULL) return S5_FAILED;
  size_t slot_size = device->tap.slot_size;
  for (unsigned i = 0; i < count; i++) {
    int size = read_frame(host, device, slots + i * slot_size);
    if (size == S5_AGAIN) return (int)i;
    // A fault after the first frame waits for the next call: what was read is not lost.
    if (size < 0) return i > 0 ? (int)i : size;
    sizes[i] = size;
  }
  return (int)count;
}

static int write_frame(struct s5_host *host, struct s5_device *device, const uint8_t *from,
                       size_t size) {
  for (;;) {
    if (s5_io_write(device->descriptor, from, size) >= 0) return S5_OK;
    switch (errno) {
      case EINTR:
        continue;
      case EIO: // the interface is down
      case EAGAIN:
      case ENOBUFS:
      case ENOMEM:
        device->tap.send_dropped++;
        return S5_OK;
      case EBADFD:
        return s5_device_fault(host, device, S5_GONE, EBADFD, "write");
      default:
        return s5_device_fault(host, device, S5_SYSTEM, errno, "write");
    }
  }
}

int s5_tap_write(struct s5_host *host, unsigned handle, const uint8_t *from, size_t size) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_TAP);
  if (device == NULL) return S5_FAILED;
  if (size < S5_ETHERNET_HEADER || size > device->tap.frame_size_max)
    return s5_device_fault_value(host, device, S5_FRAME_SIZE, (int64_t)size,
                                 device->tap.frame_size_max);
  return write_frame(host, device, from, size);
}

int s5_tap_write_batch(struct s5_host *host, unsigned handle, const uint8_t *bytes,
                       size_t slot_size, const int32_t *sizes, unsigned count) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_TAP);
  if (device == NULL) return S5_FAILED;
  uint32_t limit = device->tap.frame_size_max;
  if (slot_size < limit) limit = (uint32_t)slot_size;
  for (unsigned i = 0; i < count; i++) {
    if (sizes[i] < S5_ETHERNET_HEADER || (uint32_t)sizes[i] > limit)
      return s5_device_fault_value(host, device, S5_FRAME_SIZE, sizes[i], limit);
  }
  for (unsigned i = 0; i < count; i++) {
    if (write_frame(host, device, bytes + i * slot_size, (size_t)sizes[i]) < 0) return S5_FAILED;
  }
  return S5_OK;
}

int s5_tap_counters(struct s5_host *host, unsigned handle, struct s5_tap_counters *counters) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_TAP);
  if (device == NULL) return S5_FAILED;
  struct s5_link link;
  if (query(host, device, NULL, &link) == S5_OK) {
    device->tap.receive_dropped = link.transmit_dropped;
  } else if (host->fault.reason == S5_GONE) {
    return S5_FAILED;
  }
  // Otherwise the interface was moved to another namespace: it works, and its last count stands.
  *counters = (struct s5_tap_counters){
      .receive_dropped = device->tap.receive_dropped,
      .receive_oversized = device->tap.receive_oversized,
      .send_dropped = device->tap.send_dropped,
  };
  return S5_OK;
}
