#include "api/live_sessions.hpp"

namespace confab::api {

bool LiveSessions::follow(Member& member, const auth::Identity& identity) {
    member.unlink();
    if (!identity.own) return true;
    const auto session = Uuid::parse(identity.session_id);
    if (!session) return true;
    if (revocations_.is_revoked(identity.session_id)) return false;
    member.session_ = *session;
    members_.insert(member);
    return true;
}

void LiveSessions::check() {
    if (revocations_.added() == seen_) return;
    const auth::Revocations::News news = revocations_.since(seen_);
    seen_ = news.added;
    if (!news.complete) return end_all_revoked();
    for (const std::string& id : news.session_ids) {
        if (const auto session = Uuid::parse(id)) end(*session);
    }
}

void LiveSessions::end(const Uuid& session) {
    for (auto found = members_.find(session); found != members_.end();
         found = members_.find(session)) {
        Member& member = *found;
        members_.erase(found);
        member.on_session_ended();
    }
}

void LiveSessions::end_all_revoked() {
    auto next = members_.begin();
    while (next != members_.end()) {
        const Uuid session = next->session_;
        next = members_.upper_bound(session);
        if (revocations_.is_revoked(session.text())) end(session);
    }
}

}  // namespace confab::api
