// Frames.
#include "context.h"

namespace miou {

namespace {

// A range inside `bytes`: offset and size from two arguments, null where it does not fit.
uint8_t* Range(const Call& call, size_t index, size_t* size) {
  uint8_t* bytes;
  size_t length;
  uint32_t offset, wanted;
  if (!call.Bytes(index, &bytes, &length) || !call.Unsigned(index + 1, &offset) ||
      !call.Unsigned(index + 2, &wanted) || offset > length || wanted > length - offset) {
    call.WrongArgument("bytes, offset, size");
    return nullptr;
  }
  *size = wanted;
  // An empty view may have no memory at all; any address will do for no bytes.
  static uint8_t nothing;
  return length == 0 ? &nothing : bytes + offset;
}

// Where the slots of a handle begin; behind them come their sizes. Null with an exception pending.
uint8_t* Slots(const Call& call, Host* host, const s5_device* device, napi_value* buffer) {
  size_t slots_size = static_cast<size_t>(device->tap.slot_size) * S5_BATCH_MAX;
  size_t size = slots_size + S5_BATCH_MAX * sizeof(int32_t);
  void* data = nullptr;
  napi_ref& reference = host->slots[device->handle];
  if (reference == nullptr) {
    if (napi_create_arraybuffer(call.env, size, &data, buffer) != napi_ok ||
        napi_create_reference(call.env, *buffer, 1, &reference) != napi_ok)
      return nullptr;
    return static_cast<uint8_t*>(data);
  }
  // Asked for anew each time: a program may have transferred the buffer to another thread, and what
  // is then left of it has no bytes.
  size_t length = 0;
  napi_get_reference_value(call.env, reference, buffer);
  napi_get_arraybuffer_info(call.env, *buffer, &data, &length);
  if (length == size) return static_cast<uint8_t*>(data);
  call.WrongArgument("slots");
  return nullptr;
}

}  // namespace

napi_value netAcquire(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t index;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Unsigned(1, &index)) return call.WrongArgument("index");
  int handle = s5_acquire(host->native, index, S5_KIND_TAP);
  return handle < 0 ? call.Fail(host) : call.Give(handle);
}

napi_value netMtu(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  s5_device* device = s5_lookup(host->native, handle, S5_KIND_TAP);
  return device == nullptr ? call.Fail(host) : call.Give(device->tap.mtu);
}

napi_value netRelease(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  if (s5_release(host->native, handle, S5_KIND_TAP) < 0) return call.Fail(host);
  if (host->slots[handle] != nullptr) napi_delete_reference(env, host->slots[handle]);
  host->slots[handle] = nullptr;
  return nullptr;
}

napi_value netRead(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  size_t size;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  if (s5_lookup(host->native, handle, S5_KIND_TAP) == nullptr) return call.Fail(host);
  uint8_t* into = Range(call, 2, &size);
  if (into == nullptr) return nullptr;
  int count = s5_tap_read(host->native, handle, into, size);
  return count == S5_FAILED ? call.Fail(host) : call.Give(count);
}

napi_value netWrite(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  size_t size;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  if (s5_lookup(host->native, handle, S5_KIND_TAP) == nullptr) return call.Fail(host);
  const uint8_t* from = Range(call, 2, &size);
  if (from == nullptr) return nullptr;
  if (s5_tap_write(host->native, handle, from, size) < 0) return call.Fail(host);
  return nullptr;
}

napi_value netReadBatch(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  s5_device* device = s5_lookup(host->native, handle, S5_KIND_TAP);
  if (device == nullptr) return call.Fail(host);
  napi_value buffer;
  uint8_t* slots = Slots(call, host, device, &buffer);
  if (slots == nullptr) return nullptr;
  int32_t* sizes = reinterpret_cast<int32_t*>(
      slots + static_cast<size_t>(device->tap.slot_size) * S5_BATCH_MAX);
  int count = s5_tap_read_batch(host->native, handle, slots, sizes, S5_BATCH_MAX);
  return count < 0 ? call.Fail(host) : call.Give(count);
}

napi_value netReadSlots(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  s5_device* device = s5_lookup(host->native, handle, S5_KIND_TAP);
  if (device == nullptr) return call.Fail(host);
  napi_value buffer;
  return Slots(call, host, device, &buffer) == nullptr ? nullptr : buffer;
}

napi_value netSlotSize(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  s5_device* device = s5_lookup(host->native, handle, S5_KIND_TAP);
  return device == nullptr ? call.Fail(host) : call.Give(device->tap.slot_size);
}

napi_value netWriteBatch(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle, slot_size, count;
  uint8_t* bytes;
  void* sizes;
  size_t size, length;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  if (s5_lookup(host->native, handle, S5_KIND_TAP) == nullptr) return call.Fail(host);
  if (!call.Bytes(2, &bytes, &size) || !call.Unsigned(3, &slot_size) ||
      !call.Array(4, napi_int32_array, &sizes, &length) || !call.Unsigned(5, &count))
    return call.WrongArgument("batch");
  if (count > S5_BATCH_MAX || count > length ||
      static_cast<uint64_t>(count) * slot_size > size)
    return call.WrongArgument("count");
  // A copy, because another thread may write to the sizes (SharedArrayBuffer) after they were
  // checked.
  int32_t checked[S5_BATCH_MAX];
  for (uint32_t i = 0; i < count; i++)
    checked[i] = __atomic_load_n(static_cast<int32_t*>(sizes) + i, __ATOMIC_RELAXED);
  if (s5_tap_write_batch(host->native, handle, bytes, slot_size, checked, count) < 0)
    return call.Fail(host);
  return nullptr;
}

napi_value netCounters(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t handle;
  struct s5_tap_counters counters;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Handle(1, &handle)) return call.WrongArgument("handle");
  if (s5_tap_counters(host->native, handle, &counters) < 0) return call.Fail(host);
  napi_value result;
  napi_create_array_with_length(env, 3, &result);
  napi_set_element(env, result, 0, call.Give(static_cast<double>(counters.receive_dropped)));
  napi_set_element(env, result, 1, call.Give(static_cast<double>(counters.receive_oversized)));
  napi_set_element(env, result, 2, call.Give(static_cast<double>(counters.send_dropped)));
  return result;
}

}  // namespace miou
