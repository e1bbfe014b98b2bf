// statx(2) by its number: musl has a wrapper from 1.2.5 on only, and glibc's would be the newest symbol
// that the binary needs.
//
// statx rather than fstat, which became a symbol of its own in glibc 2.33: a binary built there would not
// load on anything older.
#ifndef S5_STATUS_H
#define S5_STATUS_H

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifndef STATX_TYPE // older musl
#include <linux/stat.h>
#endif

static inline int s5_status(int folder, const char *path, int flags, unsigned mask,
                            struct statx *status) {
  return (int)syscall(SYS_statx, folder, path, flags, mask, status);
}

#endif
