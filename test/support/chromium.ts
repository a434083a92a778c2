/** Debian's browser without a window, for what only a browser can tell: where text really is. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const CHROMIUM = '/usr/bin/chromium';

/** Why tests that need the browser are skipped; undefined: they run. */
export const withoutChromium = existsSync(CHROMIUM) ? undefined : 'needs chromium (apt-get install chromium)';

const run = promisify(execFile);

/** Starts the browser on a page of its own. @returns what it prints, and a file beside the page where one was named. */
async function browse(html: string, options: readonly string[]): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'twinstile-browser-'));
  try {
    await writeFile(path.join(folder, 'page.html'), html);
    const { stdout } = await run(
      CHROMIUM,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        `--user-data-dir=${path.join(folder, 'profile')}`,
        ...options,
        `file://${path.join(folder, 'page.html')}`,
      ],
      { maxBuffer: 64 << 20, timeout: 120_000 },
    );
    return stdout;
  } finally {
    // A browser that ends may still write to its profile.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }
}

/**
 * Measures a page by a function that runs in it.
 * @param html of which a policy against scripts is taken out.
 * @param measure source of an expression; its value must survive JSON.
 * @param width of the window, in pixels.
 */
export async function measureIn(html: string, measure: string, width = 1200): Promise<unknown> {
  const open = html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
  const page = `${open}<pre id="measured"></pre><script>
document.getElementById('measured').textContent = btoa(unescape(encodeURIComponent(JSON.stringify(${measure}))));
</script>`;
  const dom = await browse(page, ['--dump-dom', `--window-size=${width},1400`]);
  const found = /<pre id="measured">([A-Za-z0-9+/=]+)<\/pre>/.exec(dom)?.[1];
  if (found === undefined) throw new Error(`The page measured nothing: ${dom.slice(-500)}`);
  return JSON.parse(Buffer.from(found, 'base64').toString('utf8'));
}
