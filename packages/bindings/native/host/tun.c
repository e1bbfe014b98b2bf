#define _GNU_SOURCE
#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "link.h"

int s5_tun_existing(int control, const char *name, struct s5_fault *fault) {
  size_t size = strlen(name);
  if (size == 0 || size >= IFNAMSIZ)
    return s5_fault_value(fault, S5_INTERFACE_NAME, (int64_t)size, IFNAMSIZ - 1);
  int index = s5_link_index(control, name);
  if (index < 0) {
    enum s5_reason reason = index == -ENODEV ? S5_NO_INTERFACE : S5_SYSTEM;
    return s5_fault_system(fault, reason, -index, "ioctl SIOCGIFINDEX");
  }
  return index;
}

static int open_tun(struct s5_fault *fault) {
  int descriptor;
  do {
    descriptor = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor >= 0) return descriptor;
  switch (errno) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return s5_fault_system(fault, S5_NO_TUN, errno, "open /dev/net/tun");
    case EACCES:
    case EPERM:
      return s5_fault_system(fault, S5_TUN_CLOSED, errno, "open /dev/net/tun");
    default:
      return s5_fault_system(fault, S5_SYSTEM, errno, "open /dev/net/tun");
  }
}

static int set_interface(int descriptor, const char *name, int flags) {
  struct ifreq request = {.ifr_flags = (short)flags};
  strncpy(request.ifr_name, name, IFNAMSIZ - 1);
  return ioctl(descriptor, TUNSETIFF, &request) < 0 ? errno : 0;
}

static int attach_fault(struct s5_fault *fault, int error) {
  switch (error) {
    case EBUSY:
      return s5_fault_system(fault, S5_INTERFACE_BUSY, error, "ioctl TUNSETIFF");
    case EPERM:
      return s5_fault_system(fault, S5_NOT_OWNER, error, "ioctl TUNSETIFF");
    case EINVAL:
      return s5_fault_system(fault, S5_NOT_A_TAP, error, "ioctl TUNSETIFF");
    default:
      return s5_fault_system(fault, S5_SYSTEM, error, "ioctl TUNSETIFF");
  }
}

int s5_tun_attach(const char *name, struct s5_fault *fault) {
  int descriptor = open_tun(fault);
  if (descriptor < 0) return descriptor;
  int error = set_interface(descriptor, name, IFF_TAP | IFF_NO_PI);
  // EINVAL is both "not a TAP" and "a TAP of several queues": try the latter, as one queue of it.
  if (error == EINVAL)
    error = set_interface(descriptor, name, IFF_TAP | IFF_NO_PI | IFF_MULTI_QUEUE);
  if (error != 0) {
    close(descriptor);
    return attach_fault(fault, error);
  }
  // The interface was there a moment ago. If it was deleted in between, the call above has made a
  // new one (as root it would), which is told by its not being persistent: a TAP that nobody had
  // attached must have been. Closing the descriptor removes what was made.
  struct ifreq state = {0};
  if (ioctl(descriptor, TUNGETIFF, &state) < 0) {
    error = errno;
    close(descriptor);
    return s5_fault_system(fault, S5_SYSTEM, error, "ioctl TUNGETIFF");
  }
  if (!(state.ifr_flags & IFF_PERSIST)) {
    close(descriptor);
    return s5_fault_value(fault, S5_NOT_PERSISTENT, 0, 0);
  }
  // Whoever had the TAP before may have left offloads on, and then frames arrive that are longer
  // than the MTU and without checksums. The owner may reset them; ethtool would need root.
  if (ioctl(descriptor, TUNSETOFFLOAD, 0) < 0) {
    error = errno;
    close(descriptor);
    return s5_fault_system(fault, S5_SYSTEM, error, "ioctl TUNSETOFFLOAD");
  }
  return descriptor;
}

int s5_tun_make(const char *name, struct s5_fault *fault) {
  int descriptor = open_tun(fault);
  if (descriptor < 0) return descriptor;
  int error = set_interface(descriptor, name, IFF_TAP | IFF_NO_PI | IFF_TUN_EXCL);
  if (error == 0) return descriptor;
  close(descriptor);
  if (error == EBUSY || error == EEXIST)
    return s5_fault_system(fault, S5_INTERFACE_EXISTS, error, "ioctl TUNSETIFF");
  if (error == EINVAL) // a name the kernel does not take: "..", a slash, a blank
    return s5_fault_system(fault, S5_INTERFACE_NAME, error, "ioctl TUNSETIFF");
  return attach_fault(fault, error);
}
