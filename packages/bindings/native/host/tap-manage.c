// Persistent TAPs: made and deleted on behalf of a person, never by attaching.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "link.h"
#include "tap.h"
#include "tun.h"

struct address {
  int family; // 0: none
  unsigned char bytes[16];
  unsigned prefix;
};

static int whole_number(const char *text, unsigned long limit, unsigned long *value) {
  if (*text < '0' || *text > '9') return -1;
  char *end;
  errno = 0;
  *value = strtoul(text, &end, 10);
  return errno == 0 && *end == '\0' && *value <= limit ? 0 : -1;
}

static int parse_address(const char *text, struct address *address) {
  if (text == NULL) return 0;
  char host[INET6_ADDRSTRLEN];
  const char *slash = strchr(text, '/');
  if (slash == NULL || (size_t)(slash - text) >= sizeof host) return -1;
  memcpy(host, text, (size_t)(slash - text));
  host[slash - text] = '\0';
  unsigned long prefix;
  if (inet_pton(AF_INET, host, address->bytes) == 1)
    address->family = AF_INET;
  else if (inet_pton(AF_INET6, host, address->bytes) == 1)
    address->family = AF_INET6;
  else
    return -1;
  if (whole_number(slash + 1, address->family == AF_INET ? 32 : 128, &prefix) < 0) return -1;
  address->prefix = (unsigned)prefix;
  return 0;
}

static int find_user(const char *owner, uid_t *user) {
  unsigned long number;
  if (whole_number(owner, (uid_t)-2, &number) == 0) {
    *user = (uid_t)number;
    return 0;
  }
  char text[4096];
  struct passwd entry, *found = NULL;
  if (getpwnam_r(owner, &entry, text, sizeof text, &found) != 0 || found == NULL) return -1;
  *user = found->pw_uid;
  return 0;
}

// A change of the interface by name; 0 or S5_FAILED.
static int change(int control, const char *name, unsigned long call, struct ifreq *request,
                  const char *call_name, struct s5_fault *fault) {
  strncpy(request->ifr_name, name, IFNAMSIZ - 1);
  if (ioctl(control, call, request) < 0)
    return s5_fault_system(fault, S5_SYSTEM, errno, call_name);
  return S5_OK;
}

static int set_up(int control, const struct s5_tap_plan *plan, const struct address *address,
                  struct s5_fault *fault) {
  if (plan->mtu > 0) {
    struct ifreq request = {.ifr_mtu = (int)plan->mtu};
    if (change(control, plan->name, SIOCSIFMTU, &request, "ioctl SIOCSIFMTU", fault) < 0) {
      if (fault->error == EINVAL) return s5_fault_value(fault, S5_MTU, plan->mtu, 0);
      return S5_FAILED;
    }
  }
  if (address->family != 0) {
    int index = s5_link_index(control, plan->name);
    int error = index < 0 ? index
                          : s5_link_add_address(control, (unsigned)index, address->family,
                                                address->bytes, address->prefix);
    if (error < 0) return s5_fault_system(fault, S5_SYSTEM, -error, "netlink RTM_NEWADDR");
  }
  struct ifreq request = {0};
  if (change(control, plan->name, SIOCGIFFLAGS, &request, "ioctl SIOCGIFFLAGS", fault) < 0)
    return S5_FAILED;
  request.ifr_flags |= IFF_UP;
  return change(control, plan->name, SIOCSIFFLAGS, &request, "ioctl SIOCSIFFLAGS", fault);
}

static int persist(int descriptor, uid_t owner, struct s5_fault *fault) {
  if (ioctl(descriptor, TUNSETOWNER, (unsigned long)owner) < 0)
    return s5_fault_system(fault, S5_SYSTEM, errno, "ioctl TUNSETOWNER");
  if (ioctl(descriptor, TUNSETPERSIST, 1) < 0)
    return s5_fault_system(fault, S5_SYSTEM, errno, "ioctl TUNSETPERSIST");
  return S5_OK;
}

int s5_tap_create(const struct s5_tap_plan *plan, struct s5_fault *fault) {
  struct address address = {0};
  // Never without an owner: the kernel lets every user who can open /dev/net/tun attach such a TAP.
  uid_t owner = geteuid();
  size_t size = strlen(plan->name);
  // The kernel would take a '%' for a pattern and choose a name of its own.
  if (size == 0 || size >= IFNAMSIZ || strchr(plan->name, '%') != NULL)
    return s5_fault_value(fault, S5_INTERFACE_NAME, (int64_t)size, IFNAMSIZ - 1);
  if (parse_address(plan->address, &address) < 0)
    return s5_fault_value(fault, S5_ADDRESS, 0, 0);
  if (plan->owner != NULL && find_user(plan->owner, &owner) < 0)
    return s5_fault_value(fault, S5_USER, 0, 0);
  int control = s5_link_socket();
  if (control < 0) return s5_fault_system(fault, S5_SYSTEM, -control, "socket AF_NETLINK");
  int descriptor = s5_tun_make(plan->name, fault);
  int result = descriptor < 0 ? S5_FAILED : set_up(control, plan, &address, fault);
  // Last, because a descriptor that is closed before takes everything away again.
  if (result == S5_OK) result = persist(descriptor, owner, fault);
  if (descriptor >= 0) close(descriptor);
  close(control);
  return result;
}

int s5_tap_delete(const char *name, struct s5_fault *fault) {
  int control = s5_link_socket();
  if (control < 0) return s5_fault_system(fault, S5_SYSTEM, -control, "socket AF_NETLINK");
  int index = s5_tun_existing(control, name, fault);
  close(control);
  if (index < 0) return S5_FAILED;
  int descriptor = s5_tun_attach(name, fault);
  if (descriptor < 0) return S5_FAILED;
  int result = S5_OK;
  if (ioctl(descriptor, TUNSETPERSIST, 0) < 0)
    result = s5_fault_system(fault, S5_SYSTEM, errno, "ioctl TUNSETPERSIST");
  close(descriptor);
  return result;
}
