// What a decoder returns instead of a length; scratch.ts has the words.

export const INPUT_ENDS: i32 = -1;
export const OUTPUT_FULL: i32 = -2;
export const BAD_DISTANCE: i32 = -3;
export const OUTPUT_SHORT: i32 = -4;
export const BAD_CODE: i32 = -5;
