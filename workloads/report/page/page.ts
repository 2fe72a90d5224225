import { TPCH_LABEL } from '../../model/names.js';
import type { ReportModel, Section } from '../model/types.js';
import type { PlotKit } from '../plots/kit.js';
import { methodSentences, priceSentences, provenanceTable } from '../provenance.js';
import { exceptionTable } from '../tables.js';
import { bannerBlock, tableBlock, topicBlock, type HrefOf } from './blocks.js';
import { Html, html } from './html.js';
import { overview } from './engine-topics.js';
import { topicsOf } from './topics.js';

/**
 * The whole report as one HTML file that loads nothing: pictures are inline SVG, there is no script, and
 * the policy in its head forbids the browser to fetch anything.
 * @param css text of report.css
 * @param hrefOf how the page names a place below the folder of a run; default: URLs alone are links
 */
export function renderPage(model: ReportModel, kit: PlotKit, css: string, hrefOf: HrefOf = urlOnly): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Distributed benchmarks</title>
<style>${new Html(css)}</style>
</head>
<body>
<header>
<p class="label">${TPCH_LABEL}</p>
<h1>Distributed benchmarks</h1>
${bannerBlock(model.banners)}
<div class="verdict">${model.headline.map((sentence) => html`<p>${sentence}</p>`)}</div>
${contents(model.sections)}
</header>
<main>
${topicBlock(overview(model), hrefOf)}
${model.sections.map((section) => sectionBlock(kit, section, hrefOf))}
<section class="topic"><h2>Provenance</h2>${priceSentences(model).map((sentence) => html`<p class="note">${sentence}</p>`)}${tableBlock(provenanceTable(model), hrefOf)}</section>
</main>
<footer><p>${TPCH_LABEL}</p></footer>
</body>
</html>
`.text;
}

function urlOnly(target: string): string | null {
  return /^https?:\/\//i.test(target) ? target : null;
}

function contents(sections: readonly Section[]): Html | null {
  if (sections.length < 2) return null;
  return html`<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;
}

function sectionBlock(kit: PlotKit, section: Section, hrefOf: HrefOf): Html {
  return html`<section id="${section.id}" class="section"><h2>${section.title}</h2>
${bannerBlock(section.banners)}${topicsOf(kit, section).map((topic) => topicBlock(topic, hrefOf))}
<section class="topic"><h3>How it was measured</h3><ul class="method">${methodSentences(section).map((sentence) => html`<li>${sentence}</li>`)}</ul></section>
<section class="topic"><h3>Exceptions</h3>${exceptionsBlock(section, hrefOf)}</section>
</section>
`;
}

function exceptionsBlock(section: Section, hrefOf: HrefOf): Html {
  const tables = [exceptionTable(section.exceptions, 'Runs that are not ok'), exceptionTable(section.specOnly, 'Right by TPC-H 2.1.3.5, not to the last digit')];
  if (tables.every((table) => table === null)) return html`<p class="note">None: every run ended well and every answer is equal to the stored one.</p>`;
  return html`${tables.map((table) => (table === null ? null : tableBlock(table, hrefOf)))}`;
}
