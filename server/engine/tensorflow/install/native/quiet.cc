// A module for Node of one function, quietly(load): calls `load` while the process's standard error leads nowhere.
// TensorFlow's library prints as it is loaded, before it reads the variable that forbids it; reasons for which a
// library cannot be loaded come as errors all the same.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

namespace {

napi_value Quietly(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value load, receiver, result = nullptr;
  napi_get_cb_info(env, info, &count, &load, &receiver, nullptr);

  const int kept = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (kept >= 0 && nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  napi_call_function(env, receiver, load, 0, nullptr, &result);  // what it throws stays thrown
  if (kept >= 0) {
    dup2(kept, STDERR_FILENO);
    close(kept);
  }
  if (nowhere >= 0) close(nowhere);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value quietly;
  napi_create_function(env, "quietly", NAPI_AUTO_LENGTH, Quietly, nullptr, &quietly);
  napi_set_named_property(env, exports, "quietly", quietly);
  return exports;
}
