#include "files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>

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

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "lab-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) fail("cannot make the folder " + pattern);
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::make_file(const std::string& name, const std::string& text) const {
  const std::string path = file(name);
  const Fd made{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!made || !write_file(path, text)) fail("cannot write " + path);
  return path;
}

}  // namespace lab
