// XXH64, the checksum of Zstandard's frames: RFC 8878, section 3.1.1, after xxHash's description of the algorithm.

const P1: u64 = 0x9e3779b185ebca87;
const P2: u64 = 0xc2b2ae3d27d4eb4f;
const P3: u64 = 0x165667b19e3779f9;
const P4: u64 = 0x85ebca77c2b2ae63;
const P5: u64 = 0x27d4eb2f165667c5;

@inline
function round(lane: u64, value: u64): u64 {
  return rotl(lane + value * P2, 31) * P1;
}

/** The lower half of the sum, with the seed 0. */
export function xxh64(src: usize, bytes: usize): u32 {
  const end = src + bytes;
  let sum = P5;
  if (bytes >= 32) {
    let a = P1 + P2, b = P2, c: u64 = 0, d = 0 - P1;
    for (const last = end - 32; src <= last; src += 32) {
      a = round(a, load<u64>(src));
      b = round(b, load<u64>(src, 8));
      c = round(c, load<u64>(src, 16));
      d = round(d, load<u64>(src, 24));
    }
    sum = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    sum = (sum ^ round(0, a)) * P1 + P4;
    sum = (sum ^ round(0, b)) * P1 + P4;
    sum = (sum ^ round(0, c)) * P1 + P4;
    sum = (sum ^ round(0, d)) * P1 + P4;
  }
  sum += bytes;
  for (; src + 8 <= end; src += 8) sum = rotl(sum ^ round(0, load<u64>(src)), 27) * P1 + P4;
  if (src + 4 <= end) {
    sum = rotl(sum ^ <u64> load<u32>(src) * P1, 23) * P2 + P3;
    src += 4;
  }
  for (; src < end; src++) sum = rotl(sum ^ <u64> load<u8>(src) * P5, 11) * P1;
  sum = (sum ^ sum >> 33) * P2;
  sum = (sum ^ sum >> 29) * P3;
  return <u32> (sum ^ sum >> 32);
}
