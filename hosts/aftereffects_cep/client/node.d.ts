// What the client uses of Node, and no more: CEP 11 brings Node 15.9, CEP 12 brings 17.7.1. Everything else is
// ECMAScript 2021 and what pages and Node have alike (TextEncoder, setTimeout, performance).

declare module "node:net" {
  interface Socket {
    readonly writableLength: number;
    setNoDelay(on: boolean): this;
    write(bytes: Uint8Array): boolean;
    cork(): void;
    uncork(): void;
    destroy(): this;
    on(event: "connect" | "close" | "drain", listener: () => void): this;
    on(event: "data", listener: (chunk: Uint8Array<ArrayBuffer>) => void): this;
    on(event: "error", listener: (problem: Error) => void): this;
  }
  const net: { connect(port: number, host: string): Socket };
  export default net;
}

declare module "node:fs" {
  const fs: {
    existsSync(path: string): boolean;
    readFileSync(path: string): Uint8Array<ArrayBuffer>;
    readFileSync(path: string, encoding: "utf8"): string;
    mkdirSync(path: string, options: { mode: number; recursive: true }): void;
    chmodSync(path: string, mode: number): void;
    statSync(path: string): { size: number; mode: number };
    statSync(path: string, options: { bigint: true }): { mtimeNs: bigint; ino: bigint };
  };
  export default fs;
}

declare module "node:os" {
  const os: { homedir(): string };
  export default os;
}

declare module "node:path" {
  const path: {
    join(...parts: string[]): string;
    resolve(...parts: string[]): string;
    isAbsolute(path: string): boolean;
  };
  export default path;
}

declare module "node:process" {
  const process: {
    env: Record<string, string | undefined>;
    platform: string;
    kill(pid: number, signal: 0): void;
  };
  export default process;
}

declare module "node:child_process" {
  interface Child {
    stderr: { setEncoding(encoding: "utf8"): void; on(event: "data", listener: (text: string) => void): void };
    kill(signal: "SIGKILL"): void;
    on(event: "error", listener: (problem: Error) => void): void;
    on(event: "close", listener: (status: number | null, signal: string | null) => void): void;
  }
  const childProcess: {
    spawn(
      program: string,
      words: string[],
      options: {
        env: Record<string, string>;
        cwd: string;
        stdio: ["ignore", "ignore", "pipe"];
        windowsHide: boolean;
      },
    ): Child;
  };
  export default childProcess;
}
