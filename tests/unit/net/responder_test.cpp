#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "net/handler.hpp"

namespace confab::test {
namespace {

class Target final : public net::ResponseTarget {
  public:
    void respond(net::HttpResponse response) override { bodies.push_back(response.body); }
    void upgrade(std::unique_ptr<net::WsHandler>, std::string) override {}
    void drop() override { ++drops; }
    void run_on_loop(std::function<void()> task) override { posted.push_back(std::move(task)); }
    [[nodiscard]] bool on_loop() const override { return is_on_loop; }

    // A task holds its target: run and gone.
    void run_posted() {
        for (const auto& task : std::exchange(posted, {}))
            task();
    }

    bool is_on_loop = true;
    int drops = 0;
    std::vector<std::string> bodies;
    std::vector<std::function<void()>> posted;
};

net::HttpResponse text(const char* body) {
    net::HttpResponse response;
    response.body = body;
    return response;
}

TEST(Responder, OnTheLoopItAnswersAtOnce) {
    const auto target = std::make_shared<Target>();
    net::Responder(target).respond(text("hi"));
    EXPECT_EQ(target->bodies, std::vector<std::string>{"hi"});
    EXPECT_EQ(target->drops, 0);
}

TEST(Responder, ElsewhereItGoesThroughTheLoop) {
    const auto target = std::make_shared<Target>();
    target->is_on_loop = false;
    net::Responder(target).respond(text("hi"));
    EXPECT_TRUE(target->bodies.empty());
    ASSERT_EQ(target->posted.size(), 1U);
    target->run_posted();
    EXPECT_EQ(target->bodies, std::vector<std::string>{"hi"});
}

TEST(Responder, DroppedUnansweredItSaysSoOnce) {
    const auto target = std::make_shared<Target>();
    {
        net::Responder first(target);
        const net::Responder moved(std::move(first));
    }
    EXPECT_EQ(target->drops, 1);
    target->is_on_loop = false;
    { const net::Responder other(target); }
    ASSERT_EQ(target->posted.size(), 1U);
    target->run_posted();
    EXPECT_EQ(target->drops, 2);
}

}  // namespace
}  // namespace confab::test
