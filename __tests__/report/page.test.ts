import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderMarkdown } from '../../workloads/report/markdown.js';
import { buildReport } from '../../workloads/report/model/build-report.js';
import { type Section } from '../../workloads/report/model/types.js';
import { html } from '../../workloads/report/page/html.js';
import { renderPage } from '../../workloads/report/page/page.js';
import { PlotKit } from '../../workloads/report/plots/kit.js';
import { drawQueries } from '../../workloads/report/plots/queries.js';
import { boundCurve, drawSpeedup, PERFECT_BOUND, speedupCurves } from '../../workloads/report/plots/scaling.js';
import { drawBars } from '../../workloads/report/plots/bars.js';
import { stageBars } from '../../workloads/report/plots/shares.js';
import { drawSkew, skewDots } from '../../workloads/report/plots/dots.js';
import { noBound, richRuns, steadyBound, storedRun } from '../fixtures/report-runs.js';
import { campaignRows, failedRow, runRecord } from '../fixtures/result-rows.js';

const CSS = readFileSync(join(__dirname, '../../workloads/report/report.css'), 'utf8');
const HOSTILE = '<script>alert(1)</script> <img src=x onerror=y> | `a` [b](c) "q" \'s\' &amp;\nsecond line';

let kit: PlotKit;
let parseHTML: (text: string) => unknown;
beforeAll(async () => {
  kit = await PlotKit.load();
  ({ parseHTML } = await import('linkedom'));
});

function count(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].length;
}

function colorsOf(scheme: 'light' | 'dark'): (name: string) => string {
  const [light = '', dark = ''] = CSS.split('@media (prefers-color-scheme: dark)');
  return (name) => new RegExp(`--${name}: (#[0-9a-f]{6});`).exec(scheme === 'light' ? light : dark)?.[1] ?? '';
}

/** WCAG 2 contrast ratio of two colours, #rrggbb. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** The marks of one kind in an SVG. */
function marks(svg: string, kind: 'bar' | 'dot' | 'line', element: string): number {
  const { document } = parseHTML(`<body>${svg}</body>`) as { document: { querySelectorAll(selector: string): ArrayLike<unknown> } };
  return document.querySelectorAll(`g[aria-label="${kind}"] ${element}`).length;
}

describe('the page', () => {
  it('loads nothing from anywhere, runs nothing, and stays below a megabyte', () => {
    const page = renderPage(buildReport(richRuns(), steadyBound), kit, CSS);
    expect(count(page, /\b(?:src|srcset|xlink:href|action|poster)\s*=/gi)).toBe(0);
    expect(count(page, /<(?:script|link|iframe|object|embed|img|base|form)\b/gi)).toBe(0);
    expect(count(page, /url\(|@import|https?:/gi)).toBe(0);
    expect(page).toContain("default-src 'none'");
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
  });

  it('draws every picture for a phone and for a desk, each with a description', () => {
    const page = renderPage(buildReport(richRuns(), steadyBound), kit, CSS);
    const figures = count(page, /<figure>/g);
    expect(figures).toBe(14);
    expect(count(page, /<div class="plot wide"><svg/g)).toBe(figures);
    expect(count(page, /<div class="plot narrow"><svg/g)).toBe(figures);
    expect(count(page, /<svg[^>]*role="img"/g)).toBe(2 * figures);
    expect(count(page, /<svg[^>]*aria-label="[^"]{20,}"/g)).toBe(2 * figures);
  });

  it('takes every colour of a picture from the style sheet, in both schemes', () => {
    const page = renderPage(buildReport(richRuns(), steadyBound), kit, CSS);
    const used = new Set([...page.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, color]) => color ?? ''));
    expect([...used].filter((color) => !/^(var\(--[\w-]+\)|currentColor|none)$/.test(color))).toEqual([]);
    const [light = '', dark = ''] = CSS.split('@media (prefers-color-scheme: dark)');
    for (const [, name = ''] of [...used].join(' ').matchAll(/var\((--(?:series|workers|stage|heat)[\w-]*)\)/g)) {
      expect(light).toContain(`${name}:`);
      expect(dark).toContain(`${name}:`);
    }
  });

  it.each(['light', 'dark'] as const)('can be read by weak eyes, %s', (scheme) => {
    const color = colorsOf(scheme);
    for (const text of ['text', 'muted', 'link', 'bad']) {
      for (const ground of ['page', 'card']) expect([text, contrast(color(text), color(ground)) >= 4.5]).toEqual([text, true]);
    }
    expect(contrast(color('warn-text'), color('warn-page'))).toBeGreaterThan(4.5);
    const marksInPictures = [...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => `series-${n}`), ...[1, 2, 3, 4, 5].map((n) => `workers-${n}`)];
    // Numbers stand on the steps of the heat map.
    expect([1, 2, 3, 4, 5, 6, 7].filter((n) => contrast(color(`heat-${n}`), color(`heat-text-${n}`)) < 4.5)).toEqual([]);
    expect(marksInPictures.filter((name) => contrast(color(name), color('card')) < 3)).toEqual([]);
  });

  it('shows errors as text, whatever they hold', () => {
    const rows = [...campaignRows({ queries: ['Q1'] }), failedRow({ query: 'Q6', status: 'engine_error', error: HOSTILE })];
    const page = renderPage(buildReport([storedRun(rows)], noBound), kit, CSS);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    expect(page).toContain('&amp;amp;');
  });

  it('says that there is no price instead of showing a cost', () => {
    const [free, priced] = [null, 0.192].map((usdPerHour) => renderPage(buildReport([storedRun(campaignRows({ queries: ['Q1'], usdPerHour }))], noBound), kit, CSS));
    expect(free).toContain('No price given');
    expect(free).not.toMatch(/\$\d/);
    expect(priced).not.toContain('No price given');
    expect(priced).toMatch(/\$\d/);
  });

  it('says loudly that a run of a changed tree is exploratory', () => {
    const rows = campaignRows({ queries: ['Q1'] });
    const page = (git_dirty: boolean) => renderPage(buildReport([storedRun(rows, { git_dirty, exploratory: git_dirty })], noBound), kit, CSS);
    expect(page(true)).toContain('<div class="banner" role="note"><p>Exploratory, not for publication. Run run-1 comes from a tree with uncommitted changes.');
    expect(page(false)).not.toContain('Exploratory');
  });

  it('says why there is no byte bound', () => {
    const runs = [storedRun(campaignRows({ queries: ['Q1'] }))];
    expect(renderPage(buildReport(runs, noBound), kit, CSS)).toContain('The byte bound is not shown. The dataset is not there.');
    expect(renderPage(buildReport(runs, steadyBound), kit, CSS)).toContain('byte bound, perfect split');
  });

  it('escapes what a template is given and joins lists', () => {
    expect(html`<p title="${'"'}">${['<', html`<b>${"'"}</b>`, null]}</p>`.text).toBe('<p title="&quot;">&lt;<b>&#39;</b></p>');
  });
});

describe('pictures have a mark for every number', () => {
  const section = (rows = campaignRows({ queries: ['Q1', 'Q6', 'Q9'], assignments: ['balanced', 'contiguous'] })): Section =>
    buildReport([storedRun(rows)], steadyBound).sections[0] as Section;

  it.each(['wide', 'narrow'] as const)('speed-up, %s', (size) => {
    const svg = drawSpeedup(kit, size, 'label', speedupCurves(section()), boundCurve(section(), 'perfect', PERFECT_BOUND)).text;
    expect(marks(svg, 'dot', 'circle')).toBe(2 * 3);
    expect(marks(svg, 'line', 'path')).toBe(3);
  });

  it.each(['wide', 'narrow'] as const)('queries, %s', (size) => {
    const svg = drawQueries(kit, size, 'label', section()).text;
    expect(marks(svg, 'bar', 'rect')).toBe(3 * (3 + 1));
  });

  it.each(['wide', 'narrow'] as const)('and none for a failure: queries, %s', (size) => {
    const rows = campaignRows({ queries: ['Q1', 'Q6', 'Q9'] }).map((row) => (row.query === 'Q9' && row.workers === 4 ? failedRow({ ...row, status: 'timeout', error: 'Too slow.' }) : row));
    const svg = drawQueries(kit, size, 'label', section(rows)).text;
    expect(marks(svg, 'bar', 'rect')).toBe(3 * (3 + 1) - 1);
    expect(count(svg, />×/g)).toBe(1);
  });

  it.each(['wide', 'narrow'] as const)('dots on a logarithmic axis where a query takes one over 20 times as long as another: queries, %s', (size) => {
    const slowerBy = (factor: number): Section => section(campaignRows({ queries: ['Q1', 'Q6', 'Q9'] }).map((row) => (row.query === 'Q9' && row.workers === 4 ? { ...row, duration_ms: (row.duration_ms ?? 0) * factor } : row)));
    const near = drawQueries(kit, size, 'label', slowerBy(2)).text;
    const far = drawQueries(kit, size, 'label', slowerBy(200)).text;
    expect([marks(near, 'bar', 'rect'), marks(near, 'dot', 'circle'), near.includes('logarithmic')]).toEqual([3 * (3 + 1), 0, false]);
    expect([marks(far, 'bar', 'rect'), marks(far, 'dot', 'circle'), far.includes('logarithmic')]).toEqual([0, 3 * (3 + 1), true]);
  });

  it('stages', () => {
    const bars = stageBars(section());
    const svg = drawBars(kit, 'wide', 'label', bars, 's').text;
    expect(bars).toHaveLength(6);
    expect(marks(svg, 'bar', 'rect')).toBe(bars.reduce((sum, { parts }) => sum + parts.length, 0));
  });

  it('skew', () => {
    const dots = skewDots(section());
    expect(dots).toHaveLength(2 * 2 * 3);
    expect(marks(drawSkew(kit, 'narrow', 'label', section(), dots).text, 'dot', 'circle')).toBe(dots.length);
  });
});

describe('the Markdown', () => {
  it('reads like this', () => {
    const rows = campaignRows({ queries: ['Q1', 'Q6'], workers: [1, 2], repetitions: 4 }).map((row) =>
      row.query === 'Q6' && row.workers === 2 ? failedRow({ ...row, status: 'out_of_memory', error: 'The worker needed more than 1 GB.' }) : row);
    expect(renderMarkdown(buildReport([storedRun(rows)], steadyBound))).toMatchSnapshot();
  });

  it('keeps errors text in one table cell', () => {
    const rows = [...campaignRows({ queries: ['Q1'] }), failedRow({ query: 'Q6', status: 'engine_error', error: HOSTILE })];
    const line = renderMarkdown(buildReport([storedRun(rows)], noBound)).split('\n').findLast((one) => one.includes('alert'));
    expect(line).toContain('\\<script\\>alert(1)\\</script\\>');
    expect(line).toContain('second line | engine error |');
    expect(line?.match(/(?<!\\)\|/g)).toHaveLength(7);
  });

  it('tells how old the prices are', () => {
    const prices = { node_shape: 'm5.xlarge', region: 'us-east-2', purchase: 'on-demand', as_of: '2026-05-01', instance_usd_per_hour: 0.192, control_plane_usd_per_hour: 0.1 };
    const told = renderMarkdown(buildReport([{ uri: '', record: runRecord({ prices }), rows: campaignRows({ queries: ['Q1'], usdPerHour: 0.192 }), units: [], sessions: [] }], noBound));
    expect(told).toContain('prices of 2026-05-01, 3 days old when the run was made');
  });
});
