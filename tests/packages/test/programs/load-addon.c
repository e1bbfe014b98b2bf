// Loads an addon as Node does (dlopen, RTLD_LAZY), and ends with 0 if it was taken. What the addon needs of Node
// stands in stubs.h, one line a function.
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define STUB(name) \
  void name(void) { abort(); }
#include "stubs.h"

int main(int count, char **words) {
  void *addon = count > 1 ? dlopen(words[1], RTLD_LAZY) : NULL;
  if (addon == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  if (dlsym(addon, "napi_register_module_v1") == NULL) return 2;
  puts("loaded");
  return 0;
}
