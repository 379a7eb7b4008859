"""Writes a picture of a page as a PNG of few colours, as light as the documentation wants its pictures."""

from __future__ import annotations

import base64
import struct
import zlib
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

MOST = 60_000  # bytes
NUMBERS = (96, 64, 48, 32, 24, 16)  # of colours, tried until the picture is light

# Counts the colours, takes those that are much used and far from those taken, and gives each pixel the nearest.
_TO_PALETTE = """
async ({png, most}) => {
  const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  canvas.drawImage(bitmap, 0, 0);
  const pixels = canvas.getImageData(0, 0, bitmap.width, bitmap.height).data;
  const key = at => (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += 4) counts.set(key(at), (counts.get(key(at)) || 0) + 1);
  const colours = [...counts].sort((one, other) => other[1] - one[1]).slice(0, 4096);
  const parts = colour => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const far = (one, other) => one.reduce((sum, part, at) => sum + (part - other[at]) ** 2, 0);
  const open = colours.map(([colour, count]) => ({rgb: parts(colour), count, away: Infinity}));
  const palette = [];
  while (palette.length < Math.min(most, open.length)) {
    const best = open.reduce((one, other) => worth(other) > worth(one) ? other : one);
    palette.push(best.rgb);
    for (const each of open) each.away = Math.min(each.away, far(each.rgb, best.rgb));
  }
  function worth(each) { return (each.away === Infinity ? 1e9 : each.away) * Math.sqrt(each.count); }
  const nearest = new Map();
  const indices = new Uint8Array(pixels.length / 4);
  for (let at = 0; at < pixels.length; at += 4) {
    const colour = key(at);
    if (!nearest.has(colour)) {
      const rgb = parts(colour);
      nearest.set(colour, palette.reduce((best, each, at) => far(each, rgb) < far(palette[best], rgb) ? at : best, 0));
    }
    indices[at / 4] = nearest.get(colour);
  }
  let text = "";
  for (let at = 0; at < indices.length; at += 8192) text += String.fromCharCode(...indices.subarray(at, at + 8192));
  return {width: bitmap.width, height: bitmap.height, palette, indices: btoa(text)};
}
"""


def light(page: Page, png: bytes) -> bytes:
    """Give the picture in as many colours as keep it light; `page` is one that may run what it is told."""
    for most in NUMBERS:
        found = page.evaluate(_TO_PALETTE, {"png": base64.b64encode(png).decode(), "most": most})
        made = _written(found)
        if len(made) <= MOST:
            return made
    raise ValueError(f"The picture has {len(made)} bytes in {most} colours: take less of the page.")


def _written(found: dict[str, Any]) -> bytes:
    """Write a PNG (RFC 2083) with a palette, four bits a pixel where that is enough."""
    width, height = found["width"], found["height"]
    indices = base64.b64decode(found["indices"])
    few = len(found["palette"]) <= 16
    rows = [indices[begin:end] for begin, end in pairwise(range(0, len(indices) + 1, width))]
    body = b"".join(b"\0" + (_halved(row) if few else row) for row in rows)
    head = struct.pack(">IIBBBBB", width, height, 4 if few else 8, 3, 0, 0, 0)
    colours = b"".join(bytes(colour) for colour in found["palette"])
    chunks = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _halved(row: bytes) -> bytes:
    even = row + b"\0" * (len(row) % 2)
    return bytes(high << 4 | low for high, low in zip(even[::2], even[1::2], strict=True))


def _chunk(named: tuple[bytes, bytes]) -> bytes:
    name, data = named
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
