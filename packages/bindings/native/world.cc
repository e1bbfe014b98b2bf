// Clocks, entropy and the console.
#include "context.h"

namespace miou {

napi_value clockMonotonic(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_create_double(env, static_cast<double>(s5_clock_monotonic()), &result);
  return result;
}

napi_value clockWall(napi_env env, napi_callback_info) {
  napi_value result = nullptr;
  napi_create_bigint_int64(env, s5_clock_wall(), &result);
  return result;
}

napi_value entropy(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint8_t* into;
  size_t size;
  // Argument 0 is the host everywhere; these bytes come from the kernel whichever it is.
  if (!call.Bytes(1, &into, &size)) return call.WrongArgument("into");
  int error = s5_entropy(into, size);
  s5_fault fault = {S5_SYSTEM, error, "getrandom", 0, 0};
  return error == 0 ? nullptr : call.Fail(fault, nullptr);
}

napi_value consoleWrite(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint8_t* bytes;
  size_t size;
  if (!call.Bytes(1, &bytes, &size)) return call.WrongArgument("bytes");
  int error = s5_write_all(1, bytes, size);
  s5_fault fault = {S5_SYSTEM, error, "write", 0, 0};
  return error == 0 ? nullptr : call.Fail(fault, nullptr);
}

}  // namespace miou
