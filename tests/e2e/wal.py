"""The write-ahead log's bytes as docs/format/wal.md specifies them, read and written without the
program's code."""

import struct
from dataclasses import dataclass

MAGIC = b"PLMWAL\x00\x01"
SEGMENT_HEADER = struct.Struct("<8sQ")
RECORD_HEADER = struct.Struct("<IIQB7xqqq")


def _table():
    def entry(byte):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        return byte

    return [entry(byte) for byte in range(256)]


_CRC_TABLE = _table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


@dataclass
class Record:
    offset: int
    end: int
    sequence: int
    kind: int
    window: tuple
    body: bytes


def encode(sequence, kind, window, body):
    """One record."""
    header = RECORD_HEADER.pack(len(body), 0, sequence, kind, *window)
    crc = crc32c(header[8:] + body)
    return RECORD_HEADER.pack(len(body), crc, sequence, kind, *window) + body


def segments(folder):
    return sorted((folder / "wal").glob("*.wal"))


def read(path):
    """The records of a segment, and where they end. Fails where the bytes are not as specified."""
    data = path.read_bytes()
    magic, first = SEGMENT_HEADER.unpack_from(data)
    assert magic == MAGIC and int(path.stem, 16) == first, path
    records, at = [], SEGMENT_HEADER.size
    while any(data[at : at + RECORD_HEADER.size]):
        length, crc, sequence, kind, *window = RECORD_HEADER.unpack_from(data, at)
        end = at + RECORD_HEADER.size + length
        assert crc32c(data[at + 8 : end]) == crc, f"{path}: record at {at}"
        body = data[at + RECORD_HEADER.size : end]
        records.append(Record(at, end, sequence, kind, tuple(window), body))
        at = end
    assert not any(data[at:]), f"{path}: bytes after the last record"
    return records, at
