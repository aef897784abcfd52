"""RFC 6455 sections 5.1 to 5.3 and 5.6: headers, lengths, masks, reserved bits, opcodes."""
from case import Case, chopped, closes, echo, parametrize, says
from wire import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, head, more, ping, text

HELLO = "Hello, wörld!"
SIZES = [0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 4096, 65535, 65536, 65537]
RESERVED_OPCODES = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]
ALL_OPCODES = {"continuation": CONTINUATION, "text": TEXT, "binary": BINARY, "close": CLOSE,
               "ping": PING, "pong": PONG}
MEBIBYTE = 1 << 20

# 5.6, 5.2: each length form, and both sides of each border.
MESSAGES = [
    *(echo(TEXT, "*" * size, f"text of {size} bytes") for size in SIZES),
    *(echo(BINARY, bytes(range(256)) * (size // 256) + b"\xfe" * (size % 256),
           f"binary of {size} bytes") for size in SIZES),
]
SHORT = [case for case in MESSAGES if len(case.send[0]) < 300]


@parametrize([*MESSAGES, *chopped(SHORT, 1), *chopped(MESSAGES, 997)])
def test_5_6_messages_of_every_length_come_back(echo_server, case):
    case.run(echo_server)


# 5.3: the mask is the client's choice, a new one for each frame.
@parametrize([echo(TEXT, HELLO, f"mask {mask.hex()}", mask=mask)
              for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0",
                           b"Hell", b"\x01\x02\x03\x04", b"\x00\xff\x00\xff", b"\x9a\x3c\xe7\x51")])
def test_5_3_every_mask_is_undone(echo_server, case):
    case.run(echo_server)


@parametrize([Case(f"{length} bytes with one mask", (binary_frames,),
                   tuple(says("binary", bytes([i]) * length) for i in range(8)))
              for length in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33)
              for binary_frames in [b"".join(frame(BINARY, bytes([i]) * length, mask=b"\1\2\3\4")
                                             for i in range(8))]])
def test_5_3_masks_start_anew_with_every_frame(echo_server, case):
    case.run(echo_server)


# 5.1: a server closes the connection on a frame that is not masked.
@parametrize([*(Case(f"{name} of {length} bytes", (frame(opcode, b"x" * length, bare=True),),
                     (closes(1002),))
                for name, opcode in ALL_OPCODES.items() for length in (0, 2, 125)),
              Case("after a good one", (text(HELLO), frame(TEXT, HELLO, bare=True)),
                   (says("text", HELLO), closes(1002))),
              Case("as a fragment", (text("a", fin=False), frame(CONTINUATION, "b", bare=True)),
                   (closes(1002),))])
def test_5_1_frames_without_a_mask_are_refused(echo_server, case):
    case.run(echo_server)


# 5.2: reserved bits without an extension that gives them a meaning; on any frame.
@parametrize([Case(f"bits {rsv:03b} on {name}", (frame(opcode, "x" * 5 if opcode != CLOSE else b"",
                                                     rsv=rsv),), (closes(1002),))
              for rsv in range(1, 8) for name, opcode in ALL_OPCODES.items()])
def test_5_2_reserved_bits_are_refused(echo_server, case):
    case.run(echo_server)


BETWEEN = [Case(f"bits {rsv:03b} between a text and a ping",
                (text(HELLO), text(HELLO, rsv=rsv), ping(b"never")),
                (says("text", HELLO), closes(1002))) for rsv in range(1, 8)]


@parametrize([*BETWEEN, *chopped(BETWEEN, 1)])
def test_5_2_what_came_before_a_reserved_bit_counts_and_nothing_after(echo_server, case):
    case.run(echo_server)


# 5.2: opcodes that are reserved.
OPCODES_BETWEEN = [Case(f"opcode {opcode} between a text and a ping",
                        (text(HELLO), frame(opcode, b"x"), ping()),
                        (says("text", HELLO), closes(1002))) for opcode in RESERVED_OPCODES]


@parametrize([
    *OPCODES_BETWEEN, *chopped(OPCODES_BETWEEN, 1),
    *(Case(f"opcode {opcode} with {length} bytes", (frame(opcode, b"x" * length),),
           (closes(1002),)) for opcode in RESERVED_OPCODES for length in (0, 1, 126)),
    *(Case(f"opcode {opcode} inside a message", (text("a", fin=False), frame(opcode), more("b")),
           (closes(1002),)) for opcode in RESERVED_OPCODES),
    *(Case(f"opcode {opcode} in fragments", (frame(opcode, fin=False), more("b", fin=True)),
           (closes(1002),)) for opcode in RESERVED_OPCODES),
])
def test_5_2_reserved_opcodes_are_refused(echo_server, case):
    case.run(echo_server)


# 5.2: the shortest form must be used.
@parametrize([
    *(Case(f"{length} bytes in the form {form}", (binary_frame,), (closes(1002),))
      for length, form in [(0, 126), (1, 126), (125, 126), (0, 127), (125, 127), (126, 127),
                           (65535, 127)]
      for binary_frame in [frame(BINARY, b"x" * length, form=form)]),
    *(Case(f"fragment of {length} bytes in the form {form}",
           (text("a", fin=False), more(b"x" * length, form=form)), (closes(1002),))
      for length, form in [(5, 126), (5, 127), (300, 127)]),
])
def test_5_2_lengths_not_in_their_shortest_form_are_refused(echo_server, case):
    case.run(echo_server)


# 5.2: the highest bit of a 64-bit length is zero. 10.4: what is too long is refused at once.
@parametrize([
    *(Case(f"2^63 + {more_bytes}", (head(BINARY, 2 ** 63 + more_bytes, form=127),),
           (closes(1002),)) for more_bytes in (0, 1, 125, 2 ** 63 - 1)),
    *(Case(f"{length} bytes announced", (head(BINARY, length),), (closes(1009),))
      for length in (16 * MEBIBYTE + 1, 2 ** 31, 2 ** 32, 2 ** 32 + 5, 2 ** 63 - 1)),
    Case("16 MiB in two frames, and a byte",
         (frame(BINARY, b"x" * MEBIBYTE, fin=False), head(CONTINUATION, 15 * MEBIBYTE + 1)),
         (closes(1009),)),
])
def test_5_2_impossible_lengths_are_refused_by_their_header(echo_server, case):
    case.run(echo_server)


# 5.5: control frames have at most 125 bytes and are whole.
@parametrize([
    *(Case(f"{name} of {length} bytes", (frame(opcode, b"\x03\xe8" + b"x" * (length - 2)),),
           (closes(1002),))
      for name, opcode in ALL_OPCODES.items() if opcode > 7 for length in (126, 127, 65536)),
    *(Case(f"{name} of {length} bytes, header only", (head(opcode, length),), (closes(1002),))
      for name, opcode in ALL_OPCODES.items() if opcode > 7 for length in (126, 2 ** 20, 2 ** 62)),
    *(Case(f"{name} in fragments", (frame(opcode, b"", fin=False), more(b"", fin=True)),
           (closes(1002),)) for name, opcode in ALL_OPCODES.items() if opcode > 7),
])
def test_5_5_control_frames_are_short_and_whole(echo_server, case):
    case.run(echo_server)
