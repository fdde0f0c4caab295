// What our programs on libuv share.
#pragma once

#include <uv.h>

#include <stdexcept>
#include <string>

namespace bench {

inline void must(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + ::uv_strerror(result));
}

/// A loop that closes what is left on it when it ends, and that returns now and then when there is
/// nothing to do.
class UvLoop {
 public:
  static constexpr uint64_t kRest = 100;  ///< Milliseconds.

  UvLoop() {
    must(::uv_loop_init(&loop_), "uv_loop_init");
    must(::uv_timer_init(&loop_, &clock_), "uv_timer_init");
    must(::uv_timer_start(
             &clock_, [](uv_timer_t*) {}, kRest, kRest),
         "uv_timer_start");
  }
  ~UvLoop() {
    const auto close = [](uv_handle_t* each, void*) { ::uv_close(each, nullptr); };
    ::uv_walk(&loop_, close, nullptr);
    ::uv_run(&loop_, UV_RUN_DEFAULT);
    ::uv_loop_close(&loop_);
  }
  UvLoop(const UvLoop&) = delete;
  UvLoop& operator=(const UvLoop&) = delete;

  uv_loop_t* get() { return &loop_; }

 private:
  uv_loop_t loop_{};
  uv_timer_t clock_{};
};

}  // namespace bench
