#include "bench/send_ring.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "bench/checked.hpp"

namespace confab::bench {
namespace {

struct Pair {
    Pair() {
        std::array<int, 2> fds{};
        checked(::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()), "socketpair");
        near = FileDescriptor(fds[0]);
        far = FileDescriptor(fds[1]);
    }

    // Everything that has arrived.
    std::string take() {
        std::string all;
        std::array<char, 65536> piece{};
        ssize_t got = 0;
        while ((got = ::recv(far.get(), piece.data(), piece.size(), MSG_DONTWAIT)) > 0)
            all.append(piece.data(), static_cast<std::size_t>(got));
        return all;
    }

    FileDescriptor near;
    FileDescriptor far;
};

class Unsent final : public SendRing::Handler {
  public:
    void on_unsent(void* tag, std::size_t sent) override { sent_of[tag] = sent; }
    std::map<void*, std::size_t> sent_of;
};

TEST(SendRing, SendsMoreThanFitsIntoItsQueue) {
    Unsent unsent;
    SendRing ring(unsent);
    std::vector<Pair> pairs(1500);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < pairs.size(); ++i)
        texts.push_back("text " + std::to_string(i));
    for (std::size_t i = 0; i < pairs.size(); ++i)
        ring.add(pairs[i].near.get(), texts[i], &pairs[i]);
    ring.submit();
    EXPECT_TRUE(unsent.sent_of.empty());
    for (std::size_t i = 0; i < pairs.size(); ++i)
        ASSERT_EQ(pairs[i].take(), texts[i]);
}

TEST(SendRing, TellsHowMuchOfAShortSendWentOut) {
    Unsent unsent;
    SendRing ring(unsent);
    Pair pair;
    const std::string text(8'000'000, 'x');
    ring.add(pair.near.get(), text, &pair);
    ring.submit();
    ASSERT_EQ(unsent.sent_of.count(&pair), 1U);
    const std::size_t sent = unsent.sent_of[&pair];
    EXPECT_GT(sent, 0U);
    EXPECT_LT(sent, text.size());
    EXPECT_EQ(pair.take().size(), sent);
}

TEST(SendRing, TellsOfAFullAndOfABrokenSocketAndServesTheOthers) {
    Unsent unsent;
    SendRing ring(unsent);
    Pair full;
    Pair broken;
    Pair good;
    const std::string text(8'000'000, 'x');
    ring.add(full.near.get(), text, &full);
    ring.submit();
    unsent.sent_of.clear();
    broken.far = FileDescriptor();
    for (Pair* pair : {&full, &broken, &good})
        ring.add(pair->near.get(), "more", pair);
    ring.submit();
    EXPECT_EQ(unsent.sent_of, (std::map<void*, std::size_t>{{&full, 0}, {&broken, 0}}));
    EXPECT_EQ(good.take(), "more");
}

}  // namespace
}  // namespace confab::bench
