// Makes a screenshot smaller and changes no pixel: flat areas and letters that come again, as pages
// have them, are found better in plain rows than in those filtered for photographs (PNG, W3C, s9).

import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE_BYTES = 8;
/** Around the data of a chunk: its length and type before, its checksum behind. */
const CHUNK_HEAD = 8;
const CHUNK_TAIL = 4;
/** Red, green and blue of 8 bits, as Chromium writes them. */
const PIXEL = 3;
const TRUE_COLOUR = 2;

export function packed(png: Buffer): Buffer {
  const header = png.subarray(SIGNATURE_BYTES + CHUNK_HEAD, SIGNATURE_BYTES + CHUNK_HEAD + 13);
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (header[8] !== 8 || header[9] !== TRUE_COLOUR) throw new Error('no PNG of a screenshot');
  const rows = plainRows(inflateSync(imageData(png)), width * PIXEL, height);
  const small = Buffer.concat([
    png.subarray(0, SIGNATURE_BYTES), chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })), chunk('IEND', Buffer.alloc(0)),
  ]);
  return small.length < png.length ? small : png;
}

function imageData(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length;) {
    const end = at + CHUNK_HEAD + png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + CHUNK_HEAD) === 'IDAT') {
      parts.push(png.subarray(at + CHUNK_HEAD, end));
    }
    at = end + CHUNK_TAIL;
  }
  return Buffer.concat(parts);
}

/** Each row behind a 0: no filter. */
function plainRows(filtered: Buffer, bytes: number, height: number): Buffer {
  const rows = Buffer.alloc(filtered.length);
  for (let row = 0; row < height; row++) {
    const start = row * (bytes + 1);
    const filter = filtered[start] ?? 0;
    for (let at = start + 1; at <= start + bytes; at++) {
      const isFirst = at <= start + PIXEL;
      const left = isFirst ? 0 : rows[at - PIXEL] ?? 0;
      const above = rows[at - bytes - 1] ?? 0;
      const corner = isFirst ? 0 : rows[at - bytes - 1 - PIXEL] ?? 0;
      rows[at] = (filtered[at] ?? 0) + predicted(filter, left, above, corner);
    }
  }
  return rows;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 0: return 0;
    case 1: return left;
    case 2: return above;
    case 3: return (left + above) >> 1;
    default: return nearest(left, above, corner);
  }
}

/** Paeth's predictor. */
function nearest(left: number, above: number, corner: number): number {
  const [toLeft, toAbove, toCorner] = [
    Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner),
  ];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

function chunk(type: string, data: Buffer): Buffer {
  const whole = Buffer.alloc(CHUNK_HEAD + data.length + CHUNK_TAIL);
  whole.writeUInt32BE(data.length, 0);
  whole.write(type, 4, 'latin1');
  data.copy(whole, CHUNK_HEAD);
  const end = CHUNK_HEAD + data.length;
  whole.writeUInt32BE(crc32(whole.subarray(4, end)), end);
  return whole;
}
