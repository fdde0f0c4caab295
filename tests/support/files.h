// Owning descriptors and whole small files.
#pragma once

#include <string>
#include <utility>

namespace lab {

/// A descriptor that closes itself.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

/// Throws std::runtime_error with what was tried and what the system says (errno).
[[noreturn]] void fail(const std::string& what);

/// The content of a file, empty when it cannot be read.
std::string read_file(const std::string& path);

/// Writes the text in one call. False, with errno set, when refused.
bool write_file(const std::string& path, const std::string& text);

/// A new folder, only for this user, which goes with everything that is in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a new file and returns its path.
  std::string make_file(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

}  // namespace lab
