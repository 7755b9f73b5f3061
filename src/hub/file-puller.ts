import type { CachedRepository } from './cache.js';
import type { HubClient, HubFile } from './client.js';
import { downloadBlob } from './download.js';

/** How far a download is. */
export interface DownloadProgress {
  /** The file in hand, from the repository's root. */
  readonly file: string;
  readonly fileBytes: number;
  readonly fileTotal: number;
  /** Of all files known so far; those of a sharded model are known once its index is here. */
  readonly bytes: number;
  readonly total: number;
}

export interface PullOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** Brings files of one commit into the cache, one after the other, and tells how far all of them are. */
export class FilePuller {
  #total = 0;
  #before = 0;

  constructor(
    private readonly client: HubClient,
    private readonly repository: CachedRepository,
    private readonly commit: string,
    private readonly options: PullOptions,
  ) {}

  /** Brings the content of files; those that are there ask nothing of the hub. @throws EvosiftError as `downloadBlob`. */
  async bring(files: readonly HubFile[]): Promise<void> {
    await this.repository.makeBlobs();
    this.#total += files.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const file of files) {
      await downloadBlob({
        client: this.client,
        commit: this.commit,
        file,
        blob: this.repository.blob(file.content),
        lock: this.repository.lock(file.content),
        signal: this.options.signal,
        onBytes: (fileBytes) => this.#tell(file, fileBytes),
      });
      this.#before += file.bytes;
    }
  }

  /** Shows files whose content is there in the commit's snapshot. */
  async link(files: readonly HubFile[]): Promise<void> {
    for (const file of files) await this.repository.link(this.commit, file.name, file.content);
  }

  #tell(file: HubFile, fileBytes: number): void {
    const bytes = this.#before + fileBytes;
    this.options.onProgress?.({ file: file.name, fileBytes, fileTotal: file.bytes, bytes, total: this.#total });
  }
}
