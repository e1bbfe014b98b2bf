// What acquiring and releasing mean for an interface; called by host.c only.
#ifndef S5_ACQUIRE_H
#define S5_ACQUIRE_H

#include "host.h"

// Reads the MTU, makes room for a slot and lets the host's epoll descriptor watch the TAP.
int s5_tap_begin(struct s5_host *host, struct s5_device *device, unsigned handle);
void s5_tap_end(struct s5_host *host, struct s5_device *device);

#endif
