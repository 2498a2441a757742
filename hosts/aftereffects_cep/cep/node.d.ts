/** What the panel itself uses of CEP's Node, beside what the client does (Node 15.9, https://nodejs.org/docs/latest-v15.x/api/). */

declare module "node:fs" {
  export function existsSync(path: string): boolean;
  export function readFileSync(path: string): Uint8Array;
  export function readFileSync(path: string, encoding: "utf8"): string;
  export function writeFileSync(path: string, data: string | Uint8Array, options?: { mode: number }): void;
  export function mkdirSync(path: string, options?: { recursive: true; mode: number }): void;
  export function mkdtempSync(prefix: string): string;
  export function renameSync(from: string, to: string): void;
  export function rmSync(path: string, options: { recursive?: boolean; force: boolean }): void;
}

declare module "node:os" {
  export function homedir(): string;
  export function tmpdir(): string;
  export function platform(): string;
  export function release(): string;
}

declare module "node:path" {
  export function join(...parts: string[]): string;
  export function dirname(path: string): string;
}

declare module "node:process" {
  export const env: Record<string, string | undefined>;
  export const version: string;
}

declare module "node:zlib" {
  export function inflateSync(data: Uint8Array): Uint8Array;
}
