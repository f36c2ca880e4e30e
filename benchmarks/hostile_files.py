"""Files that mean no good, or are no ECG, to send to a service."""

import io
import pickle
import struct
import zipfile
import zlib

Upload = tuple[str, bytes]


def hostile_files(limit_bytes: int) -> dict[str, Upload]:
    """By what they are: a name and the bytes.

    Args:
        limit_bytes: of an upload, which one of them exceeds.
    """
    return {
        "claims 60,000 x 60,000 pixels": ("bomb.png", _png(60_000, 60_000, b"")),
        "120 million pixels in 120 kB": ("large.png", _png(12_000, 10_000, bytes(12_000 * 10_000 // 8 + 10_000))),
        "truncated JPEG": ("cut.jpg", bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(2_000)),
        "text": ("notes.txt", b"The patient was well. " * 500),
        "larger than allowed": ("huge.bin", bytes(limit_bytes + 1_000_000)),
        "zip bomb": ("bomb.npz", _zip_bomb()),
        "XML entity bomb": ("bomb.xml", _entity_bomb()),
        "pickle": ("model.npy", b"\x93NUMPY\x01\x00v\x00" + _object_header() + pickle.dumps([1, 2, 3])),
        "a WFDB header that names another file": (
            "100.hea",
            b"100 1 500 5000\n../../../etc/passwd 16 1000 16 0 0 0 0 II\n",
        ),
        "PDF without end": ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n"),
    }


def _png(width: int, height: int, rows: bytes) -> bytes:
    """A black and white PNG with that header, whatever its rows are."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zip_bomb() -> bytes:
    """An NPZ of some hundred kB whose array has 400 MB."""
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (100000000,), }".ljust(117) + "\n"
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("signal.npy", "w") as file:
        file.write(b"\x93NUMPY\x01\x00v\x00" + head.encode())
        for _ in range(400):
            file.write(bytes(1_000_000))
    return target.getvalue()


def _entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]><AnnotatedECG>&e9;</AnnotatedECG>'.encode()


def _object_header() -> bytes:
    return ("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }".ljust(117) + "\n").encode()
