import { mkdir, rm } from 'node:fs/promises';
import { sep } from 'node:path';
import { messageOf } from '../model/errors.js';
import { isS3Uri, joinUri } from '../model/storage-uri.js';
import { storageOf } from '../storage/storage-of.js';
import type { SessionContext } from './contract.js';

/**
 * Where the workers of a session put partials, and what is cleared away when. Folders of this machine go at
 * once; in S3 that takes requests, which wait until no clock runs.
 */
export class OutputPlaces {
  /** Workers are pods, of which several may try one unit. */
  readonly outputPerPod: boolean;
  private readonly base: string;
  private readonly used = new Map<string, number>();
  private readonly left = new Set<string>();

  constructor(private readonly context: SessionContext) {
    this.base = joinUri(context.partialsUri, context.sessionId);
    this.outputPerPod = context.executor === 'job' || context.executor === 'warm-job';
  }

  /**
   * A place of its own for each execution, and the name of it. The same again after a restart, so that what was
   * begun before is found; a second execution of the same repetition has another, so that it finds nothing.
   */
  next(name: string): { readonly name: string; readonly uri: string } {
    const before = this.used.get(name) ?? 0;
    this.used.set(name, before + 1);
    const own = before === 0 ? name : `${name}-again${before}`;
    return { name: own, uri: joinUri(this.base, own) };
  }

  /** S3 has no folders. */
  async make(uri: string): Promise<void> {
    if (!isS3Uri(uri)) await mkdir(uri, { recursive: true });
  }

  /** Nobody needs it any more. */
  async leave(uri: string): Promise<void> {
    if (isS3Uri(uri)) this.left.add(uri);
    else await rm(uri, { recursive: true, force: true });
  }

  async tidy(): Promise<void> {
    const uris = [...this.left];
    this.left.clear();
    for (const uri of uris) await this.remove(uri);
  }

  async close(): Promise<void> {
    const { partialsUri, workerSpillDir, scratchDir } = this.context;
    await this.remove(this.base);
    for (const folder of [partialsUri, workerSpillDir].filter((path) => path.startsWith(`${scratchDir}${sep}`))) await rm(folder, { recursive: true, force: true });
  }

  /** What stays behind costs a little and expires with its prefix: no reason to fail a run that has its answers. */
  private async remove(uri: string): Promise<void> {
    try {
      await storageOf(uri).removeAll(uri);
    } catch (error) {
      this.context.log(`flow: ${uri} could not be removed (${messageOf(error)})`);
    }
  }
}
