/** A real Chromium, out of npm: nothing is downloaded, nothing is installed on the machine. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rename, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser } from 'playwright-core';

// It unpacks to the temporary folder of its process: one of its own, so that it takes no other browser for its own.
const UNPACK = `const { default: chromium, inflate } = await import('@sparticuz/chromium');
const { join } = await import('node:path');
await chromium.executablePath();
await inflate(join(process.cwd(), 'node_modules/@sparticuz/chromium/bin/al2023.tar.br'));`;

/** Unpacks it once for each version and user, which takes some seconds; starts it. Close it when done. */
export async function openBrowser(): Promise<Browser> {
  const directory = await unpacked();
  return chromium.launch({
    executablePath: join(directory, 'chromium'),
    // Nothing here may weaken what pages may do: their policy is under test. (No sandbox: tests may run as root.)
    args: ['--no-sandbox', '--disable-gpu', '--font-render-hinting=none'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(directory, 'al2023/lib'),
      FONTCONFIG_FILE: join(directory, 'fonts.conf'),
      HOME: directory,
    },
  });
}

async function unpacked(): Promise<string> {
  const root = join(import.meta.dirname, '../..');
  const packed = join(root, 'node_modules/@sparticuz/chromium/package.json');
  const { version } = JSON.parse(readFileSync(packed, 'utf8')) as { readonly version: string };
  const directory = join(tmpdir(), `tessera-chromium-${version}-${userInfo().uid}`);
  if (existsSync(join(directory, 'chromium'))) return directory;
  // Beside, then whole: two tests may be the first at once.
  const made = await mkdtemp(`${directory}-`);
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', UNPACK], {
    cwd: root,
    env: { ...process.env, TMPDIR: made },
  });
  await writeFile(join(made, 'fonts.conf'), fontsFrom(directory));
  await rename(made, directory).catch(() => undefined);
  return directory;
}

/** Its own fonts first, so that pictures look alike everywhere; those of the machine for what it has none of. */
const fontsFrom = (directory: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${directory}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${directory}/fonts-cache</cachedir>
  <alias binding="strong"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="strong"><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`;
