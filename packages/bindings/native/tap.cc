// Persistent interfaces.
#include "context.h"

namespace miou {

namespace {
constexpr size_t TEXT_ROOM = 256;
}

// (name, address, mtu, owner); empty texts and 0 mean "not given".
napi_value tapCreate(napi_env env, napi_callback_info info) {
  Call call(env, info);
  char name[TEXT_ROOM], address[TEXT_ROOM], owner[TEXT_ROOM];
  int64_t mtu;
  s5_fault fault;
  if (!call.Text(0, name, sizeof name)) return call.WrongArgument("name");
  if (!call.Text(1, address, sizeof address)) return call.WrongArgument("address");
  if (!call.Integer(2, &mtu) || mtu < 0 || mtu > INT32_MAX) return call.WrongArgument("mtu");
  if (!call.Text(3, owner, sizeof owner)) return call.WrongArgument("owner");
  s5_tap_plan plan = {name, address[0] != '\0' ? address : nullptr, mtu,
                      owner[0] != '\0' ? owner : nullptr};
  if (s5_tap_create(&plan, &fault) < 0) return call.Fail(fault, nullptr);
  return nullptr;
}

napi_value tapDelete(napi_env env, napi_callback_info info) {
  Call call(env, info);
  char name[TEXT_ROOM];
  s5_fault fault;
  if (!call.Text(0, name, sizeof name)) return call.WrongArgument("name");
  if (s5_tap_delete(name, &fault) < 0) return call.Fail(fault, nullptr);
  return nullptr;
}

}  // namespace miou
