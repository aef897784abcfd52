// LiveSessions: the open connections of one loop by the session of their token, so that they end
// when it does: on a log-out, a new password, a disabled user.
// Thread: its loop.
// Owns:   nothing; who ends takes itself out.
// Limits: one place for each connection. Sessions of outside issuers cannot end here.
// Invariants: (1) a connection whose session has ended is told once, within
//             kRevocationCheckInterval of Revocations::add(), or is not taken at all. (2) the work
//             is proportional to the sessions that ended, not to the connections, unless more ended
//             at once than Revocations knows in order.
#pragma once

#include <boost/intrusive/set.hpp>
#include <cstdint>

#include "auth/identity.hpp"
#include "auth/revocations.hpp"
#include "base/uuid.hpp"

namespace confab::api {

class LiveSessions {
  public:
    // One connection.
    class Member : public boost::intrusive::set_base_hook<
                       boost::intrusive::link_mode<boost::intrusive::auto_unlink>,
                       boost::intrusive::optimize_size<true>> {
      public:
        // It must not add or remove anybody at once.
        virtual void on_session_ended() = 0;

      protected:
        virtual ~Member() = default;

      private:
        friend class LiveSessions;
        Uuid session_;
    };

    explicit LiveSessions(const auth::Revocations& revocations)
        : revocations_(revocations), seen_(revocations.added()) {}

    // Follows the session of this token from now on, and no longer that of an earlier one. False:
    // it has ended already.
    [[nodiscard]] bool follow(Member& member, const auth::Identity& identity);
    // Tells those whose session has ended since the last time.
    void check();

  private:
    struct SessionOf {
        using type = Uuid;
        const Uuid& operator()(const Member& member) const { return member.session_; }
    };
    void end(const Uuid& session);
    void end_all_revoked();

    const auth::Revocations& revocations_;
    std::uint64_t seen_;
    boost::intrusive::multiset<Member, boost::intrusive::key_of_value<SessionOf>,
                               boost::intrusive::constant_time_size<false>>
        members_;
};

}  // namespace confab::api
