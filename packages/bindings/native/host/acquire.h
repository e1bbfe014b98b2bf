// What acquiring and releasing mean for an interface; inside the library only.
#ifndef S5_ACQUIRE_H
#define S5_ACQUIRE_H

#include "host.h"

// Reads the MTU, makes room for a slot and lets the host's epoll descriptor watch the TAP.
int s5_tap_begin(struct s5_host *host, struct s5_device *device, unsigned handle);
void s5_tap_end(struct s5_host *host, struct s5_device *device);

// Lets the host's epoll descriptor watch a TAP, or not.
int s5_watch(struct s5_host *host, struct s5_device *device, unsigned handle);
void s5_unwatch(struct s5_host *host, struct s5_device *device, unsigned handle);

#endif
