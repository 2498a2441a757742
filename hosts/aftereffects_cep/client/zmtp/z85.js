/** Keys as text: Z85, ZeroMQ RFC 32. Four bytes are five characters, so a key of 32 bytes has 40. */

const LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

/**
 * @param {Uint8Array} bytes a multiple of four
 * @throws {RangeError} another length
 */
export function encodeZ85(bytes) {
  if (bytes.length % 4) throw new RangeError("Z85 takes a multiple of four bytes.");
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const value = ((bytes[at] * 256 + bytes[at + 1]) * 256 + bytes[at + 2]) * 256 + bytes[at + 3];
    for (let power = 85 ** 4; power >= 1; power /= 85) text += LETTERS[Math.floor(value / power) % 85];
  }
  return text;
}

/**
 * @param {string} text a multiple of five characters
 * @throws {RangeError} it is not Z85
 */
export function decodeZ85(text) {
  if (text.length % 5) throw new RangeError("Z85 text has a multiple of five characters.");
  const bytes = new Uint8Array((text.length / 5) * 4);
  for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
    let value = 0;
    for (const letter of text.slice(at, at + 5)) {
      const digit = LETTERS.indexOf(letter);
      if (digit < 0) throw new RangeError("A character is not one of Z85.");
      value = value * 85 + digit;
    }
    if (value > 0xffffffff) throw new RangeError("Five characters stand for more than four bytes.");
    new DataView(bytes.buffer).setUint32(to, value);
  }
  return bytes;
}
