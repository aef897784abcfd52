#include "net/admission.hpp"

#include "base/address_prefix.hpp"

namespace confab::net {

// The address first: what it is refused must not use up what all have together.
Admission::Place Admission::enter(const Limits& limits, const PeerAddress& peer) {
    Place place;
    if (peer && !limits.trusted.contains(peer)) {
        AddressLease entered = enter_address(limits, *peer);
        if (!entered.lease) {
            turn_away(place, entered.refusal);
            return place;
        }
        place.address = std::move(entered.lease);
    }
    if (!connects_.take(clock_.steady_now(), limits.connects)) {
        turn_away(place, Refusal::connect_rate);
        return place;
    }
    place.slot = cap_.take();
    if (!place.slot) turn_away(place, Refusal::connection_cap);
    return place;
}

void Admission::turn_away(Place& place, Refusal why) {
    place.slot.reset();
    place.address.reset();
    place.refusal = why;
    place.refused_slot = refused_.take();
}

Admission::AddressLease Admission::enter_address(const Limits& limits,
                                                 const boost::asio::ip::address& client) {
    auto admission =
        addresses_.acquire(SharedBytes::copy_of(address_prefix(client)), limits.address);
    const bool too_fast = admission.refusal == QuotaTable::Refusal::too_fast;
    return {std::move(admission.lease), too_fast ? Refusal::address_rate : Refusal::address_cap};
}

}  // namespace confab::net
