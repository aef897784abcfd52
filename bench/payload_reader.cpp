#include "bench/payload_reader.hpp"

#include <algorithm>

namespace confab::bench {
namespace {

// Takes as much of the piece as there is to skip.
void skip_in(std::string_view& piece, std::uint64_t& skip) {
    const std::uint64_t skipped = std::min<std::uint64_t>(skip, piece.size());
    piece.remove_prefix(skipped);
    skip -= skipped;
}

}  // namespace

void SocketIoReader::take(std::string_view piece, Seen& seen) {
    if (read_ == 0 && !piece.empty()) {
        first(piece.front(), seen);
        piece.remove_prefix(1);
    }
    if (read_ != 1 || piece.empty()) return;
    read_ = 2;
    switch (piece.front()) {
        case '0':
            seen.greeted = true;
            break;
        case '2':
            ++seen.messages;
            break;
        default:
            seen.wrong = true;
    }
}

// Engine.IO: 0 open, 1 close, 2 ping, 3 pong, 4 message, 6 nothing.
void SocketIoReader::first(char type, Seen& seen) {
    read_ = type == '4' ? 1 : 2;
    if (type == '1') ++seen.closes;
    if (type == '2') ++seen.questions;
    if (type < '0' || type == '5' || type > '6') seen.wrong = true;
}

void NatsReader::take(std::string_view piece, Seen& seen) {
    while (!piece.empty()) {
        skip_in(piece, skip_);
        while (skip_ == 0 && !piece.empty()) {
            take_character(piece.front(), seen);
            piece.remove_prefix(1);
        }
    }
}

void NatsReader::take_character(char character, Seen& seen) {
    if (character == '\n') return end_line(seen);
    if (character >= '0' && character <= '9') {
        number_ = number_ * 10 + static_cast<std::uint64_t>(character - '0');
    } else if (character != '\r') {
        number_ = 0;
    }
    if (line_ == Line::p) line_ = character == 'I' ? Line::ping : Line::pong;
    if (line_ != Line::begun) return;
    switch (character) {
        case 'M':
            line_ = Line::msg;
            break;
        case 'P':
            line_ = Line::p;
            break;
        case 'I':
            line_ = Line::info;
            break;
        case '+':
            line_ = Line::ok;
            break;
        default:
            line_ = Line::wrong;
    }
}

void NatsReader::end_line(Seen& seen) {
    if (line_ == Line::msg) {
        ++seen.messages;
        skip_ = number_ + 2;  // and its CR LF
    }
    if (line_ == Line::ping) ++seen.questions;
    if (line_ == Line::pong) seen.greeted = true;
    if (line_ == Line::wrong || line_ == Line::begun) seen.wrong = true;
    line_ = Line::begun;
    number_ = 0;
}

void MqttReader::take(std::string_view piece, Seen& seen) {
    while (!piece.empty()) {
        skip_in(piece, skip_);
        while (skip_ == 0 && !piece.empty()) {
            take_byte(static_cast<unsigned char>(piece.front()), seen);
            piece.remove_prefix(1);
        }
    }
}

void MqttReader::take_byte(unsigned char byte, Seen& seen) {
    if (type_ == 0) {
        type_ = byte >> 4U;
        shift_ = 0;
        length_ = 0;
        if (type_ == 0) seen.wrong = true;
        return;
    }
    length_ |= std::uint64_t{byte & 0x7FU} << shift_;
    shift_ += 7;
    if ((byte & 0x80U) != 0) {
        if (shift_ == 28) seen.wrong = true;
        return;
    }
    end_header(seen);
    skip_ = length_;
    type_ = 0;
}

// MQTT 3.1.1 section 2.2.1.
void MqttReader::end_header(Seen& seen) const {
    switch (type_) {
        case 2:  // CONNACK; a refusal is followed by the end of the connection
        case 13:
            break;
        case 3:
            ++seen.messages;
            break;
        case 9:  // SUBACK
            seen.greeted = true;
            break;
        default:
            seen.wrong = true;
    }
}

void V2Reader::take(std::string_view piece, Seen& seen) {
    while (kind_ != Kind::known && !piece.empty()) {
        take_character(piece.front(), seen);
        piece.remove_prefix(1);
        ++read_;
    }
}

// {"event":, {"caught_up":, {"presence":, or a reply: {"id":2,"publish":. An error has an e where
// the others have the first letter of their method.
void V2Reader::take_character(char character, Seen& seen) {
    if (kind_ == Kind::reply) {
        if (quotes_ < 2) {
            if (character == '"') ++quotes_;
            return;
        }
        if (character == 'p') ++seen.replies;
        return end_kind(character == 'p' || character == 'c', seen);
    }
    if (kind_ == Kind::push) {
        if (character == 'v') ++seen.messages;
        return end_kind(character == 'v', seen);
    }
    if (read_ < 2) return;
    switch (character) {
        case 'e':
            kind_ = Kind::push;
            break;
        case 'i':
            kind_ = Kind::reply;
            break;
        case 'c':
            seen.greeted = true;
            return end_kind(true, seen);
        case 'p':
            return end_kind(true, seen);
        default:
            end_kind(false, seen);
    }
}

void V2Reader::end_kind(bool is_right, Seen& seen) {
    seen.wrong |= !is_right;
    kind_ = Kind::known;
}

}  // namespace confab::bench
