// The addon: one exported function, `open(fault, wake)`, which makes a Context and gives the functions over
// it. Each copy of the TypeScript side opens its own, so that two copies in one process don't meet.
#include <napi.h>
#include <string.h>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include "context.h"

namespace miou {
namespace {

void Finish(Context* context) {
  napi_delete_reference(context->env, context->fault);
  napi_delete_reference(context->env, context->wake);
  napi_async_destroy(context->env, context->async);
  napi_async_cleanup_hook_handle cleanup = context->cleanup;
  delete context;
  napi_remove_async_cleanup_hook(cleanup);
}

// The environment ends (process, worker): close everything, and let it wait for the poll handles and for
// flushes on their threads, which use the descriptors and the Context.
void End(napi_async_cleanup_hook_handle, void* data) {
  Context* context = static_cast<Context*>(data);
  context->ending = true;
  context->outstanding++;  // this call, so that the last host doesn't free the Context under us
  while (!context->hosts.empty()) CloseHost(context->hosts.back());
  Settle(context);
}

Napi::Value Open(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsFunction() || !info[1].IsFunction()) {
    Napi::TypeError::New(env, "open(fault, wake) takes two functions").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const char* type = uv_handle_type_name(UV_POLL_TYPE);
  if (type == nullptr || strcmp(type, "poll") != 0) {
    Napi::Error::New(env, "this runtime's libuv is not the one that the addon was written for")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Context* context = new Context();
  context->env = env;
  napi_create_reference(env, info[0], 1, &context->fault);
  napi_create_reference(env, info[1], 1, &context->wake);
  napi_async_init(env, nullptr, Napi::String::New(env, "miou-solo5"), &context->async);
  napi_add_async_cleanup_hook(env, End, context, &context->cleanup);
  Napi::Object functions = Napi::Object::New(env);
#define MIOU_DEFINE(name)                                                              \
  {                                                                                    \
    napi_value function;                                                               \
    napi_create_function(env, #name, NAPI_AUTO_LENGTH, name, context, &function);      \
    functions.Set(#name, function);                                                    \
  }
  MIOU_FUNCTIONS(MIOU_DEFINE)
#undef MIOU_DEFINE
  return functions;
}

// The C library that the addon was built for. musl's loader would take a binary made for glibc, whose
// functions differ in detail: asking for what glibc alone has makes sure that it refuses.
const char* LibraryName() {
#ifdef __GLIBC__
  return gnu_get_libc_version() != nullptr ? "glibc" : "";
#else
  return "musl";
#endif
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("libc", LibraryName());
  exports.Set("open", Napi::Function::New(env, Open, "open"));
  return exports;
}

}  // namespace

void Settle(Context* context) {
  if (--context->outstanding == 0 && context->ending) Finish(context);
}

}  // namespace miou

static Napi::Object Register(Napi::Env env, Napi::Object exports) {
  return miou::Init(env, exports);
}

NODE_API_MODULE(miou_solo5, Register)
