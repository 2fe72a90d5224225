import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { renderPage } from '../../workloads/report/page/page.js';
import { buildReport } from '../../workloads/report/model/build-report.js';
import { PlotKit } from '../../workloads/report/plots/kit.js';
import { fiveEngineRun } from '../fixtures/five-engines.js';
import { clusterRun, richRuns, steadyBound } from '../fixtures/report-runs.js';

/**
 * The page in a real browser, on a phone and on a desk, light and dark. Screenshots are left in
 * REPORT_SCREENSHOTS (default: a new folder in the system's temporary folder) for a person to look at.
 * Not part of the default run: it needs a Chromium at CHROMIUM_PATH or /usr/bin/chromium.
 */
const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

const RUNS = { machine: richRuns, cluster: () => [clusterRun()], engines: () => [fiveEngineRun()] };
const SCREENS = (['machine', 'cluster', 'engines'] as const).flatMap((of) => [390, 1280].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ of, width, scheme }))));

/** Plain script for the page: this program is compiled without the types of a browser. */
const LOOK = `(() => {
  const visible = [...document.querySelectorAll('.plot')].filter((plot) => plot.getBoundingClientRect().height > 0);
  const marks = (plot) => plot.querySelectorAll('g[aria-label="bar"] rect, g[aria-label="cell"] rect, g[aria-label="dot"] circle, g[aria-label="line"] path').length;
  const outside = (element) => { const box = element.getBoundingClientRect(); return box.left < -0.5 || box.right > document.documentElement.clientWidth + 0.5; };
  return {
    overflowPx: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    plots: visible.map((plot) => ({ marks: marks(plot), heightPx: plot.getBoundingClientRect().height })),
    figures: document.querySelectorAll('figure').length,
    cutOff: visible.flatMap((plot) => [...plot.querySelectorAll('text')]).filter(outside).map((text) => text.textContent),
    textColor: getComputedStyle(document.body).color,
    axisColor: getComputedStyle(visible[0].querySelector('text')).fill,
    pageColor: getComputedStyle(document.body).backgroundColor,
  };
})()`;

interface Look {
  readonly overflowPx: number;
  readonly plots: readonly { readonly marks: number; readonly heightPx: number }[];
  readonly figures: number;
  readonly cutOff: readonly string[];
  readonly textColor: string;
  readonly axisColor: string;
  readonly pageColor: string;
}

describe('the report page in a browser', () => {
  let browser: Browser | undefined;
  let folder: string;
  let kit: PlotKit;

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) throw new Error(`There is no Chromium at ${CHROMIUM}: install Debian's "chromium" or name one in CHROMIUM_PATH.`);
    folder = process.env.REPORT_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'flowbench-report-'));
    mkdirSync(folder, { recursive: true });
    kit = await PlotKit.load();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
  });

  it.each(SCREENS)('is whole for a $of, at $width px, $scheme', async ({ of, width, scheme }) => {
    if (browser === undefined) throw new Error('The browser did not start.');
    const css = readFileSync(join(__dirname, '../../workloads/report/report.css'), 'utf8');
    const file = join(folder, `report-${of}.html`);
    writeFileSync(file, renderPage(buildReport(RUNS[of](), steadyBound), kit, css));
    const url = pathToFileURL(file).href;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme });
    const complaints: string[] = [];
    const requests: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
    const look: Look = await page.evaluate(LOOK);
    await page.screenshot({ path: join(folder, `report-${of}-${width}-${scheme}.png`), fullPage: true });
    await page.close();

    expect(complaints).toEqual([]);
    expect(requests).toEqual([url]);
    expect(look.overflowPx).toBe(0);
    expect(look.figures).toBeGreaterThan(6);
    expect(look.plots).toHaveLength(look.figures);
    expect(look.plots.filter(({ marks }) => marks === 0)).toEqual([]);
    expect(look.plots.filter(({ heightPx }) => heightPx > 1800)).toEqual([]);
    expect(look.cutOff).toEqual([]);
    expect(look.axisColor).toBe(look.textColor);
    expect(lightness(look.pageColor) > lightness(look.textColor)).toBe(scheme === 'light');
  }, 60_000);
});

function lightness(rgb: string): number {
  return (rgb.match(/\d+/g) ?? []).map(Number).reduce((sum, part) => sum + part, 0);
}
