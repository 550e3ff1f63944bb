/** Pixels of PNG files. */
import { Buffer } from "node:buffer";
import zlib from "node:zlib";

/** A picture: 3 or 4 bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** How many pixels are near this colour. */
  count(red: number, green: number, blue: number): number;
}

/** Read a PNG of 8 bits a channel, without palette or interlacing. Source: the PNG specification, third edition. */
export function readPng(png: Uint8Array): Picture {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength), pieces: Uint8Array[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at), type = new TextDecoder().decode(png.subarray(at + 4, at + 8));
    if (type === "IDAT") pieces.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const width = view.getUint32(16), height = view.getUint32(20), channels = png[25] === 6 ? 4 : 3;
  const raw = zlib.inflateSync(Buffer.concat(pieces));
  const pixels = unfilter(raw, height, width * channels, channels);
  return {
    width,
    height,
    count(...color) {
      let found = 0;
      for (let at = 0; at < pixels.length; at += channels) {
        if (color.every((value, channel) => Math.abs(value - (pixels[at + channel] ?? 0)) < 24)) found++;
      }
      return found;
    },
  };
}

function unfilter(raw: Uint8Array, height: number, stride: number, channels: number): Uint8Array {
  const pixels = new Uint8Array(height * stride);
  for (let row = 0; row < height; row++) {
    const filter = raw[row * (stride + 1)] ?? 0;
    for (let at = 0; at < stride; at++) {
      const here = row * stride + at;
      const left = at < channels ? 0 : pixels[here - channels] ?? 0, up = row === 0 ? 0 : pixels[here - stride] ?? 0;
      const corner = row === 0 || at < channels ? 0 : pixels[here - stride - channels] ?? 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      pixels[here] = (raw[row * (stride + 1) + 1 + at] ?? 0) + guess;
    }
  }
  return pixels;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
