/**
 * A headless Chromium that does what lines on standard input say and answers each with a line of JSON.
 *
 * Each line is `{"do": …, …}`; the answer `{"value": …}` or `{"error": …}`. Everything the page asks for, and whatever
 * it complains about, is kept and told with `told`. Ends with its input. Needs playwright-core, which the After Effects
 * panel's tests bring (`npm ci` in hosts/aftereffects_cep).
 */
import path from "node:path";
import readline from "node:readline";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

const CEP = path.resolve(import.meta.dirname, "../../hosts/aftereffects_cep");
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const PATIENCE_MS = 20_000;

const answer = (words) => process.stdout.write(`${JSON.stringify(words)}\n`);

let chromium;
try {
  ({ chromium } = createRequire(path.join(CEP, "package.json"))("playwright-core"));
} catch {
  answer({ absent: "playwright-core is not installed (npm ci in hosts/aftereffects_cep)" });
  process.exit(0);
}

const browser = await chromium.launch({ executablePath: process.argv[2], headless: true, args: FLAGS });
answer({ value: browser.version() });
let page;
let requests = [];
let complaints = [];

const DO = {
  async open({ file, width, height }) {
    await page?.context().close();
    page = await (await browser.newContext({ viewport: { width, height } })).newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    [requests, complaints] = [[], []];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (!message.text().startsWith("Canvas2D: Multiple readback")) complaints.push(message.text()); // a test's own reading
    });
    page.on("dialog", (dialog) => {
      complaints.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    await page.goto(pathToFileURL(file).href, { waitUntil: "commit" });
  },
  press: ({ key }) => page.keyboard.press(key),
  click: ({ selector, at }) => page.click(selector, at ? { position: { x: at[0], y: at[1] } } : {}),
  async wheel({ selector, at, by }) {
    const box = await page.locator(selector).boundingBox();
    await page.mouse.move(box.x + at[0], box.y + at[1]);
    await page.mouse.wheel(0, by);
  },
  async drag({ selector, from, to }) {
    const box = await page.locator(selector).boundingBox();
    await page.mouse.move(box.x + from[0], box.y + from[1]);
    await page.mouse.down();
    await page.mouse.move(box.x + to[0], box.y + to[1], { steps: 4 });
    await page.mouse.up();
  },
  select: ({ selector, label }) => page.selectOption(selector, { label }),
  size: ({ width, height }) => page.setViewportSize({ width, height }),
  evaluate: ({ script }) => page.evaluate(script),
  // Not Playwright's own waitForFunction: it evaluates inside the page, which a strict policy forbids.
  async wait({ script }) {
    const until = Date.now() + PATIENCE_MS;
    while (!(await page.evaluate(script))) {
      if (Date.now() > until) throw new Error(`it did not become true: ${script}`);
      await sleep(15);
    }
  },
  tree: async () => page.locator("body").ariaSnapshot(),
  screenshot: async ({ file }) => void (await page.screenshot({ path: file })),
  told: async () => ({ requests, complaints }),
};

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { do: verb, ...rest } = JSON.parse(line);
  try {
    answer({ value: (await DO[verb](rest)) ?? null });
  } catch (error) {
    answer({ error: error.message });
  }
}
await browser.close();
