#include "context.h"

#include <math.h>
#include <string.h>

#include <algorithm>

namespace miou {

namespace {
constexpr double INTEGER_MAX = 9007199254740991.0;

// glibc's strerror_r gives the text, which may be elsewhere than in the buffer; musl's is that of POSIX.
[[maybe_unused]] const char* ErrorText(const char* text, const char*) { return text; }
[[maybe_unused]] const char* ErrorText(int, const char* buffer) { return buffer; }
}  // namespace

Host* Context::Find(uint32_t id) {
  if (recent != nullptr && recent->id == id) return recent;
  auto place = std::lower_bound(hosts.begin(), hosts.end(), id,
                                [](const Host* host, uint32_t wanted) { return host->id < wanted; });
  if (place == hosts.end() || (*place)->id != id) return nullptr;
  return recent = *place;
}

Call::Call(napi_env env, napi_callback_info info) : env(env) {
  // Absent arguments come as `undefined`, which every reader below refuses.
  size_t count = ARGUMENT_MAX;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, arguments, nullptr, &data);
  context = static_cast<Context*>(data);
}

bool Call::Number(size_t index, double* value) const {
  return napi_get_value_double(env, arguments[index], value) == napi_ok && !isnan(*value);
}

bool Call::Unsigned(size_t index, uint32_t* value) const {
  double number;
  if (!Number(index, &number) || !(number >= 0 && number <= UINT32_MAX)) return false;
  *value = static_cast<uint32_t>(number);
  return *value == number;
}

bool Call::Handle(size_t index, uint32_t* value) const {
  double number;
  if (napi_get_value_double(env, arguments[index], &number) != napi_ok) return false;
  if (!Unsigned(index, value)) *value = UINT32_MAX;
  return true;
}

bool Call::Integer(size_t index, int64_t* value) const {
  double number;
  if (!Number(index, &number) || fabs(number) > INTEGER_MAX) return false;
  *value = static_cast<int64_t>(number);
  return static_cast<double>(*value) == number;
}

bool Call::Array(size_t index, napi_typedarray_type wanted, void** data, size_t* length) const {
  napi_typedarray_type type;
  // Of a detached buffer this gives length 0, so no range inside it is accepted.
  return napi_get_typedarray_info(env, arguments[index], &type, length, data, nullptr, nullptr) ==
             napi_ok &&
         type == wanted;
}

bool Call::Bytes(size_t index, uint8_t** data, size_t* size) const {
  return Array(index, napi_uint8_array, reinterpret_cast<void**>(data), size);
}

bool Call::Text(size_t index, char* text, size_t room) const {
  size_t size;
  if (napi_get_value_string_utf8(env, arguments[index], nullptr, 0, &size) != napi_ok) return false;
  if (size >= room) return false;
  napi_get_value_string_utf8(env, arguments[index], text, room, &size);
  // The C library would take a zero byte for the end and open something else.
  return strlen(text) == size;
}

bool Call::Boolean(size_t index, bool* value) const {
  return napi_get_value_bool(env, arguments[index], value) == napi_ok;
}

Host* Call::Open() const {
  uint32_t id;
  if (!Unsigned(0, &id) || id >= context->next_id) {
    WrongArgument("host");
    return nullptr;
  }
  Host* host = context->Find(id);
  if (host == nullptr) {
    Fail(s5_fault{S5_CLOSED, 0, nullptr, 0, 0}, nullptr);
    return nullptr;
  }
  return host;
}

napi_value Call::Fail(const s5_fault& fault, const char* device) const {
  napi_value error = MakeError(context, fault, device);
  if (error != nullptr) napi_throw(env, error);
  return nullptr;
}

napi_value Call::Fail(const Host* host) const {
  return Fail(host->native->fault, host->native->fault_label);
}

napi_value Call::WrongArgument(const char* what) const {
  return Fail(s5_fault{S5_ARGUMENT, 0, what, 0, 0}, nullptr);
}

napi_value Call::Give(double value) const {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value MakeError(Context* context, const s5_fault& fault, const char* device) {
  napi_env env = context->env;
  napi_value function, receiver, error = nullptr;
  napi_value arguments[7];
  char buffer[128] = "";
  const char* text =
      fault.error != 0 ? ErrorText(strerror_r(fault.error, buffer, sizeof buffer), buffer) : "";
  const char* call = fault.call != nullptr ? fault.call : "";
  const char* name = device != nullptr ? device : "";
  napi_get_reference_value(env, context->fault, &function);
  napi_get_undefined(env, &receiver);
  napi_create_string_utf8(env, s5_reason_name(fault.reason), NAPI_AUTO_LENGTH, &arguments[0]);
  napi_create_int32(env, fault.error, &arguments[1]);
  napi_create_string_utf8(env, call, NAPI_AUTO_LENGTH, &arguments[2]);
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &arguments[3]);
  napi_create_double(env, static_cast<double>(fault.a), &arguments[4]);
  napi_create_double(env, static_cast<double>(fault.b), &arguments[5]);
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &arguments[6]);
  if (napi_call_function(env, receiver, function, 7, arguments, &error) != napi_ok) return nullptr;
  return error;
}

void CallBack(Context* context, napi_value callback, size_t count, const napi_value* arguments) {
  napi_env env = context->env;
  napi_value receiver, result;
  napi_get_global(env, &receiver);
  napi_status status =
      napi_make_callback(env, context->async, receiver, callback, count, arguments, &result);
  if (status != napi_pending_exception) return;
  napi_value exception;
  // Fails where the environment is ending: then there is nobody left to tell.
  if (napi_get_and_clear_last_exception(env, &exception) == napi_ok)
    napi_fatal_exception(env, exception);
}

}  // namespace miou
