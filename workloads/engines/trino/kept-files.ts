import { messageOf } from '../../model/errors.js';
import { isS3Uri, joinUri } from '../../model/storage-uri.js';
import { storageOf } from '../../storage/storage-of.js';

/** Files beside the rows, written while no clock runs. What cannot be kept is said and fails nothing: the answers are there. */
export class KeptFiles {
  private readonly pending: { readonly uri: string; readonly content: string }[] = [];

  constructor(
    private readonly folder: string | undefined,
    private readonly log: (line: string) => void,
  ) {}

  get isKeeping(): boolean {
    return this.folder !== undefined;
  }

  /** Where a file will be; undefined where nothing is kept. */
  keep(name: string, content: string): string | undefined {
    if (this.folder === undefined) return undefined;
    const uri = joinUri(this.folder, name);
    this.pending.push({ uri, content });
    return uri;
  }

  /** Writes what is still to be written. */
  async flush(): Promise<void> {
    for (const { uri, content } of this.pending.splice(0)) await this.trying(uri, () => storageOf(uri).write(uri, content));
  }

  /** Keeps a file of this machine. */
  async upload(path: string, name: string): Promise<void> {
    if (this.folder === undefined) return;
    const uri = joinUri(this.folder, name);
    await this.trying(uri, () => storageOf(uri).upload(path, uri));
  }

  private async trying(uri: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log(`trino: ${isS3Uri(uri) ? 'the object' : 'the file'} ${uri} could not be kept (${messageOf(error)})`);
    }
  }
}
