// Waiting, with the thread blocked (`yieldUntil`) and without (`waitBegin`, in Node's own event
// loop).
//
// The poll handle watches the host's epoll descriptor, which is readable when a TAP or the timer
// is. Starting and stopping it costs two system calls a wait, so neither happens as long as waits
// follow each other: a wait that is given up only takes its reference from the loop, and the handle
// stops itself when it fires with nobody waiting.
#include <math.h>
#include <stdlib.h>

#include "context.h"

namespace miou {

namespace {

uv_handle_s* Handle(Host* host) { return reinterpret_cast<uv_handle_s*>(host->poll); }

// Never early: a fraction of a nanosecond is rounded up. What no int64 holds never comes.
int64_t Deadline(double value) {
  if (value <= 0) return 0;
  if (value >= 9.2e18) return S5_NEVER;
  return static_cast<int64_t>(ceil(value));
}

// Two numbers, each the 32 bits of one word: cheaper to pass than an array.
bool Interest(const Call& call, unsigned index, uint32_t interest[2]) {
  double low, high;
  if (!call.Number(index, &low) || !call.Number(index + 1, &high)) return false;
  if (!(low >= 0 && low <= UINT32_MAX && high >= 0 && high <= UINT32_MAX)) return false;
  interest[0] = static_cast<uint32_t>(low);
  interest[1] = static_cast<uint32_t>(high);
  return true;
}

void Stop(Host* host) {
  uv_poll_stop(host->poll);
  host->watching = false;
}

void OnReadable(uv_poll_s* poll, int, int) {
  Host* host = static_cast<Host*>(uv_handle_get_data(reinterpret_cast<uv_handle_s*>(poll)));
  if (!host->waiting) return Stop(host);
  host->waiting = false;
  s5_wait_end(host->native);
  uv_unref(Handle(host));
  Context* context = host->context;
  napi_handle_scope scope;
  napi_open_handle_scope(context->env, &scope);
  napi_value wake, id;
  napi_get_reference_value(context->env, context->wake, &wake);
  napi_create_uint32(context->env, host->id, &id);
  CallBack(context, wake, 1, &id);
  napi_close_handle_scope(context->env, scope);
  // `wake` may have closed the host; then it is freed after this callback, not before.
  if (host->native != nullptr && !host->waiting) Stop(host);
}

bool StartPoll(const Call& call, Host* host) {
  if (host->poll == nullptr) {
    uv_loop_s* loop;
    if (napi_get_uv_event_loop(call.env, &loop) != napi_ok) return false;
    uv_poll_s* poll = static_cast<uv_poll_s*>(malloc(uv_handle_size(UV_POLL_TYPE)));
    if (poll == nullptr) return false;
    if (uv_poll_init(loop, poll, host->native->epoll) != 0) {
      free(poll);
      return false;
    }
    host->poll = poll;
    uv_handle_set_data(Handle(host), host);
    uv_unref(Handle(host));
  }
  if (!host->watching) {
    if (uv_poll_start(host->poll, UV_READABLE_EVENT, OnReadable) != 0) return false;
    host->watching = true;
  }
  return true;
}

}  // namespace

void CloseWait(Host* host) {
  if (host->poll == nullptr) {
    delete host;
    return;
  }
  host->context->outstanding++;
  uv_close(Handle(host), [](uv_handle_s* handle) {
    Host* closed = static_cast<Host*>(uv_handle_get_data(handle));
    Context* context = closed->context;
    free(closed->poll);
    delete closed;
    Settle(context);
  });
}

napi_value yieldUntil(napi_env env, napi_callback_info info) {
  Call call(env, info);
  double deadline;
  void* words;
  size_t length;
  uint32_t ready[2];
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Number(1, &deadline)) return call.WrongArgument("deadline");
  if (!call.Array(2, napi_uint32_array, &words, &length) || length < 2)
    return call.WrongArgument("ready");
  uint32_t interest[2];
  if (!Interest(call, 3, interest)) return call.WrongArgument("interest");
  int count = s5_yield(host->native, Deadline(deadline), interest, ready);
  if (count < 0) return call.Fail(host);
  // JavaScript doesn't run while this thread is blocked, so the array is still where it was. (One
  // over a shared buffer stays alive as well: this call holds it.)
  static_cast<uint32_t*>(words)[0] = ready[0];
  static_cast<uint32_t*>(words)[1] = ready[1];
  return call.Give(count);
}

// False where the deadline has come already and nothing was begun.
napi_value waitBegin(napi_env env, napi_callback_info info) {
  Call call(env, info);
  double deadline;
  napi_value result;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Number(1, &deadline)) return call.WrongArgument("deadline");
  uint32_t interest[2];
  if (!Interest(call, 2, interest)) return call.WrongArgument("interest");
  int64_t at = Deadline(deadline);
  bool begun = at > s5_clock_monotonic();
  if (begun) {
    if (s5_wait_begin(host->native, at, interest) < 0) return call.Fail(host);
    if (!StartPoll(call, host)) {
      s5_fault fault = {S5_SYSTEM, 0, "uv_poll", 0, 0};
      s5_wait_end(host->native);
      return call.Fail(fault, nullptr);
    }
    if (!host->waiting) uv_ref(Handle(host));
    host->waiting = true;
  }
  napi_get_boolean(env, begun, &result);
  return result;
}

napi_value waitEnd(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Host* host = call.Open();
  if (host == nullptr || !host->waiting) return nullptr;
  host->waiting = false;
  s5_wait_end(host->native);
  uv_unref(Handle(host));
  return nullptr;
}

}  // namespace miou
