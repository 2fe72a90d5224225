import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BuildProgress, installEmatix, type EmatixSite } from '../../workloads/engines/install/ematix.js';
import { ematixStandIn } from '../fixtures/ematix-stand-in.js';

/** A site whose source is fetched already, with a cargo that "builds" the given program. */
function siteWith(program: string, cargoFails = false): { site: EmatixSite; notes: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'flowbench-ematix-install-'));
  mkdirSync(join(folder, 'source'));
  const cargo = join(folder, 'cargo');
  writeFileSync(cargo, `#!/bin/sh
case "$1" in
  tree) printf 'a v1.0.0\\nb v1.0.0 (*)\\nb v1.0.0\\n' ;;
  build)
    echo "$CARGO_PROFILE_RELEASE_OPT_LEVEL $CARGO_PROFILE_RELEASE_STRIP" > '${folder}/profile'
    ${cargoFails ? "echo 'error: linker `cc` not found' >&2; exit 101" : ''}
    mkdir -p "$CARGO_TARGET_DIR/release"; cp '${program}' "$CARGO_TARGET_DIR/release/flow"
    echo '{"reason":"compiler-artifact","package_id":"a"}'; echo '{"reason":"compiler-artifact","package_id":"b"}'; echo 'not JSON' ;;
esac
`);
  chmodSync(cargo, 0o755);
  const notes: string[] = [];
  return { notes, site: { engine: 'ematix', folder, cargo, python: 'python3', environment: { PATH: process.env['PATH'] }, signal: new AbortController().signal, onNote: (line) => notes.push(line) } };
}

describe('building ematix-flow', () => {
  it('puts the 22 texts where the program embeds them, builds by the profile, and keeps the program alone', async () => {
    const { site, notes } = siteWith(ematixStandIn().binary);
    const made = await installEmatix(site);
    expect(made.paths).toEqual({ binary: join(site.folder, 'bin', 'flow') });
    expect(made.verified[0]).toContain('CARGO_PROFILE_RELEASE_LTO=off');
    expect(readFileSync(join(site.folder, 'profile'), 'utf8')).toBe('2 symbols\n');
    expect(notes.at(-1)).toBe('ematix: 2 of 2 crates are built; the last ones take longest');
    expect(existsSync(join(site.folder, 'source'))).toBe(false);
  });

  it('keeps source and crates, with the 22 texts, when the build fails, and says why', async () => {
    const { site } = siteWith(ematixStandIn().binary, true);
    await expect(installEmatix(site)).rejects.toMatchObject({ code: 'tool_missing', message: expect.stringContaining('linker `cc` not found') as string });
    const texts = join(site.folder, 'source', 'examples', 'tpch', 'queries');
    expect(readFileSync(join(texts, 'q06.sql'), 'utf8')).toContain('l_discount');
    expect(readFileSync(join(texts, 'q11.sql'), 'utf8')).not.toContain('${fraction}');
    expect(existsSync(join(texts, 'q22.sql'))).toBe(true);
  });

  it('refuses a program of another version', async () => {
    const { site } = siteWith(ematixStandIn({ version: '0.9.0' }).binary);
    await expect(installEmatix(site)).rejects.toMatchObject({ code: 'engine_unavailable', message: expect.stringContaining('"flow 0.9.0"') as string });
  });

  it('notes the progress every so often, each crate once', () => {
    const notes: string[] = [];
    const progress = new BuildProgress(60, (line) => notes.push(line));
    for (let crate = 0; crate < 60; crate += 1) {
      for (const kind of ['compiler-artifact', 'build-script-executed', 'compiler-artifact']) progress.line(JSON.stringify({ reason: kind, package_id: `crate-${crate}` }));
    }
    expect(notes.map((note) => /\d+ of \d+/.exec(note)?.[0])).toEqual(['25 of 60', '50 of 60', '60 of 60']);
  });
});
