// A host: the devices attached to one program, their handles, and the descriptor that waits for all
// of them. All state is in the object; one thread uses a host at a time, several hosts are
// independent.
#ifndef S5_HOST_H
#define S5_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "link.h"
#include "tap.h"

#ifdef __cplusplus
extern "C" {
#endif

#define S5_DEVICE_MAX 63
#define S5_LABEL_MAX 67
#define S5_NEVER INT64_MAX

enum s5_kind { S5_KIND_TAP, S5_KIND_FILE };

struct s5_file {
  int64_t capacity; // bytes, a multiple of block_size
  uint32_t block_size;
  bool read_only;
};

struct s5_device {
  enum s5_kind kind;
  unsigned handle; // 0 while nobody has acquired it
  int descriptor;
  int original; // the inherited descriptor that `descriptor` duplicates, until s5_host_commit; or -1
  char label[S5_LABEL_MAX + 1]; // the program's name for the device, for messages
  struct s5_tap tap;            // where kind says so
  struct s5_file file;
};

struct s5_host {
  int epoll; // every acquired TAP, and the timer
  int timer; // CLOCK_MONOTONIC
  uint32_t taps[2];    // handles of the acquired TAPs, one bit each
  uint32_t watched[2]; // those that `epoll` watches at present
  int64_t armed;         // what the timer is set to, S5_NEVER where it is not
  bool waiting;          // between s5_wait_begin and s5_wait_end
  int64_t wait_deadline; // of the wait under way
  uint32_t wait_interest[2];
  unsigned attached_count;
  struct s5_device *attached[S5_DEVICE_MAX];
  struct s5_device *handles[S5_DEVICE_MAX + 1]; // by handle; 0 stays empty
  unsigned last_handle;
  struct s5_fault fault; // of the last call that returned S5_FAILED
  const char *fault_label; // the device it was about, or null
};

// Null, with `fault` filled in, where the kernel refuses the two descriptors.
struct s5_host *s5_host_open(struct s5_fault *fault);
// Closes every descriptor. The pointer is dead afterwards.
void s5_host_close(struct s5_host *host);

// Attaching has succeeded as a whole: inherited descriptors are the host's now. Before this, a host
// that is closed leaves them to the caller.
void s5_host_commit(struct s5_host *host);

// Devices are known by the index that attaching returned, 0 to 62, until they are acquired.
// The host takes over `device`, also where this fails.
int s5_host_add(struct s5_host *host, struct s5_device *device);
struct s5_device *s5_device_new(enum s5_kind kind, const char *label);
void s5_device_free(struct s5_device *device);

// Gives a handle, 1 to 63. Handles go round: the one released last is the last to come again, so
// that a stale handle is told from a live one for as long as possible.
int s5_acquire(struct s5_host *host, unsigned index, enum s5_kind kind);
int s5_release(struct s5_host *host, unsigned handle, enum s5_kind kind);

// The device behind a handle; null, with the fault filled in, where there is none of that kind.
static inline struct s5_device *s5_lookup(struct s5_host *host, unsigned handle,
                                          enum s5_kind kind) {
  if (handle <= S5_DEVICE_MAX) {
    struct s5_device *device = host->handles[handle];
    if (device != NULL && device->kind == kind) return device;
  }
  s5_fault_value(&host->fault, S5_BAD_HANDLE, handle, 0);
  host->fault_label = NULL;
  return NULL;
}

// The fault of a call on one device.
int s5_device_fault(struct s5_host *host, const struct s5_device *device, enum s5_reason reason,
                    int error, const char *call);
int s5_device_fault_value(struct s5_host *host, const struct s5_device *device,
                          enum s5_reason reason, int64_t a, int64_t b);

// Blocks until a TAP of `interest` has input or the deadline (CLOCK_MONOTONIC, ns) has come;
// returns how many of them have input. `ready` is cleared first.
int s5_yield(struct s5_host *host, int64_t deadline, const uint32_t interest[2],
             uint32_t ready[2]);
// Makes `epoll` readable once a TAP of `interest` has input or the deadline has come, until
// `s5_wait_end`.
int s5_wait_begin(struct s5_host *host, int64_t deadline, const uint32_t interest[2]);
void s5_wait_end(struct s5_host *host);

// Files and block devices. Attaching returns the index.
int s5_file_attach(struct s5_host *host, const char *label, const char *path, int64_t block_size,
                   bool read_only);
int s5_file_read(struct s5_host *host, unsigned handle, int64_t position, uint8_t *into,
                 size_t room);
int s5_file_write(struct s5_host *host, unsigned handle, int64_t position, const uint8_t *from,
                  size_t room);
// Blocks the thread until what was written is durable.
int s5_file_sync(struct s5_host *host, unsigned handle);
// A duplicate of the device's descriptor: a flush on another thread outlives a release.
int s5_file_duplicate(struct s5_host *host, unsigned handle);
// On any thread; closes `duplicate`. Returns 0 or an errno.
int s5_file_flush(int duplicate);

// Interfaces. Attaching returns the index.
int s5_tap_attach(struct s5_host *host, const char *label, const char *interface);
// Works on a duplicate of the descriptor; s5_host_commit closes the original.
int s5_tap_adopt(struct s5_host *host, const char *label, int descriptor);
// What the kernel says of the interface now; `name` has IFNAMSIZ bytes.
int s5_tap_state(struct s5_host *host, unsigned index, char *name, struct s5_link *link);
// Bytes of one frame, or S5_AGAIN. `into` is written to only where a frame is returned.
int s5_tap_read(struct s5_host *host, unsigned handle, uint8_t *into, size_t room);
// How many frames; slot i starts at slots[i * slot_size].
int s5_tap_read_batch(struct s5_host *host, unsigned handle, uint8_t *slots, int32_t *sizes,
                      unsigned count);
int s5_tap_write(struct s5_host *host, unsigned handle, const uint8_t *from, size_t size);
// Checks every size before the first frame leaves.
int s5_tap_write_batch(struct s5_host *host, unsigned handle, const uint8_t *bytes,
                       size_t slot_size, const int32_t *sizes, unsigned count);
int s5_tap_counters(struct s5_host *host, unsigned handle, struct s5_tap_counters *counters);

int64_t s5_clock_monotonic(void);
int64_t s5_clock_wall(void);
// 0 or an errno.
int s5_entropy(uint8_t *into, size_t size);
// Writes all bytes, waiting where the descriptor is non-blocking and full. 0 or an errno.
int s5_write_all(int descriptor, const uint8_t *from, size_t size);

#ifdef __cplusplus
}
#endif

#endif
