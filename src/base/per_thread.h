// Internal header: what a thread keeps between calls.
#pragma once

namespace mc {

// One T of each thread, made on first use and destroyed with the thread. User code may run even
// later, in the destructors of its own thread-locals: then there is none any more.
template <typename T>
class PerThread {
 public:
  // The calling thread's; null once it is gone.
  static T* get() {
    if (is_over_) return nullptr;
    thread_local Keeper keeper;
    return &keeper.kept;
  }
  static bool is_over() noexcept { return is_over_; }

 private:
  struct Keeper {
    ~Keeper() { is_over_ = true; }  // before what is kept ends
    T kept;
  };
  static inline thread_local bool is_over_ = false;
};

}  // namespace mc
