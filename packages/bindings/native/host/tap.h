// TAP interfaces: what an attached one is, and how persistent ones are made and deleted.
#ifndef S5_TAP_H
#define S5_TAP_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"

#ifdef __cplusplus
extern "C" {
#endif

#define S5_ETHERNET_HEADER 14
#define S5_BATCH_MAX 64
// Slots are this much larger than the greatest frame, so that a longer one (MTU raised after the
// acquire, VLAN tag) is recognised by its size instead of arriving cut.
#define S5_SLOT_SPARE 18

struct s5_tap {
  // Asks about the interface in the network namespace that it lives in: a netlink socket belongs to
  // the namespace it was made in, wherever the process goes afterwards.
  int control;
  unsigned index; // of the interface; its name may change, this does not
  uint32_t mtu;   // as read at the acquire
  uint32_t frame_size_max; // mtu + S5_ETHERNET_HEADER
  uint32_t slot_size;      // a multiple of 64
  uint8_t *scratch;        // one slot
  uint64_t receive_oversized;
  uint64_t send_dropped;
  uint64_t receive_dropped; // the kernel's count when it was last asked
};

struct s5_tap_counters {
  uint64_t receive_dropped;
  uint64_t receive_oversized;
  uint64_t send_dropped;
};

struct s5_tap_plan {
  const char *name;
  const char *address; // "10.0.0.1/24", "fd00::1/64", or null
  int64_t mtu;         // 0: the kernel's default
  const char *owner;   // name or number of a user, or null: the one who makes it
};

// Makes a persistent interface and brings it up. Whole or not at all: what fails half-way leaves
// no interface behind.
int s5_tap_create(const struct s5_tap_plan *plan, struct s5_fault *fault);
// Deletes a persistent TAP that nobody has attached.
int s5_tap_delete(const char *name, struct s5_fault *fault);

#ifdef __cplusplus
}
#endif

#endif
