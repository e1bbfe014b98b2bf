// Reading and writing on the hot paths, past libc's wrappers.
//
// Those are cancellation points: in a process with several threads, which Node always is, they switch asynchronous
// cancellation on before the system call and off after it, with an atomic operation each. That is 20 to 30 ns of the
// 500 that a frame costs, for a feature that nobody uses here.
#define _GNU_SOURCE
#include "io.h"

#include <sys/syscall.h>
#include <unistd.h>

ssize_t s5_io_read(int descriptor, void *into, size_t size) {
  return syscall(SYS_read, descriptor, into, size);
}

ssize_t s5_io_write(int descriptor, const void *from, size_t size) {
  return syscall(SYS_write, descriptor, from, size);
}

// Where a register has 64 bits, a position is one argument; elsewhere libc knows which two it is.
#if __SIZEOF_LONG__ == 8
ssize_t s5_io_pread(int descriptor, void *into, size_t size, off_t position) {
  return syscall(SYS_pread64, descriptor, into, size, position);
}

ssize_t s5_io_pwrite(int descriptor, const void *from, size_t size, off_t position) {
  return syscall(SYS_pwrite64, descriptor, from, size, position);
}
#else
ssize_t s5_io_pread(int descriptor, void *into, size_t size, off_t position) {
  return pread(descriptor, into, size, position);
}

ssize_t s5_io_pwrite(int descriptor, const void *from, size_t size, off_t position) {
  return pwrite(descriptor, from, size, position);
}
#endif
