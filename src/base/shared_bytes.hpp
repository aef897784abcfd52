// SharedBytes: an immutable, reference-counted buffer: one encoded frame, shared by every member.
// Thread: copying and destroying are safe on any thread; the bytes never change.
// Owns:   one allocation that holds the count, the size and the bytes.
// Limits: none of its own; whoever queues it counts size().
// Invariant: the bytes stay where they are until the last copy is gone.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace confab {

class SharedBytes {
  public:
    SharedBytes() = default;
    SharedBytes(const SharedBytes& other) noexcept : block_(other.block_) { retain(); }
    SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    SharedBytes& operator=(SharedBytes other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~SharedBytes() { release(); }

    // A new buffer with the concatenation of the two parts (typically header and payload).
    [[nodiscard]] static SharedBytes join(std::string_view first, std::string_view second) {
        SharedBytes bytes;
        void* memory = ::operator new(sizeof(Block) + first.size() + second.size());
        bytes.block_ = new (memory) Block{{1}, first.size() + second.size()};
        if (!first.empty()) std::memcpy(bytes.block_->data(), first.data(), first.size());
        if (!second.empty()) {
            std::memcpy(bytes.block_->data() + first.size(), second.data(), second.size());
        }
        return bytes;
    }
    [[nodiscard]] static SharedBytes copy_of(std::string_view content) { return join(content, {}); }

    [[nodiscard]] std::string_view view() const {
        return block_ == nullptr ? std::string_view{}
                                 : std::string_view(block_->data(), block_->size);
    }
    [[nodiscard]] const char* data() const { return view().data(); }
    [[nodiscard]] std::size_t size() const { return view().size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }

  private:
    struct Block {
        std::atomic<std::size_t> references;
        std::size_t size;
        char* data() { return reinterpret_cast<char*>(this + 1); }
    };

    void retain() noexcept {
        if (block_ != nullptr) block_->references.fetch_add(1, std::memory_order_relaxed);
    }
    void release() noexcept {
        if (block_ == nullptr) return;
        // acq_rel: the thread that frees must see everything the others did with the bytes.
        if (block_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            block_->~Block();
            ::operator delete(block_);
        }
    }

    Block* block_ = nullptr;
};

}  // namespace confab
