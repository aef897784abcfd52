#include <utility>

#include "net/handler.hpp"

namespace confab::net {

Responder::~Responder() {
    if (!target_) return;
    if (target_->on_loop()) {
        target_->drop();
    } else {
        target_->run_on_loop([target = target_] { target->drop(); });
    }
}

void Responder::respond(HttpResponse response) {
    const auto target = std::exchange(target_, nullptr);
    if (target->on_loop()) return target->respond(std::move(response));
    target->run_on_loop([target, answer = std::make_shared<HttpResponse>(std::move(response))] {
        target->respond(std::move(*answer));
    });
}

void Responder::upgrade(std::unique_ptr<WsHandler> handler, std::string subprotocol) {
    const auto target = std::exchange(target_, nullptr);
    target->upgrade(std::move(handler), std::move(subprotocol));
}

}  // namespace confab::net
