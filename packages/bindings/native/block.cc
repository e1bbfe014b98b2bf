// Blocks, and flushing them on a thread of the pool.
#include <mutex>

#include "context.h"

namespace miou {

// One fdatasync and everybody who waits for it.
struct Flush {
  Context* context;
  uint32_t host;
  uint32_t handle;
  char label[S5_LABEL_MAX + 1];
  napi_async_work work;
  int descriptor;  // a duplicate: the device may be released or closed meanwhile
  int error;
  std::mutex lock;
  bool started;  // under `lock`: from here on nobody may join
  std::vector<napi_ref> waiting;
};

namespace {

void Execute(napi_env, void* data) {
  Flush* flush = static_cast<Flush*>(data);
  {
    std::lock_guard<std::mutex> guard(flush->lock);
    flush->started = true;
  }
  flush->error = s5_file_flush(flush->descriptor);
}

void Complete(napi_env env, napi_status, void* data) {
  Flush* flush = static_cast<Flush*>(data);
  Context* context = flush->context;
  Host* host = context->Find(flush->host);
  if (host != nullptr && host->flushes[flush->handle] == flush)
    host->flushes[flush->handle] = nullptr;
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  s5_fault fault = {S5_SYSTEM, flush->error, "fdatasync", 0, 0};
  for (napi_ref reference : flush->waiting) {
    napi_value done, argument = nullptr;
    // Both give null where the environment is ending; then nobody is called.
    if (flush->error == 0)
      napi_get_null(env, &argument);
    else
      argument = MakeError(context, fault, flush->label);
    napi_get_reference_value(env, reference, &done);
    if (argument != nullptr && done != nullptr) CallBack(context, done, 1, &argument);
    napi_delete_reference(env, reference);
  }
  napi_close_handle_scope(env, scope);
  napi_delete_async_work(env, flush->work);
  delete flush;
  Settle(context);
}

// Joins the newest flush of the device if its fdatasync has not begun.
bool Join(Flush* flush, napi_ref done) {
  if (flush == nullptr) return false;
  std::lock_guard<std::mutex> guard(flush->lock);
  if (flush->started) return false;
  flush->waiting.push_back(done);
  return true;
}

napi_value Position(const Call& call, Host** host, uint32_t* handle, int64_t* position,
                    uint8_t** bytes, size_t* room) {
  size_t length;
  uint32_t offset;
  *host = call.Open();
  if (*host == nullptr) return nullptr;
  if (!call.Handle(1, handle)) return call.WrongArgument("handle");
  if (s5_lookup((*host)->native, *handle, S5_KIND_FILE) == nullptr) return call.Fail(*host);
  if (!call.Integer(2, position)) return call.WrongArgument("position");
  if (!call.Bytes(3, bytes, &length) || !call.Unsigned(4, &offset) || offset > length)
    return call.WrongArgument("bytes, offset");
  *bytes += offset;
  *room = length - offset;
  return call.arguments[0];
}

}  // namespace

napi_value blockAcquire(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t index;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Unsigned(1, &index)) return call.WrongArgument("index");
  int handle = s5_acquire(host->native, index, S5_KIND_FILE);
  return handle < 0 ? call.Fail(host) : call.Give(handle);
}

napi_value blockCapacity(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  s5_device* device = s5_lookup(host->native, handle, S5_KIND_FILE);
  if (device == nullptr) return call.Fail(host);
  return call.Give(static_cast<double>(device->file.capacity));
}

napi_value blockRelease(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  if (s5_release(host->native, handle, S5_KIND_FILE) < 0) return call.Fail(host);
  // The handle may come to mean another device: nobody joins this one's flush any more.
  host->flushes[handle] = nullptr;
  return nullptr;
}

napi_value blockRead(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Host* host;
  uint32_t handle;
  int64_t position;
  uint8_t* into;
  size_t room;
  if (Position(call, &host, &handle, &position, &into, &room) == nullptr) return nullptr;
  if (s5_file_read(host->native, handle, position, into, room) < 0) return call.Fail(host);
  return nullptr;
}

napi_value blockWrite(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Host* host;
  uint32_t handle;
  int64_t position;
  uint8_t* from;
  size_t room;
  if (Position(call, &host, &handle, &position, &from, &room) == nullptr) return nullptr;
  if (s5_file_write(host->native, handle, position, from, room) < 0) return call.Fail(host);
  return nullptr;
}

// With the thread blocked, for runs in which no event loop would call `done`.
napi_value blockFlushNow(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  if (s5_file_sync(host->native, handle) < 0) return call.Fail(host);
  return nullptr;
}

napi_value blockFlush(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  napi_ref done;
  napi_valuetype type;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  s5_device* device = s5_lookup(host->native, handle, S5_KIND_FILE);
  if (device == nullptr) return call.Fail(host);
  if (napi_typeof(env, call.arguments[2], &type) != napi_ok || type != napi_function)
    return call.WrongArgument("done");
  napi_create_reference(env, call.arguments[2], 1, &done);
  if (Join(host->flushes[handle], done)) return nullptr;
  int descriptor = s5_file_duplicate(host->native, handle);
  if (descriptor < 0) {
    napi_delete_reference(env, done);
    return call.Fail(host);
  }
  Flush* flush = new Flush();
  flush->context = call.context;
  flush->host = host->id;
  flush->handle = handle;
  __builtin_memcpy(flush->label, device->label, sizeof flush->label);
  flush->descriptor = descriptor;
  flush->waiting.push_back(done);
  napi_value name;
  napi_create_string_utf8(env, "miou-solo5.flush", NAPI_AUTO_LENGTH, &name);
  napi_create_async_work(env, nullptr, name, Execute, Complete, flush, &flush->work);
  call.context->outstanding++;
  host->flushes[handle] = flush;
  napi_queue_async_work(env, flush->work);
  return nullptr;
}

}  // namespace miou
