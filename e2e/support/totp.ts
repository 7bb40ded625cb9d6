// An authenticator app: RFC 6238 with SHA-1, 30 seconds, six digits.
import { createHmac } from "node:crypto";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The current code, or that of `later` steps of 30 seconds after it. */
export function code(secret: string, later = 0): string {
  const bits = [...secret.replaceAll(/[\s=]/g, "")].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const hash = createHmac("sha1", Buffer.from(bytes.map((byte) => parseInt(byte, 2)))).update(counter).digest();
  const at = hash[hash.length - 1]! & 15;
  return ((hash.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).toString().padStart(6, "0");
}
