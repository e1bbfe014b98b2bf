// The kernel's view of an interface, asked over a netlink socket.
//
// Not through /sys/class/net: sysfs shows the namespace it was mounted in, which need not be that
// of the interface, and then gives another interface's numbers.
#ifndef S5_LINK_H
#define S5_LINK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct s5_link {
  unsigned index;
  uint32_t mtu;
  bool up;
  bool frame_header; // a TAP that puts a header before each frame (no IFF_NO_PI, or IFF_VNET_HDR)
  uint64_t transmit_dropped; // by the kernel, on its way to us
};

// A netlink socket in the calling thread's network namespace, or -errno.
int s5_link_socket(void);
// Fills `link` in; 0 or -errno (-ENODEV: no such interface in this namespace).
int s5_link_query(int socket, unsigned index, struct s5_link *link);
// The index of an interface by name; positive, or -errno.
int s5_link_index(int socket, const char *name);
// Gives an interface an address; 0 or -errno. `family` is AF_INET or AF_INET6, `bytes` in network
// order.
int s5_link_add_address(int socket, unsigned index, int family, const void *bytes,
                        unsigned prefix);

#ifdef __cplusplus
}
#endif

#endif
