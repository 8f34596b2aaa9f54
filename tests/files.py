"""Pictures and PDF files, as small as they can be while they are what they say."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 2, height: int = 2, padding: int = 0) -> bytes:
    """A black picture; `padding` bytes of a chunk that nobody reads make it as long as is wanted."""
    rows = zlib.compress(b"".join(b"\0" + b"\0" * width for _ in range(height if padding == 0 else 1)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"raNd", b"x" * padding), (b"IDAT", rows), (b"IEND", b"")]
    packed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
        if data or name == b"IEND"
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def jpeg(width: int, height: int) -> bytes:
    """The head of one, with a comment before the frame."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    comment = b"\xff\xfe" + struct.pack(">H", 7) + b"hello"
    return b"\xff\xd8" + comment + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + b"\0\0\0;"


def webp(form: bytes, rest: bytes) -> bytes:
    """A WebP file's head with a first chunk of this form."""
    return b"RIFF" + struct.pack("<I", 30) + b"WEBP" + form + struct.pack("<I", len(rest)) + rest + b"\0" * 8


def pdf(pages: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + number) for number in range(pages))
    leaves = b"".join(b"%d 0 obj<</Type/Page/Parent 2 0 R>>endobj\n" % (3 + n) for n in range(pages))
    tree = b"2 0 obj<</Type/Pages/Count %d/Kids[%s]>>endobj\n" % (pages, kids)
    return (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n" + tree + leaves + b"trailer<</Root 1 0 R>>"
    )
