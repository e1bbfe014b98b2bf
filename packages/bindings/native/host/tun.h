// /dev/net/tun: a descriptor for an interface that exists, or for a new one.
#ifndef S5_TUN_H
#define S5_TUN_H

#include "fault.h"

// The index of an interface that exists under that name, or S5_FAILED.
int s5_tun_existing(int control, const char *name, struct s5_fault *fault);
// A non-blocking descriptor of an existing TAP, offloads off, or S5_FAILED. Never makes one.
int s5_tun_attach(const char *name, struct s5_fault *fault);
// A descriptor of a TAP that did not exist before; it goes with the descriptor until made
// persistent.
int s5_tun_make(const char *name, struct s5_fault *fault);

#endif
