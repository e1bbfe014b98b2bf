#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host.h"
#include "io.h"
#include "status.h"

// Positions reach JavaScript as numbers: whole up to here.
_Static_assert(sizeof(off_t) == 8, "build with -D_FILE_OFFSET_BITS=64");

#define POSITION_MAX ((INT64_C(1) << 53) - 1)

static int open_fault(struct s5_fault *fault, int error, bool read_only) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return s5_fault_system(fault, S5_NO_FILE, error, "open");
    case EISDIR:
      return s5_fault_system(fault, S5_DIRECTORY, error, "open");
    case ENXIO: // a socket, or a FIFO that nobody reads
      return s5_fault_system(fault, S5_NOT_A_FILE, error, "open");
    case EROFS:
      return s5_fault_system(fault, read_only ? S5_FILE_CLOSED : S5_FILE_READ_ONLY, error, "open");
    case EACCES:
    case EPERM:
      return s5_fault_system(fault, S5_FILE_CLOSED, error, "open");
    default:
      return s5_fault_system(fault, S5_SYSTEM, error, "open");
  }
}

static int check(int descriptor, int64_t block_size, struct s5_file *file,
                 struct s5_fault *fault) {
  off_t size;
  struct statx status;
  if (s5_status(descriptor, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &status) < 0)
    return s5_fault_system(fault, S5_SYSTEM, errno, "statx");
  if (S_ISDIR(status.stx_mode)) return s5_fault_value(fault, S5_DIRECTORY, 0, 0);
  if (S_ISREG(status.stx_mode)) {
    size = (off_t)status.stx_size;
  } else if (S_ISBLK(status.stx_mode)) {
    uint64_t bytes;
    if (ioctl(descriptor, BLKGETSIZE64, &bytes) < 0)
      return s5_fault_system(fault, S5_SYSTEM, errno, "ioctl BLKGETSIZE64");
    size = (off_t)bytes;
  } else {
    return s5_fault_value(fault, S5_NOT_A_FILE, 0, 0);
  }
  if (size < block_size) return s5_fault_value(fault, S5_TOO_SMALL, size, block_size);
  if (size % block_size != 0) return s5_fault_value(fault, S5_NOT_WHOLE, size, block_size);
  if (size > POSITION_MAX) return s5_fault_value(fault, S5_TOO_LARGE, size, 0);
  file->capacity = size;
  file->block_size = (uint32_t)block_size;
  return S5_OK;
}

// Two writers, or a writer and somebody who reads beside it, would destroy each other's work: flock tells them apart
// also in one process, because each attaching opens the file anew. Where a file system has no locks, nothing is
// checked.
static int lock(int descriptor, bool read_only, struct s5_fault *fault) {
  int result;
  do {
    result = flock(descriptor, (read_only ? LOCK_SH : LOCK_EX) | LOCK_NB);
  } while (result < 0 && errno == EINTR);
  if (result < 0 && errno == EWOULDBLOCK)
    return s5_fault_system(fault, S5_FILE_BUSY, errno, "flock");
  return S5_OK;
}

int s5_file_attach(struct s5_host *host, const char *label, const char *path, int64_t block_size,
                   bool read_only) {
  host->fault_label = NULL;
  if (block_size < 512 || block_size > (1 << 30) || (block_size & (block_size - 1)) != 0)
    return s5_fault_value(&host->fault, S5_BLOCK_SIZE, block_size, 0);
  // O_NONBLOCK keeps the open of a FIFO from waiting for its other end; files ignore it.
  int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int descriptor;
  do {
    descriptor = open(path, flags);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return open_fault(&host->fault, errno, read_only);
  struct s5_device *device = s5_device_new(S5_KIND_FILE, label);
  if (device == NULL) {
    close(descriptor);
    return s5_fault_system(&host->fault, S5_MEMORY, ENOMEM, NULL);
  }
  device->descriptor = descriptor;
  device->file.read_only = read_only;
  if (check(descriptor, block_size, &device->file, &host->fault) < 0 ||
      lock(descriptor, read_only, &host->fault) < 0) {
    s5_device_free(device);
    return S5_FAILED;
  }
  return s5_host_add(host, device);
}

// The checks of both directions, in the order that every device follows: alignment, range, room.
static struct s5_device *checked(struct s5_host *host, unsigned handle, int64_t position,
                                 size_t room) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_FILE);
  if (device == NULL) return NULL;
  const struct s5_file *file = &device->file;
  // A power of two: see s5_file_attach.
  if ((position & (int64_t)(file->block_size - 1)) != 0) {
    s5_device_fault_value(host, device, S5_MISALIGNED, position, file->block_size);
    return NULL;
  }
  if (position < 0 || position > file->capacity - file->block_size) {
    s5_device_fault_value(host, device, S5_RANGE, position, file->capacity);
    return NULL;
  }
  if (room < file->block_size) {
    s5_device_fault_value(host, device, S5_ROOM, (int64_t)room, file->block_size);
    return NULL;
  }
  return device;
}

int s5_file_read(struct s5_host *host, unsigned handle, int64_t position, uint8_t *into,
                 size_t room) {
  struct s5_device *device = checked(host, handle, position, room);
  if (device == NULL) return S5_FAILED;
  size_t done = 0;
  while (done < device->file.block_size) {
    ssize_t count = s5_io_pread(device->descriptor, into + done, device->file.block_size - done,
                                position + (int64_t)done);
    if (count > 0) {
      done += (size_t)count;
    } else if (count == 0) {
      // The size was right when the device was attached, so somebody has cut the file since.
      s5_device_fault_value(host, device, S5_TRUNCATED, position, (int64_t)done);
      host->fault.error = EIO;
      host->fault.call = "pread";
      return S5_FAILED;
    } else if (errno != EINTR) {
      return s5_device_fault(host, device, S5_SYSTEM, errno, "pread");
    }
  }
  return S5_OK;
}

int s5_file_write(struct s5_host *host, unsigned handle, int64_t position, const uint8_t *from,
                  size_t room) {
  struct s5_device *device = checked(host, handle, position, room);
  if (device == NULL) return S5_FAILED;
  if (device->file.read_only) return s5_device_fault_value(host, device, S5_READ_ONLY, 0, 0);
  size_t done = 0;
  while (done < device->file.block_size) {
    ssize_t count = s5_io_pwrite(device->descriptor, from + done, device->file.block_size - done,
                                 position + (int64_t)done);
    if (count >= 0) {
      done += (size_t)count;
    } else if (errno != EINTR) {
      return s5_device_fault(host, device, S5_SYSTEM, errno, "pwrite");
    }
  }
  return S5_OK;
}

static int sync_data(int descriptor) {
  int result;
  do {
    result = fdatasync(descriptor);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? errno : 0;
}

int s5_file_sync(struct s5_host *host, unsigned handle) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_FILE);
  if (device == NULL) return S5_FAILED;
  int error = sync_data(device->descriptor);
  return error == 0 ? S5_OK : s5_device_fault(host, device, S5_SYSTEM, error, "fdatasync");
}

int s5_file_duplicate(struct s5_host *host, unsigned handle) {
  struct s5_device *device = s5_lookup(host, handle, S5_KIND_FILE);
  if (device == NULL) return S5_FAILED;
  int duplicate = fcntl(device->descriptor, F_DUPFD_CLOEXEC, 3);
  if (duplicate < 0) return s5_device_fault(host, device, S5_SYSTEM, errno, "fcntl F_DUPFD_CLOEXEC");
  return duplicate;
}

int s5_file_flush(int duplicate) {
  int error = sync_data(duplicate);
  close(duplicate);
  return error;
}
