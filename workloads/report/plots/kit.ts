import type * as PlotModule from '@observablehq/plot' with { 'resolution-mode': 'import' };
import { Html } from '../page/html.js';

export type Plot = typeof PlotModule;
export type PlotOptions = PlotModule.PlotOptions;
export type Markish = PlotModule.Markish;

/** `wide` for screens from 700 px on, `narrow` for phones. */
export type PlotSize = 'wide' | 'narrow';
export const PLOT_WIDTH_PX: Readonly<Record<PlotSize, number>> = { wide: 760, narrow: 350 };

/** What is used of the element that Plot makes; the types of a browser are not part of this program. */
interface DrawnSvg {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
}

/** The plot library with a document to draw into: there is no browser where reports are written. */
export class PlotKit {
  private constructor(
    readonly Plot: Plot,
    private readonly document: object,
  ) {}

  /** Both libraries come as ES modules, which a CommonJS program loads late. */
  static async load(): Promise<PlotKit> {
    const [plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
    const parsed = parseHTML('<!doctype html><html><body></body></html>') as unknown as { document: object };
    return new PlotKit(plot, parsed.document);
  }

  /** One SVG, told to assistive technology as a picture with one description; colours are the page's variables. */
  draw(size: PlotSize, label: string, options: PlotOptions): Html {
    const svg = this.Plot.plot({
      document: this.document, width: PLOT_WIDTH_PX[size], className: 'plot-svg', ariaLabel: label,
      style: { fontSize: size === 'wide' ? '13px' : '12px', overflow: 'visible' },
      ...options,
    }) as unknown as DrawnSvg;
    svg.setAttribute('role', 'img');
    for (const style of svg.querySelectorAll('style')) style.remove();
    return new Html(svg.outerHTML);
  }
}
