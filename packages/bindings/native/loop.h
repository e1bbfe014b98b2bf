// The part of libuv that the addon uses, declared here because npm's node-api-headers carry no
// uv.h.
//
// Everything below is stable through libuv 1.x. Sizes are asked for at run time (`uv_handle_size`),
// and the one number of an enum that is needed is verified when the addon is opened
// (`uv_handle_type_name`).
#ifndef MIOU_LOOP_H
#define MIOU_LOOP_H

#include <stddef.h>

extern "C" {
struct uv_loop_s;
struct uv_handle_s;
struct uv_poll_s;
using uv_poll_callback = void (*)(uv_poll_s* poll, int status, int events);
using uv_close_callback = void (*)(uv_handle_s* handle);

size_t uv_handle_size(int type);
const char* uv_handle_type_name(int type);
void* uv_handle_get_data(const uv_handle_s* handle);
void uv_handle_set_data(uv_handle_s* handle, void* data);
int uv_poll_init(uv_loop_s* loop, uv_poll_s* poll, int descriptor);
int uv_poll_start(uv_poll_s* poll, int events, uv_poll_callback callback);
int uv_poll_stop(uv_poll_s* poll);
void uv_ref(uv_handle_s* handle);
void uv_unref(uv_handle_s* handle);
void uv_close(uv_handle_s* handle, uv_close_callback callback);
}

constexpr int UV_POLL_TYPE = 8;
constexpr int UV_READABLE_EVENT = 1;

#endif
