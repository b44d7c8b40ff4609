#!/usr/bin/python3
"""Looks into a memory image by physical address, without the tools that made it: LiME, or an ELF core as QEMU writes it.

    memory_image.py ranges IMAGE            each range that it holds: first and last address
    memory_image.py at IMAGE ADDRESS FILE   exit 0 if the bytes of FILE stand there
    memory_image.py find RAW FILE           addresses at which FILE stands in a raw image (address = offset)
"""
import mmap
import struct
import sys


def lime(image):
    """(first address, length, where in the file) of each segment: a header of 32 bytes before each."""
    at = 0
    while at < len(image):
        magic, version, first, last = struct.unpack_from("<IIQQ", image, at)
        if magic != 0x4C694D45 or version != 1:
            raise ValueError(f"no LiME header at {at:#x}")
        yield first, last - first + 1, at + 32
        at += 32 + last - first + 1


def elf(image):
    offset, = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    for i in range(count):
        kind, _, at, _, physical, length = struct.unpack_from("<IIQQQQ", image, offset + i * size)
        if kind == 1:  # PT_LOAD
            yield physical, length, at


def segments(image):
    if image[:4] == b"\x7fELF":
        return elf(image)
    if image[:4] == b"EMiL":
        return lime(image)
    raise ValueError(f"neither LiME nor ELF: {image[:4]!r}")


def main(command, path, *rest):
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
        if command == "find":
            with open(rest[0], "rb") as marker:
                want = marker.read()
            at = image.find(want)
            while at >= 0:
                print(hex(at))
                at = image.find(want, at + 1)
            return 0
        found = list(segments(image))
        if command == "ranges":
            for first, length, _ in found:
                print(f"{first:#x} {first + length - 1:#x}")
            return 0
        address = int(rest[0], 0)
        with open(rest[1], "rb") as marker:
            want = marker.read()
        for first, length, at in found:
            if first <= address and address + len(want) <= first + length:
                here = at + address - first
                if image[here:here + len(want)] == want:
                    return 0
                print(f"something else stands at {address:#x}")
                return 1
        print(f"{address:#x} is not in the image")
        return 1


sys.exit(main(*sys.argv[1:]))
