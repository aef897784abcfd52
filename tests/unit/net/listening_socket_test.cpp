#include "net/listening_socket.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/temp_directory.hpp"

namespace confab::test {
namespace {

using boost::asio::ip::tcp;
using boost::asio::local::stream_protocol;
using net::ListeningSocket;
using Options = ListeningSocket::Options;

ListenAddress at(const std::string& text) {
    return ListenAddress::parse(text).value();
}

std::string refusal_of(const Result<ListeningSocket>& socket) {
    return socket ? "no refusal" : socket.error().detail;
}

class ListeningSocketTest : public ::testing::Test {
  protected:
    // Whether somebody can connect there over IPv4 or IPv6.
    bool can_connect(const char* host, std::uint16_t port) {
        tcp::socket client(io_);
        boost::system::error_code error;
        client.connect({boost::asio::ip::make_address(host), port}, error);
        return !error;
    }
    bool can_connect(const std::string& path) {
        stream_protocol::socket client(io_);
        boost::system::error_code error;
        client.connect(stream_protocol::endpoint(path), error);
        return !error;
    }
    [[nodiscard]] ListenAddress unix_address() const { return at("unix:" + path_); }
    [[nodiscard]] bool file_exists() const { return std::filesystem::exists(path_); }
    [[nodiscard]] mode_t file_mode() const {
        struct stat status {};
        EXPECT_EQ(::stat(path_.c_str(), &status), 0);
        return status.st_mode & 07777;
    }
    // What a server that was killed leaves.
    void leave_a_stale_file() {
        boost::asio::io_context io;
        stream_protocol::acceptor dead(io, stream_protocol::endpoint(path_));
        dead.close();
        ASSERT_TRUE(file_exists());
    }

    boost::asio::io_context io_;
    TempDirectory directory_;
    const std::string path_ = directory_.file("chat.sock");
};

TEST_F(ListeningSocketTest, ListensAndTellsItsPort) {
    const auto socket = ListeningSocket::open(at("127.0.0.1:0"), {});
    ASSERT_TRUE(socket) << refusal_of(socket);
    EXPECT_NE(socket->address().port, 0);
    EXPECT_TRUE(can_connect("127.0.0.1", socket->address().port));
    EXPECT_NE(::fcntl(socket->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(socket->descriptor(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ListeningSocketTest, ItsEndClosesItButNotWhatWasReleased) {
    auto socket = ListeningSocket::open(at("127.0.0.1:0"), {});
    const std::uint16_t port = socket->address().port;
    FileDescriptor released;
    {
        ListeningSocket moved(std::move(*socket));
        released = moved.release();
    }
    EXPECT_TRUE(can_connect("127.0.0.1", port));
    released = FileDescriptor();
    EXPECT_FALSE(can_connect("127.0.0.1", port));
}

TEST_F(ListeningSocketTest, APortIsSharedByThisListenerOnly) {
    const Options share{.share = true};
    const auto first = ListeningSocket::open(at("127.0.0.1:0"), share);
    ASSERT_TRUE(first) << refusal_of(first);
    const auto more = first->another();
    ASSERT_TRUE(more) << refusal_of(more);
    EXPECT_EQ(more->address(), first->address());
    EXPECT_NE(more->descriptor(), first->descriptor());
    const std::string refusal = refusal_of(ListeningSocket::open(first->address(), share));
    EXPECT_NE(refusal.find(first->address().to_string()), std::string::npos) << refusal;
    EXPECT_NE(refusal.find("in use"), std::string::npos) << refusal;
}

TEST_F(ListeningSocketTest, AnAddressThatIsNotOursIsNamed) {
    const std::string refusal = refusal_of(ListeningSocket::open(at("192.0.2.1:8080"), {}));
    EXPECT_NE(refusal.find("192.0.2.1:8080"), std::string::npos) << refusal;
}

TEST_F(ListeningSocketTest, AnIpv6AddressTakesIpv6Only) {
    const auto six = ListeningSocket::open(at("[::1]:0"), {.share = true});
    if (!six) GTEST_SKIP() << "no IPv6 here: " << refusal_of(six);
    const std::uint16_t port = six->address().port;
    EXPECT_TRUE(can_connect("::1", port));
    EXPECT_FALSE(can_connect("127.0.0.1", port));
    int only = 0;
    socklen_t size = sizeof only;
    ASSERT_EQ(::getsockopt(six->descriptor(), IPPROTO_IPV6, IPV6_V6ONLY, &only, &size), 0);
    EXPECT_EQ(only, 1);
}

TEST_F(ListeningSocketTest, TheUnspecifiedIpv6AddressTakesBoth) {
    const auto all = ListeningSocket::open(at("[::]:0"), {.share = true});
    if (!all) GTEST_SKIP() << "no IPv6 here: " << refusal_of(all);
    EXPECT_TRUE(can_connect("::1", all->address().port));
    EXPECT_TRUE(can_connect("127.0.0.1", all->address().port));
}

TEST_F(ListeningSocketTest, AUnixSocketHasItsModeWhateverTheUmask) {
    for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{077}}) {
        for (const mode_t mode : {mode_t{0600}, mode_t{0660}, mode_t{0666}}) {
            const mode_t before = ::umask(mask);
            const auto socket = ListeningSocket::open(unix_address(), {.socket_mode = mode});
            ::umask(before);
            ASSERT_TRUE(socket) << refusal_of(socket);
            EXPECT_EQ(file_mode(), mode);
            EXPECT_TRUE(can_connect(path_));
        }
    }
}

TEST_F(ListeningSocketTest, TheFileGoesWithTheSocketThatMadeIt) {
    {
        auto socket = ListeningSocket::open(unix_address(), {});
        ASSERT_TRUE(socket) << refusal_of(socket);
        {
            const auto more = socket->another();
            ASSERT_TRUE(more) << refusal_of(more);
        }
        EXPECT_TRUE(can_connect(path_)) << "another() took the file with it";
        (void)socket->release();
        EXPECT_TRUE(file_exists());
    }
    EXPECT_FALSE(file_exists());
}

TEST_F(ListeningSocketTest, ASuccessorsFileIsLeftAlone) {
    auto first =
        std::make_unique<ListeningSocket>(std::move(*ListeningSocket::open(unix_address(), {})));
    std::filesystem::remove(path_);
    const auto second = ListeningSocket::open(unix_address(), {});
    ASSERT_TRUE(second) << refusal_of(second);
    first.reset();
    EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, AStaleFileIsReplaced) {
    leave_a_stale_file();
    const auto socket = ListeningSocket::open(unix_address(), {});
    ASSERT_TRUE(socket) << refusal_of(socket);
    EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, AFileThatSomebodyListensOnIsNotReplaced) {
    const auto first = ListeningSocket::open(unix_address(), {});
    const std::string refusal = refusal_of(ListeningSocket::open(unix_address(), {}));
    EXPECT_NE(refusal.find(path_), std::string::npos) << refusal;
    EXPECT_NE(refusal.find("somebody listens"), std::string::npos) << refusal;
    EXPECT_TRUE(can_connect(path_));
}

TEST_F(ListeningSocketTest, AFullBacklogIsSomebodyToo) {
    boost::asio::io_context io;
    stream_protocol::acceptor busy(io);
    busy.open();
    busy.bind(stream_protocol::endpoint(path_));
    busy.listen(0);
    stream_protocol::socket waiting(io);
    waiting.connect(stream_protocol::endpoint(path_));
    EXPECT_NE(refusal_of(ListeningSocket::open(unix_address(), {})).find("somebody listens"),
              std::string::npos);
    EXPECT_TRUE(file_exists());
}

TEST_F(ListeningSocketTest, WhatIsNoSocketIsNeverRemoved) {
    std::ofstream(path_) << "precious";
    const std::string refusal = refusal_of(ListeningSocket::open(unix_address(), {}));
    EXPECT_NE(refusal.find("no socket"), std::string::npos) << refusal;
    EXPECT_TRUE(file_exists());
}

TEST_F(ListeningSocketTest, ALinkIsNotFollowed) {
    const std::string target = directory_.file("elsewhere");
    std::ofstream(target) << "precious";
    std::filesystem::create_symlink(target, path_);
    EXPECT_NE(refusal_of(ListeningSocket::open(unix_address(), {})), "no refusal");
    EXPECT_TRUE(std::filesystem::exists(target));
}

TEST_F(ListeningSocketTest, ADirectoryThatDoesNotExistIsNamed) {
    const std::string missing = directory_.file("missing/chat.sock");
    const std::string refusal = refusal_of(ListeningSocket::open(at("unix:" + missing), {}));
    EXPECT_NE(refusal.find(missing), std::string::npos) << refusal;
    EXPECT_NE(refusal.find("No such file"), std::string::npos) << refusal;
}

}  // namespace
}  // namespace confab::test
