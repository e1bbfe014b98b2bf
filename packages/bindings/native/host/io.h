// Reading and writing on the hot paths; inside the library only. Results and errno are those of read(2), write(2),
// pread(2) and pwrite(2).
#ifndef S5_IO_H
#define S5_IO_H

#include <sys/types.h>

ssize_t s5_io_read(int descriptor, void *into, size_t size);
ssize_t s5_io_write(int descriptor, const void *from, size_t size);
ssize_t s5_io_pread(int descriptor, void *into, size_t size, off_t position);
ssize_t s5_io_pwrite(int descriptor, const void *from, size_t size, off_t position);

#endif
