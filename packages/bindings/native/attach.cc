// Opening and closing hosts, and attaching devices to them.
#include <limits.h>

#include <algorithm>

#include "context.h"

namespace miou {

namespace {
constexpr size_t LABEL_ROOM = S5_LABEL_MAX + 1;
// Longer names than the kernel's must reach the C library, which says so.
constexpr size_t INTERFACE_ROOM = 256;
}  // namespace

napi_value hostOpen(napi_env env, napi_callback_info info) {
  Call call(env, info);
  s5_fault fault;
  s5_host* native = s5_host_open(&fault);
  if (native == nullptr) return call.Fail(fault, nullptr);
  Host* host = new Host();
  host->context = call.context;
  host->id = call.context->next_id++;
  host->native = native;
  call.context->hosts.push_back(host);
  return call.Give(host->id);
}

void CloseHost(Host* host) {
  Context* context = host->context;
  context->recent = nullptr;
  context->hosts.erase(std::find(context->hosts.begin(), context->hosts.end(), host));
  for (napi_ref& slots : host->slots) {
    if (slots != nullptr) napi_delete_reference(context->env, slots);
    slots = nullptr;
  }
  // The poll handle first: libuv must forget the descriptor before it is closed.
  s5_host* native = host->native;
  host->native = nullptr;
  CloseWait(host);
  s5_host_close(native);
}

napi_value hostClose(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Host* host = call.Open();
  if (host != nullptr) CloseHost(host);
  return nullptr;
}

napi_value attachTap(napi_env env, napi_callback_info info) {
  Call call(env, info);
  char label[LABEL_ROOM], interface[INTERFACE_ROOM];
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Text(1, label, sizeof label)) return call.WrongArgument("label");
  if (!call.Text(2, interface, sizeof interface)) return call.WrongArgument("interface");
  int index = s5_tap_attach(host->native, label, interface);
  return index < 0 ? call.Fail(host) : call.Give(index);
}

napi_value adoptTap(napi_env env, napi_callback_info info) {
  Call call(env, info);
  char label[LABEL_ROOM];
  int64_t descriptor;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Text(1, label, sizeof label)) return call.WrongArgument("label");
  if (!call.Integer(2, &descriptor) || descriptor < 0 || descriptor > INT_MAX)
    return call.WrongArgument("descriptor");
  int index = s5_tap_adopt(host->native, label, static_cast<int>(descriptor));
  return index < 0 ? call.Fail(host) : call.Give(index);
}

napi_value attachFile(napi_env env, napi_callback_info info) {
  Call call(env, info);
  char label[LABEL_ROOM], path[PATH_MAX];
  int64_t block_size;
  bool read_only;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Text(1, label, sizeof label)) return call.WrongArgument("label");
  if (!call.Text(2, path, sizeof path)) return call.WrongArgument("path");
  if (!call.Integer(3, &block_size)) return call.WrongArgument("blockSize");
  if (!call.Boolean(4, &read_only)) return call.WrongArgument("readOnly");
  int index = s5_file_attach(host->native, label, path, block_size, read_only);
  return index < 0 ? call.Fail(host) : call.Give(index);
}

napi_value hostCommit(napi_env env, napi_callback_info info) {
  Call call(env, info);
  Host* host = call.Open();
  if (host != nullptr) s5_host_commit(host->native);
  return nullptr;
}

// [name, up, mtu]
napi_value interfaceState(napi_env env, napi_callback_info info) {
  Call call(env, info);
  uint32_t index;
  char name[IFNAMSIZ];
  s5_link link;
  Host* host = call.Open();
  if (host == nullptr) return nullptr;
  if (!call.Unsigned(1, &index)) return call.WrongArgument("index");
  if (s5_tap_state(host->native, index, name, &link) < 0) return call.Fail(host);
  napi_value result, value;
  napi_create_array_with_length(env, 3, &result);
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &value);
  napi_set_element(env, result, 0, value);
  napi_get_boolean(env, link.up, &value);
  napi_set_element(env, result, 1, value);
  napi_set_element(env, result, 2, call.Give(link.mtu));
  return result;
}

}  // namespace miou
