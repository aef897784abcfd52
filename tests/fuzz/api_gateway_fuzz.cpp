// GET /ws with everything behind it: connections that come, talk and go, between loops that run as
// the input says. What members see is held against what was said; any cut of the bytes is the same.
// Input: a byte of options, then operations, each a byte that names connection and action.
#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/gateway_line.hpp"
#include "fuzz/gateway_world.hpp"
#include "support/deflate_tools.hpp"
#include "support/fuzz_check.hpp"
#include "support/ws_client_frame.hpp"

namespace {

using confab::test::GatewayLine;
using confab::test::GatewayTokens;
using confab::test::GatewayWorld;

constexpr std::size_t kClients = 4;
constexpr std::size_t kRooms = 2;
constexpr std::size_t kOperationsMax = 200;
static_assert(kClients + kRooms <= GatewayTokens::kUsers + 1);

GatewayTokens& tokens() {
    static GatewayTokens instance;
    return instance;
}

std::string room_name(std::size_t number) {
    return number % kRooms == 0 ? "general" : "b";
}

// The last two clients are one user.
std::size_t user_of(std::size_t client) {
    return std::min(client, kClients - 2);
}

std::string handshake(std::size_t user, std::size_t room) {
    return "GET /ws?token=" + tokens().tokens[user] + "&room=" + room_name(room) +
           " HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
           (room & 2 ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "") +
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n";
}

// In a request "$0" stands for the token of user 0: no mutation would ever come upon one.
std::string with_tokens(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '$' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3') {
            out += tokens().tokens[static_cast<std::size_t>(text[++i] - '0')];
        } else {
            out += text[i];
        }
    }
    return out;
}

// What the operations are read from; beyond the end there are zeros.
class Script {
  public:
    Script(const std::uint8_t* data, std::size_t size)
        : rest_(reinterpret_cast<const char*>(data), size) {}
    [[nodiscard]] bool ended() const { return rest_.empty(); }
    std::size_t byte() {
        if (rest_.empty()) return 0;
        const auto value = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::string_view piece() {
        const std::size_t wanted = byte();
        const std::string_view taken = rest_.substr(0, wanted);
        rest_.remove_prefix(taken.size());
        return taken;
    }

  private:
    std::string_view rest_;
};

// One run of the script.
class Play {
  public:
    Play(Script script, bool bytewise) : script_(script), bytewise_(bytewise) {
        const std::size_t options = script_.byte();
        capped_ = (options & 4) != 0;
        world_.emplace(
            GatewayWorld::Options{
                .loops = 1 + options % 3,
                .tasks_max = capped_ ? 1 + (options >> 3 & 7) : SIZE_MAX,
                .notice_merge_users = (options & 64) != 0 ? 2U : 200U,
                .feed_bytes_max = (options & 128) != 0 ? 1200U : 64U * 1024U,
                .user_connections_max = !capped_ && (options & 8) != 0 ? 1U : 100U,
            },
            tokens());
        for (std::size_t room = 0; room < kRooms; ++room) {
            open(room);
            // One of them in each encoding.
            lines_.back()->receive(handshake(kClients - 1 + room, room + 2 * room));
        }
        run_all();
        for (std::size_t client = 0; client < kClients; ++client) {
            clients_[client] = lines_.size();
            open(client);
        }
    }

    void perform() {
        for (std::size_t i = 0; i < kOperationsMax && !script_.ended(); ++i) {
            const std::size_t operation = script_.byte();
            act(operation % kClients, operation / kClients % 8);
            for (const auto& line : lines_)
                line->turn_ends();
        }
        run_all();
        std::size_t behind = 0;
        for (const auto& line : lines_) {
            if (line->owes_nothing()) continue;
            FUZZ_CHECK(line->is_stalled() || !line->is_open());  // nobody was forgotten
            ++behind;
        }
        FUZZ_CHECK(behind > 0 || world_->feed_bytes() == 0);
    }
    // Everybody goes: nothing may be left.
    void end() {
        for (const auto& line : lines_)
            line->cut();
        run_all();
        lines_.clear();
        FUZZ_CHECK(world_->is_empty());
    }

    [[nodiscard]] bool is_capped() const { return capped_; }
    [[nodiscard]] const auto& lines() const { return lines_; }

  private:
    void open(std::size_t wanted) {
        const std::size_t loop = wanted % world_->loops();
        const auto joined = [this, loop](GatewayLine& line) {
            world_->after_home(loop, line.room(), [this, weak = line.weak_from_this()] {
                if (const auto known = weak.lock()) known->member_since = world_->now();
            });
        };
        lines_.push_back(
            std::make_shared<GatewayLine>(world_->router(loop), tokens().inflater, joined));
    }
    void send(std::size_t client, const std::string& bytes) {
        GatewayLine& line = *lines_[clients_[client]];
        if (!bytewise_) return line.receive(bytes);
        for (const char c : bytes)
            line.receive({&c, 1});
    }

    void act(std::size_t client, std::size_t action) {
        GatewayLine& line = *lines_[clients_[client]];
        switch (action) {
            case 0:
                return send(client, line.is_http() ? with_tokens(script_.piece())
                                                   : std::string(script_.piece()));
            case 1:
                return send(client, confab::test::text_frame(script_.piece()));
            case 2: {
                const std::size_t room = script_.byte();
                const std::string early(script_.piece());
                return send(client, handshake(user_of(client), room) + early);
            }
            case 3:
                if (client == kClients - 1) return world_->flush_notices();
                world_->run(script_.byte() % world_->loops(), 1 + script_.byte() % 8);
                return read_on();
            case 4:
                line.cut();
                line.turn_ends();
                clients_[client] = lines_.size();
                return open(script_.byte());
            case 5: {
                const std::size_t room = script_.byte();
                return line.set_room(room == 255 ? SIZE_MAX : room * 8);
            }
            case 6: {
                const std::size_t shape = script_.byte();
                std::string payload(script_.piece());
                if ((shape & 64) != 0) payload = confab::test::deflate_raw(payload);
                return send(client,
                            confab::test::encode({.opcode = static_cast<unsigned>(shape & 15),
                                                  .payload = std::move(payload),
                                                  .fin = (shape & 16) == 0,
                                                  .reserved_bits = (shape & 32) != 0 ? 4U : 0U}));
            }
            default:
                return send(client, confab::test::close_frame(confab::test::close_payload(1000)));
        }
    }

    void read_on() {
        for (const auto& line : lines_)
            line->read_on();
    }

    void run_all() {
        do {
            for (std::size_t loop = 0; loop < world_->loops(); ++loop)
                world_->run(loop, SIZE_MAX);
            world_->flush_notices();
            read_on();
            for (const auto& line : lines_)
                line->turn_ends();
        } while (!world_->is_idle() || somebody_waits_for_a_turn());
    }
    // Who leaves at the end of a turn has the others told of it: that belongs to the next one.
    [[nodiscard]] bool somebody_waits_for_a_turn() const {
        return std::any_of(lines_.begin(), lines_.end(),
                           [](const auto& line) { return line->wants_turn(); });
    }

    Script script_;
    const bool bytewise_;
    bool capped_ = false;
    std::optional<GatewayWorld> world_;
    std::vector<std::shared_ptr<GatewayLine>> lines_;  // the bystanders first
    std::array<std::size_t, kClients> clients_{};      // which of the lines is theirs now
};

// One event as a member saw it.
struct Seen {
    std::int64_t id = 0;  // the time stamp
    std::string text;
    std::string user;  // empty: a notice
    std::string body;
};

Seen read_event(std::string_view payload) {
    constexpr std::string_view kSystem = "system:";
    const bool notice = payload.starts_with(kSystem);
    const auto document =
        boost::json::parse(std::string(payload.substr(notice ? kSystem.size() : 0)));
    Seen seen{.id = document.at("timestamp").as_int64(), .text = std::string(payload)};
    if (notice) return seen;
    seen.user = document.at("user_id").as_string();
    seen.body = document.at("message").as_string();
    return seen;
}

// Takes apart what the server sent. Nothing may follow a Close; the last frame may be half there.
std::vector<Seen> events_of(GatewayLine& line) {
    const bool is_whole = line.is_open() && line.owes_nothing();
    std::vector<Seen> events;
    std::string_view bytes = line.sent();
    bool closed = false;
    while (!bytes.empty()) {
        FUZZ_CHECK(!closed);
        if (!is_whole && bytes.size() < 4) break;
        FUZZ_CHECK(bytes.size() >= 2);
        const auto opcode = static_cast<unsigned char>(bytes[0]) & 15;
        std::size_t length = static_cast<unsigned char>(bytes[1]);
        std::size_t head = 2;
        if (length == 126) {
            length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[2])) << 8 |
                     static_cast<unsigned char>(bytes[3]);
            head = 4;
        }
        if (!is_whole && bytes.size() < head + length) break;
        FUZZ_CHECK(bytes.size() >= head + length);
        const auto payload = bytes.substr(head, length);
        if (opcode == 1 && (static_cast<unsigned char>(bytes[0]) & 0x40) != 0) {
            const auto inflated = confab::test::inflate_raw(payload);
            FUZZ_CHECK(inflated.has_value());
            events.push_back(read_event(*inflated));
        } else if (opcode == 1) {
            events.push_back(read_event(payload));
        }
        closed = opcode == 8;
        bytes.remove_prefix(head + length);
    }
    return events;
}

using Log = std::map<std::int64_t, std::string>;  // all that anybody saw of one room

// The same order for everybody and nothing twice; from when the room knew of it there is no hole.
void check_slice(GatewayLine& line, const std::vector<Seen>& heard, const Log& log) {
    auto next = log.upper_bound(line.member_since);
    std::int64_t last = 0;
    for (const Seen& event : heard) {
        FUZZ_CHECK(event.id > last);
        last = event.id;
        if (line.member_since == 0 || event.id <= line.member_since) continue;
        FUZZ_CHECK(next != log.end() && next->first == event.id);
        ++next;
    }
    FUZZ_CHECK(!line.is_open() || line.member_since != 0);
    FUZZ_CHECK(!line.is_open() || !line.owes_nothing() || next == log.end());
}

void add_to(Log& log, const std::vector<Seen>& events) {
    for (const Seen& event : events) {
        const auto [entry, added] = log.try_emplace(event.id, event.text);
        FUZZ_CHECK(added || entry->second == event.text);
    }
}

bool is_in_order(const std::vector<std::string>& said, const std::vector<Seen>& heard) {
    auto at = heard.begin();
    for (const std::string& text : said) {
        at = std::find_if(at, heard.end(), [&](const Seen& event) {
            return !event.user.empty() && event.body == text;
        });
        if (at == heard.end()) return false;
        ++at;
    }
    return true;
}

// One connection that was in a room, and what it saw there.
struct Member {
    GatewayLine* line;
    std::vector<Seen> heard;
};

// Every text that was taken reached the bystander once, those of one connection in their order.
void check_all_heard(const std::vector<Member>& members, const Member& bystander) {
    std::multiset<std::string> said;
    std::multiset<std::string> heard;
    for (const Seen& event : bystander.heard) {
        if (!event.user.empty()) heard.insert(event.body);
    }
    for (const Member& member : members) {
        const auto& texts = member.line->said();
        said.insert(texts.begin(), texts.end());
        FUZZ_CHECK(is_in_order(texts, bystander.heard));
        const bool heard_all = member.line->is_open() && member.line->owes_nothing();
        FUZZ_CHECK(!heard_all || is_in_order(texts, member.heard));
    }
    FUZZ_CHECK(said == heard);
}

void check_rooms(const Play& play) {
    std::map<std::string, std::vector<Member>> rooms;  // the bystander first
    for (const auto& line : play.lines()) {
        if (!line->is_http()) rooms[line->room()].push_back({line.get(), events_of(*line)});
    }
    for (const auto& [name, members] : rooms) {
        Log log;
        for (const Member& member : members)
            add_to(log, member.heard);
        for (const Member& member : members)
            check_slice(*member.line, member.heard, log);
        if (play.is_capped() || (name != room_name(0) && name != room_name(1))) continue;
        FUZZ_CHECK(members.front().line->is_open());
        check_all_heard(members, members.front());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Play whole(Script(data, size), false);
    whole.perform();
    check_rooms(whole);
    if (!whole.is_capped()) {
        Play pieces(Script(data, size), true);
        pieces.perform();
        FUZZ_CHECK(pieces.lines().size() == whole.lines().size());
        for (std::size_t i = 0; i < whole.lines().size(); ++i) {
            FUZZ_CHECK(pieces.lines()[i]->sent() == whole.lines()[i]->sent());
            FUZZ_CHECK(pieces.lines()[i]->answers() == whole.lines()[i]->answers());
            FUZZ_CHECK(pieces.lines()[i]->said() == whole.lines()[i]->said());
        }
        pieces.end();
    }
    whole.end();
    return 0;
}
