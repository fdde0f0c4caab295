#include "files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace lab {

void Fd::reset() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void fail(const std::string& what) {
  throw std::runtime_error("lab: " + what + ": " + std::strerror(errno));
}

std::string read_file(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string text;
  if (!file) return text;
  std::array<char, 4096> block;
  for (;;) {
    const ssize_t size = ::read(file.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(block.data(), static_cast<size_t>(size));
  }
}

bool write_file(const std::string& path, const std::string& text) {
  const Fd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (!file) return false;
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  const int error = errno;
  if (written == static_cast<ssize_t>(text.size())) return true;
  errno = error;
  return false;
}

}  // namespace lab
