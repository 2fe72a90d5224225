/** A fenced block of a document, with how the comment above it says it is checked. */
export interface Snippet {
  readonly document: string;
  /** Line of the opening fence. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** `run`, `flags`, `json work-unit-v2`, …; null for a block without a mark. */
  readonly check: string | null;
}

/** Languages that need a check; anything else is a picture or the output of a command. */
export const CHECKED_LANGUAGES: ReadonlySet<string> = new Set(['bash', 'ts', 'json']);
/** Languages that are read by a person only. An unknown one is an error: it would be a way around the checks. */
export const UNCHECKED_LANGUAGES: ReadonlySet<string> = new Set(['mermaid', 'text']);

const MARK = /^<!-- check: (.+) -->$/;

/** The fenced blocks of a Markdown text. A mark belongs to the block on the very next line. */
export function snippetsOf(document: string, markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  const lines = markdown.split('\n');
  for (let index = 0; index < lines.length; index += 1) {
    const language = /^```(.*)$/.exec(lines[index] ?? '')?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf('```', index + 1);
    if (end < 0) throw new Error(`${document}:${index + 1} opens a block that is never closed.`);
    const check = MARK.exec(lines[index - 1] ?? '')?.[1] ?? null;
    snippets.push({ document, line: index + 1, language: language.trim(), text: lines.slice(index + 1, end).join('\n'), check });
    index = end;
  }
  return snippets;
}

/** The commands of a bash block: comments dropped, continued lines joined. */
export function commandsOf(text: string): string[] {
  return text
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');
}

/** Targets of a document's relative links and pictures, without their anchors. */
export function relativeLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => (match[1] ?? '').replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/i.test(target));
}
