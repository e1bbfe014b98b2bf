// What went wrong, as data: the library decides nothing about wording or error codes.
#ifndef S5_FAULT_H
#define S5_FAULT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A call that can fail returns a negative number; S5_FAILED means that a fault has been filled in.
#define S5_OK 0
#define S5_AGAIN (-1)
#define S5_FAILED (-2)

// One name per cause. `s5_reason_name` gives the text form that the glue hands to JavaScript.
#define S5_REASONS(X)                                                                            \
  X(NONE, "none")                                                                                \
  X(SYSTEM, "system")                         /* any other system call; error, call */           \
  X(MEMORY, "memory")                                                                            \
  X(CLOSED, "closed")                         /* the host was closed */                          \
  X(ARGUMENT, "argument")                     /* call: what was of the wrong type */             \
  X(BAD_HANDLE, "bad-handle")                 /* a: the handle */                                \
  X(BUSY, "busy")                             /* the device is acquired already */               \
  X(TOO_MANY, "too-many")                     /* a 64th device */                                \
  X(GONE, "gone")                             /* the interface was deleted */                    \
  X(NO_INTERFACE, "no-interface")                                                                \
  X(INTERFACE_NAME, "interface-name")         /* a: bytes of the name, b: the limit */           \
  X(INTERFACE_BUSY, "interface-busy")                                                            \
  X(INTERFACE_EXISTS, "interface-exists")                                                        \
  X(NOT_A_TAP, "not-a-tap")                                                                      \
  X(NOT_PERSISTENT, "not-persistent")                                                            \
  X(NOT_OWNER, "not-owner")                                                                      \
  X(NO_TUN, "no-tun")                         /* /dev/net/tun is missing */                      \
  X(TUN_CLOSED, "tun-closed")                 /* /dev/net/tun may not be opened */               \
  X(BAD_DESCRIPTOR, "bad-descriptor")         /* a: the descriptor; not open */                  \
  X(DESCRIPTOR_NOT_A_TAP, "descriptor-not-a-tap") /* a: the descriptor */                        \
  X(DESCRIPTOR_HEADER, "descriptor-header")   /* a: the descriptor; frames carry a header */     \
  X(DESCRIPTOR_ELSEWHERE, "descriptor-elsewhere") /* its interface is in another namespace */    \
  X(FRAME_SIZE, "frame-size")                 /* a: bytes given, b: the greatest frame */        \
  X(ROOM, "room")                             /* a: bytes given, b: bytes needed */              \
  X(NO_FILE, "no-file")                                                                          \
  X(FILE_CLOSED, "file-closed")               /* may not be opened */                            \
  X(FILE_READ_ONLY, "file-read-only")         /* opens for reading only */                       \
  X(FILE_BUSY, "file-busy")                   /* attached elsewhere, one of the two for writing */ \
  X(DIRECTORY, "directory")                                                                      \
  X(NOT_A_FILE, "not-a-file")                                                                    \
  X(BLOCK_SIZE, "block-size")                 /* a: bytes given */                               \
  X(TOO_SMALL, "too-small")                   /* a: bytes of the file, b: of a block */          \
  X(NOT_WHOLE, "not-whole")                   /* a: bytes of the file, b: of a block */          \
  X(TOO_LARGE, "too-large")                   /* a: bytes of the file */                         \
  X(MISALIGNED, "misaligned")                 /* a: position, b: bytes of a block */             \
  X(RANGE, "range")                           /* a: position, b: capacity */                     \
  X(TRUNCATED, "truncated")                   /* a: position, b: bytes that came */              \
  X(READ_ONLY, "read-only")                                                                      \
  X(ADDRESS, "address")                       /* not an address/prefix */                        \
  X(USER, "user")                             /* no such user */                                 \
  X(MTU, "mtu")                               /* a: the MTU that was refused */

enum s5_reason {
#define S5_REASON_ENUM(name, text) S5_##name,
  S5_REASONS(S5_REASON_ENUM)
#undef S5_REASON_ENUM
};

struct s5_fault {
  enum s5_reason reason;
  int error;        // errno, 0 where no system call failed
  const char *call; // the system call, or null
  int64_t a, b;     // see the table above
};

const char *s5_reason_name(enum s5_reason reason);

// Both fill `fault` in and return S5_FAILED, so that a failing function can end with them.
int s5_fault_system(struct s5_fault *fault, enum s5_reason reason, int error, const char *call);
int s5_fault_value(struct s5_fault *fault, enum s5_reason reason, int64_t a, int64_t b);

#ifdef __cplusplus
}
#endif

#endif
