// What the glue keeps for one environment (the main thread's, or a worker's), and how its functions
// read their arguments and fail.
//
// Every function gets its Context as callback data, so nothing is global and nothing is looked up.
// Hot functions use the plain C interface of Node-API: 11 to 18 ns a call where wrapped objects
// take 95 and more.
#ifndef MIOU_CONTEXT_H
#define MIOU_CONTEXT_H

#include <node_api.h>

#include <vector>

#include "host/host.h"
#include "loop.h"

namespace miou {

struct Context;
struct Flush;

// An open host: the C library's object and what ties it to JavaScript.
struct Host {
  Context* context;
  uint32_t id;
  s5_host* native;      // null once closed
  uv_poll_s* poll;      // null before the first wait
  bool watching;        // the poll handle is started
  bool waiting;         // JavaScript waits for a wake
  napi_ref slots[S5_DEVICE_MAX + 1];  // the read slots of each handle, or null
  Flush* flushes[S5_DEVICE_MAX + 1];  // the newest flush of each handle that later ones may join
};

struct Context {
  // The open host of that id, or null.
  Host* Find(uint32_t id);

  napi_env env;
  napi_ref fault;  // (reason, errno, syscall, text, a, b, device) => Error
  napi_ref wake;   // (host) => void
  napi_async_context async;
  napi_async_cleanup_hook_handle cleanup;
  std::vector<Host*> hosts;  // the open ones, by ascending id
  Host* recent;              // of these the one asked for last, or null
  uint32_t next_id;          // ids are not used again, so a closed host stays closed
  unsigned outstanding;      // closing poll handles and flushes: the environment waits for them
  bool ending;               // the environment is being torn down
};

constexpr size_t ARGUMENT_MAX = 6;

// The arguments of a call, read without conversions: a wrong type is an error, never a guess.
struct Call {
  napi_env env;
  Context* context;
  napi_value arguments[ARGUMENT_MAX];

  Call(napi_env env, napi_callback_info info);
  bool Number(size_t index, double* value) const;
  bool Unsigned(size_t index, uint32_t* value) const;
  // Any number is taken, so that what can't be a handle is a bad handle, not a wrong type.
  bool Handle(size_t index, uint32_t* value) const;
  // A whole number that a double holds exactly.
  bool Integer(size_t index, int64_t* value) const;
  bool Bytes(size_t index, uint8_t** data, size_t* size) const;
  bool Text(size_t index, char* text, size_t room) const;
  bool Boolean(size_t index, bool* value) const;
  bool Array(size_t index, napi_typedarray_type type, void** data, size_t* length) const;
  // The host that argument 0 names; null with an exception pending.
  Host* Open() const;
  // Both leave an exception pending and return null, so that a function can end with them.
  napi_value Fail(const s5_fault& fault, const char* device) const;
  napi_value Fail(const Host* host) const;
  napi_value WrongArgument(const char* what) const;
  napi_value Give(double value) const;
};

// The error object for a fault; null where JavaScript can't be called any more.
napi_value MakeError(Context* context, const s5_fault& fault, const char* device);
// Calls back into JavaScript from the event loop; what the callback throws is an uncaught
// exception.
void CallBack(Context* context, napi_value callback, size_t count, const napi_value* arguments);

void CloseHost(Host* host);
// Closes the poll handle; the host is freed once libuv has let go of it.
void CloseWait(Host* host);
// One thing less that the environment has to wait for.
void Settle(Context* context);

// The functions, by concern.
#define MIOU_FUNCTIONS(X) \
  X(hostOpen) X(hostClose) X(attachTap) X(adoptTap) X(attachFile) X(hostCommit)               \
  X(interfaceState)                                                                           \
  X(netAcquire) X(netMtu) X(netRelease) X(netRead) X(netWrite) X(netReadBatch)                \
  X(netReadSlots) X(netSlotSize) X(netWriteBatch) X(netCounters)                              \
  X(blockAcquire) X(blockCapacity) X(blockRelease) X(blockRead) X(blockWrite) X(blockFlush)   \
  X(blockFlushNow)                                                                            \
  X(yieldUntil) X(waitBegin) X(waitEnd)                                                       \
  X(clockMonotonic) X(clockWall) X(entropy) X(consoleWrite)                                   \
  X(tapCreate) X(tapDelete)
#define MIOU_DECLARE(name) napi_value name(napi_env env, napi_callback_info info);
MIOU_FUNCTIONS(MIOU_DECLARE)
#undef MIOU_DECLARE

}  // namespace miou

#endif
