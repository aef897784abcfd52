#include "ws/message_reader.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.hpp"

namespace confab::ws {
namespace {

using Failure = MessageReader::Failure;

Failure protocol_error(std::string_view reason) {
    return {CloseCode::protocol_error, reason};
}

Failure bad_payload(std::string_view reason) {
    return {CloseCode::invalid_payload, reason};
}

Failure too_big() {
    return {CloseCode::message_too_big, "message too big"};
}

}  // namespace

// What has arrived of something unfinished. A control frame may come between two fragments, so
// both can be there at once.
struct MessageReader::Assembly {
    std::vector<char> message;
    std::string control;
};

MessageReader::MessageReader(const Options& options, Inflater* inflater)
    : options_(&options), inflater_(inflater) {}
MessageReader::MessageReader(MessageReader&&) noexcept = default;
MessageReader& MessageReader::operator=(MessageReader&&) noexcept = default;
MessageReader::~MessageReader() = default;

std::optional<Failure> MessageReader::feed(std::span<char> bytes, Handler& handler) {
    while (!over_ && !bytes.empty()) {
        auto failure = in_payload_ ? read_payload(bytes, handler) : read_header(bytes, handler);
        if (failure) {
            end_input();
            return failure;
        }
    }
    return std::nullopt;
}

bool MessageReader::in_message() const {
    return !over_ && (header_.started() || fragments_ > 0);
}

std::optional<Failure> MessageReader::read_header(std::span<char>& bytes, Handler& handler) {
    while (!bytes.empty()) {
        const HeaderStep step =
            header_.step(static_cast<unsigned char>(bytes.front()), inflater_ != nullptr);
        bytes = bytes.subspan(1);
        if (is_failure(step)) return protocol_error(describe(step));
        if (step == HeaderStep::opcode_known) {
            if (auto failure = check_opcode()) return failure;
        } else if (step == HeaderStep::length_known) {
            if (auto failure = check_length()) return failure;
        } else if (step == HeaderStep::complete) {
            in_payload_ = true;
            payload_left_ = header_.payload_bytes();
            // An empty payload is complete now; there may be no further byte to wake us.
            return payload_left_ == 0 ? read_payload(bytes, handler) : std::nullopt;
        }
    }
    return std::nullopt;
}

// RFC 6455 section 5.4: a message is one data frame, then continuations, up to the one with FIN.
std::optional<Failure> MessageReader::check_opcode() {
    const Opcode opcode = header_.opcode();
    if (is_control(opcode)) return std::nullopt;
    const bool inside = fragments_ > 0;
    if (opcode == Opcode::continuation) {
        if (!inside) return protocol_error("continuation without a message");
    } else {
        if (inside) return protocol_error("new message inside a fragmented one");
        message_opcode_ = opcode;
        compressed_ = header_.compressed();
    }
    if (fragments_ >= options_->fragments_max) {
        return Failure{CloseCode::policy_violation, "too many fragments"};
    }
    ++fragments_;
    return std::nullopt;
}

std::optional<Failure> MessageReader::check_length() const {
    const std::uint64_t length = header_.payload_bytes();
    if (is_control(header_.opcode())) {
        // RFC 6455 section 5.5.1: a Close payload is empty or begins with a two-byte code.
        if (header_.opcode() == Opcode::close && length == 1) {
            return protocol_error("close payload of one byte");
        }
        return std::nullopt;
    }
    // What is kept was held against the limit before, but the limit may be another one by now.
    const std::size_t limit = data_bytes_max();
    const std::size_t kept = message_bytes_kept();
    if (kept > limit || length > limit - kept) return too_big();
    return std::nullopt;
}

std::optional<Failure> MessageReader::read_payload(std::span<char>& bytes, Handler& handler) {
    const auto size =
        static_cast<std::size_t>(std::min<std::uint64_t>(payload_left_, bytes.size()));
    const std::span<char> piece = bytes.first(size);
    bytes = bytes.subspan(size);
    const std::uint64_t position = header_.payload_bytes() - payload_left_;
    unmask(piece.data(), size, header_.mask(), static_cast<std::size_t>(position % kMaskBytes));
    payload_left_ -= size;
    const std::string_view text(piece.data(), size);
    return is_control(header_.opcode()) ? read_control(text, handler) : read_data(text, handler);
}

std::optional<Failure> MessageReader::read_data(std::string_view piece, Handler& handler) {
    // What is compressed can only be looked into when it is whole.
    const bool text = message_opcode_ == Opcode::text && !compressed_;
    if (text && !utf8_.feed(piece)) return bad_payload("text is not UTF-8");
    if (payload_left_ > 0) {
        keep_data(piece);
        return std::nullopt;
    }
    const bool last = header_.fin();
    if (last && text && !utf8_.complete()) return bad_payload("text ends inside a character");
    // A message that is all in this piece is handed on from where it lies.
    const bool keep = !last || message_bytes_kept() > 0;
    if (keep) keep_data(piece);
    end_frame();
    if (!last) return std::nullopt;

    const std::unique_ptr<Assembly> whole = std::move(assembly_);
    return end_message(
        whole ? std::string_view(whole->message.data(), whole->message.size()) : piece, handler);
}

std::optional<Failure> MessageReader::end_message(std::string_view payload, Handler& handler) {
    fragments_ = 0;
    utf8_.reset();
    Inflater::Message inflated;
    if (compressed_) {
        inflated = inflater_->inflate(payload, options_->message_bytes_max);
        if (inflated.status == Inflater::Status::too_big) return too_big();
        if (inflated.status == Inflater::Status::invalid) {
            return bad_payload("compressed data is not valid");
        }
        payload = inflated.payload;
        if (message_opcode_ == Opcode::text && !is_valid_utf8(payload)) {
            return bad_payload("text is not UTF-8");
        }
    }
    if (!handler.on_message(message_opcode_, payload)) end_input();
    return std::nullopt;
}

std::optional<Failure> MessageReader::read_control(std::string_view piece, Handler& handler) {
    const bool split = piece.size() != header_.payload_bytes();
    if (split) {
        if (!assembly_) assembly_ = std::make_unique<Assembly>();
        assembly_->control.append(piece);
    }
    if (payload_left_ > 0) return std::nullopt;
    const Opcode opcode = header_.opcode();
    std::string kept;
    if (split) {
        kept = std::exchange(assembly_->control, {});
        piece = kept;
        if (assembly_->message.empty()) assembly_.reset();
    }
    end_frame();
    if (opcode == Opcode::close) return take_close(piece, handler);
    const bool go_on = opcode == Opcode::ping ? handler.on_ping(piece) : handler.on_pong(piece);
    if (!go_on) end_input();
    return std::nullopt;
}

// RFC 6455 sections 5.5.1 and 7.4: the code is one that may travel, the reason is UTF-8. Nothing
// that follows a Close frame is read.
std::optional<Failure> MessageReader::take_close(std::string_view payload, Handler& handler) {
    std::optional<std::uint16_t> code;
    std::string_view reason;
    if (!payload.empty()) {
        const auto high = static_cast<unsigned char>(payload[0]);
        const auto low = static_cast<unsigned char>(payload[1]);
        code = static_cast<std::uint16_t>(high << 8 | low);
        if (!is_valid_on_wire(*code)) return protocol_error("close code must not be sent");
        reason = payload.substr(2);
        if (!is_valid_utf8(reason)) return bad_payload("close reason is not UTF-8");
    }
    end_input();
    handler.on_close(code, reason);
    return std::nullopt;
}

// Grows by doubling so that many small pieces cost linear time, but never to more than the message
// can still become.
void MessageReader::keep_data(std::string_view piece) {
    if (piece.empty()) return;
    if (!assembly_) assembly_ = std::make_unique<Assembly>();
    std::vector<char>& message = assembly_->message;
    const std::size_t needed = message.size() + piece.size();
    if (needed > message.capacity()) {
        // The frame may have begun under another limit.
        const std::size_t with_frame = needed + static_cast<std::size_t>(payload_left_);
        const std::size_t becomes_at_most =
            header_.fin() ? with_frame : std::max(with_frame, data_bytes_max());
        message.reserve(std::max(needed, std::min(2 * message.capacity(), becomes_at_most)));
    }
    message.insert(message.end(), piece.begin(), piece.end());
}

void MessageReader::end_frame() {
    header_.reset();
    in_payload_ = false;
}

void MessageReader::end_input() {
    over_ = true;
    assembly_.reset();
}

std::size_t MessageReader::data_bytes_max() const {
    const std::size_t limit = options_->message_bytes_max;
    return compressed_ ? compressed_bytes_max(limit) : limit;
}

std::size_t MessageReader::message_bytes_kept() const {
    return assembly_ ? assembly_->message.size() : 0;
}

}  // namespace confab::ws
