// core/descriptor: the users' descriptors on a poller.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>

#include "core/poller.h"
#include "fake_kernel.h"
#include "handlers.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

class OfAUser : public testing::Test {
 protected:
  Functions::Function note(std::string& log, const char* what, int verdict = 0) {
    return [&log, what, verdict](int, uint32_t events) {
      log += what;
      if ((events & io::kHangUp) != 0) log += '!';
      if ((events & io::kPriority) != 0) log += '^';
      return verdict;
    };
  }
  Status add(int fd, uint32_t flags = 0) {
    return poller_->register_descriptor(fd, flags, handler(note(log_, "r")));
  }
  void turn() { EXPECT_TRUE(poller_->poll(0).ok()); }

  std::unique_ptr<Poller> poller_ = make_poller();
  EventFd bell_{true};
  std::string log_;
};

TEST_F(OfAUser, IsToldAsLongAsItIsReady) {
  ASSERT_TRUE(add(bell_.get()).ok());
  turn();
  turn();
  EXPECT_EQ("rr", log_);
  bell_.silence();
  turn();
  EXPECT_EQ("rr", log_);
  ASSERT_TRUE(poller_->unregister_descriptor(bell_.get()).ok());
  bell_.ring();
  turn();
  EXPECT_EQ("rr", log_);
  EXPECT_FALSE(poller_->has_work());
}

TEST_F(OfAUser, BothDirectionsAreToldOfTheirOwnEvents) {
  ASSERT_TRUE(
      poller_->register_descriptor(bell_.get(), 0, handler(note(log_, "r"), note(log_, "w"))).ok());
  turn();
  EXPECT_EQ("rw", log_);
  bell_.silence();
  turn();
  EXPECT_EQ("rww", log_);
}

TEST_F(OfAUser, AWriterAloneIsToldOfWritingOnly) {
  ASSERT_TRUE(poller_->register_descriptor(bell_.get(), 0, handler(nullptr, note(log_, "w"))).ok());
  turn();
  EXPECT_EQ("w", log_);
}

TEST_F(OfAUser, AHangUpReachesTheReaderElseTheWriter) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(0, ::pipe2(pipe.data(), O_CLOEXEC));
  lab::Fd reader(pipe[0]);
  lab::Fd writer(pipe[1]);
  ASSERT_TRUE(poller_->register_descriptor(reader.get(), 0, handler(note(log_, "r", 1))).ok());
  writer.reset();
  turn();
  EXPECT_EQ("r!", log_);
  std::array<int, 2> pair{};
  ASSERT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()));
  const lab::Fd near(pair[0]);
  lab::Fd far(pair[1]);
  far.reset();
  log_.clear();
  ASSERT_TRUE(
      poller_->register_descriptor(near.get(), 0, handler(nullptr, note(log_, "w", 1))).ok());
  turn();
  EXPECT_EQ("w!", log_);
}

TEST_F(OfAUser, AReaderThatHadEnoughKeepsTheWriterFromBeingTold) {
  ASSERT_TRUE(
      poller_->register_descriptor(bell_.get(), 0, handler(note(log_, "r", 1), note(log_, "w")))
          .ok());
  turn();
  turn();
  EXPECT_EQ("r", log_);
  EXPECT_EQ(0u, poller_->descriptor_count());
}

TEST_F(OfAUser, OnceMeansUnregisteredBeforeTheFirstEventIsTold) {
  size_t registered = 9;
  ASSERT_TRUE(poller_
                  ->register_descriptor(bell_.get(), kOnce, handler([&](int, uint32_t) {
                                          log_ += 'r';
                                          registered = poller_->descriptor_count();
                                          return 0;
                                        }))
                  .ok());
  turn();
  turn();
  EXPECT_EQ("r", log_);
  EXPECT_EQ(0u, registered);
}

TEST_F(OfAUser, AnEdgeIsToldOnce) {
  ASSERT_TRUE(add(bell_.get(), kEdgeTriggered).ok());
  turn();
  turn();
  EXPECT_EQ("r", log_);
  bell_.ring();
  turn();
  EXPECT_EQ("rr", log_);
}

TEST_F(OfAUser, WatchingChoosesAmongTheEventsThatHaveHandlers) {
  ASSERT_TRUE(
      poller_->register_descriptor(bell_.get(), 0, handler(note(log_, "r"), note(log_, "w"))).ok());
  ASSERT_TRUE(poller_->watch_descriptor(bell_.get(), io::kWritable).ok());
  turn();
  ASSERT_TRUE(poller_->watch_descriptor(bell_.get(), 0).ok());
  turn();
  ASSERT_TRUE(poller_->watch_descriptor(bell_.get(), io::kReadable | io::kPriority).ok());
  turn();
  EXPECT_EQ("wr", log_);
  EXPECT_EQ(kErrorFlags, poller_->watch_descriptor(bell_.get(), io::kError).code());
  EXPECT_EQ(kErrorFlags, poller_->watch_descriptor(bell_.get(), 1U << 20).code());
  EXPECT_EQ(kErrorNotRegistered, poller_->watch_descriptor(9999, 0).code());
}

TEST_F(OfAUser, CannotBeRegisteredTwice) {
  ASSERT_TRUE(add(bell_.get()).ok());
  bool is_destroyed = false;
  const Status again = poller_->register_descriptor(
      bell_.get(), 0, handler(note(log_, "x"), nullptr, [&] { is_destroyed = true; }));
  EXPECT_EQ(kErrorRegistered, again.code());
  EXPECT_THAT(again.sentence(), HasSubstr("descriptor " + std::to_string(bell_.get())));
  EXPECT_TRUE(is_destroyed);
  turn();
  EXPECT_EQ("r", log_);
}

TEST_F(OfAUser, ARefusedRegistrationLeavesTheFirstAsItWas) {
  ASSERT_TRUE(add(bell_.get()).ok());
  ASSERT_TRUE(poller_->watch_descriptor(bell_.get(), 0).ok());
  EXPECT_EQ(kErrorRegistered, add(bell_.get()).code());
  turn();
  EXPECT_EQ("", log_);  // still at rest
}

TEST_F(OfAUser, ARefusedChoiceLeavesTheOldOne) {
  ASSERT_TRUE(add(bell_.get()).ok());
  {
    FakeKernel kernel;
    kernel.fail(control(EPOLL_CTL_MOD), ENOMEM);
    EXPECT_EQ(-ENOMEM, poller_->watch_descriptor(bell_.get(), 0).code());
  }
  EXPECT_EQ(kErrorRegistered, add(bell_.get()).code());  // looks whether it is still watched
  turn();
  EXPECT_EQ("r", log_);
}

TEST_F(OfAUser, ANumberThatBelongsToANewDescriptorIsRegisteredAnew) {
  bool is_destroyed = false;
  ASSERT_TRUE(
      poller_
          ->register_descriptor(bell_.get(), 0,
                                handler(note(log_, "old"), nullptr, [&] { is_destroyed = true; }))
          .ok());
  const EventFd fresh(true);
  ASSERT_EQ(bell_.get(), ::dup3(fresh.get(), bell_.get(), O_CLOEXEC));  // closes the old one
  ASSERT_TRUE(add(bell_.get()).ok());
  EXPECT_TRUE(is_destroyed);
  turn();
  EXPECT_EQ("r", log_);
  EXPECT_EQ(1u, poller_->descriptor_count());
}

TEST_F(OfAUser, ThatLivesOnElsewhereIsNotToldAfterItsUnregistrationNorIsItsSuccessor) {
  ASSERT_TRUE(add(bell_.get()).ok());
  const lab::Fd elsewhere(::fcntl(bell_.get(), F_DUPFD_CLOEXEC, 0));
  const int number = bell_.get();
  bell_.close();  // too early: epoll goes on telling of it
  ASSERT_TRUE(poller_->unregister_descriptor(number).ok());
  turn();
  const EventFd successor;
  ASSERT_TRUE(add(successor.get()).ok());
  turn();
  EXPECT_EQ("", log_);
  successor.ring();
  turn();
  EXPECT_EQ("r", log_);
}

TEST_F(OfAUser, ThatCannotBePolledIsRefused) {
  const lab::Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const Status status = add(file.get());
  EXPECT_EQ(-EPERM, status.code());
  EXPECT_THAT(status.sentence(), HasSubstr("descriptor " + std::to_string(file.get())));
  EXPECT_THAT(status.sentence(), HasSubstr("regular files"));
  EXPECT_EQ(0u, poller_->descriptor_count());
}

TEST_F(OfAUser, ThatIsNotOpenOrNoNumberIsRefused) {
  EXPECT_EQ(-EBADF, add(9999).code());
  EXPECT_THAT(add(9999).sentence(), HasSubstr("not open"));
  EXPECT_EQ(kErrorDescriptor, add(-1).code());
  EXPECT_EQ(kErrorFlags, add(bell_.get(), 4).code());
  EXPECT_EQ(kErrorNotRegistered, poller_->unregister_descriptor(bell_.get()).code());
  EXPECT_FALSE(poller_->has_work());
}

TEST_F(OfAUser, IsNotRegisteredWhenTheSystemRefuses) {
  for (const int error : {ENOSPC, ENOMEM}) {
    FakeKernel kernel;
    kernel.fail(control(EPOLL_CTL_ADD), error);
    bool is_destroyed = false;
    const Status status = poller_->register_descriptor(
        bell_.get(), 0, handler(note(log_, "r"), nullptr, [&] { is_destroyed = true; }));
    EXPECT_EQ(-error, status.code());
    EXPECT_TRUE(is_destroyed);
    EXPECT_FALSE(poller_->has_work());
  }
  EXPECT_TRUE(add(bell_.get()).ok());
}

TEST_F(OfAUser, IsUnregisteredEvenWhenTheSystemRefuses) {
  ASSERT_TRUE(add(bell_.get()).ok());
  FakeKernel kernel;
  kernel.fail(control(EPOLL_CTL_DEL), EBADF);
  EXPECT_TRUE(poller_->unregister_descriptor(bell_.get()).ok());
  turn();
  EXPECT_EQ("", log_);
}

TEST_F(OfAUser, MayUnregisterAnotherThatIsReadyInTheSameTurn) {
  const EventFd other(true);
  const auto each_the_other = [&](int one, int another) {
    return handler([this, one, another](int, uint32_t) {
      log_ += 'r';
      EXPECT_TRUE(poller_->unregister_descriptor(another).ok());
      EXPECT_TRUE(poller_->unregister_descriptor(one).ok());
      return 1;  // counts for nothing any more
    });
  };
  ASSERT_TRUE(
      poller_->register_descriptor(bell_.get(), 0, each_the_other(bell_.get(), other.get())).ok());
  ASSERT_TRUE(
      poller_->register_descriptor(other.get(), 0, each_the_other(other.get(), bell_.get())).ok());
  turn();
  turn();
  EXPECT_EQ("r", log_);
}

TEST_F(OfAUser, MayBeRegisteredAnewInItsOwnCallback) {
  ASSERT_TRUE(poller_
                  ->register_descriptor(bell_.get(), 0, handler([&](int fd, uint32_t) {
                                          log_ += 'a';
                                          EXPECT_TRUE(poller_->unregister_descriptor(fd).ok());
                                          EXPECT_TRUE(add(fd).ok());
                                          return 1;  // of the old registration
                                        }))
                  .ok());
  turn();
  turn();
  EXPECT_EQ("ar", log_);
}

TEST_F(OfAUser, ItsHandlerEndsWithTheTurnInWhichItWasUnregistered) {
  bool is_destroyed = false;
  ASSERT_TRUE(poller_
                  ->register_descriptor(bell_.get(), 0,
                                        handler(
                                            [&](int fd, uint32_t) {
                                              EXPECT_TRUE(poller_->unregister_descriptor(fd).ok());
                                              EXPECT_FALSE(is_destroyed);
                                              return 0;
                                            },
                                            nullptr, [&] { is_destroyed = true; }))
                  .ok());
  turn();
  EXPECT_TRUE(is_destroyed);
}

}  // namespace
}  // namespace mc::test
